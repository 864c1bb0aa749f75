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
use crate::kernel::alias;
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
    /// An address that somebody is to be let in by.
    ///
    /// # Errors
    /// `refused_by_profile` where nobody signs in so; `invalid` at `/to`.
    pub fn for_sign_in(profile: &Profile, channel: Channel, to: &str) -> Result<Self> {
        let target = Self::check(profile, channel, to)?;
        target.lets_in(profile).map(|()| target)
    }

    /// An address that somebody is to be reached at.
    ///
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

    /// # Errors
    /// `refused_by_profile` where a code that goes there lets nobody in.
    fn lets_in(&self, profile: &Profile) -> Result<()> {
        let lets_in = profile.sign_in.lets_in(Way::Code) && goes(profile, self.channel);
        if lets_in { Ok(()) } else { Err(Error::refused(Code::RefusedByProfile)) }
    }

    /// Whether both are one address, however they were typed.
    pub fn is(&self, other: &Target) -> bool {
        self.channel == other.channel && self.lookup == other.lookup
    }

    pub fn index(&self) -> Index {
        Index { kind: self.channel.index_kind(), value: self.lookup.clone() }
    }
}

fn goes(profile: &Profile, channel: Channel) -> bool {
    profile.sign_in.channels.iter().any(|known| known == channel.as_str())
}

/// What a code is for. It is taken there, from the person who asked for it, and nowhere else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    SignIn,
    /// An address that this patient wants to be reached at.
    Contact {
        of: Uuid,
    },
}

impl Flow {
    pub const fn as_str(self) -> &'static str {
        match self {
            Flow::SignIn => "signIn",
            Flow::Contact { .. } => "contact",
        }
    }

    pub const fn bound_to(self) -> Option<Uuid> {
        match self {
            Flow::SignIn => None,
            Flow::Contact { of } => Some(of),
        }
    }

    fn is_of(self, row: &challenge::Model) -> bool {
        row.flow == self.as_str() && row.bound_to == self.bound_to()
    }
}

/// A national number in place of an address. Which phone is bound to it is looked up when the code is sent, so that asking
/// takes the same path for everybody's number and for nobody's.
#[derive(Serialize, Deserialize, Clone)]
pub struct ByNumber {
    iin: String,
    /// The phone that the code went to.
    sent_to: Option<String>,
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
        Ok(Self { iin: normal.value, sent_to: None })
    }

    /// Whose number it is and the phone that is bound to it, if there is both.
    pub async fn find(&self, app: &App, openings: &Openings<'_>) -> Result<Option<(Arc<SubjectKeys>, Target)>> {
        let index = Index { kind: System::Iin.as_str(), value: self.iin.clone() };
        let Some(subject) = app.vault.find(&index).await? else { return Ok(None) };
        // Whose account was merged into another comes to that one.
        let subject = alias::survivor(&app.db.reader(), subject).await?;
        let Some(row) = rows::find_patient(&app.db.reader(), subject).await? else { return Ok(None) };
        let grant = openings.grant_on("sendCode", subject, Class::Contact, ("patient", subject)).await?;
        let contact: person::Contact = grant.open(subject, &row.contact)?;
        let Some(phone) = contact.of(Channel::Sms) else { return Ok(None) };
        Ok(Some((app.vault.keys(subject).await?, phone.target.clone())))
    }

    /// Binds the challenge to the phone that its code goes to: a code that went to a phone lets nobody in once another one
    /// has taken its place. False: it went to another phone before.
    pub async fn bind(&self, app: &App, challenge: Uuid, phone: &Target) -> Result<bool> {
        if self.sent_to.is_some() {
            return Ok(self.went_to(phone));
        }
        let bound = Self { sent_to: Some(phone.lookup.clone()), ..self.clone() };
        let sealed = app.vault.keys(challenge).await?.seal(challenge, &bound)?;
        app.write(&Actor::house("sendCode"), async |tx: &mut Tx| -> Result<()> {
            let sql = "UPDATE challenge SET target = $2 WHERE id = $1";
            rows::change(tx, sql, [challenge.into(), sealed.clone().into()]).await.map(drop)
        })
        .await?;
        Ok(true)
    }

    fn went_to(&self, phone: &Target) -> bool {
        self.sent_to.as_ref() == Some(&phone.lookup)
    }
}

/// Makes a challenge and enqueues its message. Known and unknown addresses take the same path.
///
/// # Errors
/// `rate_limited` per person who asks for an address of his, per address, per phone, and for all phones of a country
/// together. Nothing is sent then.
pub async fn ask(
    app: &App,
    actor: &Actor,
    addr: IpAddr,
    lang: Lang,
    flow: Flow,
    target: &Target,
) -> Result<(Uuid, DateTime<Utc>)> {
    let rules = &app.profile.sign_in;
    // Whoever has signed in may come from many addresses and name many numbers: he is one person.
    if let Some(of) = flow.bound_to() {
        limits::count(app, "codesOf", &of.to_string(), HOUR_S, rules.codes_per_hour_per_contact).await?;
    }
    limits::count(app, "codesFrom", &limits::place(addr), HOUR_S, rules.codes_per_hour_per_address).await?;
    limits::count(app, "codesTo", &target.lookup, HOUR_S, rules.codes_per_hour_per_contact).await?;
    if target.channel == Channel::Sms {
        count_country(app, &target.lookup).await?;
    }
    make_challenge(app, actor, lang, flow, target.channel.as_str(), target).await
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
    make_challenge(app, actor, lang, Flow::SignIn, BY_NUMBER, number).await
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
    flow: Flow,
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
            flow: Set(flow.as_str().to_owned()),
            bound_to: Set(flow.bound_to()),
        };
        rows::insert_challenge(tx, row).await?;
        tx.enqueue(SendCode { challenge: id }.task());
        tx.audit(Line::new("askCode").on("challenge", id));
        Ok((id, expires_at))
    })
    .await
}

/// What a right code of a sign-in has shown.
pub enum Shown {
    /// That he has this address.
    Address(Target),
    /// That he has the phone of the patient whose number he named.
    Number(Arc<SubjectKeys>, Target),
}

/// Takes the code of a sign-in.
///
/// # Errors
/// `wrong_code` for everything that is not the right code of a living challenge of this flow; `refused_by_profile` where the
/// profile has closed this way meanwhile.
pub async fn redeem(app: &App, actor: &Actor, id: Uuid, code: &str) -> Result<Shown> {
    let wrong = || Error::refused(Code::WrongCode);
    let (channel, sealed) = spend(app, actor, Flow::SignIn, id, code).await?;
    let openings = app.openings(actor.clone(), Asker { id, medical: false });
    let grant = openings.grant(id, Class::Contact, ("challenge", id)).await?;
    if channel != BY_NUMBER {
        let target: Target = openings.answer(grant.open(id, &sealed)?).await?;
        return target.lets_in(&app.profile).map(|()| Shown::Address(target));
    }
    if !app.profile.sign_in.lets_in(Way::Iin) {
        return Err(Error::refused(Code::RefusedByProfile));
    }
    // Nobody was sent the code of a number that nobody has, and it may still be guessed.
    let number: ByNumber = grant.open(id, &sealed)?;
    let found = number.find(app, &openings).await?;
    let (keys, phone) = openings.answer(found).await?.filter(|(_, phone)| number.went_to(phone)).ok_or_else(wrong)?;
    Ok(Shown::Number(keys, phone))
}

/// Takes the code that went to an address which a patient wants to be reached at, and answers the address.
///
/// # Errors
/// `wrong_code`, as `redeem`, also for a code that somebody else has asked for.
pub async fn redeem_contact(app: &App, actor: &Actor, of: Uuid, id: Uuid, code: &str) -> Result<Target> {
    let (_, sealed) = spend(app, actor, Flow::Contact { of }, id, code).await?;
    let openings = app.openings(actor.clone(), Asker { id, medical: false });
    let target = openings.grant(id, Class::Contact, ("challenge", id)).await?.open(id, &sealed)?;
    openings.answer(target).await
}

/// Makes a challenge usable again whose code was right, for whoever was asked for something more. Its attempts stay counted.
pub async fn give_back(app: &App, actor: &Actor, id: Uuid) -> Result<()> {
    app.write(actor, async |tx: &mut Tx| -> Result<()> {
        rows::change(tx, "UPDATE challenge SET used_at = NULL WHERE id = $1", [id.into()]).await.map(drop)
    })
    .await
}

/// Tries a code. Each try counts, also the two hundredth at once: the database counts. Answers the channel and the sealed
/// target of the challenge.
async fn spend(app: &App, actor: &Actor, flow: Flow, id: Uuid, code: &str) -> Result<(String, Sealed)> {
    let wrong = || Error::refused(Code::WrongCode);
    let keys = app.vault.keys(id).await.map_err(|_| wrong())?;
    let right = bool::from(derive(&keys)?.as_bytes().ct_eq(code.as_bytes()));
    app.write(actor, async |tx: &mut Tx| -> Verdict<(String, Sealed)> {
        match attempt(tx, flow, id, right, app.profile.sign_in.code_attempts).await {
            Ok(Some(spent)) => Ok(spent).into(),
            Ok(None) => Verdict::kept(wrong()),
            Err(error) => Err(error).into(),
        }
    })
    .await
}

async fn attempt(tx: &mut Tx, flow: Flow, id: Uuid, right: bool, limit: i32) -> Result<Option<(String, Sealed)>> {
    // A code of another flow is not tried at all: nobody uses up the tries of somebody else's.
    if !rows::find_challenge(tx, id).await?.is_some_and(|row| flow.is_of(&row)) {
        return Err(Error::refused(Code::WrongCode));
    }
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
