//! What goes over the wire.

use super::super::document::{Document, DocumentKind, NewDocument};
use crate::app::disagreement::{self, DisagreementView};
use crate::app::wire::{Cursor, Instant};
use crate::kernel::error::Result;
use crate::page_of;
use poem_openapi::{Enum, Object};
use uuid::Uuid;

#[derive(Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewDocumentBody {
    /// A patient declares uploads, a doctor everything else.
    pub kind: DocumentKind,
    #[oai(validator(min_length = 1, max_length = 200))]
    pub title: String,
    #[oai(validator(min_length = 1, max_length = 255))]
    pub file_name: String,
    /// One of those that the profile takes: PDF, JPEG and PNG unless the operator changed it.
    #[oai(validator(min_length = 3, max_length = 100))]
    pub media_type: String,
    /// Exactly so many bytes will be uploaded.
    #[oai(validator(minimum(value = "1")))]
    pub size_bytes: i64,
    /// SHA-256 of the content in hexadecimal, to be checked at the upload.
    #[oai(validator(pattern = "^[0-9A-Fa-f]{64}$"))]
    pub sha256: Option<String>,
    /// The document by staff that this one corrects. The earlier one stays in the record, and says what stands in its place.
    pub corrects_id: Option<Uuid>,
}

impl NewDocumentBody {
    pub fn to_new(&self) -> NewDocument {
        NewDocument {
            kind: self.kind,
            title: self.title.clone(),
            file_name: self.file_name.clone(),
            media_type: self.media_type.clone(),
            size_bytes: self.size_bytes,
            sha256: self.sha256.clone(),
            corrects: self.corrects_id,
        }
    }
}

#[derive(Enum, Debug, Clone, Copy, PartialEq)]
#[oai(rename_all = "camelCase")]
pub enum DocumentState {
    /// Its content is awaited. Only its author sees it.
    Declared,
    /// Its content is there, and stays as it is.
    Complete,
}

#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct DocumentView {
    id: Uuid,
    kind: DocumentKind,
    state: DocumentState,
    /// The staff member who wrote it. Absent when the patient uploaded it.
    author_id: Option<Uuid>,
    author_name: Option<String>,
    title: String,
    file_name: String,
    media_type: String,
    size_bytes: i64,
    /// SHA-256 of the content in hexadecimal. Always there once the document is complete.
    sha256: Option<String>,
    created_at: Instant,
    completed_at: Option<Instant>,
    /// The earlier document that this one corrects.
    corrects_id: Option<Uuid>,
    /// The document that stands in place of this one.
    corrected_by_id: Option<Uuid>,
    /// What the patient says against it.
    disagreements: Option<Vec<DisagreementView>>,
}

impl From<Document> for DocumentView {
    fn from(document: Document) -> Self {
        DocumentView {
            id: document.id,
            kind: document.kind,
            state: if document.completed_at.is_some() { DocumentState::Complete } else { DocumentState::Declared },
            author_id: document.author,
            author_name: document.author_name,
            title: document.title,
            file_name: document.file_name,
            media_type: document.media_type,
            size_bytes: i64::try_from(document.size_bytes).unwrap_or(i64::MAX),
            sha256: document.sha256,
            created_at: document.created_at.into(),
            completed_at: document.completed_at.map(Into::into),
            corrects_id: document.corrects,
            corrected_by_id: document.corrected_by,
            disagreements: disagreement::views(document.disagreements),
        }
    }
}

page_of!(
    /// Documents, newest first.
    DocumentPage of DocumentView
);

impl DocumentPage {
    pub fn of((documents, more): (Vec<Document>, bool)) -> Result<Self> {
        let next_cursor = documents.last().filter(|_| more).map(|last| Cursor::after(&last.id)).transpose()?;
        Ok(DocumentPage { items: documents.into_iter().map(Into::into).collect(), next_cursor })
    }
}
