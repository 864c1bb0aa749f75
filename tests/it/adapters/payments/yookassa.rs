//! A provider of YooKassa's shape, against a peer of that shape.

use super::gate::{Fault, Gate};
use super::yookassa_peer::{SECRET, SHOP, YooKassaPeer};
use super::{Hand, PRICE, holds, new_id, order, rejected, unknown};
use crate::adapters::config;
use feldsher::adapters::payments::{Callback, Line, Money, Order, PayFault, Payments, Sheet, State, Vat};
use feldsher::kernel::clock::Ambient;
use poem::http::Method;
use reqwest::header::HeaderMap;
use serde_json::json;

fn open(url: &str, more: &str) -> Payments {
    let text = format!("kind='yookassa'\nshop_id='{SHOP}'\nsecret_key='{SECRET}'\nurl='{url}/v3'\ntimeout_s=1\n{more}");
    Payments::open(&config(&text)).unwrap()
}

#[tokio::test]
async fn yookassa_holds_what_every_provider_holds() {
    let peer = YooKassaPeer::start().await;
    holds(&open(&peer.url, ""), &Hand::YooKassa(&peer)).await;
    assert_eq!(peer.payments().len(), 1);
    let back: i64 = peer.refunds().len().try_into().unwrap();
    assert_eq!(back, PRICE / 3_00 + 1);
}

#[tokio::test]
async fn amounts_and_receipts_are_written_as_documented() {
    let peer = YooKassaPeer::start().await;
    let payments = open(&peer.url, "receipts=true\ntax_system=2");
    for (amount, value) in [(1, "0.01"), (10, "0.10"), (100, "1.00"), (123_456_789, "1234567.89")] {
        let lines = vec![Line { title: "Приём врача".repeat(20), amount, vat: Vat::Rate(20) }];
        let order = Order { money: Money::new(amount, "RUB"), lines, ..order(new_id()) };
        let Sheet::Redirect { payment, url } = payments.create(&order).await.unwrap() else { panic!("a redirect") };
        assert!(url.starts_with("https://pay.example/"));
        let kept = peer.payments().pop().unwrap();
        assert_eq!(kept["amount"], json!({"value": value, "currency": "RUB"}));
        let receipt = &kept["receipt_sent"];
        assert_eq!((&receipt["customer"], &receipt["tax_system_code"]), (&json!({"phone": "79990000001"}), &json!(2)));
        assert_eq!(receipt["items"][0]["vat_code"], 4);
        assert_eq!(receipt["items"][0]["amount"]["value"], value);
        assert_eq!(receipt["items"][0]["description"].as_str().unwrap().chars().count(), 128);
        assert_eq!(payments.fetch(&payment).await.unwrap().money, order.money);
    }
    rejected(payments.create(&Order { receipt_to: None, ..order(new_id()) }).await);
    rejected(payments.create(&Order { lines: vec![], ..order(new_id()) }).await);
    rejected(payments.create(&Order { return_url: None, ..order(new_id()) }).await);
    rejected(payments.create(&Order { money: Money::new(PRICE, "JPY"), ..order(new_id()) }).await);
    assert!(!payments.saves_methods());
    assert_eq!(payments.methods(&payments.customer(new_id()).await.unwrap()).await, Ok(vec![]));
}

#[tokio::test]
async fn an_unpaid_payment_is_left_to_end_and_a_reserved_one_is_canceled() {
    let peer = YooKassaPeer::start().await;
    let payments = open(&peer.url, "");
    let id = payments.create(&order(new_id())).await.unwrap().payment().to_owned();
    let outcome = payments.cancel(&id, new_id()).await;
    assert!(matches!(outcome, Err(PayFault::Retry { after_s: Some(3600), .. })), "{outcome:?}");
    peer.settle(&id, "waiting_for_capture");
    assert_eq!(payments.fetch(&id).await.unwrap().state, State::Authorized);
    payments.cancel(&id, new_id()).await.unwrap();
    payments.cancel(&id, new_id()).await.unwrap();
    assert_eq!(payments.fetch(&id).await.unwrap().state, State::Canceled);
    peer.settle(&id, "in_the_stars");
    assert_eq!(payments.fetch(&id).await.unwrap().state, State::Unknown);
}

#[tokio::test]
async fn lost_and_senseless_answers_are_unknown_and_nothing_is_paid_or_refunded_twice() {
    let peer = YooKassaPeer::start().await;
    let gate = Gate::before(&peer.url).await;
    let payments = open(&gate.url, "");
    let order = order(new_id());
    gate.plan(Method::POST, Fault::Lose);
    unknown(payments.create(&order).await);
    let found = payments.find(order.charge).await.unwrap().unwrap();
    for nonsense in ["", "<html>", "{}", "[]", "{\"id\":1}"] {
        gate.plan(Method::POST, Fault::Nonsense(nonsense));
        unknown(payments.create(&order).await);
        gate.plan(Method::GET, Fault::Nonsense(nonsense));
        unknown(payments.fetch(&found.id).await);
    }
    for amount in ["1", "1.0", "1.000", "-1.00", "1e3.00", " 1.00", "99999999999999999999.00"] {
        let text = json!({"id": found.id, "status": "succeeded", "amount": {"value": amount, "currency": "RUB"}}).to_string();
        gate.plan(Method::GET, Fault::Nonsense(text.leak()));
        unknown(payments.fetch(&found.id).await);
    }
    gate.plan(Method::POST, Fault::Answer(202, vec![], "{\"type\":\"processing\",\"retry_after\":1800}"));
    unknown(payments.create(&order).await);
    gate.plan(Method::POST, Fault::Twice);
    assert_eq!(payments.create(&order).await.unwrap().payment(), found.id);
    assert_eq!(peer.payments().len(), 1);

    peer.settle(&found.id, "succeeded");
    let key = new_id();
    gate.plan(Method::POST, Fault::Lose);
    unknown(payments.refund(&found.id, 60_00, key).await);
    peer.forget_keys();
    payments.refund(&found.id, 60_00, key).await.unwrap();
    assert_eq!(peer.refunds().len(), 1, "found again by its description, a day later");
    gate.plan(Method::GET, Fault::Answer(401, vec![], "{}"));
    let outcome = payments.fetch(&found.id).await;
    assert!(matches!(outcome, Err(PayFault::Retry { .. })), "{outcome:?}");
}

#[tokio::test]
async fn a_callback_is_a_hint_and_only_from_the_providers_networks() {
    let peer = YooKassaPeer::start().await;
    let payments = open(&peer.url, "");
    let id = payments.create(&order(new_id())).await.unwrap().payment().to_owned();
    let now = Ambient::system().now();
    let judge = |raw: &[u8], ip: &str| payments.parse_callback(&HeaderMap::new(), raw, ip.parse().unwrap(), now);
    let paid = peer.notification("payment.succeeded", &json!({"id": id, "status": "succeeded"}));
    let hint = Callback::Hint { event: format!("payment.succeeded:{id}"), payment: id.clone() };
    for ip in ["185.71.76.1", "77.75.156.35", "::ffff:185.71.77.31", "2a02:5180::1"] {
        assert_eq!(judge(&paid, ip), hint, "{ip}");
    }
    for ip in ["127.0.0.1", "185.71.76.32", "77.75.156.36", "2a02:5181::1", "::1"] {
        assert_eq!(judge(&paid, ip), Callback::Reject { why: "not from an address of the provider" }, "{ip}");
    }
    assert_eq!(payments.fetch(&id).await.unwrap().state, State::Pending, "the callback lied, and the payment tells it");
    let refunded = peer.notification("refund.succeeded", &json!({"id": "r1", "payment_id": id}));
    assert_eq!(judge(&refunded, "185.71.76.1"), Callback::Hint { event: "refund.succeeded:r1".into(), payment: id });
    let other = peer.notification("payout.succeeded", &json!({"id": "po1"}));
    assert_eq!(judge(&other, "185.71.76.1"), Callback::Ignore { event: "payout.succeeded:po1".into() });
    for raw in [&b""[..], b"{}", b"\xff", b"{\"type\":\"notification\",\"event\":\"refund.succeeded\",\"object\":{\"id\":\"r\"}}"]
    {
        assert_eq!(judge(raw, "185.71.76.1"), Callback::Reject { why: "the body does not read" });
    }
}

#[test]
fn settings_that_can_not_work_fail_at_the_start() {
    for (more, said) in [
        ("secret_key=''", "are needed"),
        ("secret_key='s'\nurl='http://pay.example'", "plain HTTP"),
        ("secret_key='s'\ntax_system=7", "from 1 to 6"),
        ("secret_key='s'\ncallback_networks=['10.0.0.0/33']", "10.0.0.0/33"),
    ] {
        let error = Payments::open(&config(&format!("kind='yookassa'\nshop_id='1'\n{more}"))).unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
    }
}
