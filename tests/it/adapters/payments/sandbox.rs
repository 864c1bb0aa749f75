//! The sandbox provider: as honest as the real ones, and as bad on order.

use super::{Hand, holds, new_id, order, rejected, unknown};
use crate::support::house::House;
use crate::support::stores::On;
use chrono::TimeDelta;
use feldsher::adapters::payments::sandbox::{Act, Delivery, Mood, SIGNATURE, Sandbox};
use feldsher::adapters::payments::{Callback, Order, PayFault, Payments, State};
use feldsher::kernel::clock::Ambient;
use feldsher::kernel::secret::Secret;
use feldsher::server::service;
use poem::http::Method;
use poem::{Endpoint, Request};
use serde_json::{Value, json};
use std::net::{IpAddr, Ipv4Addr};
use std::time::{Duration, Instant};

const IP: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

fn open() -> (Payments, Sandbox) {
    let sandbox = Sandbox::new(&Secret::new("secret"));
    (Payments::Memory(sandbox.clone()), sandbox)
}

#[tokio::test]
async fn the_sandbox_holds_what_every_provider_holds() {
    let (payments, sandbox) = open();
    holds(&payments, &Hand::Sandbox(&sandbox)).await;
    assert_eq!(sandbox.payments().len(), 1);
}

#[tokio::test]
async fn it_misbehaves_on_order() {
    let (payments, sandbox) = open();
    let order = order(new_id());
    sandbox.misbehave(1, Mood::Silent);
    unknown(payments.create(&order).await);
    assert_eq!(payments.find(order.charge).await, Ok(None), "silent: it was not done");
    for mood in [Mood::Lost, Mood::Nonsense] {
        sandbox.misbehave(1, mood);
        unknown(payments.create(&order).await);
        assert!(payments.find(order.charge).await.unwrap().is_some(), "{mood:?}: it was done");
    }
    sandbox.misbehave(1, Mood::Down { after_s: Some(9) });
    assert_eq!(payments.create(&order).await, Err(PayFault::Retry { after_s: Some(9), why: "the provider is out of order" }));
    sandbox.misbehave(1, Mood::Refuse);
    rejected(payments.create(&order).await);
    sandbox.misbehave(1, Mood::Late(Duration::from_millis(80)));
    let began = Instant::now();
    payments.create(&order).await.unwrap();
    assert!(began.elapsed() >= Duration::from_millis(80));
    assert_eq!(sandbox.payments().len(), 1);
}

#[tokio::test]
async fn the_patient_acts_on_the_sheet() {
    let (payments, sandbox) = open();
    let customer = payments.customer(new_id()).await.unwrap();
    let order = Order { customer: Some(customer.clone()), save_method: true, ..order(new_id()) };
    let id = payments.create(&order).await.unwrap().payment().to_owned();
    for (act, state) in [
        (Act::Decline, State::Failed),
        (Act::Challenge, State::Action),
        (Act::Abandon, State::Pending),
        (Act::Challenge, State::Action),
        (Act::Confirm, State::Paid),
    ] {
        assert_eq!(sandbox.act(&id, act).unwrap().state, state, "{act:?}");
    }
    for act in [Act::Pay, Act::Challenge, Act::Confirm, Act::Decline, Act::Abandon, Act::Expire] {
        rejected(sandbox.act(&id, act));
    }
    rejected(sandbox.act("nobody", Act::Pay));
    let method = payments.methods(&customer).await.unwrap().remove(0);
    assert_eq!((method.brand.as_str(), method.last4.as_str()), ("visa", "4242"));
    let other = payments.customer(new_id()).await.unwrap();
    rejected(payments.remove_method(&other, &method.id).await);
    payments.remove_method(&customer, &method.id).await.unwrap();
    assert_eq!(payments.methods(&customer).await, Ok(vec![]));
    payments.delete_customer(&customer).await.unwrap();
    payments.delete_customer(&customer).await.unwrap();
    rejected(payments.methods(&customer).await);
}

#[tokio::test]
async fn its_callbacks_are_signed() {
    let (payments, sandbox) = open();
    let id = payments.create(&order(new_id())).await.unwrap().payment().to_owned();
    let now = Ambient::system().now();
    assert!(sandbox.callbacks(now).is_empty());
    sandbox.act(&id, Act::Decline).unwrap();
    sandbox.send_twice(true);
    sandbox.act(&id, Act::Pay).unwrap();
    let told = sandbox.callbacks(now);
    let judge = |delivery: &Delivery, at| payments.parse_callback(&delivery.headers, &delivery.body, IP, at);
    let events: Vec<String> = told
        .iter()
        .map(|delivery| match judge(delivery, now) {
            Callback::Hint { event, payment } if payment == id => event,
            other => panic!("{other:?}"),
        })
        .collect();
    assert!(events.len() == 3 && events[0] != events[1] && events[1] == events[2], "{events:?}");
    assert!(sandbox.callbacks(now).is_empty(), "they are taken once");

    let why = |delivery: &Delivery, at| match judge(delivery, at) {
        Callback::Reject { why } => why,
        other => panic!("{other:?}"),
    };
    let good = &told[0];
    assert_eq!(why(good, now + TimeDelta::seconds(302)), "too old");
    assert_eq!(why(good, now - TimeDelta::seconds(302)), "too old");
    let mut altered = good.clone();
    altered.body[3] ^= 1;
    assert_eq!(why(&altered, now), "the signature is wrong");
    assert_eq!(why(&Sandbox::new(&Secret::new("another")).sign(good.body.clone(), now), now), "the signature is wrong");
    assert_eq!(why(&sandbox.sign(b"{}".to_vec(), now), now), "the body does not read");
    for header in ["", "t=x,v1=00", "v1=00", "t1,v1"] {
        let mut bad = good.clone();
        bad.headers.insert(SIGNATURE, header.parse().unwrap());
        assert_eq!(why(&bad, now), "no signature", "{header}");
    }
}

/// What an app team does by hand: the order comes from the clinic, the rest goes over HTTP.
#[tokio::test]
async fn its_sheet_is_played_over_http() {
    let house = House::new(On::Sqlite).await;
    let door = service::endpoint(&house.app, true).unwrap();
    let call = async |method: Method, path: &str, body: Value| {
        let request = Request::builder().method(method).uri(path.parse().unwrap()).content_type("application/json");
        let answer = door.get_response(request.body(body.to_string())).await;
        let status = answer.status().as_u16();
        (status, serde_json::from_slice::<Value>(&answer.into_body().into_vec().await.unwrap()).unwrap_or_default())
    };
    let spoil = async |order: Value| call(Method::POST, "/sandbox/payments/misbehave", order).await.0;
    assert_eq!(spoil(json!({"how": "lost"})).await, 204);
    let order = order(new_id());
    unknown(house.app.adapters.payments.create(&order).await);
    assert_eq!(spoil(json!({"how": "sideways"})).await, 400);
    assert_eq!(spoil(json!({"how": "down", "times": 1_000_000})).await, 400);

    let (status, list) = call(Method::GET, "/sandbox/payments", Value::Null).await;
    assert_eq!((status, &list["items"][0]["charge"]), (200, &json!(order.charge)));
    let sheet = format!("/sandbox/payments/{}", list["items"][0]["id"].as_str().unwrap());
    let (status, paid) = call(Method::POST, &format!("{sheet}/pay"), Value::Null).await;
    assert_eq!((status, &paid["state"], &paid["amount"]), (200, &json!("paid"), &json!(order.money.amount)));
    assert_eq!(call(Method::POST, &format!("{sheet}/pay"), Value::Null).await.0, 409);
    assert_eq!(call(Method::POST, &format!("{sheet}/steal"), Value::Null).await.0, 400);
    assert_eq!(call(Method::POST, "/sandbox/payments/nobody/pay", Value::Null).await.0, 404);
    assert_eq!(house.get("/sandbox/payments", None).await.status, 404, "outside the sandbox there is none");
}
