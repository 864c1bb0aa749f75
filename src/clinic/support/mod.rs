//! Support: tickets with messages and screenshots, and feedback after visits.
//!
//! Tables: `ticket`, `ticket_message`, `screenshot`, `feedback`. Invariants: a ticket that is taken is one support
//! account's, whose reason `ticket` begins with the taking and ends with the closing; a closed ticket is destroyed with all
//! it holds on `purge_at`; a visit has one feedback, is asked for it once, and its
//! words are read by staff alone until they are published. A ticket without an account is under keys of its own, which go with it. Support learns from the queue what a ticket is about and since when,
//! and never whose it is.
//!
//! A screenshot may show a medical chat or other people, so it is treated as clinical until somebody has marked what is
//! private in it. **The rule of the first reader**: support gets a screenshot only after its sender has marked it (at the
//! declaration with `reviewed: true`, or later), or a doctor has who may open the sender's clinical data anyway, that is,
//! who treats him now. Nobody is given a reason to look for the sake of marking. Regions add up; nobody takes one away.
//! Support gets a copy that is decoded, turned upright, blacked out and encoded anew; the original stays sealed for its
//! sender. States: `declared` → `quarantined` (until the scanner calls it clean) → `toReview` → `served`, or `infected`,
//! which is served to nobody.
//!
//! Metadata is taken out at the upload: the hash is checked over what was sent, and what is stored has only the pixels.

pub mod api;
mod asking;
mod calling;
mod feedback;
mod moderation;
mod picture;
mod privacy;
mod reading;
mod rows;
mod screenshot;
mod staff;
mod stored;
mod tasks;
mod ticket;
mod upload;

pub use privacy::ROOM;

use crate::app::App;
use crate::kernel::error::Result;
use crate::kernel::vault::{Class, SubjectKeys};
use std::sync::Arc;
use uuid::Uuid;

/// The keys of somebody who writes to support, with one for this class: it is made at the first ticket, and another node
/// may remember him without it.
async fn keys_of(app: &App, subject: Uuid) -> Result<Arc<SubjectKeys>> {
    app.vault.ensure(subject, &[Class::Support]).await
}
