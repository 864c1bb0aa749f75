//! One-time codes. A code is derived, `truncate(HMAC(key, challenge))`, under a key of the challenge's own: nothing to
//! store, a repeated task sends the same code, and with the key it is gone. The challenge is a subject by itself, so that
//! asking for a code never tells whether the number is known.

use super::limits::{self, HOUR_S};
use super::numbers::{self, System};
use super::person;
use super::phone::{calling_code, normalise_email, normalise_phone};
use super::rows::{self, challenge};
use super::tasks::SendCode;
use crate::app::App;
use crate::app::profile::{Profile, Way};
use crate::kernel::access::{Asker, Openings};
use crate::kernel::audit::Line;
use crate::kernel::db::{Actor, Tx, Verdict};
use crate::kernel::error::{Code, Error, Fault, Result};
use crate::kernel::lang::Lang;
use crate::kernel::queue::Task;
use crate::kernel::vault::{Class, Index, Personal, Sealed, SubjectKeys};
use chrono::{DateTime, Utc};
use sea_orm::Set;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use std::sync::Arc;
use subtle::ConstantTimeEq;
use uuid::Uuid;

/// The channel of a challenge whose code goes to the phone that is bound to a number.
pub const BY_NUMBER: &str = "iin";

#[derive(Clone, Copy, Debug, PartialEq, Eq, poem_openapi::Enum, Serialize, Deserialize)]
#[oai(rename_all = "camelCase")]
#[serde(rename_all = "camelCase")]
pub enum Channel {
    Sms,
    Email,
}

impl Channel {
    pub const fn as_str(self) -> &'static str {
        match self {
            Channel::Sms => "sms",
            Channel::Email => "email",
        }
    }

    /// The kind under which the directory knows such an address.
    pub const fn index_kind(self) -> &'static str {
        match self {
            Channel::Sms => "phone",
            Channel::Email => "email",
        }
    }
}

/// Where a code goes: the address to send to, and its form for looking up.
#[derive(Serialize, Deserialize, Clone)]
pub struct Target {
    pub channel: Channel,
    pub shown: String,
    pub lookup: String,
}

impl Personal for Target {
    const TABLE: &'static str = "challenge";
    const COLUMN: &'static str = "target";
    const CLASS: Class = Class::Contact;
}

impl Target {
    /// # Errors
    /// `refused_by_profile` for a channel that the profile does not know; `invalid` at `/to`.
    pub fn check(profile: &Profile, channel: Channel, to: &str) -> Result<Self> {
        if !goes(profile, channel) {
            return Err(Error::refused(Code::RefusedByProfile));
        }
        let faulty = |fault: Fault| Error::field("/to", fault);
        let (shown, lookup) = match channel {
            Channel::Sms => {
                let phone = normalise_phone(to, Some(&profile.phone_region)).map_err(faulty)?;
                (phone.clone(), phone)
            }
            Channel::Email => {
                let email = normalise_email(to).map_err(faulty)?;
                (email.shown, email.lookup)
            }
        };
        Ok(Self { channel, shown, lookup })
    }

    pub fn index(&self) -> Index {
        Index { kind: self.channel.index_kind(), value: self.lookup.clone() }
    }
}

fn goes(profile: &Profile, channel: Channel) -> bool {
    profile.sign_in.lets_in(Way::Code) && profile.sign_in.channels.iter().any(|known| known == channel.as_str())
}

/// A national number in place of an address. Which phone is bound to it is looked up when the code is sent, so that asking
/// takes the same path for everybody's number and for nobody's.
#[derive(Serialize, Deserialize, Clone)]
pub struct ByNumber {
    iin: String,
}

impl Personal for ByNumber {
    const TABLE: &'static str = "challenge";
    const COLUMN: &'static str = "target";
    const CLASS: Class = Class::Contact;
}

impl ByNumber {
    /// # Errors
    /// `refused_by_profile` where nobody signs in so; `invalid` at `/to`.
    pub fn check(profile: &Profile, to: &str) -> Result<Self> {
        if !profile.sign_in.lets_in(Way::Iin) {
            return Err(Error::refused(Code::RefusedByProfile));
        }
        let normal = numbers::normalise(System::Iin, to.trim()).map_err(|fault| Error::field("/to", fault))?;
        Ok(Self { iin: normal.value })
    }

    /// Whose number it is and the phone that is bound to it, if there is both.
    pub async fn find(&self, app: &App, openings: &Openings<'_>) -> Result<Option<(Arc<SubjectKeys>, String)>> {
        let index = Index { kind: System::Iin.as_str(), value: self.iin.clone() };
        let Some(subject) = app.vault.find(&index).await? else { return Ok(None) };
        let Some(row) = rows::find_patient(&app.db.reader(), subject).await? else { return Ok(None) };
        let grant = openings.grant_on("sendCode", subject, Class::Contact, ("patient", subject)).await?;
        let contact: person::Contact = grant.open(subject, &row.contact)?;
        let phone = contact.points.into_iter().find(|point| point.target.channel == Channel::Sms);
        let Some(phone) = phone.map(|point| point.target.lookup) else { return Ok(None) };
        Ok(Some((app.vault.keys(subject).await?, phone)))
    }
}

/// Makes a challenge and enqueues its message. Known and unknown addresses take the same path.
///
/// # Errors
/// `rate_limited` per address, per phone, and for all phones of a country together. Nothing is sent then.
pub async fn ask(app: &App, actor: &Actor, addr: IpAddr, lang: Lang, target: &Target) -> Result<(Uuid, DateTime<Utc>)> {
    let rules = &app.profile.sign_in;
    limits::count(app, "codesFrom", &limits::place(addr), HOUR_S, rules.codes_per_hour_per_address).await?;
    limits::count(app, "codesTo", &target.lookup, HOUR_S, rules.codes_per_hour_per_contact).await?;
    if target.channel == Channel::Sms {
        count_country(app, &target.lookup).await?;
    }
    make_challenge(app, actor, lang, target.channel.as_str(), target).await
}

/// As `ask`, by a number instead of an address. What depends on whether the number is known, and on whose phone it leads
/// to, happens when the code is sent: nothing of it shows in the answer.
///
/// # Errors
/// `rate_limited` per address and per number.
pub async fn ask_by_number(
    app: &App,
    actor: &Actor,
    addr: IpAddr,
    lang: Lang,
    number: &ByNumber,
) -> Result<(Uuid, DateTime<Utc>)> {
    let rules = &app.profile.sign_in;
    limits::count(app, "codesFrom", &limits::place(addr), HOUR_S, rules.codes_per_hour_per_address).await?;
    limits::count(app, "codesTo", &number.iin, HOUR_S, rules.codes_per_hour_per_contact).await?;
    make_challenge(app, actor, lang, BY_NUMBER, number).await
}

/// Whether the phone behind a number may be sent one more code. Counted apart from what is asked for the phone itself: a
/// count that both shared would tell that they belong together.
pub async fn may_send_by_number(app: &App, phone: &str) -> Result<bool> {
    let limit = app.profile.sign_in.codes_per_hour_per_contact;
    let counted = match limits::count(app, "codesByNumberTo", phone, HOUR_S, limit).await {
        Ok(()) => count_country(app, phone).await,
        refused => refused,
    };
    match counted {
        Ok(()) => Ok(true),
        Err(error) if error.code() == Code::RateLimited => Ok(false),
        Err(error) => Err(error),
    }
}

async fn count_country(app: &App, phone: &str) -> Result<()> {
    let country = calling_code(phone).unwrap_or_default();
    let limit = app.profile.sign_in.codes_per_hour_to(country);
    limits::count(app, "codesInto", &country.to_string(), HOUR_S, limit).await
}

async fn make_challenge<P: Personal>(
    app: &App,
    actor: &Actor,
    lang: Lang,
    channel: &'static str,
    target: &P,
) -> Result<(Uuid, DateTime<Utc>)> {
    let rules = &app.profile.sign_in;
    let keys = app.vault.create(&[Class::Contact, Class::Security]).await?;
    let id = keys.subject;
    let target = keys.seal(id, target)?;
    app.write(actor, async |tx: &mut Tx| -> Result<(Uuid, DateTime<Utc>)> {
        let expires_at = rules.code_lives.after(tx.now());
        let row = challenge::ActiveModel {
            id: Set(id),
            channel: Set(channel.to_owned()),
            lang: Set(lang.as_str().to_owned()),
            target: Set(target.clone()),
            attempts: Set(0),
            expires_at: Set(expires_at),
            used_at: Set(None),
            created_at: Set(tx.now()),
        };
        rows::insert_challenge(tx, row).await?;
        tx.enqueue(SendCode { challenge: id }.task());
        tx.audit(Line::new("askCode").on("challenge", id));
        Ok((id, expires_at))
    })
    .await
}

/// Whom a right code lets in: the patient behind the address, a new one where nobody holds it, or the one whose number it is.
///
/// # Errors
/// `wrong_code` for everything that is not the right code of a living challenge; `refused_by_profile` where the profile has
/// closed this way meanwhile.
pub async fn redeem(app: &App, actor: &Actor, id: Uuid, code: &str) -> Result<Arc<SubjectKeys>> {
    let wrong = || Error::refused(Code::WrongCode);
    let (channel, sealed) = spend(app, actor, id, code).await?;
    let openings = app.openings(actor.clone(), Asker { id, medical: false });
    let grant = openings.grant(id, Class::Contact, ("challenge", id)).await?;
    if channel != BY_NUMBER {
        let target: Target = openings.answer(grant.open(id, &sealed)?).await?;
        if !goes(&app.profile, target.channel) {
            return Err(Error::refused(Code::RefusedByProfile));
        }
        return person::by_contact(app, actor, &target).await;
    }
    if !app.profile.sign_in.lets_in(Way::Iin) {
        return Err(Error::refused(Code::RefusedByProfile));
    }
    // Nobody was sent the code of a number that nobody has, and it may still be guessed.
    let number: ByNumber = grant.open(id, &sealed)?;
    let found = number.find(app, &openings).await?;
    let (keys, _) = openings.answer(found).await?.ok_or_else(wrong)?;
    Ok(keys)
}

/// Tries a code. Each try counts, also the two hundredth at once: the database counts. Answers the channel and the sealed
/// target of the challenge.
async fn spend(app: &App, actor: &Actor, id: Uuid, code: &str) -> Result<(String, Sealed)> {
    let wrong = || Error::refused(Code::WrongCode);
    let keys = app.vault.keys(id).await.map_err(|_| wrong())?;
    let right = bool::from(derive(&keys)?.as_bytes().ct_eq(code.as_bytes()));
    app.write(actor, async |tx: &mut Tx| -> Verdict<(String, Sealed)> {
        match attempt(tx, id, right, app.profile.sign_in.code_attempts).await {
            Ok(Some(spent)) => Ok(spent).into(),
            Ok(None) => Verdict::kept(wrong()),
            Err(error) => Err(error).into(),
        }
    })
    .await
}

async fn attempt(tx: &mut Tx, id: Uuid, right: bool, limit: i32) -> Result<Option<(String, Sealed)>> {
    if !rows::count_attempt(tx, id, limit, tx.now()).await? {
        return Err(Error::refused(Code::WrongCode));
    }
    tx.audit(Line::new(if right { "rightCode" } else { "wrongCode" }).on("challenge", id));
    if !right {
        return Ok(None);
    }
    rows::use_challenge(tx, id, tx.now()).await?;
    Ok(rows::find_challenge(tx, id).await?.map(|row| (row.channel, row.target)))
}

/// The six digits of a challenge.
pub fn derive(keys: &SubjectKeys) -> Result<String> {
    let digest = keys.digest("one-time code", keys.subject.as_bytes())?;
    let number = u64::from_be_bytes([digest[0], digest[1], digest[2], digest[3], digest[4], digest[5], digest[6], digest[7]]);
    Ok(format!("{:06}", number % 1_000_000))
}
