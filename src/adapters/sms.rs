//! Text messages through a gateway that speaks HTTP. Gateways differ in words, not in kind: one POST whose body is
//! made from a template, and the status says how it went.

use super::outbox::{Channel, Outbox};
use super::template::{Escape, Template};
use super::{SendFault, outside, peer_url};
use crate::kernel::error::{Error, Result};
use crate::kernel::secret::Secret;
use chrono::DateTime;
use reqwest::header::{CONTENT_TYPE, DATE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use reqwest::{Client, Response, StatusCode, Url};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// A gateway may not put us off for longer than this.
const LONGEST_WAIT_S: u32 = 24 * 60 * 60;
/// So much of an answer's body is read, for the connection to be used again.
const ANSWER_BYTES: usize = 64 * 1024;

/// `[sms]`; `kind = "memory"` unless set.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub enum SmsConfig {
    /// Messages stay in the process and are shown by the sandbox.
    Memory {},
    Http {
        /// Where to POST. https, unless the host is loopback or `allow_http` is set.
        url: String,
        /// Headers of each request, such as `Authorization`. `{key}` stands for the idempotency key. Default: none.
        #[serde(default)]
        headers: BTreeMap<String, Secret>,
        /// `application/json` (the default) or `application/x-www-form-urlencoded`; decides how values are escaped.
        #[serde(default = "json")]
        content_type: String,
        /// The body with `{to}`, `{text}` and perhaps `{key}`; in JSON each stands inside quotes. It may hold a
        /// password, as some gateways want it, and is therefore never printed.
        body: Secret,
        /// Seconds for the whole exchange, 1 to 60. Default 10.
        #[serde(default = "ten")]
        timeout_s: u16,
        /// Lets plain HTTP leave this machine. Default false.
        #[serde(default)]
        allow_http: bool,
    },
}

fn json() -> String {
    "application/json".to_owned()
}

fn ten() -> u16 {
    10
}

impl Default for SmsConfig {
    fn default() -> Self {
        SmsConfig::Memory {}
    }
}

/// The sender of text messages.
#[derive(Debug, Clone)]
pub enum Sms {
    Memory(Outbox),
    Http(HttpSms),
}

impl Sms {
    /// # Errors
    /// `Internal` with a sentence for the operator when a setting can't work.
    pub fn open(config: &SmsConfig, outbox: &Outbox) -> Result<Self> {
        match config {
            SmsConfig::Memory {} => Ok(Sms::Memory(outbox.clone())),
            SmsConfig::Http { url, headers, content_type, body, timeout_s, allow_http } => {
                let url = peer_url("sms.url", url, *allow_http)?;
                Ok(Sms::Http(HttpSms::new(url, headers, content_type, body, *timeout_s)?))
            }
        }
    }

    /// Hands one message to the gateway. `to` is a phone in E.164; `key` makes a repetition recognisable to gateways
    /// that look at it.
    pub async fn send(&self, key: &str, to: &str, text: &str) -> Result<(), SendFault> {
        outside("sms.send")?;
        match self {
            Sms::Memory(outbox) => outbox.post(Channel::Sms, to, None, text, key),
            Sms::Http(gateway) => gateway.send(key, to, text).await,
        }
    }
}

/// A gateway by configuration. Clones share the connections.
#[derive(Clone)]
pub struct HttpSms {
    client: Client,
    shape: Arc<Shape>,
}

struct Shape {
    url: Url,
    headers: Vec<(HeaderName, Template)>,
    escape: Escape,
    body: Template,
}

impl HttpSms {
    fn new(url: Url, headers: &BTreeMap<String, Secret>, content_type: &str, body: &Secret, timeout_s: u16) -> Result<Self> {
        let escape = Escape::of(content_type)?;
        let body = Template::parse(body);
        body.check(escape)?;
        let shape = Shape { url, headers: parse_headers(headers, content_type)?, escape, body };
        let timeout = Duration::from_secs(timeout_s.clamp(1, 60).into());
        let client = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(timeout)
            .connect_timeout(timeout / 2)
            .pool_max_idle_per_host(8)
            .build()
            .map_err(|error| Error::internal(format!("the HTTP client can't be built: {error}")))?;
        Ok(HttpSms { client, shape: Arc::new(shape) })
    }

    async fn send(&self, key: &str, to: &str, text: &str) -> Result<(), SendFault> {
        let shape = &self.shape;
        let headers = shape.headers(key).ok_or(SendFault::Reject { why: "the key does not fit into a header" })?;
        let body = shape.body.fill(shape.escape, key, to, text);
        let answer = self.client.post(shape.url.clone()).headers(headers).body(body).send().await;
        let mut answer = answer.map_err(|error| unanswered(&error))?;
        let outcome = judge(&answer);
        drain(&mut answer).await;
        outcome
    }
}

impl std::fmt::Debug for HttpSms {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HttpSms").field("host", &self.shape.url.host_str()).finish_non_exhaustive()
    }
}

impl Shape {
    fn headers(&self, key: &str) -> Option<HeaderMap> {
        let mut headers = HeaderMap::with_capacity(self.headers.len());
        for (name, template) in &self.headers {
            let mut value = HeaderValue::from_str(&template.fill(Escape::Plain, key, "", "")).ok()?;
            value.set_sensitive(true);
            headers.insert(name.clone(), value);
        }
        Some(headers)
    }
}

fn parse_headers(headers: &BTreeMap<String, Secret>, content_type: &str) -> Result<Vec<(HeaderName, Template)>> {
    let mut parsed = vec![(CONTENT_TYPE, Template::fixed(content_type))];
    for (name, value) in headers {
        let known = HeaderName::from_bytes(name.as_bytes()).ok().filter(|_| HeaderValue::from_str(value.reveal()).is_ok());
        let header = known.ok_or_else(|| Error::internal(format!("sms.headers: {name} is no header")))?;
        if header == CONTENT_TYPE {
            return Err(Error::internal("sms.headers: the content type has a setting of its own, sms.content_type"));
        }
        parsed.push((header, Template::parse(value)));
    }
    Ok(parsed)
}

/// No answer at all. Only a failed connection proves that nothing was sent.
fn unanswered(error: &reqwest::Error) -> SendFault {
    if error.is_builder() {
        SendFault::Reject { why: "the request can't be built" }
    } else if error.is_connect() {
        SendFault::retry("the gateway can't be reached")
    } else if error.is_timeout() {
        SendFault::Unknown { why: "the gateway did not answer in time" }
    } else {
        SendFault::Unknown { why: "the connection to the gateway broke" }
    }
}

fn judge(answer: &Response) -> Result<(), SendFault> {
    let status = answer.status();
    if status.is_success() {
        Ok(())
    } else if status == StatusCode::TOO_MANY_REQUESTS {
        Err(SendFault::Retry { after_s: retry_after_s(answer.headers()), why: "the gateway asks us to slow down" })
    } else if status.is_server_error() || status == StatusCode::REQUEST_TIMEOUT {
        Err(SendFault::Retry { after_s: retry_after_s(answer.headers()), why: "the gateway is out of order" })
    } else if status.is_client_error() {
        Err(SendFault::Reject { why: "the gateway refuses the message" })
    } else {
        Err(SendFault::Reject { why: "the gateway points elsewhere, and redirects are not followed" })
    }
}

/// `Retry-After` (RFC 9110, 10.2.3): seconds, or a date, which is read against the peer's own `Date`, so that his
/// clock and ours need not agree.
pub(super) fn retry_after_s(headers: &HeaderMap) -> Option<u32> {
    let date = |name| DateTime::parse_from_rfc2822(headers.get(name)?.to_str().ok()?).ok();
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let seconds = match text.parse::<u64>() {
        Ok(seconds) => seconds,
        Err(_) => u64::try_from((date(RETRY_AFTER)? - date(DATE)?).num_seconds()).unwrap_or(0),
    };
    Some(u32::try_from(seconds).unwrap_or(LONGEST_WAIT_S).min(LONGEST_WAIT_S))
}

async fn drain(answer: &mut Response) {
    let mut left = ANSWER_BYTES;
    while let Ok(Some(chunk)) = answer.chunk().await {
        match left.checked_sub(chunk.len()) {
            Some(rest) => left = rest,
            None => return,
        }
    }
}
