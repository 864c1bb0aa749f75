//! What an operation answers when all went well.

use super::JSON;
use crate::kernel::error::{Code, Error, Result};
use poem::http::{HeaderValue, StatusCode, header};
use poem::{Body, IntoResponse, Response};
use poem_openapi::ApiResponse;
use poem_openapi::registry::{MetaHeader, MetaMediaType, MetaResponse, MetaResponses, Registry};
use poem_openapi::types::{ToJSON, Type};

/// The version of one object, as `ETag` and `If-Match` spell it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ETag(String);

impl ETag {
    pub fn of(version: i64) -> ETag {
        ETag(format!("\"{version}\""))
    }

    /// Refuses an edit whose `If-Match` names another version. Without the header the edit goes through.
    ///
    /// # Errors
    /// `precondition_failed`.
    pub fn check(&self, if_match: Option<&str>) -> Result<()> {
        let Some(wanted) = if_match else { return Ok(()) };
        // A proxy that compresses marks our tags as weak. The version stands for the object, not for its bytes, so it holds.
        let strong = |tag: &str| tag.trim().trim_start_matches("W/") == self.0;
        let met = wanted.trim() == "*" || wanted.split(',').any(strong);
        if met { Ok(()) } else { Err(Error::refused(Code::PreconditionFailed)) }
    }
}

/// 200 with a body.
#[derive(Debug)]
pub struct Reply<T> {
    body: T,
    etag: Option<ETag>,
}

/// 201 with the new object and its address.
#[derive(Debug)]
pub struct Created<T> {
    body: T,
    location: String,
    etag: Option<ETag>,
}

/// 202: understood, and done later.
#[derive(Debug)]
pub struct Accepted<T>(pub T);

/// 204.
#[derive(Debug)]
pub struct NoContent;

impl<T> Reply<T> {
    pub fn new(body: T) -> Self {
        Reply { body, etag: None }
    }

    pub fn tagged(body: T, etag: ETag) -> Self {
        Reply { body, etag: Some(etag) }
    }
}

impl<T> Created<T> {
    /// `location` is the path of the new object, made of our own ids, for example `/v1/bookings/…`.
    pub fn at(location: impl Into<String>, body: T) -> Self {
        Created { body, location: location.into(), etag: None }
    }

    pub fn tagged(self, etag: ETag) -> Self {
        Created { etag: Some(etag), ..self }
    }
}

impl<T: ToJSON> IntoResponse for Reply<T> {
    fn into_response(self) -> Response {
        json(StatusCode::OK, &self.body, self.etag)
    }
}

impl<T: ToJSON> IntoResponse for Created<T> {
    fn into_response(self) -> Response {
        let mut response = json(StatusCode::CREATED, &self.body, self.etag);
        if let Ok(location) = HeaderValue::try_from(self.location) {
            response.headers_mut().insert(header::LOCATION, location);
        }
        response
    }
}

impl<T: ToJSON> IntoResponse for Accepted<T> {
    fn into_response(self) -> Response {
        json(StatusCode::ACCEPTED, &self.0, None)
    }
}

impl IntoResponse for NoContent {
    fn into_response(self) -> Response {
        Response::builder().status(StatusCode::NO_CONTENT).finish()
    }
}

fn json(status: StatusCode, body: &impl ToJSON, etag: Option<ETag>) -> Response {
    let body = Body::from_string(body.to_json_string());
    let mut response = Response::builder().status(status).header(header::CONTENT_TYPE, JSON).body(body);
    if let Some(etag) = etag.and_then(|etag| HeaderValue::try_from(etag.0).ok()) {
        response.headers_mut().insert(header::ETAG, etag);
    }
    response
}

/// Declares a reply that carries `T` as JSON.
macro_rules! json_reply {
    ($type:ident, $status:literal, $about:literal, [$($header:literal => $header_about:literal),*]) => {
        impl<T: ToJSON> ApiResponse for $type<T> {
            fn meta() -> MetaResponses {
                let content = vec![MetaMediaType { content_type: JSON, schema: T::schema_ref() }];
                let headers = vec![$(text_header($header, $header_about)),*];
                let response = MetaResponse { description: $about, status: Some($status), status_range: None, content, headers };
                MetaResponses { responses: vec![response] }
            }

            fn register(registry: &mut Registry) {
                T::register(registry);
            }
        }
    };
}

json_reply!(Reply, 200, "Done.", ["ETag" => "The version, for `If-Match`. On single objects that can be edited."]);
json_reply!(Created, 201, "Created.", [
    "Location" => "The path of the new object.",
    "ETag" => "The version, for `If-Match`. On single objects that can be edited."
]);
json_reply!(Accepted, 202, "Accepted; done later.", []);

impl ApiResponse for NoContent {
    fn meta() -> MetaResponses {
        let response = MetaResponse {
            description: "Done; nothing to say.",
            status: Some(204),
            status_range: None,
            content: vec![],
            headers: vec![],
        };
        MetaResponses { responses: vec![response] }
    }

    fn register(_: &mut Registry) {}
}

fn text_header(name: &str, about: &str) -> MetaHeader {
    MetaHeader {
        name: name.to_owned(),
        description: Some(about.to_owned()),
        required: false,
        deprecated: false,
        schema: String::schema_ref(),
    }
}
