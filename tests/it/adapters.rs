//! The outside world, met through real peers.

#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

mod files;
mod mail;
pub mod payments;
mod push;
mod sms;

use feldsher::adapters::outbox::{CAPACITY, Channel, Outbox};
use feldsher::adapters::{Adapters, SendFault};
use feldsher::kernel::guard;
use feldsher::kernel::secret::Secret;
use serde::de::DeserializeOwned;
use uuid::Uuid;

/// A configuration as the operator writes it.
fn config<T: DeserializeOwned>(text: &str) -> T {
    toml::from_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

#[tokio::test]
async fn no_adapter_can_be_called_inside_a_transaction() {
    let adapters = Adapters::memory();
    let id = Uuid::from_u128(1);
    let mut writer = adapters.files.writer(id).await.unwrap();
    guard::inside(async {
        let refused = Err(SendFault::Reject { why: "called inside a database transaction" });
        assert_eq!(adapters.sms.send("k", "+77010000001", "text").await, refused);
        assert_eq!(adapters.mail.send("k", "a@b.example", "subject", "text").await, refused);
        assert!(adapters.files.writer(id).await.is_err());
        assert!(writer.put("bytes".into()).await.is_err());
        assert!(writer.finish().await.is_err());
        assert!(adapters.files.read_range(id, 0..1).await.is_err());
        assert!(adapters.files.size(id).await.is_err());
        assert!(adapters.files.delete(id).await.is_err());
        assert!(adapters.files.list().await.is_err());
        assert!(adapters.files.check().await.is_err());
        assert!(adapters.antivirus.scan(bytes::Bytes::from_static(b"bytes")).await.is_err());
    })
    .await;
    assert!(adapters.outbox.all().is_empty());
    assert_eq!(adapters.files.size(id).await.unwrap(), None);
    assert_eq!(adapters.sms.send("k", "+77010000001", "text").await, Ok(()), "the mark ends with the transaction");
}

#[tokio::test]
async fn the_outbox_keeps_what_would_have_been_sent() {
    let adapters = Adapters::memory();
    adapters.sms.send("k1", "+77010000001", "one").await.unwrap();
    adapters.mail.send("k2", "a@b.example", "subject", "two").await.unwrap();
    let all = adapters.outbox.all();
    assert_eq!(
        all.iter().map(|m| (m.number, m.channel, m.text.as_str())).collect::<Vec<_>>(),
        [(1, Channel::Sms, "one"), (2, Channel::Mail, "two")]
    );
    assert_eq!((all[1].subject.as_deref(), all[1].to.as_str(), all[1].key.as_str()), (Some("subject"), "a@b.example", "k2"));
    assert!(!format!("{all:?}").contains("a@b"), "a debug print tells nobody's address");
    adapters.outbox.clear();
    adapters.sms.send("k3", "+77010000001", "three").await.unwrap();
    assert_eq!(adapters.outbox.all()[0].number, 3, "numbers are not reused");
}

#[tokio::test]
async fn ordered_faults_come_in_their_order_and_an_unknown_one_delivers() {
    let adapters = Adapters::memory();
    let retry = SendFault::Retry { after_s: Some(7), why: "ordered" };
    let unknown = SendFault::Unknown { why: "ordered" };
    adapters.outbox.fail_next(2, retry);
    adapters.outbox.fail_next(1, unknown);
    let mut results = Vec::new();
    for _ in 0..4 {
        results.push(adapters.sms.send("k", "+77010000001", "text").await);
    }
    assert_eq!(results, [Err(retry), Err(retry), Err(unknown), Ok(())]);
    assert_eq!(adapters.outbox.all().len(), 2);
}

#[test]
fn the_outbox_is_bounded() {
    let outbox = Outbox::default();
    for _ in 0..=CAPACITY {
        outbox.post(Channel::Push, "token", None, "", "k").unwrap();
    }
    let all = outbox.all();
    assert_eq!((all.len(), all[0].number), (CAPACITY, 2));
}

#[test]
fn a_secret_is_not_printed() {
    let secret: Secret = serde_json::from_str("\"hunter2\"").unwrap();
    assert_eq!((secret.reveal(), format!("{secret:?}")), ("hunter2", "…".to_owned()));
}
