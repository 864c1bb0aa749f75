//! Raw bytes, in and out as streams: contents of documents never pass through memory as a whole.

use super::range::Wanted;
use crate::kernel::error::{Code, Error, Result};
use bytes::Bytes;
use futures_util::stream::{BoxStream, StreamExt};
use poem::http::{HeaderValue, StatusCode, header};
use poem::{Body, IntoResponse, Request, RequestBody, Response};
use poem_openapi::registry::{
    MetaHeader, MetaMediaType, MetaRequest, MetaResponse, MetaResponses, MetaSchema, MetaSchemaRef, Registry,
};
use poem_openapi::types::Type;
use poem_openapi::{ApiExtractor, ApiExtractorType, ApiResponse, ExtractParamOptions};
use std::fmt;
use std::io;
use std::time::Duration;

/// What contents are, as far as the contract says: the profile decides which of them are taken. The first one is for
/// clients that can't say more.
const MEDIA_TYPES: &[&str] =
    &[OCTETS, "application/pdf", "image/jpeg", "image/png", "image/webp", "audio/mpeg", "audio/ogg", "audio/x-wav"];
/// What is served besides: the archive of an export.
const ARCHIVE: &str = "application/zip";
const OCTETS: &str = "application/octet-stream";
/// What is still read of a refused body. A connection closed upon unread bytes is reset, and a reset may overtake the answer.
const DISCARDED_BYTES: usize = 1024 * 1024;
const DISCARDED_TIME: Duration = Duration::from_secs(5);

/// The bytes of a request as they come, and what the client says that they are.
pub struct Upload {
    media_type: Option<String>,
    parts: BoxStream<'static, io::Result<Bytes>>,
    expects_word: bool,
}

impl Upload {
    /// Whether the client's `Content-Type` allows the bytes to be of `media_type`. `application/octet-stream` says nothing.
    pub fn may_be(&self, media_type: &str) -> bool {
        let Some(said) = &self.media_type else { return false };
        let bare = said.split(';').next().unwrap_or_default().trim();
        bare.eq_ignore_ascii_case(media_type) || bare.eq_ignore_ascii_case(OCTETS)
    }

    /// The next bytes; none at the end.
    ///
    /// # Errors
    /// `too_large` when the server's limit is met; `malformed` when the client broke off.
    pub async fn part(&mut self) -> Result<Option<Bytes>> {
        self.parts.next().await.transpose().map_err(|error| match error.kind() {
            io::ErrorKind::FileTooLarge => Error::refused(Code::TooLarge),
            _ => Error::refused(Code::Malformed),
        })
    }

    /// Reads away the rest of a refused body, unless the client waits for our word before it sends.
    pub async fn discard(mut self) {
        if self.expects_word {
            return;
        }
        let reading = async {
            let mut read = 0;
            while let Some(Ok(part)) = self.parts.next().await {
                read += part.len();
                if read > DISCARDED_BYTES {
                    return;
                }
            }
        };
        // Whether it came to an end doesn't matter: the answer is the same.
        let _ = tokio::time::timeout(DISCARDED_TIME, reading).await;
    }
}

impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Upload")
    }
}

impl<'a> ApiExtractor<'a> for Upload {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];
    type ParamType = ();
    type ParamRawType = ();

    fn request_meta() -> Option<MetaRequest> {
        Some(MetaRequest { description: None, content: contents(), required: true })
    }

    async fn from_request(request: &'a Request, body: &mut RequestBody, _: ExtractParamOptions<()>) -> poem::Result<Self> {
        let body = body.take()?;
        Ok(Upload {
            media_type: request.content_type().map(str::to_owned),
            parts: body.into_bytes_stream().boxed(),
            expects_word: request.headers().contains_key(header::EXPECT),
        })
    }
}

/// A file, whole or in part, to be saved under its name. `no-store`, `nosniff` and the sandboxing policy are put on every
/// answer by the server floor.
pub struct Download {
    pub media_type: String,
    /// The whole header, from [`super::attachment`].
    pub disposition: String,
    pub total_bytes: u64,
    pub wanted: Wanted,
    /// Exactly the wanted bytes. An error breaks the connection off, so that a part is never taken for the whole.
    pub bytes: BoxStream<'static, io::Result<Bytes>>,
}

impl fmt::Debug for Download {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Download({:?} of {} bytes)", self.wanted, self.total_bytes)
    }
}

impl IntoResponse for Download {
    fn into_response(self) -> Response {
        let total = self.total_bytes;
        let (status, length, range) = match &self.wanted {
            Wanted::Whole => (StatusCode::OK, total, None),
            Wanted::Part(part) => {
                let range = format!("bytes {}-{}/{total}", part.start, part.end.saturating_sub(1));
                (StatusCode::PARTIAL_CONTENT, part.end.saturating_sub(part.start), Some(range))
            }
            Wanted::Unsatisfiable => return unsatisfiable(total),
        };
        let mut response = Response::builder()
            .status(status)
            .header(header::CONTENT_LENGTH, length)
            .header(header::ACCEPT_RANGES, "bytes")
            .body(Body::from_bytes_stream(self.bytes));
        let texts = [
            (header::CONTENT_TYPE, Some(self.media_type)),
            (header::CONTENT_DISPOSITION, Some(self.disposition)),
            (header::CONTENT_RANGE, range),
        ];
        for (name, text) in texts {
            if let Some(value) = text.and_then(|text| HeaderValue::try_from(text).ok()) {
                response.headers_mut().insert(name, value);
            }
        }
        response
    }
}

/// A bare refusal: the server floor makes a problem of it and keeps the header.
fn unsatisfiable(total: u64) -> Response {
    Response::builder()
        .status(StatusCode::RANGE_NOT_SATISFIABLE)
        .header(header::CONTENT_RANGE, format!("bytes */{total}"))
        .finish()
}

impl ApiResponse for Download {
    /// 416 is one of the common refusals.
    fn meta() -> MetaResponses {
        let length = || text_header("Content-Length", "How many bytes follow.");
        let name = || text_header("Content-Disposition", "`attachment`, with the name of the file.");
        let ranges = || text_header("Accept-Ranges", "`bytes`.");
        let range = text_header("Content-Range", "Which bytes of how many these are.");
        let answer = |description, status, headers| MetaResponse {
            description,
            status: Some(status),
            status_range: None,
            content: contents().into_iter().chain([content(ARCHIVE)]).collect(),
            headers,
        };
        MetaResponses {
            responses: vec![
                answer("The whole content.", 200, vec![length(), name(), ranges()]),
                answer("The part that `Range` asked for.", 206, vec![length(), name(), ranges(), range]),
            ],
        }
    }

    fn register(_: &mut Registry) {}
}

fn contents() -> Vec<MetaMediaType> {
    MEDIA_TYPES.iter().map(|media_type| content(media_type)).collect()
}

fn content(content_type: &'static str) -> MetaMediaType {
    let binary = MetaSchemaRef::Inline(Box::new(MetaSchema::new_with_format("string", "binary")));
    MetaMediaType { content_type, schema: binary }
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
