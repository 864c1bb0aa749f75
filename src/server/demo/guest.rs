//! Somebody who speaks HTTP with the house, step by step, and prints what happened and how long it took.

use crate::kernel::error::{Error, Result};
use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::Value;
use std::fmt::Display;
use std::time::{Duration, Instant};

/// Why a journey ended.
pub type Stumble = String;

/// How long something that the house does by itself may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// What must be so, in words.
pub fn holds(is_so: bool, what: impl Display) -> Result<(), Stumble> {
    if is_so { Ok(()) } else { Err(format!("it does not hold that {what}")) }
}

pub struct Guest {
    base: String,
    http: Client,
    steps: usize,
    keys: usize,
    last_token: Option<String>,
    began: Instant,
}

/// An answer that was read.
pub struct Answer {
    pub status: u16,
    pub bytes: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or(Value::Null)
    }

    /// Text at a JSON pointer; empty when there is none.
    pub fn text(&self, pointer: &str) -> String {
        self.json().pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
    }

    /// The entries of a list.
    pub fn items(&self) -> Vec<Value> {
        self.json()["items"].as_array().cloned().unwrap_or_default()
    }

    /// Holds the status.
    pub fn is(self, status: u16) -> Result<Self, Stumble> {
        if self.status == status {
            return Ok(self);
        }
        Err(format!("{} instead of {status}: {}", self.status, String::from_utf8_lossy(&self.bytes)))
    }

    /// Holds a refusal with its code.
    pub fn refused(self, status: u16, code: &str) -> Result<Self, Stumble> {
        let answer = self.is(status)?;
        if answer.text("/code") == code { Ok(answer) } else { Err(format!("{} instead of {code}", answer.text("/code"))) }
    }
}

impl Guest {
    pub fn new(base: String) -> Result<Self> {
        let http = Client::builder().no_proxy().build().map_err(|_| Error::internal("no HTTP client"))?;
        Ok(Self { base, http, steps: 0, keys: 0, last_token: None, began: Instant::now() })
    }

    pub fn steps(&self) -> usize {
        self.steps
    }

    pub fn last_token(&self) -> Option<&str> {
        self.last_token.as_deref()
    }

    pub fn remember(&mut self, token: &str) {
        self.last_token = Some(token.to_owned());
    }

    /// A heading of the journey.
    pub fn chapter(&mut self, title: &str) {
        println!("{title}");
        self.began = Instant::now();
    }

    /// Says that a step was done, and how long it took since the one before.
    pub fn done(&mut self, what: impl Display) {
        self.steps += 1;
        println!("  ✓ {what}  ({:.0} ms)", self.began.elapsed().as_secs_f64() * 1000.0);
        self.began = Instant::now();
    }

    pub fn request(&self, method: Method, path: &str, token: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base));
        if token.is_empty() { request } else { request.bearer_auth(token) }
    }

    pub async fn send(&self, request: RequestBuilder) -> Result<Answer, Stumble> {
        let response = request.send().await.map_err(|error| error.to_string())?;
        let status = response.status().as_u16();
        let bytes = response.bytes().await.map_err(|error| error.to_string())?.to_vec();
        Ok(Answer { status, bytes })
    }

    pub async fn get(&self, path: &str, token: &str) -> Result<Answer, Stumble> {
        self.send(self.request(Method::GET, path, token)).await
    }

    pub async fn delete(&self, path: &str, token: &str) -> Result<Answer, Stumble> {
        self.send(self.request(Method::DELETE, path, token)).await
    }

    pub async fn put(&self, path: &str, token: &str, body: Value) -> Result<Answer, Stumble> {
        self.send(self.request(Method::PUT, path, token).json(&body)).await
    }

    /// Raw bytes, as documents and pictures go.
    pub async fn put_bytes(&self, path: &str, token: &str, media_type: &str, bytes: &[u8]) -> Result<Answer, Stumble> {
        let request = self.request(Method::PUT, path, token).header("Content-Type", media_type);
        self.send(request.body(bytes.to_vec())).await
    }

    /// A POST with an `Idempotency-Key` of its own.
    pub async fn post(&mut self, path: &str, token: &str, body: Value) -> Result<Answer, Stumble> {
        self.keys += 1;
        let key = format!("demo-{}", self.keys);
        self.post_again(path, token, body, &key).await
    }

    /// A POST with a key that may have been used before.
    pub async fn post_again(&self, path: &str, token: &str, body: Value, key: &str) -> Result<Answer, Stumble> {
        self.send(self.request(Method::POST, path, token).header("Idempotency-Key", key).json(&body)).await
    }

    /// The texts of all messages to `to`, from the sandbox, oldest first.
    pub async fn messages(&self, to: &str) -> Result<Vec<String>, Stumble> {
        let messages = self.get("/sandbox/messages", "").await?.is(200)?.json();
        let items = messages["items"].as_array().cloned().unwrap_or_default();
        let texts = items.iter().filter(|message| message["to"] == to).filter_map(|message| message["text"].as_str());
        Ok(texts.map(str::to_owned).collect())
    }

    /// The first message to `to` that is as wanted, after the `seen` ones that came before.
    pub async fn next_message(&self, to: &str, seen: usize, wanted: impl Fn(&str) -> bool) -> Result<String, Stumble> {
        let began = Instant::now();
        while began.elapsed() < PATIENCE {
            if let Some(text) = self.messages(to).await?.into_iter().skip(seen).find(|text| wanted(text)) {
                return Ok(text);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Err("no message came".into())
    }

    /// Asks until a field of the answer is as wanted: what a task does later.
    pub async fn until(&self, path: &str, token: &str, pointer: &str, wanted: &str) -> Result<Answer, Stumble> {
        let began = Instant::now();
        loop {
            let answer = self.get(path, token).await?.is(200)?;
            if answer.text(pointer) == wanted {
                return Ok(answer);
            }
            if began.elapsed() > PATIENCE {
                return Err(format!("{pointer} is {} instead of {wanted}", answer.text(pointer)));
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Opens the stream of events.
    pub async fn listen(&self, token: &str) -> Result<Listener, Stumble> {
        let request = self.request(Method::GET, "/v1/events?seconds=30", token);
        let response = request.send().await.map_err(|error| error.to_string())?;
        if response.status() != 200 {
            return Err(format!("no stream of events: {}", response.status()));
        }
        Ok(Listener { response, heard: String::new() })
    }

    /// Moves the house's clock.
    pub async fn later(&mut self, seconds: i64) -> Result<(), Stumble> {
        self.post("/sandbox/clock", "", serde_json::json!({ "advanceSeconds": seconds })).await?.is(200).map(drop)
    }
}

/// Somebody who listens to the stream of events.
pub struct Listener {
    response: Response,
    heard: String,
}

impl Listener {
    /// The data of the first event.
    pub async fn event(&mut self) -> Result<Value, Stumble> {
        let heard = tokio::time::timeout(PATIENCE, async {
            loop {
                // A blank line ends an event; the part after the last one is still coming.
                let whole = self.heard.rsplit_once("\n\n").map_or("", |(whole, _)| whole);
                if let Some(data) = whole.lines().find_map(|line| line.strip_prefix("data: ")) {
                    return serde_json::from_str(data).map_err(|error| error.to_string());
                }
                let part = self.response.chunk().await.map_err(|error| error.to_string())?;
                self.heard.push_str(&String::from_utf8_lossy(&part.ok_or("the stream of events ended")?));
            }
        });
        heard.await.map_err(|_| "no event came".to_owned())?
    }
}
