//! The test app: the real server on a port of its own, with the peers in memory and no worker but `settle`.

use super::stores::{On, Stores};
use feldsher::app::App;
use feldsher::app::config::Config;
use feldsher::app::room::Room;
use feldsher::clinic::ROOMS;
use feldsher::kernel::clock::Ambient;
use feldsher::server::{http, service, worker};
use reqwest::header::HeaderMap;
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

pub struct House {
    pub on: On,
    pub app: App,
    pub base: String,
    pub http: Client,
    pub stores: Stores,
    stop: CancellationToken,
}

/// An answer, read to its end.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or(Value::Null)
    }

    /// The value at a JSON pointer, as text.
    pub fn text(&self, pointer: &str) -> String {
        self.json().pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
    }

    pub fn code(&self) -> String {
        self.text("/code")
    }

    /// Holds the status, and answers itself for more.
    #[track_caller]
    pub fn is(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", String::from_utf8_lossy(&self.bytes));
        self
    }

    #[track_caller]
    pub fn refused(self, status: u16, code: &str) -> Self {
        let answer = self.is(status);
        assert_eq!(answer.code(), code);
        answer
    }
}

impl House {
    pub async fn new(on: On) -> Self {
        Self::with(Stores::new(on).await, Ambient::system(), |_| {}).await
    }

    /// A house on given stores: a second node, a restart, another configuration.
    pub async fn with(stores: Stores, ambient: Ambient, change: impl FnOnce(&mut Config)) -> Self {
        Self::with_rooms(stores, ambient, ROOMS, change).await
    }

    /// A house with other rooms: to see what one room asks of the others.
    pub async fn with_rooms(stores: Stores, ambient: Ambient, rooms: &'static [Room], change: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config {
            data: stores.path("data"),
            keys: stores.path("keys"),
            record_url: Some(stores.record_url.clone()),
            register_url: Some(stores.register_url.clone()),
            ..Config::default()
        };
        change(&mut config);
        let app = App::open(config, ambient, rooms).await.expect("an app");
        let endpoint = service::endpoint(&app, false).expect("an endpoint");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        tokio::spawn(async move { http::serve(listener, endpoint, async move { stopped.cancelled().await }).await });
        let http = Client::builder().no_proxy().build().expect("a client");
        Self { on: stores.on, app, base, http, stores, stop }
    }

    pub fn request(&self, method: Method, path: &str, token: Option<&str>) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base));
        match token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    pub async fn send(&self, request: RequestBuilder) -> Answer {
        let response = request.send().await.expect("an answer");
        let (status, headers) = (response.status(), response.headers().clone());
        Answer { status, headers, bytes: response.bytes().await.expect("a body").to_vec() }
    }

    pub async fn get(&self, path: &str, token: Option<&str>) -> Answer {
        self.send(self.request(Method::GET, path, token)).await
    }

    pub async fn delete(&self, path: &str, token: Option<&str>) -> Answer {
        self.send(self.request(Method::DELETE, path, token)).await
    }

    /// A POST with an `Idempotency-Key` of its own.
    pub async fn post(&self, path: &str, token: Option<&str>, body: Value) -> Answer {
        let key = self.app.ambient.id().to_string();
        self.send(self.request(Method::POST, path, token).header("Idempotency-Key", key).json(&body)).await
    }

    pub async fn put(&self, path: &str, token: Option<&str>, body: Value) -> Answer {
        self.send(self.request(Method::PUT, path, token).json(&body)).await
    }

    /// Runs every task that is due, and what it enqueues.
    pub async fn settle(&self) {
        worker::drain(&self.app).await.expect("tasks");
    }

    /// Moves the clock, runs the duties, then what is due.
    pub async fn later(&self, by: chrono::TimeDelta) {
        self.app.ambient.advance(by);
        worker::run_duties(&self.app).await.expect("duties");
        self.settle().await;
    }
}

impl Drop for House {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
