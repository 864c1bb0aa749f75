//! Stripe: payment intents for its mobile payment sheet, with customer sessions for saved methods. The requests and
//! the words of a payment's state are async-stripe's; the client and what is read of the answers are ours.

mod callback;
mod client;
mod config;
mod read;

use super::payment::{Callback, Method, Order, PayFault, Payment, Refund, RefundState, Sheet};
use super::wire::{LONGEST_SEARCH, NOT_UNDERSTOOD, plain_id};
use crate::kernel::error::Result;
use crate::kernel::secret::Secret;
use chrono::{DateTime, Utc};
use client::{Client, GONE};
pub use config::StripeConfig;
use read::{CHARGE, Intent, KEY, Named, Page, Saved, Session};
use reqwest::header::HeaderMap;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Instant;
use stripe_core::customer::{CreateCustomer, DeleteCustomer};
use stripe_core::customer_session::{
    CreateCustomerSession, CreateCustomerSessionComponents, CreateCustomerSessionComponentsMobilePaymentElement,
    CreateCustomerSessionComponentsMobilePaymentElementFeatures as Features,
    CreateCustomerSessionComponentsMobilePaymentElementFeaturesPaymentMethodAllowRedisplayFilters as Redisplayed,
    CreateCustomerSessionComponentsMobilePaymentElementFeaturesPaymentMethodRedisplay as Redisplay,
    CreateCustomerSessionComponentsMobilePaymentElementFeaturesPaymentMethodRemove as Remove,
    CreateCustomerSessionComponentsMobilePaymentElementFeaturesPaymentMethodSave as Save,
};
use stripe_core::payment_intent::{
    CancelPaymentIntent, CreatePaymentIntent, CreatePaymentIntentAutomaticPaymentMethods, ListPaymentIntent,
    RetrievePaymentIntent,
};
use stripe_core::refund::{CreateRefund, ListRefund};
use stripe_payment::payment_method::{DetachPaymentMethod, ListPaymentMethod, RetrievePaymentMethod};
use stripe_shared::PaymentIntentSetupFutureUsage;
use stripe_types::{Currency, RangeBoundsTs, RangeQueryTs};
use uuid::Uuid;

const TOO_MUCH: &str = "more than is left of the payment";
const WRONG_STATE: &str = "the payment does not stand so that this could happen";
const PAGE: i64 = 100;

/// Stripe as the provider. Clones share the connections.
#[derive(Clone)]
pub struct Stripe {
    client: Client,
    publishable_key: Arc<str>,
    webhook_secrets: Arc<[Secret]>,
    account: Option<String>,
    is_live: bool,
}

impl fmt::Debug for Stripe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stripe").field("is_live", &self.is_live).finish_non_exhaustive()
    }
}

impl Stripe {
    pub(super) async fn create(&self, order: &Order) -> Result<Sheet, PayFault> {
        let currency: Currency =
            order.money.currency.to_ascii_lowercase().parse().map_err(|_| PayFault::Reject { why: "no such currency" })?;
        let mut request = CreatePaymentIntent::new(order.money.amount, currency)
            .automatic_payment_methods(CreatePaymentIntentAutomaticPaymentMethods::new(true))
            .metadata(HashMap::from([(CHARGE.to_owned(), order.charge.to_string())]));
        if let Some(customer) = &order.customer {
            request = request.customer(plain_id(customer)?);
        }
        if order.save_method && order.customer.is_some() {
            request = request.setup_future_usage(PaymentIntentSetupFutureUsage::OnSession);
        }
        if let Some(email) = order.receipt_to.as_deref().filter(|to| to.contains('@')) {
            request = request.receipt_email(email);
        }
        let intent: Intent = self.client.ask(&request, Some(format!("payment-{}", order.charge))).await?;
        if intent.status == "succeeded" {
            return Ok(Sheet::Done { payment: intent.id });
        }
        let client_secret = intent.client_secret.ok_or(NOT_UNDERSTOOD)?;
        Ok(Sheet::Sdk {
            payment: intent.id,
            client_secret,
            publishable_key: self.publishable_key.to_string(),
            customer: order.customer.clone(),
            customer_session: self.session(order.customer.as_deref()).await?,
        })
    }

    /// Lets the sheet offer what the payer saved. It has no key, because it changes nothing and each is used once.
    async fn session(&self, customer: Option<&str>) -> Result<Option<String>, PayFault> {
        let Some(customer) = customer else { return Ok(None) };
        let features = Features {
            payment_method_allow_redisplay_filters: Some(vec![
                Redisplayed::Always,
                Redisplayed::Limited,
                Redisplayed::Unspecified,
            ]),
            payment_method_redisplay: Some(Redisplay::Enabled),
            payment_method_remove: Some(Remove::Enabled),
            // Whether to save is asked by the app, which has told us already.
            payment_method_save: Some(Save::Disabled),
            ..Features::new()
        };
        let element = CreateCustomerSessionComponentsMobilePaymentElement { enabled: true, features: Some(features) };
        let components =
            CreateCustomerSessionComponents { mobile_payment_element: Some(element), ..CreateCustomerSessionComponents::new() };
        match self.client.ask(&CreateCustomerSession::new(components).customer(customer), None).await {
            Ok(Session { client_secret }) => Ok(Some(client_secret)),
            // The payment can be made without it.
            Err(PayFault::Reject { .. }) => Ok(None),
            Err(fault) => Err(fault),
        }
    }

    pub(super) async fn fetch(&self, payment: &str) -> Result<Payment, PayFault> {
        let request = RetrievePaymentIntent::new(plain_id(payment)?).expand(vec!["latest_charge".to_owned()]);
        let intent: Intent = self.client.ask(&request, None).await?;
        Ok(intent.payment())
    }

    /// The list is complete at once, the search of Stripe only after a while. A charge's id tells when it was made, so
    /// the list is looked through near that hour first.
    pub(super) async fn find(&self, charge: Uuid) -> Result<Option<Payment>, PayFault> {
        const HOUR_S: i64 = 3600;
        let made = charge.get_timestamp().and_then(|at| i64::try_from(at.to_unix().0).ok());
        let windows = match made {
            Some(at) => vec![(at - HOUR_S, Some(at + HOUR_S)), (at + HOUR_S, None)],
            None => vec![(0, None)],
        };
        let began = Instant::now();
        for (from, until) in windows {
            if let Some(intent) = self.find_between(charge, from, until, began).await? {
                return self.fetch(&intent.id).await.map(Some);
            }
        }
        Ok(None)
    }

    async fn find_between(
        &self,
        charge: Uuid,
        from: i64,
        until: Option<i64>,
        began: Instant,
    ) -> Result<Option<Intent>, PayFault> {
        let bounds = RangeBoundsTs { gte: Some(from), lt: until, ..RangeBoundsTs::default() };
        let mut request = ListPaymentIntent::new().created(RangeQueryTs::Bounds(bounds)).limit(PAGE);
        while began.elapsed() < LONGEST_SEARCH {
            let page: Page<Intent> = self.client.ask(&request, None).await?;
            let last = page.data.last().map(|intent| intent.id.clone());
            if let Some(found) = page.data.into_iter().find(|intent| intent.charge() == Some(charge)) {
                return Ok(Some(found));
            }
            match last {
                Some(last) if page.has_more => request = request.starting_after(last),
                _ => return Ok(None),
            }
        }
        Err(PayFault::Unknown { why: "too many payments to look through" })
    }

    pub(super) async fn cancel(&self, payment: &str, key: Uuid) -> Result<(), PayFault> {
        let request = CancelPaymentIntent::new(plain_id(payment)?);
        match self.client.ask::<Named>(&request, Some(format!("cancel-{key}"))).await {
            Ok(_) => Ok(()),
            Err(refused @ PayFault::Reject { .. }) if refused != GONE => match self.fetch(payment).await?.state {
                super::State::Canceled => Ok(()),
                _ => Err(PayFault::Reject { why: WRONG_STATE }),
            },
            Err(fault) => Err(fault),
        }
    }

    /// Looks for the key among the refunds first: Stripe forgets keys after a day, and a repetition must not be refused as
    /// too much, nor be paid twice.
    pub(super) async fn refund(&self, payment: &str, amount: i64, key: Uuid) -> Result<Refund, PayFault> {
        let mut listed = ListRefund::new().payment_intent(plain_id(payment)?).limit(PAGE);
        loop {
            let page: Page<read::Refund> = match self.client.ask(&listed, None).await {
                Err(PayFault::Reject { .. }) => break,
                other => other?,
            };
            if let Some(refund) = page.data.iter().find(|refund| refund.has_key(key)) {
                return same_refund(refund, amount);
            }
            match page.data.last() {
                Some(last) if page.has_more => listed = listed.starting_after(&last.id),
                _ => break,
            }
        }
        let known = self.fetch(payment).await?;
        if !matches!(known.state, super::State::Paid | super::State::PartlyRefunded | super::State::Refunded) {
            return Err(PayFault::Reject { why: WRONG_STATE });
        }
        if amount > known.money.amount - known.refunded {
            return Err(PayFault::Reject { why: TOO_MUCH });
        }
        let metadata = HashMap::from([(KEY.to_owned(), key.to_string())]);
        let request = CreateRefund::new().payment_intent(payment).amount(amount).metadata(metadata);
        same_refund(&self.client.ask(&request, Some(format!("refund-{key}"))).await?, amount)
    }

    pub(super) async fn customer(&self, key: Uuid) -> Result<String, PayFault> {
        let request = CreateCustomer::new().metadata(HashMap::from([(KEY.to_owned(), key.to_string())]));
        let Named { id } = self.client.ask(&request, Some(format!("customer-{key}"))).await?;
        Ok(id)
    }

    pub(super) async fn delete_customer(&self, customer: &str) -> Result<(), PayFault> {
        match self.client.ask::<Named>(&DeleteCustomer::new(plain_id(customer)?), None).await {
            Ok(_) | Err(GONE) => Ok(()),
            Err(fault) => Err(fault),
        }
    }

    pub(super) async fn methods(&self, customer: &str) -> Result<Vec<Method>, PayFault> {
        let request = ListPaymentMethod::new().customer(plain_id(customer)?).limit(PAGE);
        let page: Page<Saved> = self.client.ask(&request, None).await?;
        Ok(page.data.into_iter().map(Saved::method).collect())
    }

    pub(super) async fn remove_method(&self, customer: &str, method: &str) -> Result<(), PayFault> {
        let saved: Saved = self.client.ask(&RetrievePaymentMethod::new(plain_id(method)?), None).await?;
        if saved.customer.as_deref() != Some(customer) {
            return Err(PayFault::Reject { why: "no such method of this payer" });
        }
        let key = format!("detach-{}", saved.id);
        self.client.ask::<Named>(&DetachPaymentMethod::new(saved.id), Some(key)).await.map(|_| ())
    }

    pub(super) fn parse_callback(&self, headers: &HeaderMap, raw: &[u8], now: DateTime<Utc>) -> Callback {
        self.judge_callback(headers, raw, now)
    }
}

fn same_refund(refund: &read::Refund, amount: i64) -> Result<Refund, PayFault> {
    if refund.amount != amount {
        return Err(PayFault::Reject { why: "the key was used for another refund" });
    }
    let state: RefundState = refund.state();
    Ok(Refund { id: refund.id.clone(), state, amount })
}
