//! Pushes to phones. A push carries a constant key and an opaque id, and by its type it can carry nothing else.
//!
//! Each provider that is configured has one sender over one pool of connections: APNs for Apple's tokens, FCM for
//! Google's, and RuStore, which speaks FCM's language. Where none is configured, pushes stay in memory.

mod apns;
mod bearer;
mod config;
mod content;
mod fcm;

pub use config::{ApnsConfig, FcmConfig, PushConfig, RustoreConfig};

use super::SendFault;
use super::outbox::{Channel, Outbox};
use crate::kernel::clock::Ambient;
use crate::kernel::error::Result;
use apns::Apns;
use chrono::{DateTime, Utc};
use content::NOTICE;
use fcm::Fcm;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Which sender a token belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum TokenKind {
    Apns,
    ApnsVoip,
    FcmToken,
    FcmInstallation,
    Rustore,
}

impl TokenKind {
    /// Whether such a token can be sent such a push: VoIP tokens ring and do nothing else, and nothing else rings.
    pub fn takes(self, manner: Manner) -> bool {
        (self == TokenKind::ApnsVoip) == (manner == Manner::Voip)
    }
}

/// How a push behaves on the phone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Manner {
    /// Shown, with the constant text of the app's own catalogue under `NOTICE`.
    Alert,
    /// Wakes the app, and nothing is shown.
    Background,
    /// Rings. APNs only.
    Voip,
}

/// All that a push can carry.
#[derive(Clone, Copy, Debug)]
pub struct Wake {
    /// The notification, for `GET /v1/notifications/{id}`.
    pub id: Uuid,
    pub manner: Manner,
    /// After this the provider need not try any more.
    pub expires_at: DateTime<Utc>,
}

impl Wake {
    /// Whole seconds until the push expires; zero means now or never.
    fn seconds_left(&self, now: DateTime<Utc>) -> u32 {
        u32::try_from((self.expires_at - now).num_seconds().max(0)).unwrap_or(u32::MAX)
    }
}

/// How a sending ended that did not fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    Accepted,
    /// The token is dead: since when, where the provider says so. A later registration of the same token lives.
    Dead {
        since: Option<DateTime<Utc>>,
    },
}

/// The sender of pushes. Clones share connections.
#[derive(Clone, Debug)]
pub enum Push {
    Memory(Outbox),
    Providers(Providers),
}

/// The senders that are configured.
#[derive(Clone, Debug)]
pub struct Providers {
    apns: Option<Apns>,
    fcm: Option<Fcm>,
    rustore: Option<Fcm>,
}

impl Push {
    /// Builds the senders that are configured, without calling any provider.
    ///
    /// # Errors
    /// `Internal` with a sentence for the operator when a setting can't work.
    pub fn open(config: &PushConfig, ambient: &Ambient, outbox: &Outbox) -> Result<Self> {
        let PushConfig { timeout_s: _, apns, fcm, rustore } = config;
        if apns.is_none() && fcm.is_none() && rustore.is_none() {
            return Ok(Push::Memory(outbox.clone()));
        }
        let timeout = config.timeout();
        Ok(Push::Providers(Providers {
            apns: apns.as_ref().map(|apns| Apns::open(apns, timeout, ambient)).transpose()?,
            fcm: fcm.as_ref().map(|fcm| Fcm::open(fcm, timeout, ambient)).transpose()?,
            rustore: rustore.as_ref().map(|rustore| Fcm::open_rustore(rustore, timeout, ambient)).transpose()?,
        }))
    }

    /// Sends one push to one token.
    ///
    /// # Errors
    /// `Retry` with the provider's own seconds where it names them; `Reject`, also when the kind has no sender here or
    /// does not take the manner; `Unknown`.
    pub async fn send(&self, kind: TokenKind, token: &str, wake: &Wake) -> Result<Sent, SendFault> {
        super::outside("push")?;
        if !kind.takes(wake.manner) {
            return Err(SendFault::Reject { why: "tokens of this kind do not take such a push" });
        }
        match self {
            Push::Memory(outbox) if outbox.is_buried(token) => Ok(Sent::Dead { since: None }),
            Push::Memory(outbox) => {
                let text = serde_json::json!({"loc-key": NOTICE, "id": wake.id, "kind": kind, "manner": wake.manner});
                outbox.post(Channel::Push, token, None, &text.to_string(), &wake.id.to_string())?;
                Ok(Sent::Accepted)
            }
            Push::Providers(providers) => providers.send(kind, token, wake).await,
        }
    }
}

impl Providers {
    async fn send(&self, kind: TokenKind, token: &str, wake: &Wake) -> Result<Sent, SendFault> {
        let missing = SendFault::Reject { why: "no sender is configured for tokens of this kind" };
        match kind {
            TokenKind::Apns | TokenKind::ApnsVoip => self.apns.as_ref().ok_or(missing)?.send(token, wake).await,
            TokenKind::FcmToken | TokenKind::FcmInstallation => self.fcm.as_ref().ok_or(missing)?.send(kind, token, wake).await,
            TokenKind::Rustore => self.rustore.as_ref().ok_or(missing)?.send(kind, token, wake).await,
        }
    }
}
