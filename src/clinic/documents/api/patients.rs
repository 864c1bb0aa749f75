//! A patient's documents, for the doctors who treat him.

use super::super::document::{self, DocumentKind};
use super::super::reading;
use super::views::{DocumentPage, DocumentView, NewDocumentBody};
use crate::app::App;
use crate::app::wire::{Body, Created, Cursor, ETag, Failure, Limit, Reply};
use crate::clinic::identity::Session;
use crate::kernel::error::{Error, Fault};
use poem::web::Data;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::{OpenApi, Tags};
use uuid::Uuid;

#[derive(Tags)]
enum Tag {
    /// Patients, for staff
    Patients,
}

pub struct PatientDocumentsApi;

#[OpenApi(prefix_path = "/v1/staff", tag = "Tag::Patients")]
impl PatientDocumentsApi {
    /// List a patient's documents
    ///
    /// Newest first. For a doctor with a reason to treat him.
    #[oai(path = "/patients/:id/documents", method = "get", operation_id = "listPatientDocuments")]
    async fn list(
        &self,
        app: Data<&App>,
        session: Session,
        id: Path<Uuid>,
        limit: Query<Option<Limit>>,
        cursor: Query<Option<Cursor>>,
    ) -> Result<Reply<DocumentPage>, Failure> {
        let caller = session.staff_for("listPatientDocuments")?;
        let before = cursor.0.map(|cursor| cursor.place()).transpose()?;
        let page = reading::list(&app, &caller, "listPatientDocuments", id.0, (before, Limit::or_default(limit.0))).await?;
        Ok(Reply::new(DocumentPage::of(page)?))
    }

    /// Declare a document about a patient
    ///
    /// Any kind but `upload`. Its content follows by `putDocumentContent`, and only then the patient sees it.
    #[oai(path = "/patients/:id/documents", method = "post", operation_id = "createPatientDocument")]
    async fn create(
        &self,
        app: Data<&App>,
        session: Session,
        id: Path<Uuid>,
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] key: Header<String>,
        body: Body<NewDocumentBody>,
    ) -> Result<Created<DocumentView>, Failure> {
        let caller = session.staff_for("createPatientDocument")?;
        let new = body.0.to_new();
        if new.kind == DocumentKind::Upload {
            return Err(Error::field("/kind", Fault::UnknownValue).into());
        }
        let made = document::declare(&app, &caller, "createPatientDocument", &key.0, id.0, (&body.0, new)).await?;
        let document = reading::read(&app, &caller, "createPatientDocument", made).await?;
        let etag = ETag::of(document.version);
        Ok(Created::at(format!("/v1/documents/{made}"), document.into()).tagged(etag))
    }
}
