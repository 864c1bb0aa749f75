//! The JSON body of a request, checked against the contract before it becomes a value.

use super::{Failure, JSON, json, schema};
use crate::kernel::error::{Code, Error, Fault};
use poem::{Request, RequestBody, Result};
use poem_openapi::registry::{MetaMediaType, MetaRequest, Registry};
use poem_openapi::types::ParseFromJSON;
use poem_openapi::{ApiExtractor, ApiExtractorType, ExtractParamOptions};

/// A required JSON body. The framework's own `Json` names only the first faulty field, none that is missing, and quotes
/// the client's input in its texts; this one gathers every fault with a pointer and quotes nothing.
#[derive(Debug)]
pub struct Body<T>(pub T);

impl<'a, T: ParseFromJSON + 'static> ApiExtractor<'a> for Body<T> {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];
    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        T::register(registry);
    }

    fn request_meta() -> Option<MetaRequest> {
        let content = vec![MetaMediaType { content_type: JSON, schema: T::schema_ref() }];
        Some(MetaRequest { description: None, content, required: true })
    }

    async fn from_request(request: &'a Request, body: &mut RequestBody, _: ExtractParamOptions<()>) -> Result<Self> {
        if !request.content_type().is_some_and(is_json) {
            return Err(Failure(Error::refused(Code::UnsupportedMediaType)).into());
        }
        let bytes = body.take()?.into_bytes().await?;
        Ok(Body(parse(&bytes).map_err(Failure)?))
    }
}

/// `application/json`, with no parameter but a charset of UTF-8, which is what JSON is anyway.
fn is_json(content_type: &str) -> bool {
    let (media_type, parameters) = content_type.split_once(';').unwrap_or((content_type, ""));
    let parameters = parameters.trim().to_ascii_lowercase();
    media_type.trim().eq_ignore_ascii_case(JSON) && matches!(parameters.as_str(), "" | "charset=utf-8" | "charset=\"utf-8\"")
}

/// Reads, checks against the schema of `T`, and only then builds the value.
fn parse<T: ParseFromJSON + 'static>(bytes: &[u8]) -> Result<T, Error> {
    let (value, mut faults) = json::read(bytes).map_err(|_| Error::refused(Code::Malformed))?;
    schema::Checker::of::<T>().check(&value, &mut faults);
    if !faults.is_empty() {
        return Err(Error::fields(faults));
    }
    T::parse_from_json(Some(value)).map_err(|_| Error::field("", Fault::BadFormat))
}
