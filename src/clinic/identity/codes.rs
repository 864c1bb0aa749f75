//! One-time codes. A code is derived, `truncate(HMAC(key, challenge))`, under a key of the challenge's own: nothing to
//! store, a repeated task sends the same code, and with the key it is gone. The challenge is a subject by itself, so that
//! asking for a code never tells whether the number is known.

use super::phone::{normalise_email, normalise_phone};
use super::rows::{self, challenge};
use super::tasks::SendCode;
use crate::app::App;
use crate::app::profile::Profile;
use crate::kernel::access::Asker;
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
use subtle::ConstantTimeEq;
use uuid::Uuid;

const HOUR_S: i64 = 3600;

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
        if !profile.sign_in.channels.iter().any(|known| known == channel.as_str()) {
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

    /// Whether both are one address, however they were typed.
    pub fn is(&self, other: &Target) -> bool {
        self.channel == other.channel && self.lookup == other.lookup
    }

    pub fn index(&self) -> Index {
        Index { kind: self.channel.index_kind(), value: self.lookup.clone() }
    }
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

/// Makes a challenge for a sign-in. See `ask_for`.
pub async fn ask(app: &App, actor: &Actor, addr: IpAddr, lang: Lang, target: &Target) -> Result<(Uuid, DateTime<Utc>)> {
    ask_for(app, actor, addr, lang, Flow::SignIn, target).await
}

/// Makes a challenge and enqueues its message. Known and unknown numbers take the same path.
pub async fn ask_for(
    app: &App,
    actor: &Actor,
    addr: IpAddr,
    lang: Lang,
    flow: Flow,
    target: &Target,
) -> Result<(Uuid, DateTime<Utc>)> {
    let rules = &app.profile.sign_in;
    let to = Index { kind: "codesTo", value: target.lookup.clone() };
    let from = Index { kind: "codesFrom", value: addr.to_string() };
    // Whoever has signed in may come from many addresses and name many numbers: he is one person.
    let of = flow.bound_to().map(|of| (Index { kind: "codesOf", value: of.to_string() }, rules.codes_per_hour_per_contact));
    let limits = [(from, rules.codes_per_hour_per_address), (to, rules.codes_per_hour_per_contact)];
    for (index, limit) in of.into_iter().chain(limits) {
        if app.vault.count(&index, HOUR_S).await? > limit {
            let into_hour = app.ambient.now().timestamp().rem_euclid(HOUR_S);
            return Err(Error::rate_limited(u32::try_from(HOUR_S - into_hour).unwrap_or(60)));
        }
    }
    let keys = app.vault.create(&[Class::Contact, Class::Security]).await?;
    let id = keys.subject;
    let channel = target.channel.as_str();
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

/// Tries a code for a sign-in. See `redeem_for`.
pub async fn redeem(app: &App, actor: &Actor, id: Uuid, code: &str) -> Result<Target> {
    redeem_for(app, actor, Flow::SignIn, id, code).await
}

/// Tries a code. Each try counts, also the two hundredth at once: the database counts.
///
/// # Errors
/// `wrong_code` for everything that is not the right code of a living challenge of this flow.
pub async fn redeem_for(app: &App, actor: &Actor, flow: Flow, id: Uuid, code: &str) -> Result<Target> {
    let wrong = || Error::refused(Code::WrongCode);
    let keys = app.vault.keys(id).await.map_err(|_| wrong())?;
    let right = bool::from(derive(&keys)?.as_bytes().ct_eq(code.as_bytes()));
    let sealed = app
        .write(actor, async |tx: &mut Tx| -> Verdict<Sealed> {
            match attempt(tx, flow, id, right, app.profile.sign_in.code_attempts).await {
                Ok(Some(target)) => Ok(target).into(),
                Ok(None) => Verdict::kept(wrong()),
                Err(error) => Err(error).into(),
            }
        })
        .await?;
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

async fn attempt(tx: &mut Tx, flow: Flow, id: Uuid, right: bool, limit: i32) -> Result<Option<Sealed>> {
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
    Ok(rows::find_challenge(tx, id).await?.map(|row| row.target))
}

/// The six digits of a challenge.
pub fn derive(keys: &SubjectKeys) -> Result<String> {
    let digest = keys.digest("one-time code", keys.subject.as_bytes())?;
    let number = u64::from_be_bytes([digest[0], digest[1], digest[2], digest[3], digest[4], digest[5], digest[6], digest[7]]);
    Ok(format!("{:06}", number % 1_000_000))
}
