//! A small API that has one of everything, served by the whole stack.

use feldsher::app::apps::Apps;
use feldsher::app::wire::{Body, ClientAddr, Created, Cursor, Date, ETag, Failure, Instant, Limit, Money, NoContent, Reply};
use feldsher::kernel::error::{Code, Error, Refusal, Span};
use feldsher::page_of;
use feldsher::server::http::{BodyLimit, Settings, TrustedProxies, serve, stack};
use feldsher::server::problems::Dressed;
use poem::Route;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::PlainText;
use poem_openapi::{Enum, Object, OpenApi, OpenApiService, SecurityScheme, Tags};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::{Notify, oneshot};
use uuid::Uuid;

#[derive(Tags)]
enum Tag {
    Notes,
}

#[derive(SecurityScheme)]
#[oai(ty = "bearer")]
struct Caller(#[allow(dead_code)] poem_openapi::auth::Bearer);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "camelCase")]
pub enum Sex {
    Female,
    Male,
}

#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct Person {
    /// As in the passport.
    #[oai(validator(min_length = 2, max_length = 10))]
    pub surname: String,
    pub birth_date: Date,
    /// As in the passport.
    pub sex: Sex,
    #[oai(validator(minimum(value = "0"), maximum(value = "300")))]
    pub height: Option<i32>,
    pub seen_at: Option<Instant>,
    pub clinic_id: Option<Uuid>,
    pub price: Option<Money>,
    #[oai(validator(max_items = 3))]
    pub tags: Option<Vec<String>>,
}

#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct Note {
    pub id: Uuid,
    pub text: Option<String>,
}

page_of! {
    /// Notes, newest first.
    NotePage of Note
}

pub struct Api {
    pub entered: Arc<Notify>,
}

#[OpenApi(prefix_path = "/v1", tag = "Tag::Notes")]
impl Api {
    /// Create a person
    #[oai(path = "/people", method = "post", operation_id = "createPerson")]
    async fn create(&self, Body(person): Body<Person>) -> Result<Created<Person>, Failure> {
        Ok(Created::at("/v1/people/1", person).tagged(ETag::of(1)))
    }

    /// List notes
    #[oai(path = "/notes", method = "get", operation_id = "listNotes")]
    async fn list(
        &self,
        limit: Query<Option<Limit>>,
        cursor: Query<Option<Cursor>>,
        sex: Query<Option<Sex>>,
    ) -> Result<Reply<NotePage>, Failure> {
        let from: u32 = cursor.0.map(|cursor| cursor.place()).transpose()?.unwrap_or(0);
        let _ = sex;
        let items = (0..Limit::or_default(limit.0)).map(|_| Note { id: Uuid::nil(), text: None }).collect();
        let next_cursor = if from < 2 { Some(Cursor::after(&(from + 1))?) } else { None };
        Ok(Reply::new(NotePage { items, next_cursor }))
    }

    /// Fetch a note
    #[oai(path = "/notes/:id", method = "get", operation_id = "fetchNote")]
    async fn fetch(&self, id: Path<Uuid>) -> Result<Reply<Note>, Failure> {
        Ok(Reply::tagged(Note { id: id.0, text: None }, ETag::of(3)))
    }

    /// Drop a note
    #[oai(path = "/notes/:id", method = "delete", operation_id = "dropNote")]
    async fn drop_note(
        &self,
        _id: Path<Uuid>,
        #[oai(name = "If-Match")] if_match: Header<Option<String>>,
    ) -> Result<NoContent, Failure> {
        ETag::of(3).check(if_match.0.as_deref())?;
        Ok(NoContent)
    }

    /// Fetch what is one's own
    #[oai(path = "/mine", method = "get", operation_id = "fetchMine")]
    async fn mine(&self, _caller: Caller) -> Result<NoContent, Failure> {
        Ok(NoContent)
    }

    /// Fail in every way
    #[oai(path = "/fail/:how", method = "post", operation_id = "fail")]
    async fn fail(&self, how: Path<String>) -> Result<NoContent, Failure> {
        let at = chrono::DateTime::from_timestamp_millis(1_790_000_000_123).ok_or_else(Error::not_found)?;
        Err(Failure(match how.0.as_str() {
            "panic" => panic!("secret of the panic"),
            "internal" => Error::internal("secret of the house"),
            "unavailable" => Error::Unavailable("no database"),
            "limited" => Error::rate_limited(7),
            "taken" => Error::Refused(Box::new(Refusal {
                alternatives: vec![Span { starts_at: at, ends_at: at }],
                ..Refusal::new(Code::SlotTaken)
            })),
            _ => Error::not_found(),
        }))
    }

    /// Tell the client's address
    #[oai(path = "/address", method = "get", operation_id = "fetchAddress")]
    async fn address(&self, client: ClientAddr) -> Result<PlainText<String>, Failure> {
        Ok(PlainText(client.0.to_string()))
    }

    /// Take a while
    #[oai(path = "/slow", method = "get", operation_id = "fetchSlowly")]
    async fn slow(&self) -> Result<PlainText<String>, Failure> {
        self.entered.notify_one();
        tokio::time::sleep(Duration::from_millis(400)).await;
        Ok(PlainText("done".to_owned()))
    }

    /// Upload bytes
    #[oai(path = "/content", method = "put", operation_id = "putContent")]
    async fn content(&self, bytes: poem_openapi::payload::Binary<Vec<u8>>) -> Result<PlainText<String>, Failure> {
        Ok(PlainText(bytes.0.len().to_string()))
    }
}

/// Serves the rest of a path that the sample also serves, as another room would.
pub struct Neighbour;

#[OpenApi(prefix_path = "/v1", tag = "Tag::Notes")]
impl Neighbour {
    /// Add a note
    #[oai(path = "/notes", method = "post", operation_id = "addNote")]
    async fn add(&self, #[oai(name = "Idempotency-Key")] _key: Header<String>) -> Result<NoContent, Failure> {
        Ok(NoContent)
    }

    /// Touch a note
    #[oai(path = "/notes/:id", method = "put", operation_id = "touchNote")]
    async fn touch(&self, _id: Path<Uuid>) -> Result<NoContent, Failure> {
        Ok(NoContent)
    }
}

pub type SampleService = OpenApiService<Dressed<(Api, Neighbour)>, ()>;

pub fn service(entered: Arc<Notify>) -> SampleService {
    OpenApiService::new(Dressed((Api { entered }, Neighbour)), "Sample", "1.0.0")
}

/// A running sample, stopped when dropped.
pub struct Sample {
    pub url: String,
    pub client: reqwest::Client,
    pub entered: Arc<Notify>,
    pub stop: Option<oneshot::Sender<()>>,
    pub ended: tokio::task::JoinHandle<std::io::Result<()>>,
}

impl Sample {
    pub async fn start(trusted: &[&str]) -> Sample {
        let entered = Arc::new(Notify::new());
        let service = service(entered.clone());
        let docs = service.swagger_ui();
        let count = AtomicU64::new(1);
        let settings = Settings {
            new_id: Arc::new(move || Uuid::from_u64_pair(7, count.fetch_add(1, Ordering::Relaxed))),
            trusted_proxies: TrustedProxies::parse(trusted).expect("networks"),
            body_limit: BodyLimit::with(|_, path| (path == "/v1/content").then_some(200_000)),
            apps: Apps::default(),
        };
        let endpoint = stack(Route::new().nest("/docs", docs).nest_no_strip("/", service), settings);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let (stop, stopped) = oneshot::channel();
        let ended = tokio::spawn(serve(listener, endpoint, async {
            let _ = stopped.await;
        }));
        let client = reqwest::Client::builder().timeout(Duration::from_secs(20)).build().expect("a client");
        Sample { url, client, entered, stop: Some(stop), ended }
    }

    pub fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        self.client.request(method.parse().expect("a method"), format!("{}{path}", self.url))
    }

    /// Posts a person as JSON text.
    pub async fn post_person(&self, json: impl Into<reqwest::Body>) -> Answer {
        let request = self.request("POST", "/v1/people").header("content-type", "application/json").body(json);
        Answer::of(request).await
    }
}

/// An answer read to its end.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub text: String,
}

impl Answer {
    pub async fn of(request: reqwest::RequestBuilder) -> Answer {
        let response = request.send().await.expect("an answer");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Answer { status, headers, text: response.text().await.expect("a text") }
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("ASCII"))
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {}", self.text))
    }

    /// Asserts that this is a whole problem with the status and code, and returns it.
    #[track_caller]
    pub fn problem(&self, status: u16, code: &str) -> serde_json::Value {
        assert_eq!(self.status, status, "{}", self.text);
        assert_eq!(self.header("content-type"), "application/problem+json");
        assert_eq!(self.header("cache-control"), "no-store");
        let problem = self.json();
        assert_eq!(problem["code"], code, "{problem}");
        assert_eq!(problem["status"], status);
        assert_eq!(problem["type"], format!("urn:feldsher:problem:{code}"));
        assert_eq!(problem["requestId"], self.header("x-request-id"));
        assert!(problem["title"].as_str().is_some_and(|title| !title.is_empty() && !title.starts_with("problem-")));
        assert!(!self.text.contains("null"), "{}", self.text);
        problem
    }

    /// The pairs of pointer and code, sorted.
    #[track_caller]
    pub fn faults(&self) -> Vec<String> {
        let problem = self.problem(400, "invalid");
        let text = |value: &serde_json::Value| value.as_str().expect("a text").to_owned();
        let errors = problem["errors"].as_array().expect("errors");
        let mut faults: Vec<_> =
            errors.iter().map(|error| format!("{} {}", text(&error["pointer"]), text(&error["code"]))).collect();
        faults.sort();
        faults
    }
}
