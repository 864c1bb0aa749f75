//! Our `StripeClient`: async-stripe builds the requests, we send them. The stock client pools no connections, gives
//! repetitions random keys, and drops the body of an answer that it does not understand.

use crate::adapters::payments::payment::PayFault;
use crate::adapters::payments::wire::{Answer, Kind, Wire, not_understood};
use crate::kernel::error::{Error, Result};
use crate::kernel::secret::Secret;
use bytes::Bytes;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Url};
use serde::Deserialize;
use std::fmt::Display;
use std::sync::OnceLock;
use stripe_client_core::{CustomizedStripeRequest, RequestBuilder, StripeClient, StripeClientErr, StripeMethod, StripeRequest};

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
pub(super) const GONE: PayFault = PayFault::Reject { why: "the provider has no such thing" };

/// The way to Stripe.
#[derive(Clone)]
pub(super) struct Client {
    wire: Wire,
    /// Without a slash at its end.
    base: String,
    headers: HeaderMap,
}

impl Client {
    pub(super) fn new(url: &Url, secret_key: &Secret, account: Option<&str>, timeout_s: u16) -> Result<Self> {
        let bad = |_| Error::internal("payments.secret_key or payments.account can't stand in a header");
        let mut bearer = HeaderValue::from_str(&format!("Bearer {}", secret_key.reveal())).map_err(bad)?;
        bearer.set_sensitive(true);
        let version = HeaderValue::from_str(stripe_client_core::VERSION.as_str()).map_err(bad)?;
        let mut headers = HeaderMap::from_iter([(AUTHORIZATION, bearer), (HeaderName::from_static("stripe-version"), version)]);
        if let Some(account) = account {
            headers.insert("stripe-account", HeaderValue::from_str(account).map_err(bad)?);
        }
        Ok(Client { wire: Wire::new(timeout_s)?, base: url.as_str().trim_end_matches('/').to_owned(), headers })
    }

    /// Asks, and reads of the answer only what `T` names: a field or a value that Stripe adds later breaks nothing.
    pub(super) async fn ask<T: miniserde::Deserialize>(
        &self,
        request: &impl StripeRequest,
        key: Option<String>,
    ) -> Result<T, PayFault> {
        let call = Call { client: self, key, body: OnceLock::new() };
        request.build().customize::<T>().send(&call).await.map_err(|ended| match ended {
            Ended::Fault(fault) => fault,
            Ended::Unreadable => not_understood(call.body.get().map_or(&[], |body| body)),
        })
    }

    async fn exchange(&self, request: RequestBuilder, key: Option<&str>) -> Result<Bytes, PayFault> {
        let RequestBuilder { query, body, path, method } = request;
        let (method, kind) = match method {
            StripeMethod::Get => (Method::GET, Kind::Read),
            StripeMethod::Post => (Method::POST, Kind::Write),
            StripeMethod::Delete => (Method::DELETE, Kind::Write),
        };
        let query = query.filter(|query| !query.is_empty()).map(|query| format!("?{query}")).unwrap_or_default();
        let url = format!("{}/v1{path}{query}", self.base);
        let mut request = self.wire.client.request(method, url).headers(self.headers.clone());
        if let Some(key) = key {
            request = request.header(IDEMPOTENCY_KEY, key);
        }
        if let Some(body) = body {
            request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(body);
        }
        let answer = self.wire.ask(request, kind).await?;
        if answer.status.is_success() { Ok(answer.body) } else { Err(refusal(&answer)) }
    }
}

/// One call, its key, and the body of its answer, which would be lost if it does not read.
struct Call<'a> {
    client: &'a Client,
    key: Option<String>,
    body: OnceLock<Bytes>,
}

impl StripeClient for Call<'_> {
    type Err = Ended;

    async fn execute(&self, request: CustomizedStripeRequest) -> Result<Bytes, Ended> {
        let (request, _) = request.into_pieces();
        let body = self.client.exchange(request, self.key.as_deref()).await.map_err(Ended::Fault)?;
        Ok(self.body.get_or_init(|| body).clone())
    }
}

/// How a call ended without an answer that reads.
enum Ended {
    Fault(PayFault),
    Unreadable,
}

impl StripeClientErr for Ended {
    fn deserialize_err(_: impl Display) -> Self {
        Ended::Unreadable
    }
}

#[derive(Deserialize)]
struct Refused {
    error: Reason,
}

#[derive(Deserialize)]
struct Reason {
    #[serde(rename = "type")]
    kind: Option<String>,
    code: Option<String>,
    decline_code: Option<String>,
}

/// What a definite refusal says. Stripe's own sentences may quote what was sent, so none of them goes on.
fn refusal(answer: &Answer) -> PayFault {
    let Ok(Refused { error }) = serde_json::from_slice(&answer.body) else {
        return PayFault::Unknown { why: "the refusal is not understood" };
    };
    let code = error.code.as_deref().unwrap_or_default();
    tracing::warn!(code, kind = error.kind, "Stripe refuses a call");
    match (answer.status.as_u16(), error.kind.as_deref(), code) {
        (402, ..) => PayFault::Declined { why: declined(error.decline_code.as_deref().unwrap_or(code)) },
        (404, ..) | (.., "resource_missing") => GONE,
        (_, Some("idempotency_error"), _) => PayFault::Reject { why: "the key was used for another call" },
        (.., "charge_already_refunded" | "amount_too_large") => PayFault::Reject { why: super::TOO_MUCH },
        (.., "payment_intent_unexpected_state") => PayFault::Reject { why: super::WRONG_STATE },
        _ => PayFault::Reject { why: "the provider refuses the call" },
    }
}

/// The patient may be told these; the finer codes of the banks (stolen, suspected fraud) he may not.
fn declined(code: &str) -> &'static str {
    match code {
        "insufficient_funds" => "insufficient_funds",
        "expired_card" => "expired_card",
        "incorrect_cvc" => "incorrect_cvc",
        "authentication_required" | "payment_intent_authentication_failure" => "authentication_required",
        _ => "card_declined",
    }
}
