//! The server as a process of its own, and what is asked of it.

use super::place::Place;
use super::table::Figure;
use reqwest::{Client, Method, RequestBuilder};
use serde_json::Value;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Longer than any start takes.
const PATIENCE: Duration = Duration::from_secs(60);
/// `/proc` counts in hundredths of a second on every Linux that there is.
const TICK_US: f64 = 10_000.0;

pub struct Server {
    child: Child,
    base: String,
    http: Client,
    pub ready_ms: f64,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    /// Starts a server of this build, with nothing of this process's environment, and waits until it is ready.
    pub async fn start(place: &Place, turns: usize, environment: &[(&str, String)]) -> Self {
        let port = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
        let began = Instant::now();
        let mut child = Command::new(env!("CARGO_BIN_EXE_feldsher"))
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
        let http = Client::builder().no_proxy().pool_max_idle_per_host(64).build().expect("a client");
        let base = format!("http://127.0.0.1:{port}");
        while http.get(format!("{base}/readyz")).send().await.is_err() {
            assert!(child.try_wait().expect("a child").is_none(), "the server does not start");
            assert!(began.elapsed() < PATIENCE, "the server is not ready");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        Self { child, base, http, ready_ms: began.elapsed().as_secs_f64() * 1000.0 }
    }

    /// Tells it to stop, and waits for its end.
    pub async fn stop(mut self) {
        let told = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().expect("kill runs");
        assert!(told.success());
        let began = Instant::now();
        while self.child.try_wait().expect("a child").is_none() {
            assert!(began.elapsed() < PATIENCE, "the server does not stop");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    pub fn resident_mb(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("a process");
        let line = status.lines().find(|line| line.starts_with("VmRSS")).expect("its memory");
        line.split_whitespace().nth(1).and_then(|kb| kb.parse::<f64>().ok()).expect("a number") / 1024.0
    }

    /// What the process has computed since its start, for itself and in the kernel, in microseconds.
    pub fn cpu_us(&self) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).expect("a process");
        // The name of the command, which may hold anything, ends with the last bracket; the state is the first behind it.
        let (_, fields) = stat.rsplit_once(')').expect("a command");
        let ticks = fields.split_whitespace().skip(11).take(2).map(|ticks| ticks.parse::<f64>().expect("a number"));
        ticks.sum::<f64>() * TICK_US
    }

    /// Times some work, which answers how many requests it was.
    pub async fn figure(&self, work: impl Future<Output = usize>) -> Figure {
        let (began, cpu_us) = (Instant::now(), self.cpu_us());
        let requests = work.await as f64;
        Figure { per_s: requests / began.elapsed().as_secs_f64(), cpu_us: (self.cpu_us() - cpu_us) / requests }
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
