//! The public page by which somebody deletes his account without the app, as the stores demand: what is deleted, what is held and
//! by which rule, and the way there: a code, the plan, the confirmation, and the way back.
//!
//! It works without scripts and cookies: what the next step needs stands in the form of the step before, so that nothing of
//! anybody is ever in an address. Each step is a call of the published API, made from inside with the caller's own address, so
//! that limits, rules and the trail are those of the API.

mod html;

use crate::app::App;
use crate::app::profile::Way;
use crate::app::wire::{AskedLang, ClientAddr, Failure, RequestId, answer};
use crate::clinic::privacy::ACCOUNT_DELETION_PATH as PATH;
use crate::kernel::lang::Lang;
use html::Step;
use poem::endpoint::BoxEndpoint;
use poem::http::{HeaderValue, Method, Uri, header};
use poem::web::{Data, Form, Query};
use poem::{Endpoint, EndpointExt, Request, Response, Route, get, handler, post};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// A page with forms of its own, and nothing else.
const CSP: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
);
/// An answer of the API is a few kilobytes.
const ANSWER_BYTES_MAX: usize = 1 << 20;

/// The service behind the page.
#[derive(Clone)]
struct Inner(Arc<BoxEndpoint<'static>>);

pub fn add(route: Route, inner: BoxEndpoint<'static>) -> Route {
    let inner = Inner(Arc::new(inner));
    route
        .at(PATH, get(begin))
        .at(format!("{PATH}/code"), post(code).data(inner.clone()))
        .at(format!("{PATH}/plan"), post(plan).data(inner.clone()))
        .at(format!("{PATH}/confirm"), post(confirm).data(inner.clone()))
        .at(format!("{PATH}/undo"), post(undo).data(inner))
}

#[derive(Deserialize, Default)]
struct Asked {
    lang: Option<String>,
}

/// What the forms of the page send.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Fields {
    lang: String,
    channel: String,
    to: String,
    challenge: String,
    code: String,
    birth_date: String,
    login: String,
    password: String,
    token: String,
}

impl Fields {
    fn lang(&self) -> Lang {
        Lang::of_tag(&self.lang).unwrap_or_default()
    }
}

/// One who goes through the page.
struct Visitor<'a> {
    app: &'a App,
    inner: &'a Inner,
    addr: ClientAddr,
    request: RequestId,
    lang: Lang,
}

/// What the API said: its JSON, or the words of its refusal.
type Said = Result<Value, Refused>;

struct Refused {
    code: String,
    words: String,
}

#[handler]
async fn begin(app: Data<&App>, asked: AskedLang, query: Query<Asked>) -> Response {
    let lang = query.0.lang.as_deref().and_then(Lang::of_tag).unwrap_or(asked.0);
    page(html::page(&app, lang, None, &Step::Begin))
}

/// Sends a code to where somebody says he can read it.
#[handler]
async fn code(app: Data<&App>, inner: Data<&Inner>, id: RequestId, addr: ClientAddr, form: Form<Fields>) -> Response {
    let Form(fields) = form;
    let visitor = Visitor { app: app.0, inner: inner.0, addr, request: id, lang: fields.lang() };
    let body = json!({ "channel": fields.channel, "to": fields.to.trim() });
    match visitor.call(Method::POST, "/v1/auth/codes", None, Some(body)).await {
        Ok(challenge) => visitor.show(Step::Code { challenge: word(&challenge, "challengeId"), asks_birth_date: false }),
        Err(refused) => visitor.refuse(&refused, Step::Begin),
    }
}

/// Signs in, and shows what a deletion would do; or, where it was asked for already, the way back.
#[handler]
async fn plan(app: Data<&App>, inner: Data<&Inner>, id: RequestId, addr: ClientAddr, form: Form<Fields>) -> Response {
    let Form(fields) = form;
    let visitor = Visitor { app: app.0, inner: inner.0, addr, request: id, lang: fields.lang() };
    let is_code = fields.login.is_empty();
    let birth_date = (!fields.birth_date.is_empty()).then_some(&fields.birth_date);
    let mut body = match is_code {
        true => json!({ "grant": "code", "challengeId": fields.challenge, "code": fields.code.trim() }),
        false => json!({ "grant": "password", "login": fields.login.trim(), "password": fields.password }),
    };
    if let Some(day) = birth_date {
        body["birthDate"] = json!(day);
    }
    let token = match visitor.call(Method::POST, "/v1/auth/tokens", None, Some(body)).await {
        Ok(pair) => word(&pair, "accessToken"),
        Err(refused) if is_code => {
            let asks_birth_date = refused.code == "known_fact_required";
            return visitor.refuse(&refused, Step::Code { challenge: fields.challenge, asks_birth_date });
        }
        Err(refused) => return visitor.refuse(&refused, Step::Begin),
    };
    match visitor.call(Method::GET, "/v1/me/erasure-plan", Some(&token), None).await {
        Ok(plan) => visitor.show(Step::Plan { token, plan }),
        Err(refused) if refused.code == "deletion_pending" => {
            let me = visitor.call(Method::GET, "/v1/me", Some(&token), None).await.unwrap_or_default();
            visitor.show(Step::Leaving { token, day: day(&me) })
        }
        Err(refused) => visitor.refuse(&refused, Step::Begin),
    }
}

/// Begins the deletion.
#[handler]
async fn confirm(app: Data<&App>, inner: Data<&Inner>, id: RequestId, addr: ClientAddr, form: Form<Fields>) -> Response {
    let Form(fields) = form;
    let visitor = Visitor { app: app.0, inner: inner.0, addr, request: id, lang: fields.lang() };
    match visitor.call(Method::DELETE, "/v1/me", Some(&fields.token), None).await {
        Ok(asked) => {
            let (day, number) = (day(&asked), word(&asked, "recordNumber"));
            visitor.show(Step::Asked { token: fields.token, day, number })
        }
        Err(refused) => visitor.refuse(&refused, Step::Begin),
    }
}

/// Takes the deletion back, and signs out.
#[handler]
async fn undo(app: Data<&App>, inner: Data<&Inner>, id: RequestId, addr: ClientAddr, form: Form<Fields>) -> Response {
    let Form(fields) = form;
    let visitor = Visitor { app: app.0, inner: inner.0, addr, request: id, lang: fields.lang() };
    match visitor.call(Method::DELETE, "/v1/me/deletion", Some(&fields.token), None).await {
        Ok(_) => {
            // Whether or not this session can still be ended, the account is kept.
            drop(visitor.call(Method::DELETE, "/v1/auth/tokens", Some(&fields.token), None).await);
            visitor.show(Step::Undone)
        }
        Err(refused) => visitor.refuse(&refused, Step::Begin),
    }
}

impl Visitor<'_> {
    /// Calls the API as this visitor.
    async fn call(&self, method: Method, path: &'static str, token: Option<&str>, body: Option<Value>) -> Said {
        let mut request = Request::builder().method(method).uri(Uri::from_static(path));
        request = request.header(header::ACCEPT_LANGUAGE, self.lang.as_str());
        if let Some(token) = token.filter(|token| token.bytes().all(|b| b.is_ascii_graphic())) {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        let mut request = match body {
            Some(body) => request.content_type("application/json").body(body.to_string()),
            None => request.finish(),
        };
        request.extensions_mut().insert(self.addr);
        request.extensions_mut().insert(self.request);
        let response = match self.inner.0.call(request).await {
            Ok(response) => response,
            Err(error) => match error.downcast::<Failure>() {
                Ok(Failure(error)) => answer(&error, self.lang, self.request),
                Err(error) => error.into_response(),
            },
        };
        let (status, body) = (response.status(), response.into_body().into_bytes_limit(ANSWER_BYTES_MAX).await);
        let json = serde_json::from_slice(&body.unwrap_or_default()).unwrap_or(Value::Null);
        if status.is_success() {
            return Ok(json);
        }
        let words = [word(&json, "title"), word(&json, "detail")];
        let words: Vec<String> = words.into_iter().filter(|words| !words.is_empty()).collect();
        Err(Refused { code: word(&json, "code"), words: words.join(" ") })
    }

    fn show(&self, step: Step) -> Response {
        page(html::page(self.app, self.lang, None, &step))
    }

    /// The form again, with the words of the refusal. A status of failure would be dressed as a problem of the API.
    fn refuse(&self, refused: &Refused, step: Step) -> Response {
        page(html::page(self.app, self.lang, Some(&refused.words), &step))
    }
}

fn page(html: String) -> Response {
    let mut response = Response::builder().header(header::CONTENT_TYPE, "text/html; charset=utf-8").body(html);
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, CSP);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn word(json: &Value, field: &str) -> String {
    json[field].as_str().unwrap_or_default().to_owned()
}

/// The day of a deletion, as the API writes it.
fn day(json: &Value) -> String {
    word(json, "deletionAt").chars().take(10).collect()
}

/// By which ways a patient may sign in here.
fn ways(app: &App) -> (Vec<&'static str>, bool) {
    let rules = &app.profile.sign_in;
    let mut channels = Vec::new();
    if rules.lets_in(Way::Code) {
        channels.extend(["sms", "email"].into_iter().filter(|channel| rules.channels.iter().any(|it| it == channel)));
    }
    if rules.lets_in(Way::Iin) {
        channels.push("iin");
    }
    (channels, rules.lets_in(Way::Password))
}
