//! One's own data as an archive.

use super::super::export::{self, Content, Export};
use super::super::rows;
use super::Tag;
use crate::app::App;
use crate::app::wire::{Accepted, AskedLang, Download, Failure, Instant, Reply};
use crate::clinic::identity::{Caller, Session};
use crate::kernel::db::Tx;
use crate::kernel::error::Result;
use poem::web::Data;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::{Enum, Object, OpenApi};
use uuid::Uuid;

#[derive(Enum, Debug, Clone, Copy, PartialEq)]
#[oai(rename_all = "camelCase")]
enum ExportState {
    Queued,
    Building,
    /// Its content can be fetched.
    Ready,
    Failed,
    /// Its content is deleted.
    Expired,
}

impl ExportState {
    fn of(state: &str) -> Self {
        match state {
            rows::QUEUED => ExportState::Queued,
            rows::BUILDING => ExportState::Building,
            rows::READY => ExportState::Ready,
            rows::EXPIRED => ExportState::Expired,
            _ => ExportState::Failed,
        }
    }
}

#[derive(Enum, Debug, Clone, Copy, PartialEq)]
#[oai(rename_all = "camelCase")]
pub enum ExportContent {
    /// Everything that is known of oneself.
    Whole,
    /// Without names, numbers, contacts, exact dates, free text and files: to show to somebody who need not know of whom it is.
    Anonymised,
}

#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct ExportView {
    id: Uuid,
    state: ExportState,
    content: Option<ExportContent>,
    /// 0 to 100.
    progress: i32,
    /// Which part of the data is being written: `identity`, `documents`, …, in the end `packing`.
    step: Option<String>,
    created_at: Instant,
    /// Of the archive, once it is ready.
    bytes: Option<i64>,
    /// Of the archive, in hexadecimal.
    sha256: Option<String>,
    /// Ed25519 over the bytes of `manifest.json`, in hexadecimal; the archive holds it as `manifest.json.sig`.
    manifest_signature: Option<String>,
    /// The installation's public key that checks it: 32 bytes in hexadecimal.
    public_key: String,
    /// Until when the archive can be fetched.
    expires_at: Option<Instant>,
}

impl ExportView {
    pub fn of(app: &App, export: Export) -> Self {
        let is_anonymised = export.content.is_anonymised();
        Self {
            id: export.id,
            state: ExportState::of(&export.state),
            content: Some(if is_anonymised { ExportContent::Anonymised } else { ExportContent::Whole }),
            progress: export.percent,
            step: export.step,
            created_at: export.created_at.into(),
            bytes: export.packed.as_ref().map(|packed| i64::try_from(packed.bytes).unwrap_or(i64::MAX)),
            sha256: export.packed.as_ref().map(|packed| packed.sha256.clone()),
            manifest_signature: export.packed.map(|packed| packed.signature),
            public_key: hex::encode(app.sealer.public_key()),
            expires_at: export.expires_at.map(Into::into),
        }
    }
}

#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct ExportList {
    items: Vec<ExportView>,
}

pub struct ExportsApi;

#[OpenApi(prefix_path = "/v1/me", tag = "Tag::Privacy")]
impl ExportsApi {
    /// Ask for all of one's data
    ///
    /// A task builds one ZIP: the data of every room as JSON, the bytes of documents, a readable page in the language of
    /// `Accept-Language`, the same as a FHIR R4 bundle, a manifest of hashes and its signature. Or, with `content=anonymised`, a
    /// copy that leads to nobody. Takes a sign-in of the last five minutes (`step_up_required`); one at a time
    /// (`state_conflict`).
    #[oai(path = "/exports", method = "post", operation_id = "createExport")]
    async fn create(
        &self,
        app: Data<&App>,
        session: Session,
        lang: AskedLang,
        /// What it holds. Default: everything.
        content: Query<Option<ExportContent>>,
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] key: Header<String>,
    ) -> Result<Accepted<ExportView>, Failure> {
        let caller = allowed(&app, session)?.stepped_up(app.ambient.now())?;
        let (wanted, asked) = match content.0 {
            Some(ExportContent::Anonymised) => (Content::Anonymised, serde_json::json!({ "content": "anonymised" })),
            _ => (Content::Whole, serde_json::Value::Null),
        };
        let rule = async |tx: &mut Tx| Ok(ExportView::of(&app, export::ask(tx, &caller.keys, wanted, lang.0).await?));
        let view = app.write_once_even_frozen(&caller.actor("createExport"), &caller.keys, &key, &asked, rule).await?;
        Ok(Accepted(view))
    }

    /// List one's exports
    ///
    /// The last hundred, newest first.
    #[oai(path = "/exports", method = "get", operation_id = "listExports")]
    async fn list(&self, app: Data<&App>, session: Session) -> Result<Reply<ExportList>, Failure> {
        let caller = allowed(&app, session)?;
        let exports = export::list(&app, &caller.keys).await?;
        Ok(Reply::new(ExportList { items: exports.into_iter().map(|export| ExportView::of(&app, export)).collect() }))
    }

    /// Read how an export stands
    #[oai(path = "/exports/:id", method = "get", operation_id = "getExport")]
    async fn get(&self, app: Data<&App>, session: Session, id: Path<Uuid>) -> Result<Reply<ExportView>, Failure> {
        let caller = allowed(&app, session)?;
        Ok(Reply::new(ExportView::of(&app, export::find(&app, &caller.keys, id.0).await?)))
    }

    /// Download an export
    ///
    /// Whole, or one range of its bytes; `content_missing` before it is ready and after it has expired.
    #[oai(path = "/exports/:id/content", method = "get", operation_id = "getExportContent")]
    async fn content(
        &self,
        app: Data<&App>,
        session: Session,
        id: Path<Uuid>,
        /// One range: `bytes=0-1023`, `bytes=1024-` or `bytes=-512`. Several ranges are answered by the whole content.
        #[oai(name = "Range")]
        range: Header<Option<String>>,
    ) -> Result<Download, Failure> {
        let caller = allowed(&app, session)?;
        Ok(export::download(&app, &caller, id.0, range.0.as_deref()).await?)
    }
}

/// A patient, or who represents him in all; one whose cabinet is frozen where the profile leaves him his export.
fn allowed(app: &App, session: Session) -> Result<Caller> {
    let caller = if app.profile.freeze.own_export { session.patient_even_frozen() } else { session.patient() }?;
    // An archive holds everything: nobody fetches it to whom a part is closed.
    caller.sees_clinical()
}
