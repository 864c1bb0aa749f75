//! Somebody who speaks HTTP with the house, step by step, and prints what happened and how long it took.

use crate::kernel::error::{Error, Result};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::Value;
use std::fmt::Display;
use std::time::{Duration, Instant};

/// Why a journey ended.
pub type Stumble = String;

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

    /// The first message to `to` after the `seen` ones that came before. Waits five seconds for it.
    pub async fn next_message(&self, to: &str, seen: usize) -> Result<String, Stumble> {
        for _ in 0..100 {
            if let Some(text) = self.messages(to).await?.into_iter().nth(seen) {
                return Ok(text);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Err("no message came".into())
    }

    /// Moves the house's clock.
    pub async fn later(&mut self, seconds: i64) -> Result<(), Stumble> {
        self.post("/sandbox/clock", "", serde_json::json!({ "advanceSeconds": seconds })).await?.is(200).map(drop)
    }
}
