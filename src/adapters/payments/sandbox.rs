//! The sandbox provider: a payment provider inside the process. It keeps what a real one keeps, settles a payment as the
//! patient would on the sheet, can be told to misbehave, and signs its callbacks, so that the whole way is walked.

use super::payment::{Callback, Method, Money, Order, PayFault, Payment, Refund, RefundState, Sheet, State};
use crate::kernel::secret::Secret;
use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit, Mac};
use reqwest::header::{HeaderMap, HeaderValue};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use uuid::Uuid;

/// The header of a callback: `t=<seconds>,v1=<hex of HMAC-SHA256 over "<seconds>.<body>">`.
pub const SIGNATURE: &str = "sandbox-signature";
/// A callback older than this, or from as far in the future, is refused.
const OLDEST: TimeDelta = TimeDelta::seconds(300);
/// What the sandbox keeps waiting; older callbacks are lost, as a provider's are after some days.
const CALLBACKS: usize = 10_000;

pub(super) fn default_secret() -> Secret {
    Secret::new("the sandbox signs with a secret that everybody knows")
}

/// A provider in the process. Clones share it.
#[derive(Clone)]
pub struct Sandbox(Arc<Shared>);

struct Shared {
    secret: Secret,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    payments: BTreeMap<String, Kept>,
    customers: BTreeMap<String, Vec<Method>>,
    moods: VecDeque<Mood>,
    callbacks: VecDeque<String>,
    last_event: u64,
    twice: bool,
}

struct Kept {
    charge: Uuid,
    money: Money,
    customer: Option<String>,
    save_method: bool,
    state: State,
    refunds: BTreeMap<Uuid, i64>,
}

/// How the next call is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    /// As it should be, after this long.
    Late(Duration),
    /// The call is done, and the answer is lost.
    Lost,
    /// The call is done, and the answer is not understood.
    Nonsense,
    /// The call is not done, and nobody answers.
    Silent,
    /// The provider is out of order, and says when to come back.
    Down { after_s: Option<u32> },
    /// The provider refuses the call.
    Refuse,
}

/// What the patient does on the sheet, or the provider by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Act {
    /// Pays; the bank asks nothing.
    Pay,
    /// Pays, and the bank wants to ask: `confirm` or `decline` follows.
    Challenge,
    /// Passes what the bank asked.
    Confirm,
    /// The bank says no. The patient may try again.
    Decline,
    /// The patient closes the sheet. Nobody is told.
    Abandon,
    /// The provider gives the payment up after a long wait.
    Expire,
}

/// A callback on its way.
#[derive(Clone, Debug)]
pub struct Delivery {
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

#[derive(Serialize, Deserialize)]
struct Event {
    id: String,
    payment: String,
}

impl Sandbox {
    pub fn new(secret: &Secret) -> Self {
        Sandbox(Arc::new(Shared { secret: secret.clone(), inner: Mutex::default() }))
    }

    // ---- What the clinic calls ------------------------------------------------------------------------------------

    pub(super) async fn create(&self, order: &Order) -> Result<Sheet, PayFault> {
        self.answer(|inner| {
            let id = payment_id(order.charge);
            let known = inner.payments.entry(id.clone()).or_insert_with(|| Kept::new(order));
            if known.money != order.money || known.customer != order.customer {
                return Err(PayFault::Reject { why: "the key was used for another order" });
            }
            Ok(Sheet::Sdk {
                client_secret: format!("{id}_secret"),
                publishable_key: "sandbox_publishable".to_owned(),
                customer_session: order.customer.as_ref().map(|customer| format!("{customer}_session")),
                customer: order.customer.clone(),
                payment: id,
            })
        })
        .await
    }

    pub(super) async fn fetch(&self, payment: &str) -> Result<Payment, PayFault> {
        self.answer(|inner| Ok(inner.kept(payment)?.view(payment))).await
    }

    pub(super) async fn find(&self, charge: Uuid) -> Result<Option<Payment>, PayFault> {
        let id = payment_id(charge);
        self.answer(|inner| Ok(inner.payments.get(&id).map(|kept| kept.view(&id)))).await
    }

    pub(super) async fn cancel(&self, payment: &str, _key: Uuid) -> Result<(), PayFault> {
        self.answer(|inner| {
            let kept = inner.kept(payment)?;
            match kept.state {
                State::Canceled => return Ok(()),
                State::Paid => return Err(PayFault::Reject { why: "the payment is paid" }),
                _ => kept.state = State::Canceled,
            }
            inner.tell(payment);
            Ok(())
        })
        .await
    }

    pub(super) async fn refund(&self, payment: &str, amount: i64, key: Uuid) -> Result<Refund, PayFault> {
        self.answer(|inner| {
            let kept = inner.kept(payment)?;
            let refund = Refund { id: format!("sandbox_refund_{}", key.simple()), state: RefundState::Done, amount };
            match kept.refunds.get(&key) {
                Some(before) if *before == amount => return Ok(refund),
                Some(_) => return Err(PayFault::Reject { why: "the key was used for another refund" }),
                None if kept.state != State::Paid => return Err(PayFault::Reject { why: "the payment is not paid" }),
                None if amount > kept.money.amount - kept.refunded() => {
                    return Err(PayFault::Reject { why: "more than is left of the payment" });
                }
                None => kept.refunds.insert(key, amount),
            };
            inner.tell(payment);
            Ok(refund)
        })
        .await
    }

    pub(super) async fn customer(&self, key: Uuid) -> Result<String, PayFault> {
        self.answer(|inner| {
            let id = format!("sandbox_customer_{}", key.simple());
            inner.customers.entry(id.clone()).or_default();
            Ok(id)
        })
        .await
    }

    pub(super) async fn delete_customer(&self, customer: &str) -> Result<(), PayFault> {
        self.answer(|inner| {
            inner.customers.remove(customer);
            Ok(())
        })
        .await
    }

    pub(super) async fn methods(&self, customer: &str) -> Result<Vec<Method>, PayFault> {
        self.answer(|inner| {
            let methods = inner.customers.get(customer).ok_or(PayFault::Reject { why: "no such payer" })?;
            Ok(methods.iter().rev().cloned().collect())
        })
        .await
    }

    pub(super) async fn remove_method(&self, customer: &str, method: &str) -> Result<(), PayFault> {
        self.answer(|inner| {
            let methods = inner.customers.get_mut(customer).ok_or(PayFault::Reject { why: "no such payer" })?;
            let at = methods.iter().position(|each| each.id == method);
            methods.remove(at.ok_or(PayFault::Reject { why: "no such method of this payer" })?);
            Ok(())
        })
        .await
    }

    pub(super) fn parse_callback(&self, headers: &HeaderMap, raw: &[u8], now: DateTime<Utc>) -> Callback {
        let Some((at, signature)) = headers.get(SIGNATURE).and_then(|value| value.to_str().ok()).and_then(read_signature) else {
            return Callback::Reject { why: "no signature" };
        };
        if self.mac(at, raw).verify_slice(&signature).is_err() {
            return Callback::Reject { why: "the signature is wrong" };
        }
        if DateTime::from_timestamp(at, 0).is_none_or(|at| (now - at).abs() > OLDEST) {
            return Callback::Reject { why: "too old" };
        }
        match serde_json::from_slice::<Event>(raw) {
            Ok(Event { id, payment }) => Callback::Hint { event: id, payment },
            Err(_) => Callback::Reject { why: "the body does not read" },
        }
    }

    // ---- What tests and app teams call -----------------------------------------------------------------------------

    /// Orders how the next `times` calls are answered, after those ordered before.
    pub fn misbehave(&self, times: usize, mood: Mood) {
        self.lock().moods.extend(std::iter::repeat_n(mood, times));
    }

    /// From now on every callback is sent twice, or once again.
    pub fn send_twice(&self, twice: bool) {
        self.lock().twice = twice;
    }

    /// Does with a payment what the patient would do. What can't be done any more is refused.
    ///
    /// # Errors
    /// `Reject` for a payment that is not there, or for an act that does not fit its state.
    pub fn act(&self, payment: &str, act: Act) -> Result<Payment, PayFault> {
        let mut inner = self.lock();
        let kept = inner.kept(payment)?;
        let next = match (act, kept.state) {
            (Act::Pay, State::Pending | State::Failed | State::Action) | (Act::Confirm, State::Action) => State::Paid,
            (Act::Challenge, State::Pending | State::Failed) => State::Action,
            (Act::Decline, State::Pending | State::Failed | State::Action) => State::Failed,
            (Act::Abandon, State::Pending | State::Failed | State::Action) => State::Pending,
            (Act::Expire, State::Pending | State::Failed | State::Action) => State::Canceled,
            _ => return Err(PayFault::Reject { why: "the payment does not stand so that this could happen" }),
        };
        kept.state = next;
        let view = kept.view(payment);
        let saving = (next == State::Paid && kept.save_method).then(|| kept.customer.clone()).flatten();
        if let Some(methods) = saving.and_then(|customer| inner.customers.get_mut(&customer)) {
            let id = format!("sandbox_method_{}", view.id);
            methods.push(Method { id, brand: "visa".to_owned(), last4: "4242".to_owned(), expires: Some((2034, 12)) });
        }
        if act != Act::Abandon {
            inner.tell(payment);
        }
        Ok(view)
    }

    /// Takes the callbacks that wait, signed as of `now`, oldest first.
    pub fn callbacks(&self, now: DateTime<Utc>) -> Vec<Delivery> {
        let bodies: Vec<String> = self.lock().callbacks.drain(..).collect();
        bodies.into_iter().map(|body| self.sign(body.into_bytes(), now)).collect()
    }

    /// A callback with this body, signed as of `now`.
    pub fn sign(&self, body: Vec<u8>, now: DateTime<Utc>) -> Delivery {
        let at = now.timestamp();
        let value = format!("t={at},v1={}", hex::encode(self.mac(at, &body).finalize().into_bytes()));
        let value = HeaderValue::from_str(&value).unwrap_or(HeaderValue::from_static(""));
        Delivery { headers: HeaderMap::from_iter([(reqwest::header::HeaderName::from_static(SIGNATURE), value)]), body }
    }

    /// Every payment, by id.
    pub fn payments(&self) -> Vec<Payment> {
        self.lock().payments.iter().map(|(id, kept)| kept.view(id)).collect()
    }

    // ---- Inside ----------------------------------------------------------------------------------------------------

    /// One call, answered as ordered.
    async fn answer<T>(&self, call: impl FnOnce(&mut Inner) -> Result<T, PayFault>) -> Result<T, PayFault> {
        let mood = self.lock().moods.pop_front();
        match mood {
            Some(Mood::Silent) => return Err(PayFault::Unknown { why: "the provider did not answer in time" }),
            Some(Mood::Down { after_s }) => return Err(PayFault::Retry { after_s, why: "the provider is out of order" }),
            Some(Mood::Refuse) => return Err(PayFault::Reject { why: "the provider refuses the call" }),
            _ => {}
        }
        let done = call(&mut self.lock());
        match mood {
            Some(Mood::Lost) => Err(PayFault::Unknown { why: "the provider did not answer in time" }),
            Some(Mood::Nonsense) => Err(PayFault::Unknown { why: "the answer is not understood" }),
            Some(Mood::Late(wait)) => {
                tokio::time::sleep(wait).await;
                done
            }
            _ => done,
        }
    }

    #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
    fn mac(&self, at: i64, body: &[u8]) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.0.secret.reveal().as_bytes()).expect("a key of any length");
        mac.update(at.to_string().as_bytes());
        mac.update(b".");
        mac.update(body);
        mac
    }

    /// A panic elsewhere can't leave a payment half-written, so a poisoned lock is as good as any.
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sandbox({} payments)", self.lock().payments.len())
    }
}

impl Inner {
    fn kept(&mut self, payment: &str) -> Result<&mut Kept, PayFault> {
        self.payments.get_mut(payment).ok_or(PayFault::Reject { why: "no such payment" })
    }

    fn tell(&mut self, payment: &str) {
        self.last_event += 1;
        let event = Event { id: format!("sandbox_event_{}", self.last_event), payment: payment.to_owned() };
        let body = serde_json::json!(event).to_string();
        for _ in 0..1 + usize::from(self.twice) {
            if self.callbacks.len() == CALLBACKS {
                self.callbacks.pop_front();
            }
            self.callbacks.push_back(body.clone());
        }
    }
}

impl Kept {
    fn new(order: &Order) -> Self {
        Kept {
            charge: order.charge,
            money: order.money.clone(),
            customer: order.customer.clone(),
            save_method: order.save_method,
            state: State::Pending,
            refunds: BTreeMap::new(),
        }
    }

    fn refunded(&self) -> i64 {
        self.refunds.values().sum()
    }

    fn view(&self, id: &str) -> Payment {
        let refunded = self.refunded();
        let state = match self.state {
            State::Paid if refunded == 0 => State::Paid,
            State::Paid if refunded < self.money.amount => State::PartlyRefunded,
            State::Paid => State::Refunded,
            state => state,
        };
        Payment { id: id.to_owned(), charge: Some(self.charge), state, money: self.money.clone(), refunded }
    }
}

/// The same for the same charge, so that a sandbox which was started anew goes on with the charges of the old one.
fn payment_id(charge: Uuid) -> String {
    format!("sandbox_payment_{}", charge.simple())
}

fn read_signature(header: &str) -> Option<(i64, Vec<u8>)> {
    let (at, signature) = header.split_once(',')?;
    Some((at.strip_prefix("t=")?.parse().ok()?, hex::decode(signature.strip_prefix("v1=")?).ok()?))
}
