//! A page to print, as an answer.

use poem::http::{StatusCode, header};
use poem::{IntoResponse, Response};
use poem_openapi::ApiResponse;
use poem_openapi::registry::{MetaMediaType, MetaResponse, MetaResponses, Registry};
use poem_openapi::types::Type;

/// 200 with a page. The server floor forbids it to run, load or be framed.
pub struct Printed(pub String);

impl IntoResponse for Printed {
    fn into_response(self) -> Response {
        Response::builder().status(StatusCode::OK).header(header::CONTENT_TYPE, "text/html; charset=utf-8").body(self.0)
    }
}

impl ApiResponse for Printed {
    fn meta() -> MetaResponses {
        let content = vec![MetaMediaType { content_type: "text/html", schema: String::schema_ref() }];
        let description = "A page to print, without script and without anything loaded.";
        let response = MetaResponse { description, status: Some(200), status_range: None, content, headers: vec![] };
        MetaResponses { responses: vec![response] }
    }

    fn register(_: &mut Registry) {}
}
