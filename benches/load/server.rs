//! The server as a process of its own, and what is asked of it.

use super::place::Place;
use super::process::{Process, free_port};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::Value;
use std::ops::Deref;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Longer than any start takes.
const PATIENCE: Duration = Duration::from_secs(60);
pub struct Server {
    process: Process,
    base: String,
    http: Client,
    pub ready_ms: f64,
}

impl Deref for Server {
    type Target = Process;
    fn deref(&self) -> &Process {
        &self.process
    }
}

impl Server {
    /// Starts a server of this build, with nothing of this process's environment, and waits until it is ready.
    pub async fn start(place: &Place, turns: usize, environment: &[(&str, String)]) -> Self {
        let port = free_port();
        let http = Client::builder().no_proxy().pool_max_idle_per_host(64).build().expect("a client");
        let began = Instant::now();
        let child = Command::new(env!("CARGO_BIN_EXE_feldsher"))
            .args(["serve", "--sandbox"])
            .current_dir(place.folder.path())
            .env_clear()
            .envs(place.environment())
            .env("FELDSHER_LISTEN", format!("127.0.0.1:{port}"))
            .env("FELDSHER_SQLITE_TURNS", turns.to_string())
            .env("FELDSHER_LOG_LEVEL", "error")
            .envs(environment.iter().map(|(name, value)| (name, value)))
            .stdout(Stdio::null())
            .spawn()
            .expect("the server");
        let mut process = Process(child);
        let base = format!("http://127.0.0.1:{port}");
        while http.get(format!("{base}/readyz")).send().await.is_err() {
            assert!(process.0.try_wait().expect("a child").is_none(), "the server does not start");
            assert!(began.elapsed() < PATIENCE, "the server is not ready");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        Self { process, base, http, ready_ms: began.elapsed().as_secs_f64() * 1000.0 }
    }

    /// Tells it to stop, and waits for its end.
    pub async fn stop(mut self) {
        let told = Command::new("kill").args(["-TERM", &self.process.0.id().to_string()]).status().expect("kill runs");
        assert!(told.success());
        let began = Instant::now();
        while self.process.0.try_wait().expect("a child").is_none() {
            assert!(began.elapsed() < PATIENCE, "the server does not stop");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Waits until nothing is left to do: a sandbox runs what is due before it shows its messages.
    pub async fn settle(&self) {
        self.get("/sandbox/messages", "").await;
    }

    pub fn request(&self, method: Method, path: &str, token: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.base)).bearer_auth(token)
    }

    pub async fn post(&self, path: &str, token: &str, key: &str, body: &Value) -> (u16, Value) {
        read(self.request(Method::POST, path, token).header("Idempotency-Key", key).json(body)).await
    }

    /// A POST that must succeed.
    pub async fn made(&self, path: &str, token: &str, body: Value) -> Value {
        let (status, answer) = self.post(path, token, path, &body).await;
        assert!((200..300).contains(&status), "{path}: {status} {answer}");
        answer
    }

    /// A PUT that must succeed.
    pub async fn put(&self, path: &str, token: &str, body: &Value) {
        let (status, answer) = read(self.request(Method::PUT, path, token).json(body)).await;
        assert!((200..300).contains(&status), "{path}: {status} {answer}");
    }

    pub async fn get(&self, path: &str, token: &str) -> Value {
        let (status, answer) = read(self.request(Method::GET, path, token)).await;
        assert_eq!(status, 200, "{path}: {answer}");
        answer
    }
}

pub async fn read(request: RequestBuilder) -> (u16, Value) {
    let response = request.send().await.expect("an answer");
    (response.status().as_u16(), response.json().await.unwrap_or(Value::Null))
}

pub fn text(value: &Value, field: &str) -> String {
    value[field].as_str().unwrap_or_default().to_owned()
}
