//! Documents by their ids, and a patient's own.

use super::super::document::{self, DocumentKind};
use super::super::{download, reading, upload};
use super::views::{DocumentPage, DocumentView, NewDocumentBody};
use crate::app::App;
use crate::app::wire::{Body, Created, Cursor, Download, ETag, Failure, Limit, NoContent, Reply, Upload};
use crate::clinic::identity::Session;
use crate::kernel::error::{Error, Fault};
use poem::web::Data;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::{OpenApi, Tags};
use uuid::Uuid;

#[derive(Tags)]
enum Tag {
    /// Documents
    Documents,
}

pub struct DocumentsApi;

#[OpenApi(prefix_path = "/v1", tag = "Tag::Documents")]
impl DocumentsApi {
    /// Declare a document to be uploaded
    ///
    /// Its content follows by `putDocumentContent`.
    #[oai(path = "/documents", method = "post", operation_id = "createDocument")]
    async fn create(
        &self,
        app: Data<&App>,
        session: Session,
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] key: Header<String>,
        body: Body<NewDocumentBody>,
    ) -> Result<Created<DocumentView>, Failure> {
        let caller = session.patient()?.may_write(&app, "createDocument")?.accepted()?;
        let new = body.0.to_new();
        if new.kind != DocumentKind::Upload {
            return Err(Error::field("/kind", Fault::UnknownValue).into());
        }
        if new.corrects.is_some() {
            return Err(Error::field("/correctsId", Fault::NotAsked).into());
        }
        let id = document::declare(&app, &caller, "createDocument", &key.0, caller.id, (&body.0, new)).await?;
        let document = reading::read(&app, &caller, "createDocument", id).await?;
        let etag = ETag::of(document.version);
        Ok(Created::at(format!("/v1/documents/{id}"), document.into()).tagged(etag))
    }

    /// List one's documents
    ///
    /// Newest first: what one declared or uploaded, and what doctors wrote.
    #[oai(path = "/documents", method = "get", operation_id = "listDocuments")]
    async fn list(
        &self,
        app: Data<&App>,
        session: Session,
        limit: Query<Option<Limit>>,
        cursor: Query<Option<Cursor>>,
    ) -> Result<Reply<DocumentPage>, Failure> {
        let caller = session.patient()?;
        let before = cursor.0.map(|cursor| cursor.place()).transpose()?;
        let page = reading::list(&app, &caller, "listDocuments", caller.id, (before, Limit::or_default(limit.0))).await?;
        Ok(Reply::new(DocumentPage::of(page)?))
    }

    /// Read a document's description
    ///
    /// One's own, or a patient's by a reason to treat him.
    #[oai(path = "/documents/:id", method = "get", operation_id = "getDocument")]
    async fn get(&self, app: Data<&App>, session: Session, id: Path<Uuid>) -> Result<Reply<DocumentView>, Failure> {
        let caller = session.patient_or_staff_for("getDocument")?;
        let document = reading::read(&app, &caller, "getDocument", id.0).await?;
        let etag = ETag::of(document.version);
        Ok(Reply::tagged(document.into(), etag))
    }

    /// Take back a document that was never uploaded
    #[oai(path = "/documents/:id", method = "delete", operation_id = "deleteDocument")]
    async fn delete(&self, app: Data<&App>, session: Session, id: Path<Uuid>) -> Result<NoContent, Failure> {
        let caller = session.patient()?.sees_clinical()?;
        document::take_back(&app, &caller, "deleteDocument", id.0).await?;
        Ok(NoContent)
    }

    /// Upload a document's content
    ///
    /// The raw bytes, once: of the declared size, hash and type. When they are not, nothing is kept and it can be tried again.
    #[oai(path = "/documents/:id/content", method = "put", operation_id = "putDocumentContent")]
    async fn put_content(
        &self,
        app: Data<&App>,
        session: Session,
        id: Path<Uuid>,
        content: Upload,
    ) -> Result<Reply<DocumentView>, Failure> {
        let caller = session.patient_or_staff_for("putDocumentContent")?.may_write(&app, "putDocumentContent")?;
        upload::put(&app, &caller, "putDocumentContent", id.0, content).await?;
        let document = reading::read(&app, &caller, "putDocumentContent", id.0).await?;
        let etag = ETag::of(document.version);
        Ok(Reply::tagged(document.into(), etag))
    }

    /// Download a document's content
    ///
    /// Whole, or one range of its bytes. A connection that breaks off before `Content-Length` bytes came means that the
    /// rest could not be given.
    #[oai(path = "/documents/:id/content", method = "get", operation_id = "getDocumentContent")]
    async fn content(
        &self,
        app: Data<&App>,
        session: Session,
        id: Path<Uuid>,
        /// One range: `bytes=0-1023`, `bytes=1024-` or `bytes=-512`. Several ranges are answered by the whole content.
        #[oai(name = "Range")]
        range: Header<Option<String>>,
    ) -> Result<Download, Failure> {
        let caller = session.patient_or_staff_for("getDocumentContent")?;
        Ok(download::get(&app, &caller, "getDocumentContent", id.0, range.0.as_deref()).await?)
    }
}
