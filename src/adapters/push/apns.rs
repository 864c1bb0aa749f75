//! APNs, Apple's push service: one HTTP/2 connection for all pushes, and a signed token that says who we are.
//! <https://developer.apple.com/documentation/usernotifications/sending-notification-requests-to-apns>

use super::config::{ApnsConfig, read_private};
use super::content::{apple, apple_headers, apple_options};
use super::{Manner, Sent, Wake};
use crate::adapters::answer::{self, retry_after_s, unanswered};
use crate::adapters::{SendFault, peer_url};
use crate::kernel::clock::Ambient;
use crate::kernel::error::{Error, Result};
use apns_h2::ErrorReason;
use apns_h2::request::payload::PayloadLike;
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use reqwest::header::{AUTHORIZATION, HeaderValue};
use reqwest::{Certificate, Client, StatusCode, Url};
use serde::Deserialize;
use serde::de::value::{Error as ValueError, StrDeserializer};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Apple takes a token for an hour, and wants no new one within twenty minutes.
const TOKEN_AGE: TimeDelta = TimeDelta::minutes(50);
/// Idle connections are pinged, for a silently dead one would cost the next push a timeout.
const PING_EVERY: Duration = Duration::from_secs(5 * 60);
/// Tokens are hexadecimal, and grow over the years.
const DEVICE_TOKEN_LENGTH_MAX: usize = 200;

/// The sender. Clones share the connection and the token.
#[derive(Clone)]
pub struct Apns(Arc<Inner>);

struct Inner {
    client: Client,
    base: Url,
    topic: String,
    signer: Signer,
    ambient: Ambient,
}

impl Apns {
    pub(super) fn open(config: &ApnsConfig, timeout: Duration, ambient: &Ambient) -> Result<Self> {
        let base = peer_url("push.apns.host", &format!("https://{}/3/device/", config.host), false)?;
        if base.path() != "/3/device/" || base.query().is_some() || base.fragment().is_some() || !base.username().is_empty() {
            return Err(Error::internal("push.apns.host is a name, perhaps with a port, and nothing else"));
        }
        if config.topic.is_empty() || !config.topic.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.')) {
            return Err(Error::internal("push.apns.topic is no bundle id"));
        }
        let signer = Signer::open(config, ambient)?;
        let client = client(config, timeout)?;
        Ok(Apns(Arc::new(Inner { client, base, topic: config.topic.clone(), signer, ambient: ambient.clone() })))
    }

    /// A token that Apple finds expired is made anew once.
    pub(super) async fn send(&self, token: &str, wake: &Wake) -> Result<Sent, SendFault> {
        if token.is_empty() || token.len() > DEVICE_TOKEN_LENGTH_MAX || !token.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return Err(SendFault::Reject { why: "this is no APNs token" });
        }
        let signer = &self.0.signer;
        let first = signer.token()?;
        if let Some(sent) = self.0.attempt(token, wake, &first).await? {
            return Ok(sent);
        }
        let second = signer.renew(&first)?;
        let expired = SendFault::retry("APNs finds a new provider token expired: is the clock right?");
        self.0.attempt(token, wake, &second).await?.ok_or(expired)
    }
}

/// The key and the token stay out, because a debug print may end in a log.
impl fmt::Debug for Apns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Apns").field("host", &self.0.base.host_str()).field("topic", &self.0.topic).finish_non_exhaustive()
    }
}

impl Inner {
    /// None: our token has expired.
    async fn attempt(&self, token: &str, wake: &Wake, bearer: &ProviderToken) -> Result<Option<Sent>, SendFault> {
        let unwritable = SendFault::Reject { why: "the push can't be written" };
        let id = wake.id.to_string();
        let body = apple(wake).to_json_string().map_err(|_| unwritable)?;
        let topic = match wake.manner {
            Manner::Voip => format!("{}.voip", self.topic),
            Manner::Alert | Manner::Background => self.topic.clone(),
        };
        let url = self.base.join(token).map_err(|_| unwritable)?;
        let request = self.client.post(url).header(AUTHORIZATION, bearer.value.clone()).header("apns-topic", topic).body(body);
        let options = apple_options(wake, &id, wake.seconds_left(self.ambient.now()));
        let request = apple_headers(&options).into_iter().fold(request, |request, (name, value)| request.header(name, value));
        let mut answer = request.send().await.map_err(|error| unanswered(&error))?;
        let body = answer::body(&mut answer).await;
        judge(answer.status(), retry_after_s(answer.headers()), &body)
    }
}

/// Why APNs did not take a push. The reason is text here, so that one that Apple adds does not make the rest unreadable.
#[derive(Deserialize)]
struct Refusal<'a> {
    reason: &'a str,
    /// Milliseconds: when the token was last known to be dead.
    timestamp: Option<i64>,
}

fn judge(status: StatusCode, after_s: Option<u32>, body: &[u8]) -> Result<Option<Sent>, SendFault> {
    if status == StatusCode::OK {
        return Ok(Some(Sent::Accepted));
    }
    if status == StatusCode::TOO_MANY_REQUESTS {
        return Err(SendFault::Retry { after_s, why: "APNs asks us to slow down" });
    }
    if status.is_server_error() {
        return Err(SendFault::Retry { after_s, why: "APNs is out of order" });
    }
    let unclear = SendFault::Unknown { why: "APNs answered what we do not understand" };
    let refusal: Refusal<'_> = serde_json::from_slice(body).map_err(|_| unclear)?;
    let reason = ErrorReason::deserialize(StrDeserializer::<ValueError>::new(refusal.reason)).ok();
    match (status, reason) {
        (StatusCode::GONE, _) => {
            Ok(Some(Sent::Dead { since: refusal.timestamp.and_then(DateTime::<Utc>::from_timestamp_millis) }))
        }
        (_, Some(ErrorReason::BadDeviceToken | ErrorReason::DeviceTokenNotForTopic)) => Ok(Some(Sent::Dead { since: None })),
        (_, Some(ErrorReason::ExpiredProviderToken)) => Ok(None),
        (StatusCode::FORBIDDEN, _) => Err(SendFault::retry("APNs refuses our key")),
        _ => Err(SendFault::Reject { why: "APNs refuses the push" }),
    }
}

fn client(config: &ApnsConfig, timeout: Duration) -> Result<Client> {
    let mut builder = Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .https_only(true)
        .http2_prior_knowledge()
        .http2_keep_alive_interval(PING_EVERY)
        .http2_keep_alive_timeout(timeout)
        .http2_keep_alive_while_idle(true)
        .pool_idle_timeout(None)
        .timeout(timeout)
        .connect_timeout(timeout / 2);
    if let Some(path) = &config.root_certificates {
        let failed = |why: &dyn fmt::Display| Error::internal(format!("push.apns.root_certificates: {}: {why}", path.display()));
        let pem = std::fs::read(path).map_err(|error| failed(&error))?;
        let roots = Certificate::from_pem_bundle(&pem).map_err(|error| failed(&error))?;
        if roots.is_empty() {
            return Err(failed(&"no certificate in PEM is in it"));
        }
        builder = builder.tls_certs_merge(roots);
    }
    builder.build().map_err(|error| Error::internal(format!("the HTTP client for APNs can't be built: {error}")))
}

/// Makes the token that each push carries, and keeps it as long as Apple likes it kept.
struct Signer {
    key: EncodingKey,
    header: Header,
    team_id: String,
    ambient: Ambient,
    held: Mutex<ProviderToken>,
}

#[derive(Clone)]
struct ProviderToken {
    value: HeaderValue,
    made_at: DateTime<Utc>,
}

impl Signer {
    fn open(config: &ApnsConfig, ambient: &Ambient) -> Result<Self> {
        for (setting, id) in [("key_id", &config.key_id), ("team_id", &config.team_id)] {
            if id.is_empty() || !id.bytes().all(|b| b.is_ascii_alphanumeric()) {
                return Err(Error::internal(format!("push.apns.{setting} is no id of Apple's: ten letters and digits")));
            }
        }
        let unusable =
            || Error::internal(format!("push.apns.key_file: {} holds no P-256 key in PKCS#8 (.p8)", config.key_file.display()));
        let pem = read_private("push.apns.key_file", &config.key_file)?;
        let key = EncodingKey::from_ec_pem(pem.reveal().as_bytes()).map_err(|_| unusable())?;
        let mut header = Header::new(Algorithm::ES256);
        header.kid = Some(config.key_id.clone());
        let held = sign(&key, &header, &config.team_id, ambient.now()).map_err(|_| unusable())?;
        Ok(Signer { key, header, team_id: config.team_id.clone(), ambient: ambient.clone(), held: Mutex::new(held) })
    }

    fn token(&self) -> Result<ProviderToken, SendFault> {
        self.held_unless(|held, now| {
            let age = now - held.made_at;
            // Below zero the clock was set back, and the token would come from the future.
            age < TimeDelta::zero() || age >= TOKEN_AGE
        })
    }

    /// A newer one than `stale`: many pushes may find the same token expired, and the first of them makes the new one.
    fn renew(&self, stale: &ProviderToken) -> Result<ProviderToken, SendFault> {
        self.held_unless(|held, _| held.value == stale.value)
    }

    fn held_unless(&self, outdated: impl Fn(&ProviderToken, DateTime<Utc>) -> bool) -> Result<ProviderToken, SendFault> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.ambient.now();
        if outdated(&held, now) {
            *held = sign(&self.key, &self.header, &self.team_id, now)?;
        }
        Ok(held.clone())
    }
}

fn sign(key: &EncodingKey, header: &Header, team_id: &str, now: DateTime<Utc>) -> Result<ProviderToken, SendFault> {
    let unsigned = SendFault::retry("the provider token can't be signed");
    let claims = serde_json::json!({ "iss": team_id, "iat": now.timestamp() });
    let token = jsonwebtoken::encode(header, &claims, key).map_err(|_| unsigned)?;
    let mut value = HeaderValue::try_from(format!("bearer {token}")).map_err(|_| unsigned)?;
    value.set_sensitive(true);
    Ok(ProviderToken { value, made_at: now })
}
