//! One delivery's way out of the house: to every phone of somebody, or to his number or address. What goes says that there
//! is a message, in constant words.

use super::delivery::{BARRED, Due, FAILED, NOWHERE, SENT, UNKNOWN, WITHHELD};
use crate::adapters::push::{Manner, Sent as Pushed, TokenKind, Wake};
use crate::adapters::{Adapters, SendFault};
use crate::app::App;
use crate::app::catalogue;
use crate::app::notices::{Channel, Kind};
use crate::app::profile::Service;
use crate::clinic::devices::{self, PushToken};
use crate::clinic::identity::{self, AddressChannel};
use crate::kernel::access::{Asker, Openings};
use crate::kernel::db::Actor;
use crate::kernel::error::{Code, Error, Result};
use chrono::{DateTime, Utc};
use std::time::Duration;
use uuid::Uuid;

/// A sending may take this long, less than a task's lease.
const LIMIT: Duration = Duration::from_secs(40);
/// After so many attempts what fails on our own side has failed for good.
const OWN_ATTEMPTS: i32 = 5;

/// How a sending went, and which tokens turned out dead.
pub struct Sent {
    pub ending: Ending,
    pub dead: Vec<Dead>,
}

pub struct Dead {
    pub installation: Uuid,
    pub kind: TokenKind,
    pub since: DateTime<Utc>,
}

#[derive(Clone, Copy)]
pub enum Ending {
    Ended(&'static str),
    Again { after_s: Option<u32>, why: &'static str },
}

impl From<Ending> for Sent {
    fn from(ending: Ending) -> Self {
        Self { ending, dead: Vec::new() }
    }
}

pub async fn send(app: &App, due: &Due) -> Sent {
    let unknown = SendFault::Unknown { why: "the sending took too long" };
    match tokio::time::timeout(LIMIT, attempt(app, due)).await {
        Ok(Ok(sent)) => sent,
        Ok(Err(error)) => of_error(due, &error).into(),
        Err(_) => of_fault(due, unknown).into(),
    }
}

async fn attempt(app: &App, due: &Due) -> Result<Sent> {
    let subject = due.row.subject;
    let openings = app.openings(Actor::house("deliver"), Asker { id: subject, medical: false });
    match due.channel {
        Channel::Push => {
            let read_at = app.ambient.now();
            let tokens = devices::tokens_of(app, &openings, subject).await?;
            let tokens = openings.answer(tokens).await?;
            Ok(push(&app.adapters, due, &tokens, read_at).await)
        }
        Channel::Sms | Channel::Email => write_to(app, due, openings).await.map(Sent::from),
    }
}

/// One phone that took it is enough: the others learn of it from the inbox.
async fn push(adapters: &Adapters, due: &Due, tokens: &[PushToken], read_at: DateTime<Utc>) -> Sent {
    let wake = Wake { id: due.row.notification, manner: Manner::Alert, expires_at: due.expires_at };
    let mut dead = Vec::new();
    let mut taken = false;
    let mut worst: Option<SendFault> = None;
    // A token for calls rings, and nothing here may ring.
    let mut is_barred = false;
    for token in tokens.iter().filter(|token| token.kind != TokenKind::ApnsVoip) {
        let (service, peer) = provider(token.kind);
        if !due.services.contains(&service) {
            is_barred = true;
            continue;
        }
        let sent = match adapters.pauses.check(peer, read_at) {
            Ok(()) => adapters.push.send(token.kind, &token.token, &wake).await,
            Err(paused) => Err(paused),
        };
        match sent {
            Ok(Pushed::Accepted) => taken = true,
            Ok(Pushed::Dead { since }) => {
                // Without an hour of its own the provider speaks of the token that we had read.
                dead.push(Dead { installation: token.installation, kind: token.kind, since: since.unwrap_or(read_at) });
            }
            Err(fault) => {
                adapters.pauses.note(peer, &fault, read_at);
                worst = Some(worse(worst, fault));
            }
        }
    }
    let ending = match worst {
        _ if taken => Ending::Ended(SENT),
        None if is_barred => Ending::Ended(BARRED),
        None => Ending::Ended(NOWHERE),
        Some(fault) => of_fault(due, fault),
    };
    Sent { ending, dead }
}

/// Whoever may have got it or may get it later decides: a rejection counts only when all reject.
fn worse(one: Option<SendFault>, other: SendFault) -> SendFault {
    let rank = |fault: &SendFault| match fault {
        SendFault::Unknown { .. } => 2,
        SendFault::Retry { .. } => 1,
        SendFault::Reject { .. } => 0,
    };
    match one {
        Some(one) if rank(&one) >= rank(&other) => one,
        _ => other,
    }
}

/// Who brings it, and under which name its pauses are kept.
const fn provider(kind: TokenKind) -> (Service, &'static str) {
    match kind {
        TokenKind::Apns | TokenKind::ApnsVoip => (Service::Apns, "push.apns"),
        TokenKind::FcmToken | TokenKind::FcmInstallation => (Service::Fcm, "push.fcm"),
        TokenKind::Rustore => (Service::Rustore, "push.rustore"),
    }
}

/// A text message or a letter to the first verified address of that kind.
async fn write_to(app: &App, due: &Due, openings: Openings<'_>) -> Result<Ending> {
    let wanted = if due.channel == Channel::Sms { AddressChannel::Sms } else { AddressChannel::Email };
    let addresses = identity::addresses(app, &openings, due.row.subject).await?;
    let addresses = openings.answer(addresses).await?;
    let Some(target) = addresses.into_iter().find(|target| target.channel == wanted) else {
        return Ok(Ending::Ended(NOWHERE));
    };
    let lang = due.preferences.language.unwrap_or(app.profile.default_language);
    // Constant words: a reminder says that it is one, and neither of what nor when.
    let words = if due.kind == Kind::VisitReminder { "reminder" } else { "notice" };
    let text = |key: &str| catalogue::text(lang, &format!("{words}-{key}"), &[]);
    let key = due.row.id.to_string();
    let sent = match due.channel {
        Channel::Email => app.adapters.mail.send(&key, &target.shown, &text("mail-subject"), &text("mail-body")).await,
        _ => app.adapters.sms.send(&key, &target.shown, &text("sms")).await,
    };
    Ok(match sent {
        Ok(()) => Ending::Ended(SENT),
        Err(fault) => {
            app.adapters.pauses.note(due.channel.as_str(), &fault, app.ambient.now());
            of_fault(due, fault)
        }
    })
}

/// What may have arrived is repeated under the same key, so that the peer can tell; but nobody is advertised to twice.
fn of_fault(due: &Due, fault: SendFault) -> Ending {
    match fault {
        SendFault::Retry { after_s, why } => Ending::Again { after_s, why },
        SendFault::Reject { .. } => Ending::Ended(FAILED),
        SendFault::Unknown { .. } if due.kind == Kind::Marketing => Ending::Ended(UNKNOWN),
        SendFault::Unknown { why } => Ending::Again { after_s: None, why },
    }
}

/// A fault of our own, before anything was sent.
fn of_error(due: &Due, error: &Error) -> Ending {
    match error.code() {
        // His keys are gone, and with them whatever could be sent to.
        Code::NotFound => Ending::Ended(WITHHELD),
        Code::Unavailable => Ending::Again { after_s: None, why: "a store is out of reach" },
        _ if due.task.attempt >= OWN_ATTEMPTS => {
            tracing::error!(%error, "a delivery failed for good");
            Ending::Ended(FAILED)
        }
        _ => {
            tracing::error!(%error, attempt = due.task.attempt, "a delivery failed");
            Ending::Again { after_s: None, why: "failed" }
        }
    }
}
