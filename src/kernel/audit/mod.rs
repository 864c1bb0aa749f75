//! The trail. Each transaction of somebody leaves a line, unchained, so that writers do not wait for each other; the
//! sealer chains committed lines a quarter of a second later with keyed links, and signs checkpoints in a second place.

mod bundle;
mod chain;
mod copied;
mod counted;
mod exported;
mod openings;
mod reading;
mod verify;

pub use bundle::{ChainedLine, CheckedBundle, check_bundle, lines_about};
pub use chain::{Sealer, any_unchained, seal_once};
pub use copied::{Copies, copy_of_tail};
pub use counted::{Opened, opened_after};
pub use exported::{Exported, Unsound, check_export, export_head, export_page, export_tail};
pub use openings::{Opening, Page, openings_about, openings_because};
pub use reading::{Asked, Line as TrailLine, Scope, Trail, trail};
pub use verify::{Finding, Verified, verify, verify_with};

use super::vault::{Class, SubjectKeys};
use uuid::Uuid;

/// What happened to which object, about whom and why. Who and when come from the transaction.
#[derive(Clone, Debug)]
pub struct Line {
    pub(super) action: &'static str,
    pub(super) object: Option<(&'static str, Option<Uuid>)>,
    pub(super) about: Option<[u8; 32]>,
    pub(super) class: Option<Class>,
    pub(super) basis: Option<String>,
}

impl Line {
    /// `action` is a constant like `create`, `open`, `withdraw`.
    pub fn new(action: &'static str) -> Self {
        Self { action, object: None, about: None, class: None, basis: None }
    }

    pub fn on(mut self, kind: &'static str, id: Uuid) -> Self {
        self.object = Some((kind, Some(id)));
        self
    }

    /// The subject, by the mark under his own audit key. Where he is the object himself his id is left out: beside the
    /// mark it would tie his lines to him after the key is gone. To be said after `on`.
    pub fn about(mut self, keys: &SubjectKeys) -> Self {
        self.about = Some(keys.mark);
        self.object = self.object.map(|(kind, id)| (kind, id.filter(|id| *id != keys.subject)));
        self
    }

    pub fn of(mut self, class: Class) -> Self {
        self.class = Some(class);
        self
    }

    /// The basis of an opening: a constant word, never free text.
    pub fn because(mut self, basis: &str) -> Self {
        self.basis = Some(basis.to_owned());
        self
    }
}
