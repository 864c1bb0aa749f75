//! Stripe, against a stateful peer; spoiled answers come from a gate before it.

use super::gate::{Fault, Gate};
use super::{Hand, PRICE, holds, new_id, order, rejected, unknown};
use crate::adapters::config;
use chrono::{DateTime, Utc};
use feldsher::adapters::payments::{Callback, Order, PayFault, Payments, Sheet, State};
use feldsher::kernel::clock::Ambient;
use poem::http::Method;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;
use stripe_webhook::Webhook;

const KEY: &str = "sk_test_feldsher";
const IP: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// The peer, as the app's payment sheet and Stripe's dashboard reach it.
pub struct Peer {
    url: String,
    http: reqwest::Client,
}

impl Peer {
    /// None when tests/run could not start it; the test says so.
    fn reach() -> Option<Peer> {
        let Ok(url) = std::env::var("FELDSHER_TEST_STRIPE") else {
            println!("SKIPPED payments at Stripe: FELDSHER_TEST_STRIPE is not set");
            return None;
        };
        Some(Peer { url, http: reqwest::Client::builder().no_proxy().build().unwrap() })
    }

    async fn post(&self, path: &str, form: &[(&str, &str)]) -> (u16, Value) {
        let request = self.http.post(format!("{}{path}", self.url)).basic_auth(KEY, Some("")).form(form);
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap_or_default())
    }

    pub async fn confirm(&self, payment: &str, method: &str) {
        self.post(&format!("/v1/payment_intents/{payment}/confirm"), &[("payment_method", method)]).await;
    }

    /// A card whose bank asks.
    async fn careful_card(&self) -> String {
        let card = [("type", "card"), ("card[number]", "4000002500003155"), ("card[exp_month]", "12")];
        let form = [&card[..], &[("card[exp_year]", "2034"), ("card[cvc]", "123")]].concat();
        self.post("/v1/payment_methods", &form).await.1["id"].as_str().unwrap().to_owned()
    }
}

fn open(url: &str) -> Payments {
    open_with(url, "webhook_secrets=['whsec_old', 'whsec_new']")
}

fn open_with(url: &str, more: &str) -> Payments {
    let keys = format!("kind='stripe'\nsecret_key='{KEY}'\npublishable_key='pk_test_feldsher'");
    Payments::open(&config(&format!("{keys}\nurl='{url}'\ntimeout_s=1\n{more}"))).unwrap()
}

#[tokio::test]
async fn stripe_holds_what_every_provider_holds() {
    let Some(peer) = Peer::reach() else { return };
    holds(&open(&peer.url), &Hand::Stripe(&peer)).await;
}

#[tokio::test]
async fn the_sheet_gets_what_it_needs_and_a_saved_method_is_listed_and_removed() {
    let Some(peer) = Peer::reach() else { return };
    let gate = Gate::before(&peer.url).await;
    let payments = open(&gate.url);
    let key = new_id();
    let customer = payments.customer(key).await.unwrap();
    assert_eq!(payments.customer(key).await.unwrap(), customer);
    let order = Order { customer: Some(customer.clone()), save_method: true, ..order(new_id()) };
    let sheet = payments.create(&order).await.unwrap();
    let Sheet::Sdk { payment, client_secret, publishable_key, customer: shown, customer_session } = sheet else {
        panic!("a sheet")
    };
    assert!(client_secret.starts_with(&format!("{payment}_secret_")));
    assert_eq!((publishable_key.as_str(), shown.as_deref()), ("pk_test_feldsher", Some(customer.as_str())));
    assert!(customer_session.unwrap().starts_with("cuss_secret_"));

    peer.confirm(&payment, "pm_card_visa").await;
    let method = payments.methods(&customer).await.unwrap().remove(0);
    assert_eq!((method.brand.as_str(), method.last4.as_str(), method.expires), ("visa", "4242", Some((2030, 12))));
    let other = payments.customer(new_id()).await.unwrap();
    rejected(payments.remove_method(&other, &method.id).await);
    payments.remove_method(&customer, &method.id).await.unwrap();
    assert_eq!(payments.methods(&customer).await, Ok(vec![]));
    payments.delete_customer(&customer).await.unwrap();
    payments.delete_customer(&customer).await.unwrap();
    rejected(payments.methods(&customer).await);

    let seen = gate.seen();
    assert!(seen.iter().all(|seen| seen.headers["stripe-version"] == "2026-09-30.endive"));
    assert!(seen.iter().all(|seen| !seen.body.contains("card[") && !seen.body.contains("number")));
    let writes = seen.iter().filter(|seen| seen.method == Method::POST && seen.path != "/v1/customer_sessions");
    assert!(writes.into_iter().all(|seen| seen.headers.contains_key("idempotency-key")));
}

#[tokio::test]
async fn declined_then_challenged_then_paid() {
    let Some(peer) = Peer::reach() else { return };
    let payments = open(&peer.url);
    let Sheet::Sdk { payment, client_secret, .. } = payments.create(&order(new_id())).await.unwrap() else { panic!("a sheet") };
    let state = async || payments.fetch(&payment).await.unwrap().state;
    peer.confirm(&payment, "pm_card_visa_chargeDeclined").await;
    assert_eq!(state().await, State::Failed);
    peer.confirm(&payment, &peer.careful_card().await).await;
    assert_eq!(state().await, State::Action);
    let passed = [("client_secret", client_secret.as_str()), ("success", "true")];
    peer.post(&format!("/v1/payment_intents/{payment}/_authenticate"), &passed).await;
    assert_eq!(state().await, State::Paid);

    let abandoned = payments.create(&order(new_id())).await.unwrap().payment().to_owned();
    let key = new_id();
    payments.cancel(&abandoned, key).await.unwrap();
    payments.cancel(&abandoned, new_id()).await.unwrap();
    assert_eq!(payments.fetch(&abandoned).await.unwrap().state, State::Canceled);
    rejected(payments.cancel("pi_nobody", key).await);
}

#[tokio::test]
async fn lost_and_senseless_answers_are_unknown_and_nothing_is_paid_twice() {
    let Some(peer) = Peer::reach() else { return };
    let gate = Gate::before(&peer.url).await;
    let payments = open(&gate.url);
    let order = order(new_id());
    gate.plan(Method::POST, Fault::Swallow);
    unknown(payments.create(&order).await);
    assert_eq!(payments.find(order.charge).await, Ok(None));
    gate.plan(Method::POST, Fault::Lose);
    unknown(payments.create(&order).await);
    let found = payments.find(order.charge).await.unwrap().unwrap();
    for nonsense in ["", "<html>", "{}", "[]", "{\"id\":1}", "\u{0}"] {
        gate.plan(Method::POST, Fault::Nonsense(nonsense));
        unknown(payments.create(&order).await);
        gate.plan(Method::GET, Fault::Nonsense(nonsense));
        unknown(payments.fetch(&found.id).await);
        gate.plan(Method::GET, Fault::Nonsense(nonsense));
        unknown(payments.find(order.charge).await);
    }
    gate.plan(Method::POST, Fault::Late(Duration::from_millis(300)));
    assert_eq!(payments.create(&order).await.unwrap().payment(), found.id);
    gate.plan(Method::POST, Fault::Twice);
    assert_eq!(payments.create(&order).await.unwrap().payment(), found.id);

    peer.confirm(&found.id, "pm_card_visa").await;
    let key = new_id();
    gate.plan(Method::POST, Fault::Lose);
    unknown(payments.refund(&found.id, PRICE, key).await);
    assert_eq!(payments.refund(&found.id, PRICE, key).await.unwrap().amount, PRICE);
    assert_eq!(payments.fetch(&found.id).await.unwrap().refunded, PRICE);
}

#[tokio::test]
async fn repetitions_keep_their_key_and_end_as_stripe_says() {
    let Some(peer) = Peer::reach() else { return };
    let error = "{\"error\":{\"type\":\"card_error\",\"code\":\"card_declined\",\"decline_code\":\"insufficient_funds\"}}";
    let retry = |after_s| Err(PayFault::Retry { after_s, why: "" });
    let vague = Err(PayFault::Unknown { why: "" });
    let cases = [
        (vec![(500, vec![])], Ok(()), 2),
        (vec![(409, vec![]), (424, vec![])], Ok(()), 3),
        (vec![(429, vec![("retry-after", "0")])], Ok(()), 2),
        (vec![(429, vec![("retry-after", "7")])], retry(Some(7)), 1),
        (vec![(500, vec![]), (429, vec![("retry-after", "7")])], vague, 2),
        (vec![(503, vec![("stripe-should-retry", "false")])], vague, 1),
        (vec![(400, vec![("stripe-should-retry", "true")])], Ok(()), 2),
        (vec![(500, vec![]), (500, vec![]), (500, vec![])], vague, 3),
        (vec![(402, vec![])], Err(PayFault::Declined { why: "insufficient_funds" }), 1),
        (vec![(401, vec![])], retry(None), 1),
        (vec![(400, vec![])], Err(PayFault::Reject { why: "" }), 1),
        (vec![(302, vec![("location", "/elsewhere")])], vague, 1),
    ];
    for (number, (answers, expected, asked)) in cases.into_iter().enumerate() {
        let gate = Gate::before(&peer.url).await;
        for (status, headers) in answers {
            gate.plan(Method::POST, Fault::Answer(status, headers, error));
        }
        let outcome = open(&gate.url).create(&order(new_id())).await.map(drop);
        match (&outcome, &expected) {
            (Err(PayFault::Retry { after_s, .. }), Err(PayFault::Retry { after_s: wanted, .. })) => assert_eq!(after_s, wanted),
            (Err(PayFault::Declined { why }), Err(PayFault::Declined { why: wanted })) => assert_eq!(why, wanted),
            _ => assert_eq!(std::mem::discriminant(&outcome), std::mem::discriminant(&expected), "case {number}: {outcome:?}"),
        }
        if let (Err(got), Err(wanted)) = (&outcome, &expected) {
            assert_eq!(std::mem::discriminant(got), std::mem::discriminant(wanted), "case {number}: {outcome:?}");
        }
        let keys: Vec<_> = gate.seen().iter().map(|seen| seen.headers["idempotency-key"].clone()).collect();
        assert_eq!(keys.len(), asked, "case {number}");
        assert!(keys.windows(2).all(|two| two[0] == two[1]), "case {number}");
    }
    let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let outcome = open(&format!("http://{closed}")).create(&order(new_id())).await;
    assert!(matches!(outcome, Err(PayFault::Retry { after_s: None, .. })), "nothing was sent: {outcome:?}");
}

// ---- Callbacks -----------------------------------------------------------------------------------------------------

fn event(more: Value) -> String {
    let mut event = json!({
        "id": "evt_1", "object": "event", "type": "payment_intent.succeeded", "livemode": false, "created": 1,
        "data": {"object": {"object": "payment_intent", "id": "pi_1"}},
    });
    event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    event.to_string()
}

fn judge(payments: &Payments, raw: &str, header: &str, now: DateTime<Utc>) -> Callback {
    let headers = HeaderMap::from_iter([("stripe-signature".parse().unwrap(), header.parse().unwrap())]);
    payments.parse_callback(&headers, raw.as_bytes(), IP, now)
}

#[test]
fn a_callback_is_believed_with_either_secret_and_for_five_minutes() {
    let payments = open("https://api.stripe.example");
    let now = Ambient::system().now();
    let raw = event(json!({}));
    let sign = |raw: &str, secret, age| Webhook::generate_test_header(raw, secret, Some(now.timestamp() - age));
    let hint = Callback::Hint { event: "evt_1".into(), payment: "pi_1".into() };
    for (secret, age) in [("whsec_old", 0), ("whsec_new", 0), ("whsec_new", 299), ("whsec_new", -299)] {
        assert_eq!(judge(&payments, &raw, &sign(&raw, secret, age), now), hint, "{secret} {age}");
    }
    let good = sign(&raw, "whsec_new", 0);
    let (at, signature) = good.split_once(",v1=").unwrap();
    let both = format!("{at},v1={},v0=ff,v1={signature}", "00".repeat(32));
    assert_eq!(judge(&payments, &raw, &both, now), hint, "one of several signatures is enough");
    for (raw, header, why) in [
        (raw.as_str(), sign(&raw, "whsec_gone", 0), "the signature is wrong"),
        (&raw.replace("pi_1", "pi_2"), good.clone(), "the signature is wrong"),
        (&format!("{raw} "), good.clone(), "the signature is wrong"),
        (&raw, good.replace("t=", "t=1"), "the signature is wrong"),
        (&raw, sign(&raw, "whsec_new", 301), "too old"),
        (&raw, sign(&raw, "whsec_new", -302), "too old"),
        (&raw, format!("{at},v0={signature}"), "the signature is wrong"),
        (&raw, format!("v1={signature}"), "no signature"),
        (&raw, String::new(), "no signature"),
        ("{}", sign("{}", "whsec_new", 0), "the body does not read"),
    ] {
        assert_eq!(judge(&payments, raw, &header, now), Callback::Reject { why }, "{header}");
    }
    assert_eq!(payments.parse_callback(&HeaderMap::new(), raw.as_bytes(), IP, now), Callback::Reject { why: "no signature" });
}

#[test]
fn a_callback_of_another_mode_account_or_object_changes_nothing() {
    let own = open("https://api.stripe.example");
    let platform = open_with("https://api.stripe.example", "webhook_secrets=['whsec_new']\naccount='acct_1'");
    let now = Ambient::system().now();
    let told = |payments: &Payments, more: Value| {
        let raw = event(more);
        judge(payments, &raw, &Webhook::generate_test_header(&raw, "whsec_new", Some(now.timestamp())), now)
    };
    let object = |object: Value| json!({"data": {"object": object}});
    let hint = |payment: &str| Callback::Hint { event: "evt_1".into(), payment: payment.into() };
    assert_eq!(told(&own, json!({"livemode": true})), Callback::Reject { why: "live and test are mixed" });
    assert_eq!(told(&own, json!({"account": "acct_1"})), Callback::Reject { why: "for another account" });
    assert_eq!(told(&platform, json!({})), Callback::Reject { why: "for another account" });
    assert_eq!(told(&platform, json!({"account": "acct_2"})), Callback::Reject { why: "for another account" });
    assert_eq!(told(&platform, json!({"account": "acct_1"})), hint("pi_1"));
    assert_eq!(told(&own, object(json!({"object": "charge", "id": "ch_1", "payment_intent": "pi_2"}))), hint("pi_2"));
    assert_eq!(told(&own, object(json!({"object": "refund", "payment_intent": {"id": "pi_3"}}))), hint("pi_3"));
    assert_eq!(told(&own, object(json!({"object": "customer", "id": "cus_1"}))), Callback::Ignore { event: "evt_1".into() });
}

#[tokio::test]
async fn the_peers_own_callback_arrives_and_is_believed() {
    let Some(peer) = Peer::reach() else { return };
    let payments = open(&peer.url);
    // What stands behind the gate does not matter: it answers by itself, and keeps what it saw.
    let gate = Gate::before("http://127.0.0.1:9").await;
    for _ in 0..2_000 {
        gate.plan(Method::POST, Fault::Answer(200, vec![], ""));
    }
    let hook = format!("{}/hook", gate.url);
    let path = format!("/_config/webhooks/{}", new_id().simple());
    peer.post(&path, &[("url", &hook), ("secret", "whsec_new"), ("events[]", "payment_intent.succeeded")]).await;
    let id = payments.create(&order(new_id())).await.unwrap().payment().to_owned();
    peer.confirm(&id, "pm_card_visa").await;
    for _ in 0..100 {
        let mine = gate.seen().into_iter().find(|seen| seen.body.contains(&id));
        if let Some(seen) = mine {
            let told = payments.parse_callback(&seen.headers, seen.body.as_bytes(), IP, Ambient::system().now());
            assert!(matches!(&told, Callback::Hint { payment, .. } if *payment == id), "{told:?}");
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("no callback in ten seconds");
}

#[test]
fn settings_that_can_not_work_fail_at_the_start() {
    let keys = |secret: &str, public: &str| format!("kind='stripe'\nsecret_key='{secret}'\npublishable_key='{public}'");
    let good = keys("sk_live_1", "pk_live_1");
    for (text, said) in [
        (format!("{}\nwebhook_secrets=['w']", keys("pk_live_1", "pk_live_1")), "sk_ or rk_"),
        (format!("{}\nwebhook_secrets=['w']", keys("sk_live_1", "pk_test_1")), "one is live"),
        (format!("{good}\nwebhook_secrets=[]"), "webhook_secrets"),
        (format!("{good}\nwebhook_secrets=['']"), "webhook_secrets"),
        (format!("{good}\nwebhook_secrets=['a','b','c']"), "webhook_secrets"),
        (format!("{good}\nwebhook_secrets=['w']\nurl='http://stripe.example'"), "plain HTTP"),
    ] {
        let error = Payments::open(&config(&text)).unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
    }
    let opened = Payments::open(&config(&format!("{good}\nwebhook_secrets=['hunter2']"))).unwrap();
    assert!(!format!("{opened:?}").contains("hunter2") && !format!("{opened:?}").contains("sk_live_1"));
}
