//! Plays APNs: HTTP/2 over TLS, with a certificate and a signing key of its own, strict about tokens and headers. How a
//! push ends is said by the device token: see [`verdict`].

use chrono::TimeDelta;
use feldsher::adapters::push::ApnsConfig;
use feldsher::kernel::clock::Ambient;
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{HeaderMap, Method, Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use rcgen::{CertifiedKey, KeyPair, PKCS_ECDSA_P256_SHA256};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

pub const TOPIC: &str = "example.feldsher.app";
/// When this peer says that tokens died: milliseconds.
pub const DEAD_SINCE_MS: i64 = 1_790_000_000_123;
const KEY_ID: &str = "ABCDE12345";
const TEAM_ID: &str = "TEAM123456";
const PAYLOAD_BYTES_MAX: usize = 4096;

pub struct Apns {
    pub host: String,
    key_pem: String,
    root_pem: String,
    state: Arc<State>,
    server: JoinHandle<()>,
}

/// One push as it was taken, whatever was answered.
#[derive(Clone)]
pub struct Got {
    pub device: String,
    pub headers: HeaderMap,
    pub body: Value,
}

struct State {
    key: DecodingKey,
    ambient: Ambient,
    got: Mutex<Vec<Got>>,
    connections: AtomicUsize,
    /// When each was issued; None for one that is not ours. Like Apple, it looks at the signature of each but once.
    provider_tokens: Mutex<BTreeMap<String, Option<i64>>>,
}

impl Apns {
    /// The peer has its own sense of the hour, by which it judges the age of tokens.
    pub async fn start(ambient: Ambient) -> Apns {
        let CertifiedKey { cert, signing_key } = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let private = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(signing_key.serialize_der()));
        let provider = tokio_rustls::rustls::crypto::aws_lc_rs::default_provider();
        let mut tls = ServerConfig::builder_with_provider(provider.into())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![cert.der().clone()], private)
            .unwrap();
        tls.alpn_protocols = vec![b"h2".to_vec()];
        let signing = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
        let state = Arc::new(State {
            key: DecodingKey::from_ec_pem(signing.public_key_pem().as_bytes()).unwrap(),
            ambient,
            got: Mutex::default(),
            connections: AtomicUsize::new(0),
            provider_tokens: Mutex::default(),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let host = format!("localhost:{}", listener.local_addr().unwrap().port());
        let server = tokio::spawn(serve(listener, TlsAcceptor::from(Arc::new(tls)), state.clone()));
        Apns { host, key_pem: signing.serialize_pem(), root_pem: cert.pem(), state, server }
    }

    /// The settings of a server that sends here; its key goes into the folder.
    pub fn config(&self, folder: &Path) -> ApnsConfig {
        let (key_file, roots) = (folder.join("apns.p8"), folder.join("apns-roots.pem"));
        fs::write(&key_file, &self.key_pem).unwrap();
        fs::set_permissions(&key_file, Permissions::from_mode(0o600)).unwrap();
        fs::write(&roots, &self.root_pem).unwrap();
        ApnsConfig {
            key_file,
            key_id: KEY_ID.to_owned(),
            team_id: TEAM_ID.to_owned(),
            topic: TOPIC.to_owned(),
            host: self.host.clone(),
            root_certificates: Some(roots),
        }
    }

    pub fn got(&self) -> Vec<Got> {
        self.state.got.lock().unwrap().clone()
    }

    /// How many pushes were taken, whatever was answered.
    pub fn count(&self) -> usize {
        self.state.got.lock().unwrap().len()
    }

    pub fn connections(&self) -> usize {
        self.state.connections.load(Ordering::SeqCst)
    }

    /// How many different provider tokens came.
    pub fn provider_tokens(&self) -> usize {
        self.state.provider_tokens.lock().unwrap().len()
    }
}

impl Drop for Apns {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn serve(listener: TcpListener, tls: TlsAcceptor, state: Arc<State>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else { return };
        state.connections.fetch_add(1, Ordering::SeqCst);
        let (tls, state) = (tls.clone(), state.clone());
        tokio::spawn(async move {
            let Ok(stream) = tls.accept(stream).await else { return };
            let answer = service_fn(move |request| answer(state.clone(), request));
            let _ = hyper::server::conn::http2::Builder::new(TokioExecutor::new())
                .serve_connection(TokioIo::new(stream), answer)
                .await;
        });
    }
}

async fn answer(state: Arc<State>, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    let device = parts.uri.path().strip_prefix("/3/device/").unwrap_or_default().to_owned();
    if device.starts_with("late") {
        tokio::time::sleep(Duration::from_secs(60)).await;
    }
    let refused = state.refuses(&parts.method, &device, &parts.headers, &body);
    state.got.lock().unwrap().push(Got {
        device: device.clone(),
        headers: parts.headers,
        body: serde_json::from_slice(&body).unwrap_or_default(),
    });
    let (status, said) =
        refused.map_or_else(|| verdict(&device), |(status, reason)| (status, json!({ "reason": reason }).to_string()));
    let answer = Response::builder().status(status).header("apns-id", "8E8A4C5D-0000-4000-8000-000000000001");
    let answer = if device.starts_with("busy") { answer.header("retry-after", "17") } else { answer };
    Ok(answer.body(Full::from(said)).unwrap())
}

/// What the device token orders.
fn verdict(device: &str) -> (u16, String) {
    let reason = |reason: &str| json!({ "reason": reason }).to_string();
    let word: String = device.chars().take_while(char::is_ascii_alphabetic).collect();
    match word.as_str() {
        "dead" => (410, json!({ "reason": "Unregistered", "timestamp": DEAD_SINCE_MS }).to_string()),
        "bad" => (400, reason("BadDeviceToken")),
        "foreign" => (400, reason("DeviceTokenNotForTopic")),
        "busy" => (429, reason("TooManyRequests")),
        "down" => (503, reason("Shutdown")),
        "large" => (413, reason("PayloadTooLarge")),
        "locked" => (403, reason("InvalidProviderToken")),
        "new" => (400, reason("ReasonOfTomorrow")),
        "odd" => (400, "<html>a proxy in a bad mood</html>".to_owned()),
        "moved" => (307, String::new()),
        _ => (200, String::new()),
    }
}

impl State {
    /// What Apple would find wrong before it looks at the device.
    fn refuses(&self, method: &Method, device: &str, headers: &HeaderMap, body: &[u8]) -> Option<(u16, &'static str)> {
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let payload: Value = serde_json::from_slice(body).unwrap_or_default();
        let kind = header("apns-push-type");
        let topic = if kind == "voip" { format!("{TOPIC}.voip") } else { TOPIC.to_owned() };
        let silent = payload["aps"]["content-available"] == 1 && payload["aps"]["alert"].is_null();
        match () {
            () if *method != Method::POST => Some((405, "MethodNotAllowed")),
            () if device.is_empty() => Some((400, "MissingDeviceToken")),
            () if body.len() > PAYLOAD_BYTES_MAX => Some((413, "PayloadTooLarge")),
            () if !payload["aps"].is_object() => Some((400, "PayloadEmpty")),
            () if !matches!(kind, "alert" | "background" | "voip") => Some((400, "InvalidPushType")),
            () if header("apns-topic") != topic => Some((400, "DeviceTokenNotForTopic")),
            () if !matches!(header("apns-priority"), "5" | "10") => Some((400, "BadPriority")),
            () if kind == "background" && (header("apns-priority") != "5" || !silent) => Some((400, "BadPriority")),
            () if header("apns-expiration").parse::<u64>().is_err() => Some((400, "BadExpirationDate")),
            () if header("apns-collapse-id").len() > 64 => Some((400, "BadCollapseId")),
            () => self.refuses_provider(header("authorization")).map(|reason| (403, reason)),
        }
    }

    fn refuses_provider(&self, authorization: &str) -> Option<&'static str> {
        let Some(token) = authorization.strip_prefix("bearer ") else { return Some("MissingProviderToken") };
        let mut seen = self.provider_tokens.lock().unwrap();
        let issued_at = *seen.entry(token.to_owned()).or_insert_with(|| self.issued_at(token));
        let Some(issued_at) = issued_at else { return Some("InvalidProviderToken") };
        let age = TimeDelta::seconds(self.ambient.now().timestamp() - issued_at);
        match () {
            () if age < TimeDelta::minutes(-1) => Some("InvalidProviderToken"),
            () if age > TimeDelta::hours(1) => Some("ExpiredProviderToken"),
            () => None,
        }
    }

    /// When a provider token was issued, if our key signed it in our name.
    fn issued_at(&self, token: &str) -> Option<i64> {
        let mut strict = Validation::new(Algorithm::ES256);
        strict.required_spec_claims.clear();
        strict.validate_exp = false;
        let read = jsonwebtoken::decode::<Value>(token, &self.key, &strict).ok()?;
        let is_ours = read.header.kid.as_deref() == Some(KEY_ID) && read.claims["iss"] == TEAM_ID;
        read.claims["iat"].as_i64().filter(|_| is_ours)
    }
}
