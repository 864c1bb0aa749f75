//! The sandbox provider: a payment provider inside the process. It keeps what a real one keeps, settles a payment as the
//! patient would on the sheet, can be told to misbehave, and signs its callbacks, so that the whole way is walked.

mod book;

use super::payment::{Callback, Method, Order, PayFault, Payment, Refund, RefundState, Sheet, State};
use super::signature;
use crate::kernel::secret::Secret;
use book::{Book, Kept, payment_id};
use chrono::{DateTime, Utc};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use uuid::Uuid;

/// The header of a callback, made as Stripe makes its own.
pub const SIGNATURE: &str = "sandbox-signature";

pub(super) fn default_secret() -> Secret {
    Secret::new("the sandbox signs with a secret that everybody knows")
}

/// A provider in the process. Clones share it.
#[derive(Clone)]
pub struct Sandbox(Arc<Shared>);

struct Shared {
    secret: Secret,
    book: Mutex<Book>,
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
        Sandbox(Arc::new(Shared { secret: secret.clone(), book: Mutex::default() }))
    }

    // ---- What the clinic calls ------------------------------------------------------------------------------------

    pub(super) async fn create(&self, order: &Order) -> Result<Sheet, PayFault> {
        self.answer(|book| {
            let id = payment_id(order.charge);
            let known = book.payments.entry(id.clone()).or_insert_with(|| Kept::new(order));
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
        self.answer(|book| Ok(book.kept(payment)?.view(payment))).await
    }

    pub(super) async fn find(&self, charge: Uuid) -> Result<Option<Payment>, PayFault> {
        let id = payment_id(charge);
        self.answer(|book| Ok(book.payments.get(&id).map(|kept| kept.view(&id)))).await
    }

    pub(super) async fn cancel(&self, payment: &str, _key: Uuid) -> Result<(), PayFault> {
        self.answer(|book| {
            let kept = book.kept(payment)?;
            match kept.state {
                State::Canceled => return Ok(()),
                State::Paid => return Err(PayFault::Reject { why: "the payment is paid" }),
                _ => kept.state = State::Canceled,
            }
            book.tell(payment);
            Ok(())
        })
        .await
    }

    pub(super) async fn refund(&self, payment: &str, amount: i64, key: Uuid) -> Result<Refund, PayFault> {
        self.answer(|book| {
            let kept = book.kept(payment)?;
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
            book.tell(payment);
            Ok(refund)
        })
        .await
    }

    pub(super) async fn customer(&self, key: Uuid) -> Result<String, PayFault> {
        self.answer(|book| {
            let id = format!("sandbox_customer_{}", key.simple());
            book.customers.entry(id.clone()).or_default();
            Ok(id)
        })
        .await
    }

    pub(super) async fn delete_customer(&self, customer: &str) -> Result<(), PayFault> {
        self.answer(|book| {
            book.customers.remove(customer);
            Ok(())
        })
        .await
    }

    pub(super) async fn methods(&self, customer: &str) -> Result<Vec<Method>, PayFault> {
        self.answer(|book| {
            let methods = book.customers.get(customer).ok_or(PayFault::Reject { why: "no such payer" })?;
            Ok(methods.iter().rev().cloned().collect())
        })
        .await
    }

    pub(super) async fn remove_method(&self, customer: &str, method: &str) -> Result<(), PayFault> {
        self.answer(|book| {
            let methods = book.customers.get_mut(customer).ok_or(PayFault::Reject { why: "no such payer" })?;
            let at = methods.iter().position(|each| each.id == method);
            methods.remove(at.ok_or(PayFault::Reject { why: "no such method of this payer" })?);
            Ok(())
        })
        .await
    }

    pub(super) fn parse_callback(&self, headers: &HeaderMap, raw: &[u8], now: DateTime<Utc>) -> Callback {
        if let Err(why) = signature::verify(std::slice::from_ref(&self.0.secret), headers, SIGNATURE, raw, now) {
            return Callback::Reject { why };
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
        let mut book = self.lock();
        let kept = book.kept(payment)?;
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
        if let Some(methods) = saving.and_then(|customer| book.customers.get_mut(&customer)) {
            let id = format!("sandbox_method_{}", view.id);
            methods.push(Method { id, brand: "visa".to_owned(), last4: "4242".to_owned(), expires: Some((2034, 12)) });
        }
        if act != Act::Abandon {
            book.tell(payment);
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
        let value = HeaderValue::from_str(&signature::sign(&self.0.secret, &body, now)).unwrap_or(HeaderValue::from_static(""));
        Delivery { headers: HeaderMap::from_iter([(HeaderName::from_static(SIGNATURE), value)]), body }
    }

    /// Every payment, by id.
    pub fn payments(&self) -> Vec<Payment> {
        self.lock().payments.iter().map(|(id, kept)| kept.view(id)).collect()
    }

    // ---- Inside ----------------------------------------------------------------------------------------------------

    /// One call, answered as ordered.
    async fn answer<T>(&self, call: impl FnOnce(&mut Book) -> Result<T, PayFault>) -> Result<T, PayFault> {
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

    /// A panic elsewhere can't leave a payment half-written, so a poisoned lock is as good as any.
    fn lock(&self) -> MutexGuard<'_, Book> {
        self.0.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sandbox({} payments)", self.lock().payments.len())
    }
}
