//! What somebody wants of the house's notices: in which language, by which clock, by which ways.

use super::rows::{self, Waiting};
use crate::app::App;
use crate::app::notices::{Channel, Group, Kind};
use crate::app::profile::Profile;
use crate::clinic::identity::Caller;
use crate::kernel::access::{self, Asker};
use crate::kernel::audit::Line;
use crate::kernel::db::{Actor, Tx};
use crate::kernel::error::{Code, Error, Fault, Faults, Result};
use crate::kernel::lang::Lang;
use crate::kernel::vault::{Class, Personal, Sealed};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use uuid::Uuid;

/// The groups that can be switched.
pub const GROUPS: &[Group] = &[Group::Visits, Group::Payments, Group::Messages, Group::Feedback, Group::Marketing];

/// Nothing said: every way that the profile and the consents allow.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Preferences {
    pub language: Option<Lang>,
    /// An IANA name.
    pub zone: Option<String>,
    off: BTreeSet<(Group, Channel)>,
}

impl Personal for Preferences {
    const TABLE: &'static str = "preference";
    const COLUMN: &'static str = "sealed";
    const CLASS: Class = Class::Contact;
}

/// One switch, as an app sets it.
#[derive(Clone, Copy, Debug)]
pub struct Switch {
    pub group: Group,
    pub channel: Channel,
    pub on: bool,
}

impl Preferences {
    /// # Errors
    /// `refused_by_profile` for a way that no notice goes here; `invalid`, with every field at fault.
    pub fn check(profile: &Profile, language: Option<Lang>, zone: Option<&str>, switches: &[Switch]) -> Result<Self> {
        let offered = profile.notice_channels();
        let mut faults = Faults::default();
        let zone = zone.and_then(|zone| {
            let known = zone.parse::<Tz>().map(|zone| zone.name().to_owned()).map_err(|_| Fault::UnknownValue);
            faults.check("/zone", known)
        });
        let mut seen = BTreeSet::new();
        for (index, switch) in switches.iter().enumerate() {
            if !seen.insert((switch.group, switch.channel)) {
                faults.add(format!("/switches/{index}"), Fault::Duplicate);
            }
            if switch.group == Group::Account {
                faults.add(format!("/switches/{index}/group"), Fault::NotAsked);
            }
        }
        faults.into_result()?;
        if switches.iter().any(|switch| !offered.contains(&switch.channel)) {
            return Err(Error::refused(Code::RefusedByProfile));
        }
        let off = switches.iter().filter(|switch| !switch.on).map(|switch| (switch.group, switch.channel)).collect();
        Ok(Self { language, zone, off })
    }

    pub fn is_off(&self, group: Group, channel: Channel) -> bool {
        self.off.contains(&(group, channel))
    }

    pub fn zone(&self) -> Option<Tz> {
        self.zone.as_deref()?.parse().ok()
    }

    /// Of whoever a delivery goes to.
    ///
    /// # Errors
    /// `not_found` when he is erased.
    pub async fn of_recipient(app: &App, row: &Waiting) -> Result<Self> {
        match &row.preference {
            None => Ok(Self::default()),
            Some(sealed) => open(app, Actor::house("deliver"), row.subject, sealed).await,
        }
    }
}

/// Whether somebody leaves any way open for notices of this kind. Where there is none but the inbox, he can't close it.
///
/// # Errors
/// `not_found` when he is erased.
pub async fn wants(app: &App, subject: Uuid, kind: Kind) -> Result<bool> {
    let offered = app.profile.notice_channels();
    let (preferences, _) = read(app, subject).await?;
    Ok(offered.is_empty() || offered.iter().any(|channel| !preferences.is_off(kind.group(), *channel)))
}

async fn open(app: &App, actor: Actor, subject: Uuid, sealed: &Sealed) -> Result<Preferences> {
    let openings = app.openings(actor, Asker { id: subject, medical: false });
    let grant = openings.grant_on("notice", subject, Class::Contact, ("preference", subject)).await?;
    let preferences = grant.open(subject, sealed)?;
    openings.answer(preferences).await
}

/// Somebody's own, with their version; 0 before the first was said.
pub async fn read(app: &App, subject: Uuid) -> Result<(Preferences, i64)> {
    match rows::preference(&app.db.reader(), subject).await? {
        None => Ok((Preferences::default(), 0)),
        Some(row) => Ok((open(app, Actor::house("preferences"), subject, &row.sealed).await?, row.version)),
    }
}

/// Puts them in the place of what was said before.
///
/// # Errors
/// `frozen`; whatever `may_overwrite` says of the version that is there.
pub async fn put(
    app: &App,
    caller: &Caller,
    preferences: &Preferences,
    may_overwrite: impl Fn(i64) -> Result<()>,
) -> Result<i64> {
    let sealed = caller.keys.seal(caller.id, preferences)?;
    app.write(&caller.actor("putPreferences"), async |tx: &mut Tx| -> Result<i64> {
        access::check_own(tx, caller.id).await?;
        let version = rows::preference(tx, caller.id).await?.map_or(0, |row| row.version);
        may_overwrite(version)?;
        if !rows::put_preference(tx, caller.id, &sealed, version, tx.now()).await? {
            return Err(Error::refused(Code::PreconditionFailed));
        }
        tx.audit(Line::new("putPreferences").on("preference", caller.id).about(&caller.keys).of(Class::Contact));
        Ok(version + 1)
    })
    .await
}
