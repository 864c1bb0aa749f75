//! Pushes to phones. A push carries a constant key and an opaque id, and by its type it can carry nothing else.

use super::SendFault;
use super::outbox::{Channel, Outbox};
use chrono::{DateTime, Utc};
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
}

impl Push {
    /// Sends one push to one token.
    ///
    /// # Errors
    /// `Retry` with the provider's own seconds where it names them; `Reject`; `Unknown`.
    pub async fn send(&self, kind: TokenKind, token: &str, wake: &Wake) -> Result<Sent, SendFault> {
        super::outside("push")?;
        match self {
            Push::Memory(outbox) if outbox.is_buried(token) => Ok(Sent::Dead { since: None }),
            Push::Memory(outbox) => {
                let text = serde_json::json!({"loc-key": "NOTICE", "id": wake.id, "kind": kind, "manner": wake.manner});
                outbox.post(Channel::Push, token, None, &text.to_string(), &wake.id.to_string())?;
                Ok(Sent::Accepted)
            }
        }
    }
}
