//! Server-sent events (the EventSource of browsers): one long answer of small texts.

use bytes::Bytes;
use futures_util::stream::BoxStream;
use poem::http::{StatusCode, header};
use poem::{Body, IntoResponse, Response};
use poem_openapi::ApiResponse;
use poem_openapi::registry::{MetaMediaType, MetaResponse, MetaResponses, MetaSchema, MetaSchemaRef, Registry};
use std::fmt;
use std::io;
use uuid::Uuid;

const EVENT_STREAM: &str = "text/event-stream";

/// A stream of events, made of [`event`], [`COMMENT`] and [`retry`]. It ends when its parts do.
pub struct Events(pub BoxStream<'static, io::Result<Bytes>>);

/// One event with its id, by which a client resumes.
pub fn event(id: Uuid, name: &str, data: &serde_json::Value) -> String {
    format!("id: {id}\nevent: {name}\ndata: {data}\n\n")
}

/// A line that clients ignore: it keeps proxies from closing a silent connection.
pub const COMMENT: &str = ":\n\n";

/// How long a client waits before it comes again, in milliseconds.
pub fn retry(after_ms: u32) -> String {
    format!("retry: {after_ms}\n\n")
}

impl fmt::Debug for Events {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Events")
    }
}

impl IntoResponse for Events {
    fn into_response(self) -> Response {
        Response::builder()
            .status(StatusCode::OK)
            .header(header::CONTENT_TYPE, EVENT_STREAM)
            // nginx would gather events until its buffer is full.
            .header("X-Accel-Buffering", "no")
            .body(Body::from_bytes_stream(self.0))
    }
}

impl ApiResponse for Events {
    fn meta() -> MetaResponses {
        let schema = MetaSchemaRef::Inline(Box::new(MetaSchema::new("string")));
        let content = vec![MetaMediaType { content_type: EVENT_STREAM, schema }];
        let answer = MetaResponse {
            description: "Events, for as long as the stream lasts.",
            status: Some(200),
            status_range: None,
            content,
            headers: vec![],
        };
        MetaResponses { responses: vec![answer] }
    }

    fn register(_: &mut Registry) {}
}
