//! FCM's HTTP v1, and RuStore, which copies it.
//! <https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages/send>
//! <https://www.rustore.ru/help/en/sdk/push-notifications/send-push-notifications>

use super::bearer::{Bearer, Google};
use super::config::{FcmConfig, RustoreConfig, messages_url, read_private};
use super::content::{google, rustore};
use super::{Sent, TokenKind, Wake};
use crate::adapters::answer::{self, retry_after_s, unanswered};
use crate::adapters::{SendFault, peer_url};
use crate::kernel::clock::Ambient;
use crate::kernel::error::{Error, Result};
use crate::kernel::secret::Secret;
use firebae_cm::{ErrorCode, FcmError, FcmResponse, MessageBody, Receiver};
use reqwest::{Client, StatusCode, Url};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Google's tokens have some 200 characters, and no promise.
const TOKEN_LENGTH_MAX: usize = 4096;

/// The sender. Clones share the connections and the token.
#[derive(Clone)]
pub struct Fcm(Arc<Inner>);

struct Inner {
    client: Client,
    url: Url,
    bearer: Bearer,
    tongue: Tongue,
    ambient: Ambient,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tongue {
    Google,
    Rustore,
}

/// What we need of a key file to say what is wrong with it; the rest is the library's.
#[derive(Deserialize)]
struct Account {
    project_id: String,
    token_uri: String,
}

#[derive(Serialize)]
struct Request {
    message: MessageBody,
}

impl Fcm {
    pub(super) fn open(config: &FcmConfig, timeout: Duration, ambient: &Ambient) -> Result<Self> {
        let wrong =
            |what: &str| Error::internal(format!("push.fcm.service_account: {} {what}", config.service_account.display()));
        let file = read_private("push.fcm.service_account", &config.service_account)?;
        let account: Account = serde_json::from_str(file.reveal()).map_err(|_| {
            wrong("is no key file of a service account: JSON with project_id, private_key, client_email, token_uri")
        })?;
        peer_url("push.fcm.service_account: its token_uri", &account.token_uri, false)?;
        let url = messages_url("push.fcm", &config.base_url, &account.project_id)?;
        let google = Google::new(file)
            .map_err(|_| wrong("holds no private key that can sign, or this machine has no root certificates"))?;
        Self::new(url, Bearer::Google(google), Tongue::Google, timeout, ambient)
    }

    pub(super) fn open_rustore(config: &RustoreConfig, timeout: Duration, ambient: &Ambient) -> Result<Self> {
        let url = messages_url("push.rustore", &config.base_url, &config.project_id)?;
        if config.token.is_empty() || !config.token.reveal().bytes().all(|b| b.is_ascii_graphic()) {
            return Err(Error::internal("push.rustore.token is no service token"));
        }
        Self::new(url, Bearer::Fixed(config.token.clone()), Tongue::Rustore, timeout, ambient)
    }

    fn new(url: Url, bearer: Bearer, tongue: Tongue, timeout: Duration, ambient: &Ambient) -> Result<Self> {
        let client = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(timeout)
            .connect_timeout(timeout / 2)
            .build()
            .map_err(|error| Error::internal(format!("the HTTP client for pushes can't be built: {error}")))?;
        Ok(Fcm(Arc::new(Inner { client, url, bearer, tongue, ambient: ambient.clone() })))
    }

    /// An access token that is refused is fetched anew once.
    pub(super) async fn send(&self, kind: TokenKind, token: &str, wake: &Wake) -> Result<Sent, SendFault> {
        if token.is_empty() || token.len() > TOKEN_LENGTH_MAX {
            return Err(SendFault::Reject { why: "this is no push token" });
        }
        let receiver = match kind {
            TokenKind::FcmInstallation => Receiver::fid(token),
            _ => Receiver::token(token),
        };
        let left = wake.seconds_left(self.0.ambient.now());
        let message = match self.0.tongue {
            Tongue::Google => google(receiver, wake, left)?,
            Tongue::Rustore => rustore(receiver, wake, left)?,
        };
        let request = Request { message };
        let first = self.0.bearer.token(None).await?;
        if let Some(sent) = self.0.attempt(&request, &first).await? {
            return Ok(sent);
        }
        let second = self.0.bearer.token(Some(&first)).await?;
        self.0.attempt(&request, &second).await?.ok_or(SendFault::retry("the provider refuses a new access token"))
    }
}

/// The tokens stay out, because a debug print may end in a log.
impl fmt::Debug for Fcm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fcm").field("host", &self.0.url.host_str()).field("tongue", &self.0.tongue).finish_non_exhaustive()
    }
}

impl Inner {
    /// None: our token is refused.
    async fn attempt(&self, request: &Request, bearer: &Secret) -> Result<Option<Sent>, SendFault> {
        let sent = self.client.post(self.url.clone()).bearer_auth(bearer.reveal()).json(request).send().await;
        let mut answer = sent.map_err(|error| unanswered(&error))?;
        let body = answer::body(&mut answer).await;
        judge(self.tongue, answer.status(), retry_after_s(answer.headers()), &body)
    }
}

fn judge(tongue: Tongue, status: StatusCode, after_s: Option<u32>, body: &[u8]) -> Result<Option<Sent>, SendFault> {
    let unclear = SendFault::Unknown { why: "the provider answered what we do not understand" };
    if status == StatusCode::OK {
        return if is_receipt(tongue, body) { Ok(Some(Sent::Accepted)) } else { Err(unclear) };
    }
    if status == StatusCode::TOO_MANY_REQUESTS {
        return Err(SendFault::Retry { after_s, why: "the provider asks us to slow down" });
    }
    if status.is_server_error() {
        return Err(SendFault::Retry { after_s, why: "the provider is out of order" });
    }
    let error = refusal(tongue, body).ok_or(unclear)?;
    match (status, error.error_code()) {
        (_, Some(ErrorCode::Unregistered)) => Ok(Some(Sent::Dead { since: None })),
        (_, Some(ErrorCode::SenderIdMismatch)) => Err(SendFault::Reject { why: "the token belongs to another sender" }),
        (_, Some(ErrorCode::ThirdPartyAuthError)) => Err(SendFault::retry("FCM lacks a key for APNs that works")),
        (StatusCode::NOT_FOUND, _) if tongue == Tongue::Rustore && error.status == "NOT_FOUND" => {
            Ok(Some(Sent::Dead { since: None }))
        }
        (StatusCode::BAD_REQUEST, _) if blames_the_token(&error) => Ok(Some(Sent::Dead { since: None })),
        (StatusCode::UNAUTHORIZED, _) => Ok(None),
        (StatusCode::FORBIDDEN, _) => Err(SendFault::retry("the provider refuses our credentials")),
        _ => Err(SendFault::Reject { why: "the provider refuses the push" }),
    }
}

/// FCM names the message that it took; RuStore answers with an object and no promise what is in it.
fn is_receipt(tongue: Tongue, body: &[u8]) -> bool {
    match tongue {
        Tongue::Google => matches!(serde_json::from_slice(body), Ok(FcmResponse::Success(_))),
        Tongue::Rustore => {
            serde_json::from_slice::<Value>(body).is_ok_and(|said| said.is_object() && said.get("error").is_none())
        }
    }
}

/// RuStore's documents show the error bare as well as wrapped.
fn refusal(tongue: Tongue, body: &[u8]) -> Option<FcmError> {
    match serde_json::from_slice(body) {
        Ok(FcmResponse::Error(error)) => Some(error),
        _ if tongue == Tongue::Rustore => serde_json::from_slice(body).ok(),
        _ => None,
    }
}

/// Our part of a message is constant, so an argument that FCM finds invalid is the token, if it says so.
fn blames_the_token(error: &FcmError) -> bool {
    let violations = error.details.iter().filter_map(|detail| detail.get("fieldViolations")?.as_array()).flatten();
    violations
        .filter_map(|violation| violation.get("field")?.as_str())
        .any(|field| matches!(field, "message.token" | "message.fid"))
}
