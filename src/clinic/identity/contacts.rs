//! A patient's addresses: one phone and one e-mail, each with the hour since when it is known to be his. Whoever shows
//! the code that went to an address has it; the register says who holds it, the record what the patient is told by.
//!
//! Two stores change, and the order keeps each stop between them harmless: the new address is reserved first, then the
//! record changes, then what it no longer names is given up. A task does the last step once more.

use super::codes::{self, Channel, Target};
use super::contact_rows::{self, former_address};
use super::desk::DESK;
use super::person::{Contact, Point};
use super::reach::{Event, Happened};
use super::rows;
use super::sessions;
use crate::adapters::SendFault;
use crate::app::App;
use crate::app::catalogue;
use crate::kernel::audit::Line;
use crate::kernel::db::{Actor, Tx};
use crate::kernel::error::{Code, Error, Result};
use crate::kernel::queue::{Claimed, Outcome, Task};
use crate::kernel::vault::{Class, Personal, Reservation, Sealed, SubjectKeys};
use sea_orm::Set;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How often a change is begun anew because another one came in between.
const ATTEMPTS: usize = 5;

/// What happens to one's sessions when an address changes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Ends {
    Nothing,
    /// All but this one, where an address was taken away: what came in by it goes with it.
    Others(Uuid),
    All,
}

/// A change of one channel's address.
pub struct Change {
    pub channel: Channel,
    /// What takes its place. None: nothing does.
    pub point: Option<Point>,
    pub ends: Ends,
    /// Why somebody else than the patient changes it.
    pub basis: Option<&'static str>,
}

/// An address that was given up.
#[derive(Serialize, Deserialize)]
struct Former {
    target: Target,
}

impl Personal for Former {
    const TABLE: &'static str = "former_address";
    const COLUMN: &'static str = "sealed";
    const CLASS: Class = Class::Contact;
}

/// The address book, with the sealed value that it was read from.
pub async fn read(app: &App, keys: &SubjectKeys) -> Result<(Sealed, Contact)> {
    let row = rows::find_patient(&app.db.reader(), keys.subject).await?.ok_or_else(Error::not_found)?;
    let contact = app.own_grant(keys, Class::Contact).await?.open(keys.subject, &row.contact)?;
    Ok((row.contact, contact))
}

/// Makes the address of a code that was shown one's own, in the place of the one that its channel has had.
///
/// # Errors
/// `wrong_code`; `identifier_taken` when somebody else holds the address and has used it lately: the desk helps.
pub async fn confirm(
    app: &App,
    actor: &Actor,
    keys: &SubjectKeys,
    session: Uuid,
    (challenge, code): (Uuid, &str),
) -> Result<Contact> {
    let target = codes::redeem_contact(app, actor, keys.subject, challenge, code).await?;
    reserve(app, actor, keys, &target).await?;
    let point = Point::verified(target, app.ambient.now());
    let ends = Ends::Others(session);
    change(app, actor, keys, &Change { channel: point.target.channel, point: Some(point), ends, basis: None }).await
}

/// Holds an address for this patient. One whose holder has not used it for as long as the profile says has passed on.
async fn reserve(app: &App, actor: &Actor, keys: &SubjectKeys, target: &Target) -> Result<()> {
    let taken = || Error::refused(Code::IdentifierTaken);
    let Reservation::Taken(holder) = app.vault.reserve(keys, &target.index()).await? else { return Ok(()) };
    if !super::arrival::is_aged(app, holder, target).await? {
        return Err(taken());
    }
    pass_on(app, actor, holder, target).await?;
    match app.vault.reserve(keys, &target.index()).await? {
        Reservation::Ours => Ok(()),
        Reservation::Taken(_) => Err(taken()),
    }
}

/// Takes an address away from the one who held it and has not used it for long. He is told by the ways that are left.
pub async fn pass_on(app: &App, actor: &Actor, holder: Uuid, target: &Target) -> Result<()> {
    let keys = app.vault.keys(holder).await?;
    let (_, contact) = read(app, &keys).await?;
    if contact.point(target).is_some() {
        let gone = Change { channel: target.channel, point: None, ends: Ends::Nothing, basis: Some("passedOn") };
        change(app, actor, &keys, &gone).await?;
    }
    app.vault.take_away(holder, &target.index()).await
}

/// Gives up one's e-mail. A verified phone must be left, for nobody comes in without an address.
///
/// # Errors
/// `not_found` without an e-mail; `state_conflict` when it is the only way in.
pub async fn drop_email(app: &App, actor: &Actor, keys: &SubjectKeys, session: Uuid) -> Result<()> {
    let (_, contact) = read(app, keys).await?;
    if contact.of(Channel::Email).is_none() {
        return Err(Error::not_found());
    }
    if contact.of(Channel::Sms).is_none_or(|phone| phone.verified_at.is_none()) {
        return Err(Error::refused(Code::StateConflict));
    }
    let gone = Change { channel: Channel::Email, point: None, ends: Ends::Others(session), basis: None };
    change(app, actor, keys, &gone).await.map(drop)
}

/// The desk notes another address for a patient who can't come in by his own any more. It stays unverified until a code
/// that went there is shown, and every session ends. That the desk has found and checked him is the caller's to see to.
///
/// # Errors
/// `identifier_taken` when somebody else holds the address.
pub async fn recover(app: &App, actor: &Actor, keys: &SubjectKeys, target: &Target) -> Result<()> {
    if let Reservation::Taken(_) = app.vault.reserve(keys, &target.index()).await? {
        return Err(Error::refused(Code::IdentifierTaken));
    }
    let point = Some(Point::told(target.clone(), app.ambient.now()));
    change(app, actor, keys, &Change { channel: target.channel, point, ends: Ends::All, basis: Some(DESK) }).await.map(drop)
}

/// Changes the record, tells the one whom it concerns, and then brings the register into line.
async fn change(app: &App, actor: &Actor, keys: &SubjectKeys, change: &Change) -> Result<Contact> {
    for _ in 0..ATTEMPTS {
        let (was, mut contact) = read(app, keys).await?;
        let effect = put(&mut contact, change);
        let new = keys.seal(keys.subject, &contact)?;
        let written = app
            .write(actor, async |tx: &mut Tx| -> Result<bool> {
                if !contact_rows::put_contact(tx, keys.subject, (&was, &new), effect.is_news).await? {
                    return Ok(false);
                }
                note(tx, keys, change, &effect).await?;
                Ok(true)
            })
            .await?;
        if written {
            tidy(app, keys).await?;
            return Ok(contact);
        }
    }
    Err(Error::Unavailable("the addresses are being changed elsewhere"))
}

/// What a change comes to.
struct Effect {
    /// The address that leads here no more.
    left: Option<Point>,
    /// Whether anything is otherwise than it was for the patient.
    is_news: bool,
}

fn put(contact: &mut Contact, change: &Change) -> Effect {
    let had = contact.of(change.channel).cloned();
    contact.points.retain(|point| point.target.channel != change.channel);
    let Some(mut point) = change.point.clone() else { return Effect { is_news: had.is_some(), left: had } };
    let same = had.as_ref().filter(|had| had.target.is(&point.target));
    if let Some(verified_at) = same.and_then(|same| same.verified_at) {
        point.verified_at = Some(verified_at);
    }
    let is_news = same.is_none_or(|same| same.verified_at != point.verified_at);
    let left = had.filter(|had| !had.target.is(&point.target));
    contact.points.push(point);
    Effect { left, is_news }
}

/// What goes with a change: sessions, the message to the address that was left, the notice, the line.
async fn note(tx: &mut Tx, keys: &SubjectKeys, change: &Change, effect: &Effect) -> Result<()> {
    let (subject, left) = (keys.subject, effect.left.as_ref());
    match change.ends {
        Ends::All => sessions::end_all(tx, subject, None).await?,
        Ends::Others(kept) if left.is_some() => sessions::end_all(tx, subject, Some(kept)).await?,
        Ends::Others(_) | Ends::Nothing => {}
    }
    // Who was never known to have an address learns nothing by it; nor does a stranger to whom it passed.
    if let Some(left) = left.filter(|left| left.verified_at.is_some() && change.ends != Ends::Nothing) {
        let id = tx.id();
        let row = former_address::ActiveModel {
            id: Set(id),
            subject: Set(subject),
            at: Set(tx.now()),
            sealed: Set(keys.seal(id, &Former { target: left.target.clone() })?),
        };
        contact_rows::insert_former(tx, row).await?;
        tx.enqueue(TellFormer { address: id }.task());
    }
    if effect.is_news {
        let object = tx.id();
        tx.enqueue(Happened { subject, event: Event::ContactChanged, object }.task());
    }
    tx.enqueue(Tidy { subject }.task());
    let line = Line::new("changeContact").on("patient", subject).about(keys).of(Class::Contact);
    tx.audit(match change.basis {
        Some(basis) => line.because(basis),
        None => line,
    });
    Ok(())
}

/// The register holds for a patient the addresses of his record and no others.
async fn tidy(app: &App, keys: &SubjectKeys) -> Result<()> {
    let (_, contact) = read(app, keys).await?;
    for channel in [Channel::Sms, Channel::Email] {
        let kept: Vec<String> = contact.of(channel).map(|point| point.target.lookup.clone()).into_iter().collect();
        app.vault.release(keys, channel.index_kind(), &kept).await?;
    }
    // One that was written since the record was read has lost its place.
    let (_, contact) = read(app, keys).await?;
    for point in &contact.points {
        app.vault.reserve(keys, &point.target.index()).await?;
    }
    Ok(())
}

/// The register is to hold no address of this patient that his record doesn't.
#[derive(Serialize, Deserialize)]
pub struct Tidy {
    subject: Uuid,
}

impl Task for Tidy {
    const KIND: &'static str = "identity.tidyAddresses";
}

pub async fn run_tidy(app: &App, task: &Claimed) -> Result<Outcome> {
    let subject = task.read::<Tidy>()?.subject;
    let tidied = async { tidy(app, &*app.vault.keys(subject).await?).await };
    match tidied.await {
        Err(error) if error.code() != Code::NotFound => Err(error),
        _ => Ok(Outcome::Done),
    }
}

/// An address is to learn that it leads to the account no more.
#[derive(Serialize, Deserialize)]
pub struct TellFormer {
    address: Uuid,
}

impl Task for TellFormer {
    const KIND: &'static str = "identity.tellFormerAddress";
}

/// Says in constant words that this address was given up, for the one who did not do it himself.
pub async fn tell_former(app: &App, task: &Claimed) -> Result<Outcome> {
    let id = task.read::<TellFormer>()?.address;
    let Some(row) = contact_rows::find_former(&app.db.reader(), id).await? else { return Ok(Outcome::Done) };
    let keys = match app.vault.keys(row.subject).await {
        Err(error) if error.code() == Code::NotFound => return Ok(Outcome::Done),
        keys => keys?,
    };
    let former: Former = app.own_grant(&keys, Class::Contact).await?.open(id, &row.sealed)?;
    let (key, to) = (id.to_string(), &former.target.shown);
    let text = |key: &str| catalogue::text(app.profile.default_language, key, &[]);
    let sent = match former.target.channel {
        Channel::Sms => app.adapters.sms.send(&key, to, &text("sms-address-left")).await,
        Channel::Email => {
            let (subject, body) = (text("mail-address-left-subject"), text("mail-address-left-body"));
            app.adapters.mail.send(&key, to, &subject, &body).await
        }
    };
    let outcome = match sent {
        Ok(()) => Outcome::Done,
        Err(SendFault::Retry { after_s, why }) => return Ok(Outcome::Retry { after_s, why }),
        Err(SendFault::Unknown { why }) => return Ok(Outcome::Retry { after_s: None, why }),
        Err(SendFault::Reject { why }) => Outcome::Fail { why },
    };
    app.write(&Actor::house("tellFormer"), async |tx: &mut Tx| contact_rows::drop_former(tx, id).await).await?;
    Ok(outcome)
}

/// Addresses that were given up and not told yet, for an export.
pub async fn formers(app: &App, keys: &SubjectKeys) -> Result<Vec<(former_address::Model, Target)>> {
    let grant = app.own_grant(keys, Class::Contact).await?;
    let rows = contact_rows::formers_of(&app.db.reader(), keys.subject).await?;
    rows.into_iter()
        .map(|row| {
            let former: Former = grant.open(row.id, &row.sealed)?;
            Ok((row, former.target))
        })
        .collect()
}
