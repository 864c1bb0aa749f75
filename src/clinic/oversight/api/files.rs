//! Files that are made as they are sent: a table, and the lines of the trail.

use poem::http::{StatusCode, header};
use poem::{Body, IntoResponse, Response};
use poem_openapi::ApiResponse;
use poem_openapi::registry::{MetaMediaType, MetaResponse, MetaResponses, MetaSchema, MetaSchemaRef, Registry};

macro_rules! file {
    ($(#[$doc:meta])* $name:ident, $media_type:literal, $file:literal, $about:literal) => {
        $(#[$doc])*
        pub struct $name(pub Body);

        impl IntoResponse for $name {
            fn into_response(self) -> Response {
                Response::builder()
                    .status(StatusCode::OK)
                    .header(header::CONTENT_TYPE, $media_type)
                    .header(header::CONTENT_DISPOSITION, concat!("attachment; filename=\"", $file, "\""))
                    .body(self.0)
            }
        }

        impl ApiResponse for $name {
            fn meta() -> MetaResponses {
                let text = MetaSchemaRef::Inline(Box::new(MetaSchema::new("string")));
                let content = vec![MetaMediaType { content_type: $media_type, schema: text }];
                let response =
                    MetaResponse { description: $about, status: Some(200), status_range: None, content, headers: vec![] };
                MetaResponses { responses: vec![response] }
            }

            fn register(_: &mut Registry) {}
        }
    };
}

file!(
    /// 200 with a table.
    CsvFile,
    "text/csv; charset=utf-8",
    "access-matrix.csv",
    "A table, with a line of names first."
);
file!(
    /// 200 with lines of JSON, as they come.
    LinesFile,
    "application/x-ndjson",
    "audit-trail.jsonl",
    "Lines of JSON: what the file is, then one for each line of the trail with its number and link, then the signed end."
);
