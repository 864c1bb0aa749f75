//! Extracts of a patient's record, for the doctors who treat him.

use super::super::export::{Content, extracts};
use super::Tag;
use super::exports::{ExportContent, ExportView};
use crate::app::App;
use crate::app::wire::{Accepted, AskedLang, Body, Download, Failure, Reply};
use crate::clinic::identity::Session;
use crate::kernel::db::Tx;
use poem::web::Data;
use poem_openapi::param::{Header, Path};
use poem_openapi::{Object, OpenApi};
use uuid::Uuid;

#[derive(Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct NewExtract {
    /// `whole`: the clinical part with whom it is about, signed. `anonymised`: what of it leads to nobody, signed too.
    content: ExportContent,
}

pub struct ExtractsApi;

#[OpenApi(prefix_path = "/v1/staff", tag = "Tag::Extracts")]
impl ExtractsApi {
    /// Extract a patient's record
    ///
    /// For a doctor who may open it now: visits, courses of treatment, documents with their bytes, as data, as a FHIR R4 bundle and
    /// as a readable page, under a manifest with a signature. The patient reads in his access log that it was made and fetched.
    /// Nothing while the patient has forbidden access (404). One at a time (`state_conflict`).
    #[oai(path = "/patients/:id/extracts", method = "post", operation_id = "createExtract")]
    async fn create(
        &self,
        app: Data<&App>,
        session: Session,
        id: Path<Uuid>,
        lang: AskedLang,
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] key: Header<String>,
        body: Body<NewExtract>,
    ) -> Result<Accepted<ExportView>, Failure> {
        let caller = session.staff_for("createExtract")?;
        extracts::check(&app, &caller, "createExtract", id.0).await?;
        let keys = app.vault.keys(id.0).await?;
        let content = match body.0.content {
            ExportContent::Whole => Content::Extract,
            ExportContent::Anonymised => Content::AnonymisedExtract,
        };
        let asked = serde_json::json!({ "patient": id.0, "content": content.as_str() });
        let rule = async |tx: &mut Tx| Ok(ExportView::of(&app, extracts::ask(tx, &caller, &keys, content, lang.0).await?));
        Ok(Accepted(app.write_once(&caller.actor("createExtract"), &caller.keys, &key, &asked, rule).await?))
    }

    /// Read how an extract stands
    #[oai(path = "/extracts/:id", method = "get", operation_id = "getExtract")]
    async fn get(&self, app: Data<&App>, session: Session, id: Path<Uuid>) -> Result<Reply<ExportView>, Failure> {
        let caller = session.staff_for("getExtract")?;
        Ok(Reply::new(ExportView::of(&app, extracts::find(&app, &caller, "getExtract", id.0).await?)))
    }

    /// Download an extract
    ///
    /// Whole, or one range of its bytes; `content_missing` before it is ready and after it has expired.
    #[oai(path = "/extracts/:id/content", method = "get", operation_id = "getExtractContent")]
    async fn content(
        &self,
        app: Data<&App>,
        session: Session,
        id: Path<Uuid>,
        /// One range: `bytes=0-1023`, `bytes=1024-` or `bytes=-512`. Several ranges are answered by the whole content.
        #[oai(name = "Range")]
        range: Header<Option<String>>,
    ) -> Result<Download, Failure> {
        let caller = session.staff_for("getExtractContent")?;
        Ok(extracts::download(&app, &caller, "getExtractContent", id.0, range.0.as_deref()).await?)
    }
}
