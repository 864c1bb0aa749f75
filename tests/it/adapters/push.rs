//! Pushes to phones, through peers that play Apple, Google and RuStore.

mod apns;
mod content;
mod fcm;
mod settings;

use crate::support::apns::Apns;
use crate::support::fcm::Fcm;
use chrono::{DateTime, TimeDelta};
use feldsher::adapters::SendFault;
use feldsher::adapters::outbox::Outbox;
use feldsher::adapters::push::{Manner, Push, PushConfig, Sent, TokenKind, Wake};
use feldsher::kernel::clock::Ambient;
use feldsher::kernel::guard;
use tempfile::TempDir;
use uuid::Uuid;

/// All three providers, and a sender to them with a second of patience.
struct Town {
    apns: Apns,
    fcm: Fcm,
    push: Push,
    config: PushConfig,
    /// The sender's sense of the hour, and Apple's.
    ours: Ambient,
    theirs: Ambient,
    _folder: TempDir,
}

impl Town {
    async fn new() -> Town {
        let folder = tempfile::tempdir().unwrap();
        let (ours, theirs) = (Ambient::system(), Ambient::system());
        let (apns, fcm) = tokio::join!(Apns::start(theirs.clone()), Fcm::start());
        let config = PushConfig {
            timeout_s: 1,
            apns: Some(apns.config(folder.path())),
            fcm: Some(fcm.config(folder.path())),
            rustore: Some(fcm.rustore_config()),
        };
        let push = Push::open(&config, &ours, &Outbox::default()).unwrap();
        Town { apns, fcm, push, config, ours, theirs, _folder: folder }
    }

    fn wake(&self, manner: Manner) -> Wake {
        Wake { id: self.ours.id(), manner, expires_at: self.ours.now() + TimeDelta::hours(1) }
    }

    async fn alert(&self, kind: TokenKind, token: &str) -> Result<Sent, SendFault> {
        self.push.send(kind, token, &self.wake(Manner::Alert)).await
    }

    /// Holds each token against the outcome that it orders.
    async fn outcomes(&self, kind: TokenKind, cases: &[(&str, &str)]) {
        for (token, expected) in cases {
            assert_eq!(outcome(self.alert(kind, token).await), *expected, "{kind:?} {token}");
        }
    }
}

fn outcome(result: Result<Sent, SendFault>) -> String {
    match result {
        Ok(Sent::Accepted) => "accepted".to_owned(),
        Ok(Sent::Dead { since: None }) => "dead".to_owned(),
        Ok(Sent::Dead { since: Some(since) }) => format!("dead since {}", since.timestamp_millis()),
        Err(SendFault::Retry { after_s: None, .. }) => "retry".to_owned(),
        Err(SendFault::Retry { after_s: Some(after_s), .. }) => format!("retry after {after_s}"),
        Err(SendFault::Reject { .. }) => "reject".to_owned(),
        Err(SendFault::Unknown { .. }) => "unknown".to_owned(),
    }
}

#[tokio::test]
async fn without_a_provider_pushes_stay_in_memory() {
    let outbox = Outbox::default();
    let push = Push::open(&PushConfig::default(), &Ambient::system(), &outbox).unwrap();
    let wake = Wake { id: Uuid::from_u128(7), manner: Manner::Alert, expires_at: DateTime::UNIX_EPOCH };
    assert_eq!(push.send(TokenKind::FcmToken, "token", &wake).await, Ok(Sent::Accepted));
    let kept = outbox.all();
    assert_eq!((kept.len(), kept[0].to.as_str(), kept[0].key.as_str()), (1, "token", "00000000-0000-0000-0000-000000000007"));
    let text: serde_json::Value = serde_json::from_str(&kept[0].text).unwrap();
    let expected = serde_json::json!({ "loc-key": "NOTICE", "id": wake.id, "kind": "fcmToken", "manner": "alert" });
    assert_eq!(text, expected);
    outbox.fail_next(1, SendFault::Unknown { why: "ordered" });
    assert_eq!(outcome(push.send(TokenKind::FcmToken, "token", &wake).await), "unknown");
}

#[tokio::test]
async fn a_push_that_can_not_be_is_refused_here() {
    let town = Town::new().await;
    let only_apns = PushConfig { fcm: None, rustore: None, ..town.config.clone() };
    let only_apns = Push::open(&only_apns, &town.ours, &Outbox::default()).unwrap();
    let (alert, ring) = (town.wake(Manner::Alert), town.wake(Manner::Voip));
    for (push, kind, token, wake) in [
        (&only_apns, TokenKind::FcmToken, "token", &alert),
        (&only_apns, TokenKind::Rustore, "token", &alert),
        (&town.push, TokenKind::Apns, "token", &ring),
        (&town.push, TokenKind::ApnsVoip, "token", &alert),
        (&town.push, TokenKind::FcmToken, "token", &ring),
        (&town.push, TokenKind::Apns, "../../elsewhere", &alert),
        (&town.push, TokenKind::Apns, "", &alert),
        (&town.push, TokenKind::FcmToken, &"a".repeat(5000), &alert),
    ] {
        assert_eq!(outcome(push.send(kind, token, wake).await), "reject", "{kind:?} {wake:?}");
    }
    let inside = guard::inside(town.push.send(TokenKind::Apns, "token", &alert)).await;
    assert_eq!(inside, Err(SendFault::Reject { why: "called inside a database transaction" }));
    assert!(town.apns.got().is_empty() && town.fcm.got().is_empty() && town.fcm.fetches() == 0, "nobody was called");
}
