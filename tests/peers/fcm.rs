//! Plays FCM with its token endpoint, and RuStore, which copies its messages: a real HTTP server on a port of its own.
//! How a push ends is said by the push token: see [`verdict`].

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE;
use feldsher::adapters::push::{FcmConfig, RustoreConfig};
use feldsher::kernel::secret::Secret;
use jsonwebtoken::{Algorithm, DecodingKey, crypto};
use poem::http::{HeaderMap, StatusCode, header};
use poem::listener::{Acceptor, Listener, TcpListener};
use poem::{Endpoint, Request, Response, Server};
use rcgen::{KeyPair, PKCS_RSA_SHA256};
use serde_json::{Value, json};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::task::JoinHandle;

const PROJECT: &str = "clinic-example";
const ACCOUNT: &str = "pushes@clinic-example.iam.gserviceaccount.com";
const SERVICE_TOKEN: &str = "service-token-of-rustore";
const DATA_BYTES_MAX: usize = 4096;

pub struct Fcm {
    pub url: String,
    key_pem: String,
    state: Arc<State>,
    server: JoinHandle<()>,
}

/// One push as it was taken, whatever was answered.
#[derive(Clone)]
pub struct Got {
    pub headers: HeaderMap,
    pub body: Value,
}

struct State {
    key: DecodingKey,
    token_uri: String,
    got: Mutex<Vec<Got>>,
    fetches: AtomicUsize,
    /// The newest access token is `access-N`; with 0 none was given out, or all were revoked.
    good: AtomicUsize,
    tokens_out_of_order: AtomicBool,
    stubborn: AtomicBool,
}

struct Door(Arc<State>);

impl Endpoint for Door {
    type Output = Response;

    async fn call(&self, mut request: Request) -> poem::Result<Response> {
        let body = request.take_body().into_string().await?;
        let path = request.uri().path().to_owned();
        let headers = request.headers().clone();
        if path == "/token" {
            return Ok(self.0.give_token(&body).await);
        }
        let body: Value = serde_json::from_str(&body).unwrap_or_default();
        self.0.got.lock().unwrap().push(Got { headers: headers.clone(), body: body.clone() });
        Ok(self.0.take(&path, &headers, &body).await)
    }
}

impl Fcm {
    pub async fn start() -> Fcm {
        let acceptor = TcpListener::bind("127.0.0.1:0").into_acceptor().await.unwrap();
        let url = format!("http://{}", acceptor.local_addr()[0].as_socket_addr().unwrap());
        let key = KeyPair::generate_for(&PKCS_RSA_SHA256).unwrap();
        let state = Arc::new(State {
            key: DecodingKey::from_rsa_pem(key.public_key_pem().as_bytes()).unwrap(),
            token_uri: format!("{url}/token"),
            got: Mutex::default(),
            fetches: AtomicUsize::new(0),
            good: AtomicUsize::new(0),
            tokens_out_of_order: AtomicBool::new(false),
            stubborn: AtomicBool::new(false),
        });
        let door = Door(state.clone());
        let server = tokio::spawn(async move { Server::new_with_acceptor(acceptor).run(door).await.unwrap() });
        Fcm { url, key_pem: key.serialize_pem(), state, server }
    }

    /// The settings of a server that sends here as to FCM; its key file goes into the folder.
    pub fn config(&self, folder: &Path) -> FcmConfig {
        let service_account = folder.join("fcm.json");
        let file = json!({
            "type": "service_account", "project_id": PROJECT, "private_key_id": "1", "private_key": self.key_pem,
            "client_email": ACCOUNT, "token_uri": self.state.token_uri,
        });
        fs::write(&service_account, file.to_string()).unwrap();
        fs::set_permissions(&service_account, Permissions::from_mode(0o600)).unwrap();
        FcmConfig { service_account, base_url: self.url.clone() }
    }

    /// The settings of a server that sends here as to RuStore.
    pub fn rustore_config(&self) -> RustoreConfig {
        let base_url = format!("{}/rustore/", self.url);
        RustoreConfig { project_id: PROJECT.to_owned(), token: Secret::new(SERVICE_TOKEN), base_url }
    }

    pub fn got(&self) -> Vec<Got> {
        self.state.got.lock().unwrap().clone()
    }

    /// How many access tokens were asked for.
    pub fn fetches(&self) -> usize {
        self.state.fetches.load(Ordering::SeqCst)
    }

    /// Every access token that was given out stops working.
    pub fn revoke(&self) {
        self.state.good.store(0, Ordering::SeqCst);
    }

    /// From now on no access token is good enough.
    pub fn refuse_every_token(&self) {
        self.state.stubborn.store(true, Ordering::SeqCst);
    }

    pub fn break_token_endpoint(&self) {
        self.state.tokens_out_of_order.store(true, Ordering::SeqCst);
    }
}

impl Drop for Fcm {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl State {
    async fn give_token(&self, form: &str) -> Response {
        let number = self.fetches.fetch_add(1, Ordering::SeqCst) + 1;
        if self.tokens_out_of_order.load(Ordering::SeqCst) {
            return say(503, "out of order");
        }
        // Slow enough for others to come meanwhile.
        tokio::time::sleep(Duration::from_millis(50)).await;
        if !self.believes(form) {
            return say(400, json!({ "error": "invalid_grant" }));
        }
        self.good.store(number, Ordering::SeqCst);
        say(200, json!({ "access_token": format!("access-{number}"), "expires_in": 3599, "token_type": "Bearer" }))
    }

    /// Whether the assertion is signed by the account's key and asks for what is needed. gcp_auth pads its base64, so a
    /// strict reader of JWT would refuse it.
    fn believes(&self, form: &str) -> bool {
        let assertion = form.split('&').find_map(|pair| pair.strip_prefix("assertion=")).unwrap_or_default().replace("%3D", "=");
        let Some((signed, signature)) = assertion.rsplit_once('.') else { return false };
        let genuine = crypto::verify(signature.trim_end_matches('='), signed.as_bytes(), &self.key, Algorithm::RS256);
        let claims = signed.split('.').nth(1).and_then(|claims| URL_SAFE.decode(claims).ok()).unwrap_or_default();
        let claims: Value = serde_json::from_slice(&claims).unwrap_or_default();
        genuine.unwrap_or(false)
            && claims["iss"] == ACCOUNT
            && claims["aud"] == self.token_uri.as_str()
            && claims["scope"] == "https://www.googleapis.com/auth/firebase.messaging"
    }

    async fn take(&self, path: &str, headers: &HeaderMap, body: &Value) -> Response {
        let bearer = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let good = self.good.load(Ordering::SeqCst);
        let (rustore, welcome) = match path.strip_prefix("/rustore") {
            Some(_) => (true, bearer == format!("Bearer {SERVICE_TOKEN}")),
            None => (false, good != 0 && bearer == format!("Bearer access-{good}")),
        };
        if path.trim_start_matches("/rustore") != format!("/v1/projects/{PROJECT}/messages:send") {
            return error(404, "NOT_FOUND", Value::Null);
        }
        if !welcome || self.stubborn.load(Ordering::SeqCst) {
            return if rustore {
                error(403, "PERMISSION_DENIED", Value::Null)
            } else {
                error(401, "UNAUTHENTICATED", Value::Null)
            };
        }
        let shape = if rustore { fits_rustore(body) } else { fits_fcm(body) };
        let message = &body["message"];
        let Some(token) = message["token"].as_str().or(message["fid"].as_str()).filter(|_| shape) else {
            return error(400, "INVALID_ARGUMENT", fcm_code("INVALID_ARGUMENT"));
        };
        if token.starts_with("late") {
            tokio::time::sleep(Duration::from_secs(60)).await;
        }
        verdict(token, rustore)
    }
}

/// What the push token orders.
fn verdict(token: &str, rustore: bool) -> Response {
    let word: String = token.chars().take_while(char::is_ascii_alphabetic).collect();
    let slow = |mut answer: Response, seconds: &'static str| {
        answer.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from_static(seconds));
        answer
    };
    match (word.as_str(), rustore) {
        ("dead", true) => error(404, "NOT_FOUND", Value::Null),
        ("bare", true) => say(404, json!({ "code": 404, "message": "no such token", "status": "NOT_FOUND" })),
        ("busy", true) => slow(error(429, "TOO_MANY_REQUESTS", Value::Null), "17"),
        ("dead", false) => error(404, "NOT_FOUND", fcm_code("UNREGISTERED")),
        ("lost", false) => error(404, "NOT_FOUND", Value::Null),
        ("busy", false) => slow(error(429, "RESOURCE_EXHAUSTED", fcm_code("QUOTA_EXCEEDED")), "17"),
        ("foreign", _) => error(403, "PERMISSION_DENIED", fcm_code("SENDER_ID_MISMATCH")),
        ("apple", _) => error(401, "UNAUTHENTICATED", fcm_code("THIRD_PARTY_AUTH_ERROR")),
        ("down", _) => slow(error(503, "UNAVAILABLE", fcm_code("UNAVAILABLE")), "40"),
        ("bad", _) => error(
            400,
            "INVALID_ARGUMENT",
            json!({ "@type": "type.googleapis.com/google.rpc.BadRequest",
                    "fieldViolations": [{ "field": "message.token", "description": "Invalid registration token" }] }),
        ),
        ("wrong", _) => error(400, "INVALID_ARGUMENT", fcm_code("INVALID_ARGUMENT")),
        ("odd", _) => say(200, "<html>a proxy in a bad mood</html>"),
        ("odder", _) => say(400, "<html>a proxy in a bad mood</html>"),
        (_, true) => say(200, json!({})),
        (_, false) => say(200, json!({ "name": format!("projects/{PROJECT}/messages/1") })),
    }
}

/// FCM refuses fields that it does not know, and data that are not text.
fn fits_fcm(body: &Value) -> bool {
    let message = &body["message"];
    let receivers = ["token", "fid", "topic", "condition"].into_iter().filter(|name| message[*name].is_string());
    has_only(body, &["message", "validate_only"])
        && has_only(
            message,
            &["token", "fid", "topic", "condition", "data", "notification", "android", "apns", "webpush", "fcm_options"],
        )
        && receivers.count() == 1
        && message["data"].as_object().is_some_and(|data| data.values().all(Value::is_string))
        && message["data"].to_string().len() <= DATA_BYTES_MAX
        && matches!(message["android"]["priority"].as_str(), Some("HIGH" | "NORMAL"))
        && is_duration(&message["android"]["ttl"])
        && message["apns"]["headers"].as_object().is_some_and(|headers| headers.values().all(Value::is_string))
        && message["apns"]["payload"]["aps"].is_object()
}

fn fits_rustore(body: &Value) -> bool {
    let message = &body["message"];
    has_only(body, &["message"])
        && has_only(message, &["token", "data", "notification", "android"])
        && has_only(&message["android"], &["ttl", "notification"])
        && message["data"].as_object().is_some_and(|data| data.values().all(Value::is_string))
        && is_duration(&message["android"]["ttl"])
}

fn has_only(value: &Value, names: &[&str]) -> bool {
    value.as_object().is_some_and(|object| object.keys().all(|key| names.contains(&key.as_str())))
}

fn is_duration(value: &Value) -> bool {
    value.as_str().and_then(|text| text.strip_suffix('s')?.parse::<u32>().ok()).is_some_and(|seconds| seconds <= 28 * 86_400)
}

fn fcm_code(code: &str) -> Value {
    json!({ "@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", "errorCode": code })
}

fn error(code: u16, status: &str, detail: Value) -> Response {
    let details: Vec<Value> = Some(detail).into_iter().filter(|detail| !detail.is_null()).collect();
    say(code, json!({ "error": { "code": code, "message": "as it was ordered", "status": status, "details": details } }))
}

fn say(status: u16, body: impl ToString) -> Response {
    Response::builder().status(StatusCode::from_u16(status).unwrap()).body(body.to_string())
}
