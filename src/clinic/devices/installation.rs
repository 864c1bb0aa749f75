//! Installations: one app on one device, as it describes itself to the account that is signed in.

use super::rows::{self, change};
use super::tasks::Tidy;
use super::token::{self, TokenBody, kind_of, row_id};
use crate::adapters::push::TokenKind;
use crate::app::App;
use crate::app::apps::{Platform, Version};
use crate::clinic::identity::{self, Caller};
use crate::kernel::access::{Openings, check_own};
use crate::kernel::audit::Line;
use crate::kernel::db::Tx;
use crate::kernel::error::{Code, Error, Result};
use crate::kernel::vault::{Class, Personal, SubjectKeys};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use uuid::Uuid;

/// Installations that one account may have. The one registered longest ago makes room for a new one.
const MOST: u32 = 20;

/// What an app says of the device it runs on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Device {
    /// The app's own id of this installation.
    pub installation: Uuid,
    pub platform: Platform,
    pub model: Option<String>,
    pub os: Option<String>,
    pub os_version: Option<String>,
    pub app_version: Version,
    /// BCP 47.
    pub locale: Option<String>,
    /// IANA.
    pub time_zone: Option<String>,
}

impl Personal for Device {
    const TABLE: &'static str = "installation";
    const COLUMN: &'static str = "sealed";
    const CLASS: Class = Class::Contact;
}

/// An installation as its owner sees it.
pub struct Registered {
    pub device: Device,
    /// By which tokens it can be woken.
    pub tokens: Vec<TokenKind>,
    pub session: Uuid,
    pub registered_at: DateTime<Utc>,
}

fn id_of(keys: &SubjectKeys, installation: Uuid) -> Result<Uuid> {
    row_id(keys, "installation", installation.as_bytes())
}

/// Registers an installation, or says what it is by now. Its tokens are `tokens` and no others, and wake it while the
/// caller's session lives.
///
/// # Errors
/// `refused_by_profile` where the profile registers no devices, or no push tokens.
pub async fn put(app: &App, caller: &Caller, device: Device, tokens: Vec<TokenBody>) -> Result<Registered> {
    let rules = app.profile.devices;
    if !rules.registry || (!rules.push && !tokens.is_empty()) {
        return Err(Error::refused(Code::RefusedByProfile));
    }
    let keys = &*caller.keys;
    token::claim(app, keys, &tokens).await?;
    let id = id_of(keys, device.installation)?;
    let sealed = keys.seal(id, &device)?;
    let now = app.ambient.now();
    let new_tokens: Vec<rows::Token> =
        tokens.iter().map(|token| token.row(keys, id, caller.session, now)).collect::<Result<_>>()?;
    app.write(&caller.actor("putDevice"), async |tx: &mut Tx| -> Result<()> {
        check_own(tx, keys.subject).await?;
        let row = rows::Installation { id, session: caller.session, registered_at: now, sealed: sealed.clone() };
        rows::put_installation(tx, keys.subject, row).await?;
        let kept: Vec<Uuid> = new_tokens.iter().map(|token| token.id).collect();
        let dropped = rows::drop_other_tokens(tx, id, &kept).await? + rows::drop_oldest(tx, keys.subject, MOST).await?;
        for token in new_tokens {
            rows::put_token(tx, keys.subject, token).await?;
        }
        if dropped > 0 {
            tx.enqueue(Tidy::of(keys.subject));
        }
        tx.audit(Line::new("registerDevice").on("installation", id).about(keys).of(Class::Contact));
        Ok(())
    })
    .await?;
    // A task that tidied while there was no row may have given the token up.
    token::hold(app, keys, &tokens).await?;
    let tokens = tokens.into_iter().map(|token| token.kind).collect();
    Ok(Registered { device, tokens, session: caller.session, registered_at: now })
}

/// Takes an installation out of the register, with its tokens.
///
/// # Errors
/// `not_found` when the caller has no such installation.
pub async fn remove(app: &App, caller: &Caller, installation: Uuid) -> Result<()> {
    let id = id_of(&caller.keys, installation)?;
    app.write(&caller.actor("deleteDevice"), async |tx: &mut Tx| -> Result<()> {
        if change(tx, "DELETE FROM installation WHERE id = $1", [id.into()]).await? == 0 {
            return Err(Error::not_found());
        }
        tx.audit(Line::new("removeDevice").on("installation", id).about(&caller.keys).of(Class::Contact));
        tx.enqueue(Tidy::of(caller.id));
        Ok(())
    })
    .await
}

/// Somebody's installations whose sessions live.
pub async fn living(app: &App, openings: &Openings<'_>, owner: Uuid) -> Result<Vec<Registered>> {
    let reader = app.db.reader();
    let sessions = identity::living_sessions(&reader, owner, app.ambient.now()).await?;
    let tokens = rows::tokens(&reader, owner).await?;
    let grant = openings.grant(owner, Class::Contact, ("account", owner)).await?;
    let open = |row: rows::Installation| -> Result<Registered> {
        let own = tokens.iter().filter(|token| token.installation == row.id);
        Ok(Registered {
            device: grant.open(row.id, &row.sealed)?,
            tokens: own.filter_map(|token| kind_of(&token.kind)).collect(),
            session: row.session,
            registered_at: row.registered_at,
        })
    };
    let rows = rows::installations(&reader, owner).await?;
    rows.into_iter().filter(|row| sessions.contains(&row.session)).map(open).collect()
}

/// Which of these accounts have a phone at all: nothing wakes the others.
pub async fn with_phone(db: &impl ConnectionTrait, accounts: &[Uuid]) -> Result<BTreeSet<Uuid>> {
    Ok(rows::owners_among(db, accounts).await?.into_iter().collect())
}

/// The clock that somebody lives by: that of the installation registered last whose session lives, if it says one.
/// `openings` says who asks; its lines are durable once `Openings::answer` was called.
///
/// # Errors
/// `not_found` when he is erased.
pub async fn zone_of(app: &App, openings: &Openings<'_>, owner: Uuid) -> Result<Option<Tz>> {
    let reader = app.db.reader();
    let rows = rows::installations(&reader, owner).await?;
    if rows.is_empty() {
        return Ok(None);
    }
    let living = identity::living_sessions(&reader, owner, app.ambient.now()).await?;
    let Some(newest) = rows.into_iter().find(|row| living.contains(&row.session)) else { return Ok(None) };
    let grant = openings.grant_on("notice", owner, Class::Contact, ("installation", newest.id)).await?;
    let device: Device = grant.open(newest.id, &newest.sealed)?;
    Ok(device.time_zone.and_then(|zone| zone.parse().ok()))
}
