//! The poem stack around the service, outermost first: request id and log line, limits, panics, problems for whatever the
//! service left undressed, security headers.

mod app_version;
mod connection;
mod headers;
mod limits;
mod peer;

pub use connection::{serve, stop_signal};
pub use limits::BodyLimit;
use limits::Overflow;
pub use peer::{BadNetwork, TrustedProxies};

use super::problems::{Matched, code_for};
use crate::app::apps::Apps;
use crate::app::wire::{AskedLang, Failure, PROBLEM_JSON, RequestId, answer};
use crate::kernel::error::{Code, Error};
use crate::kernel::lang::Lang;
use futures_util::FutureExt;
use poem::http::{HeaderValue, Method, header};
use poem::{Endpoint, IntoResponse, Request, Response};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use tokio::time::Instant;
use tracing::Instrument;
use uuid::Uuid;

/// Where request ids come from.
pub type NewId = Arc<dyn Fn() -> Uuid + Send + Sync>;

/// What the stack must be told.
#[derive(Clone)]
pub struct Settings {
    pub new_id: NewId,
    pub trusted_proxies: TrustedProxies,
    pub body_limit: BodyLimit,
    pub apps: Apps,
}

/// Makes a panic log its place and nothing else: its text may quote anything, a patient's data included. For `main`.
pub fn hush_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
        tracing::error!(place, "panicked");
    }));
}

/// Puts the stack around `inner`.
pub fn stack<E: Endpoint>(inner: E, settings: Settings) -> Stack<E> {
    Stack { inner, settings }
}

/// See [`stack`].
pub struct Stack<E> {
    inner: E,
    settings: Settings,
}

impl<E: Endpoint> Endpoint for Stack<E> {
    type Output = Response;

    async fn call(&self, mut request: Request) -> poem::Result<Response> {
        let began = Instant::now();
        let id = RequestId((self.settings.new_id)());
        let lang = AskedLang::of(&request).0;
        let method = known_method(&mut request);
        let place = headers::Place::of(request.uri().path());
        let peer = peer::look(&request, &self.settings.trusted_proxies);
        request.extensions_mut().insert(id);
        request.extensions_mut().insert(peer.client);
        let is_overheard = place == headers::Place::Api && peer.is_overheard();

        let mut response = match self.admit(&mut request, is_overheard).await {
            Ok(overflow) => {
                let response = self.run(request, lang, id).await;
                if overflow.happened() && is_failure(&response) { refusal(Code::TooLarge) } else { response }
            }
            Err(code) => refusal(code),
        };
        if is_undressed(&response) {
            response = dress(response, lang, id);
        }
        headers::put(&mut response, place, peer.by_tls, id);
        log(&method, &response, began, id);
        Ok(response)
    }
}

impl<E: Endpoint> Stack<E> {
    /// What is refused whatever it asks for. Who sends his token where others can read it is refused before it is looked at:
    /// so nobody's app works over plain HTTP until somebody listens.
    async fn admit(&self, request: &mut Request, is_overheard: bool) -> Result<Overflow, Code> {
        if is_overheard {
            return Err(Code::TlsRequired);
        }
        let overflow = limits::guard(request, &self.settings.body_limit).await?;
        app_version::check(request, &self.settings.apps)?;
        Ok(overflow)
    }

    /// Calls the service. A panic becomes an internal error: its text may hold anything, so it's not passed on.
    async fn run(&self, request: Request, lang: Lang, id: RequestId) -> Response {
        let span = tracing::info_span!("request", id = %id.0);
        let outcome = AssertUnwindSafe(self.inner.call(request)).catch_unwind().instrument(span).await;
        match outcome {
            Ok(Ok(output)) => output.into_response(),
            Ok(Err(error)) => match error.downcast::<Failure>() {
                Ok(Failure(error)) => answer(&error, lang, id),
                Err(error) => error.into_response(),
            },
            Err(_) => {
                tracing::error!(request_id = %id.0, "a request handler panicked");
                refusal(Code::Internal)
            }
        }
    }
}

/// Gives a method that HTTP doesn't know the place of one that is never served, so that it meets the same 405 with `Allow`
/// as any other, and keeps the client's own word out of the log.
fn known_method(request: &mut Request) -> Method {
    let known = [
        Method::GET,
        Method::POST,
        Method::PUT,
        Method::DELETE,
        Method::PATCH,
        Method::HEAD,
        Method::OPTIONS,
        Method::CONNECT,
        Method::TRACE,
    ];
    if !known.contains(request.method()) {
        request.set_method(Method::TRACE);
    }
    request.method().clone()
}

/// A bare answer with the status of the code, to be dressed.
fn refusal(code: Code) -> Response {
    let mut response = Response::builder().finish();
    response.set_status(poem::http::StatusCode::from_u16(code.status()).unwrap_or_default());
    response.set_data(code);
    response
}

fn is_failure(response: &Response) -> bool {
    response.status().is_client_error() || response.status().is_server_error()
}

fn is_undressed(response: &Response) -> bool {
    is_failure(response) && response.content_type() != Some(PROBLEM_JSON)
}

/// Makes a problem of a refusal that came without one, keeping the headers that belong to its status.
fn dress(bare: Response, lang: Lang, id: RequestId) -> Response {
    let code = bare.data().copied().unwrap_or_else(|| code_for(bare.status()));
    let error = match code {
        Code::Internal => Error::internal("answered without a problem"),
        Code::Unavailable => Error::Unavailable("answered without a problem"),
        code => Error::refused(code),
    };
    let mut response = answer(&error, lang, id);
    for name in [header::ALLOW, header::RETRY_AFTER, header::CONTENT_RANGE] {
        if let Some(value) = bare.headers().get(&name) {
            response.headers_mut().insert(name, value.clone());
        }
    }
    // RFC 9110 wants `Allow` with every 405; a route that didn't give it stands outside the contract and is read only.
    if code == Code::MethodNotAllowed && !response.headers().contains_key(header::ALLOW) {
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
    }
    if let Some(matched) = bare.data::<Matched>() {
        response.set_data(matched.clone());
    }
    response
}

/// One line for each request. The route is the pattern from the contract: a raw path may hold anything.
fn log(method: &Method, response: &Response, began: Instant, id: RequestId) {
    let matched = response.data::<Matched>();
    tracing::info!(
        method = method.as_str(),
        route = matched.map_or("-", |matched| matched.template()),
        operation = matched.map_or("-", |matched| matched.operation()),
        status = response.status().as_u16(),
        code = response.data::<Code>().map_or("-", |code| code.as_str()),
        ms = (began.elapsed().as_secs_f64() * 10_000.0).round() / 10.0,
        request_id = %id.0,
        "answered"
    );
}
