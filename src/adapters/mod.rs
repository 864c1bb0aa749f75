//! The outside world. Each adapter is an enum with a `Memory` variant, so that the sandbox and the tests run the same
//! code as a clinic does. No adapter hangs off a transaction, and each refuses to be called inside one.

mod answer;
pub mod antivirus;
pub mod files;
pub mod mail;
pub mod outbox;
pub mod pauses;
pub mod payments;
pub mod push;
pub mod sms;
mod smtp;
mod template;

use crate::kernel::clock::Ambient;
use crate::kernel::error::{Error, Result};
use crate::kernel::guard;
use antivirus::{Antivirus, AntivirusConfig};
use files::{Files, FilesConfig};
use mail::{Mail, MailConfig};
use outbox::Outbox;
use pauses::Pauses;
use payments::{Payments, PaymentsConfig};
use push::{Push, PushConfig};
use sms::{Sms, SmsConfig};
use std::net::IpAddr;

/// All peers of a running server. Clones share connections.
#[derive(Debug, Clone)]
pub struct Adapters {
    pub sms: Sms,
    pub mail: Mail,
    pub files: Files,
    pub antivirus: Antivirus,
    pub push: Push,
    pub pauses: Pauses,
    pub payments: Payments,
    /// What the `Memory` variants kept instead of sending it; empty when there are none.
    pub outbox: Outbox,
}

/// What the operator set, peer by peer.
#[derive(Debug, Clone, Copy)]
pub struct Settings<'a> {
    pub sms: &'a SmsConfig,
    pub mail: &'a MailConfig,
    pub push: &'a PushConfig,
    pub files: &'a FilesConfig,
    pub payments: &'a PaymentsConfig,
    pub antivirus: &'a AntivirusConfig,
}

impl Adapters {
    /// Builds every adapter, without calling any peer.
    ///
    /// # Errors
    /// `Internal` with a sentence for the operator when a setting can't work.
    pub fn open(settings: &Settings, ambient: &Ambient) -> Result<Self> {
        let outbox = Outbox::default();
        Ok(Adapters {
            sms: Sms::open(settings.sms, &outbox)?,
            mail: Mail::open(settings.mail, &outbox)?,
            files: Files::open(settings.files)?,
            push: Push::open(settings.push, ambient, &outbox)?,
            payments: Payments::open(settings.payments)?,
            antivirus: Antivirus::open(settings.antivirus)?,
            pauses: Pauses::default(),
            outbox,
        })
    }

    /// Everything in memory: nothing leaves the process and nothing outlives it.
    pub fn memory() -> Self {
        let outbox = Outbox::default();
        Adapters {
            sms: Sms::Memory(outbox.clone()),
            mail: Mail::Memory(outbox.clone()),
            files: Files::memory(),
            antivirus: Antivirus::None,
            push: Push::Memory(outbox.clone()),
            payments: Payments::memory(),
            pauses: Pauses::default(),
            outbox,
        }
    }
}

/// Why a message was not certainly delivered to the peer. `why` is a fixed sentence: it holds nothing about a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SendFault {
    /// The peer was down, slow, overloaded, or refuses our credentials: the same message may pass later.
    #[error("to be repeated: {why}")]
    Retry { after_s: Option<u32>, why: &'static str },
    /// The peer will never accept this message.
    #[error("rejected: {why}")]
    Reject { why: &'static str },
    /// The message was sent, and no answer came that we understand: it may have arrived.
    #[error("outcome unknown: {why}")]
    Unknown { why: &'static str },
}

impl SendFault {
    fn retry(why: &'static str) -> Self {
        SendFault::Retry { after_s: None, why }
    }
}

/// [`guard::outside`] for senders. `Reject`, because repeating the call from the same place can't help.
fn outside(what: &'static str) -> Result<(), SendFault> {
    guard::outside(what).map_err(|error| {
        tracing::error!(%error, "an adapter was misused");
        SendFault::Reject { why: "called inside a database transaction" }
    })
}

/// Checks the address of an HTTP peer: well-formed, and encrypted unless it is loopback or plain HTTP was allowed.
fn peer_url(setting: &str, url: &str, allow_http: bool) -> Result<reqwest::Url> {
    let parsed = reqwest::Url::parse(url).map_err(|_| Error::internal(format!("{setting} is not a URL")))?;
    let host = parsed.host_str().unwrap_or_default();
    let refused = match parsed.scheme() {
        "https" => None,
        "http" if allow_http || is_loopback(host) => None,
        "http" => Some("is plain HTTP to another machine: use https, or set allow_http inside a private network"),
        _ => Some("must begin with https:// or http://"),
    };
    match refused {
        Some(why) => Err(Error::internal(format!("{setting} {why}"))),
        None => Ok(parsed),
    }
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}
