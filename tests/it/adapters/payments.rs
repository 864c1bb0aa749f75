//! Payments: what holds for every provider is tried on each, against a real peer.

mod sandbox;
mod stripe;
mod yookassa;

#[path = "../../peers/gate.rs"]
mod gate;
#[path = "../../peers/yookassa.rs"]
pub mod yookassa_peer;

use feldsher::adapters::payments::sandbox::{Act, Sandbox};
use feldsher::adapters::payments::{Line, Money, Order, PayFault, Payments, State, Vat};
use feldsher::kernel::clock::Ambient;
use feldsher::kernel::guard;
use futures_util::future::join_all;
use uuid::Uuid;

const PRICE: i64 = 10_000;

fn order(charge: Uuid) -> Order {
    Order {
        charge,
        money: Money::new(PRICE, "RUB"),
        customer: None,
        return_url: Some("clinic://paid".to_owned()),
        lines: vec![Line { title: "Консультация".to_owned(), amount: PRICE, vat: Vat::None }],
        receipt_to: Some("+79990000001".to_owned()),
        save_method: false,
    }
}

fn new_id() -> Uuid {
    Ambient::system().id()
}

/// What lets a test do as the patient does.
enum Hand<'a> {
    Sandbox(&'a Sandbox),
    Stripe(&'a stripe::Peer),
    YooKassa(&'a yookassa_peer::YooKassaPeer),
}

impl Hand<'_> {
    async fn pay(&self, payment: &str) {
        match self {
            Hand::Sandbox(sandbox) => drop(sandbox.act(payment, Act::Pay).unwrap()),
            Hand::Stripe(peer) => peer.confirm(payment, "pm_card_visa").await,
            Hand::YooKassa(peer) => peer.settle(payment, "succeeded"),
        }
    }
}

#[track_caller]
fn rejected<T: std::fmt::Debug>(outcome: Result<T, PayFault>) {
    assert!(matches!(outcome, Err(PayFault::Reject { .. })), "{outcome:?}");
}

#[track_caller]
fn unknown<T: std::fmt::Debug>(outcome: Result<T, PayFault>) {
    assert!(matches!(outcome, Err(PayFault::Unknown { .. })), "{outcome:?}");
}

/// What every provider keeps.
async fn holds(payments: &Payments, hand: &Hand<'_>) {
    let charge = new_id();
    let order = order(charge);
    assert_eq!(payments.find(charge).await, Ok(None));
    let sheet = payments.create(&order).await.unwrap();
    let id = sheet.payment().to_owned();
    assert_eq!(payments.create(&order).await.unwrap().payment(), id, "the same order is the same payment");
    rejected(payments.create(&Order { money: Money::new(1, "RUB"), lines: vec![], ..order.clone() }).await);

    let pending = payments.fetch(&id).await.unwrap();
    assert_eq!((pending.state, pending.charge, pending.refunded), (State::Pending, Some(charge), 0));
    assert_eq!(pending.money, order.money);
    assert_eq!(payments.find(charge).await.unwrap().unwrap(), pending);
    assert_eq!(payments.find(new_id()).await, Ok(None));
    rejected(payments.refund(&id, 1, new_id()).await);
    rejected(payments.fetch("pi_nobody").await);
    rejected(payments.fetch("../refunds?x=").await);

    hand.pay(&id).await;
    assert_eq!(payments.fetch(&id).await.unwrap().state, State::Paid);
    rejected(payments.cancel(&id, new_id()).await);
    refunds_hold(payments, &id).await;
}

/// Fifty refunds at once, of which only some can be: what went back never exceeds what was paid.
async fn refunds_hold(payments: &Payments, id: &str) {
    const EACH: i64 = 3_00;
    let keys: Vec<Uuid> = (0..50).map(|_| new_id()).collect();
    let outcomes = join_all(keys.iter().map(|key| payments.refund(id, EACH, *key))).await;
    let won: Vec<_> = keys.iter().zip(&outcomes).filter_map(|(key, outcome)| Some((*key, outcome.clone().ok()?))).collect();
    assert_eq!(i64::try_from(won.len()).unwrap(), PRICE / EACH);
    outcomes.into_iter().filter(Result::is_err).for_each(rejected);
    let after = payments.fetch(id).await.unwrap();
    assert_eq!((after.refunded, after.state), (PRICE / EACH * EACH, State::PartlyRefunded));

    let (key, refund) = &won[0];
    assert_eq!(payments.refund(id, EACH, *key).await.as_ref(), Ok(refund), "the same key is the same refund");
    rejected(payments.refund(id, EACH - 1, *key).await);
    let rest = PRICE % EACH;
    rejected(payments.refund(id, rest + 1, new_id()).await);
    payments.refund(id, rest, new_id()).await.unwrap();
    let after = payments.fetch(id).await.unwrap();
    assert_eq!((after.refunded, after.state), (PRICE, State::Refunded));
    assert_eq!(payments.refund(id, EACH, *key).await.as_ref(), Ok(refund), "also when nothing is left");
    rejected(payments.refund(id, 1, new_id()).await);
    rejected(payments.refund(id, 0, new_id()).await);
    rejected(payments.refund(id, -1, new_id()).await);
}

#[tokio::test]
async fn nothing_is_asked_of_a_provider_inside_a_transaction() {
    let payments = Payments::memory();
    let id = new_id();
    guard::inside(async {
        let why = PayFault::Reject { why: "called inside a database transaction" };
        assert_eq!(payments.create(&order(id)).await, Err(why));
        assert_eq!(payments.fetch("p").await, Err(why));
        assert_eq!(payments.find(id).await, Err(why));
        assert_eq!(payments.cancel("p", id).await, Err(why));
        assert_eq!(payments.refund("p", 1, id).await, Err(why));
        assert_eq!(payments.customer(id).await, Err(why));
        assert_eq!(payments.delete_customer("c").await, Err(why));
        assert_eq!(payments.methods("c").await, Err(why));
        assert_eq!(payments.remove_method("c", "m").await, Err(why));
    })
    .await;
    assert_eq!(payments.find(id).await, Ok(None));
}

#[tokio::test]
async fn a_senseless_order_does_not_leave() {
    let payments = Payments::memory();
    let good = order(new_id());
    for (amount, currency) in [(0, "RUB"), (-1, "RUB"), (PRICE, "rub"), (PRICE, "RUBLES"), (PRICE + 1, "RUB")] {
        rejected(payments.create(&Order { money: Money::new(amount, currency), ..good.clone() }).await);
    }
    let endless = Line { title: String::new(), amount: i64::MAX, vat: Vat::None };
    rejected(payments.create(&Order { lines: vec![endless.clone(), endless], ..good.clone() }).await);
    let shown = format!("{good:?} {:?}", payments.create(&good).await.unwrap());
    assert!(!shown.contains("+7999") && !shown.contains("Консультация") && !shown.contains("secret"), "{shown}");
}
