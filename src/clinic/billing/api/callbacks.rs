//! Where payment providers call.

use super::super::callbacks;
use crate::app::App;
use crate::app::wire::{ClientAddr, Failure, Reply};
use crate::kernel::error::{Code, Error};
use bytes::Bytes;
use poem::web::Data;
use poem::{Request, RequestBody};
use poem_openapi::param::Path;
use poem_openapi::registry::{MetaMediaType, MetaRequest, MetaSchema, MetaSchemaRef};
use poem_openapi::{ApiExtractor, ApiExtractorType, ExtractParamOptions, Object, OpenApi, Tags};
use std::net::IpAddr;

#[derive(Tags)]
enum Tag {
    /// Calls of providers
    Callbacks,
}

/// The bytes of the body as they came: what was signed is what is verified.
struct Raw(Bytes);

impl<'a> ApiExtractor<'a> for Raw {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::RequestObject];
    type ParamType = ();
    type ParamRawType = ();

    fn request_meta() -> Option<MetaRequest> {
        let schema = MetaSchemaRef::Inline(Box::new(MetaSchema::new_with_format("string", "binary")));
        let content = vec![MetaMediaType { content_type: "application/octet-stream", schema }];
        Some(MetaRequest { description: None, content, required: true })
    }

    async fn from_request(_: &'a Request, body: &mut RequestBody, _: ExtractParamOptions<()>) -> poem::Result<Self> {
        let bytes = body.take()?.into_bytes().await.map_err(|_| Failure(Error::refused(Code::Malformed)))?;
        Ok(Raw(bytes))
    }
}

/// That the call was understood. It says nothing of what came of it.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
struct CallbackTaken {
    taken: bool,
}

pub struct CallbacksApi;

#[OpenApi(prefix_path = "/v1", tag = "Tag::Callbacks")]
impl CallbacksApi {
    /// Take a call of a payment provider
    ///
    /// The body is the provider's own, of any content type, signed over its bytes. It is a hint to look a payment up, and
    /// changes nothing by itself.
    #[oai(path = "/callbacks/:provider", method = "post", operation_id = "takeCallback")]
    async fn take(
        &self,
        app: Data<&App>,
        request: &Request,
        #[oai(validator(max_length = 40))] provider: Path<String>,
        body: Raw,
    ) -> Result<Reply<CallbackTaken>, Failure> {
        let ip = request.data::<ClientAddr>().map_or(IpAddr::from([0, 0, 0, 0]), |addr| addr.0);
        callbacks::take(&app, &provider.0, request.headers(), &body.0, ip).await?;
        Ok(Reply::new(CallbackTaken { taken: true }))
    }
}
