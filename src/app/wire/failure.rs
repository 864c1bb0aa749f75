//! The one error type of every operation, and how it becomes an answer.

use super::problem::Problem;
use super::{PROBLEM_JSON, RequestId};
use crate::kernel::error::{Code, Error};
use crate::kernel::lang::Lang;
use poem::error::ResponseError;
use poem::http::{HeaderValue, StatusCode, header};
use poem::{Body, Response};
use poem_openapi::ApiResponse;
use poem_openapi::registry::{MetaHeader, MetaMediaType, MetaResponse, MetaResponses, MetaSchemaRef, Registry};
use poem_openapi::types::{ToJSON, Type};
use std::fmt;
use uuid::Uuid;

/// Seconds after which a caller may try again when the engine is out of reach.
const RETRY_UNAVAILABLE_S: u32 = 5;

/// Why an operation failed. It knows neither language nor request id: the server floor, which does, dresses it.
#[derive(Debug)]
pub struct Failure(pub Error);

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure(error)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Failure {}

impl ResponseError for Failure {
    fn status(&self) -> StatusCode {
        status(self.0.code())
    }

    fn as_response(&self) -> Response {
        answer(&self.0, Lang::default(), RequestId(Uuid::nil()))
    }
}

/// The answer to a failed request: a problem document in the asked language, with the headers that belong to its status.
pub fn answer(error: &Error, lang: Lang, id: RequestId) -> Response {
    let code = error.code();
    match error {
        Error::Internal(why) => tracing::error!(request_id = %id.0, "{why}"),
        Error::Unavailable(why) => tracing::warn!(request_id = %id.0, "{why}"),
        Error::Refused(_) => {}
    }
    let problem = Problem::new(error, lang, id.0);
    let mut response = Response::builder()
        .status(status(code))
        .header(header::CONTENT_TYPE, PROBLEM_JSON)
        .header(header::CONTENT_LANGUAGE, lang.as_str())
        .header(header::CACHE_CONTROL, "no-store")
        .body(Body::from_string(problem.to_json_string()));
    let headers = response.headers_mut();
    if let Some(seconds) = retry_after_s(error) {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    if code.status() == 401 {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    // The access log names the code beside the status.
    response.set_data(code);
    response
}

fn retry_after_s(error: &Error) -> Option<u32> {
    match error {
        Error::Refused(refusal) => refusal.retry_after_s,
        Error::Unavailable(_) => Some(RETRY_UNAVAILABLE_S),
        Error::Internal(_) => None,
    }
}

fn status(code: Code) -> StatusCode {
    StatusCode::from_u16(code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

impl ApiResponse for Failure {
    /// Ranges rather than a list of codes: every operation may meet each of them, and a new code must not change the
    /// signatures of generated clients.
    fn meta() -> MetaResponses {
        let allow = optional::<String>("Allow", "The methods of this address. With 405.");
        let retry = |with| optional::<i32>("Retry-After", with);
        let refused = vec![allow, retry("Seconds after which a repetition makes sense. With 429.")];
        let failed = vec![retry("Seconds after which a repetition makes sense. With 503.")];
        let responses = vec![range("4XX", "The request was refused.", refused), range("5XX", "The server failed.", failed)];
        MetaResponses { responses }
    }

    fn register(registry: &mut Registry) {
        Problem::register(registry);
    }
}

fn range(statuses: &str, description: &'static str, headers: Vec<MetaHeader>) -> MetaResponse {
    let content = vec![MetaMediaType { content_type: PROBLEM_JSON, schema: Problem::schema_ref() }];
    MetaResponse { description, status: None, status_range: Some(statuses.to_owned()), content, headers }
}

fn optional<T: Type>(name: &str, about: &str) -> MetaHeader {
    let schema: MetaSchemaRef = T::schema_ref();
    MetaHeader { name: name.to_owned(), description: Some(about.to_owned()), required: false, deprecated: false, schema }
}
