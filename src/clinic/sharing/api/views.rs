//! What goes over the wire.

use super::super::disclosure::FieldValue;
use super::super::listing::{Listed, Seen};
use super::super::reading::Opened;
use super::super::rows::Shared;
use super::super::shared::Kind;
use crate::app::wire::Instant;
use crate::clinic::documents::DocumentView;
use crate::kernel::error::Result;
use crate::page_of;
use poem_openapi::Object;
use uuid::Uuid;

/// Something was given, and until when it stands.
#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct GivenAccess {
    pub id: Uuid,
    pub until: Instant,
}

/// Somebody opened it.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct SharedOpening {
    at: Instant,
    /// Absent when the account is gone.
    staff_name: Option<String>,
    /// `document`, `sharedAccess`, …
    object_kind: Option<String>,
    object_id: Option<Uuid>,
}

impl From<Seen> for SharedOpening {
    fn from(seen: Seen) -> Self {
        Self { at: seen.at.into(), staff_name: seen.staff_name, object_kind: seen.object_kind, object_id: seen.object }
    }
}

/// What is or was shared of one, with whom, and who opened it.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct SharedAccessView {
    id: Uuid,
    kind: Kind,
    doctor_id: Option<Uuid>,
    clinic_id: Option<Uuid>,
    /// Of the register of recipients.
    insurer: Option<String>,
    /// The doctor's, the clinic's or the insurer's.
    recipient_name: Option<String>,
    /// The clinic that is the third party of a contract.
    contract_clinic_name: Option<String>,
    /// Who referred, or registered the contract.
    by_name: Option<String>,
    purpose: Option<String>,
    document_ids: Vec<Uuid>,
    /// Of a referral: the whole clinical record, and not only documents.
    whole_record: bool,
    /// Of the profile: what a contract lets the insurer read.
    fields: Vec<String>,
    /// Of a contract: documents of these kinds, of the span that follows.
    document_kinds: Vec<String>,
    documents_from: Option<Instant>,
    documents_until: Option<Instant>,
    /// Of a contract.
    number: Option<String>,
    paper_mark: Option<String>,
    from: Instant,
    until: Instant,
    ended_at: Option<Instant>,
    /// The last twenty.
    openings: Vec<SharedOpening>,
}

impl From<Listed> for SharedAccessView {
    fn from(listed: Listed) -> Self {
        let Listed { row, kind, scope, words, recipient_name, clinic_name, by_name, openings } = listed;
        Self {
            id: row.id,
            kind,
            doctor_id: row.doctor,
            clinic_id: row.clinic,
            insurer: row.insurer,
            recipient_name,
            contract_clinic_name: clinic_name,
            by_name,
            purpose: Some(words.purpose).filter(|purpose| !purpose.is_empty()),
            document_ids: scope.documents,
            whole_record: scope.record,
            fields: scope.fields,
            document_kinds: scope.kinds,
            documents_from: scope.documents_from.map(Into::into),
            documents_until: scope.documents_until.map(Into::into),
            number: words.number,
            paper_mark: words.paper_mark,
            from: row.valid_from.into(),
            until: row.valid_until.into(),
            ended_at: row.ended_at.map(Into::into),
            openings: openings.into_iter().map(Into::into).collect(),
        }
    }
}

page_of!(
    /// What is shared of one, newest first, ended ones too.
    SharedAccessPage of SharedAccessView
);

/// Something that the caller may open.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct ReceivedAccess {
    id: Uuid,
    kind: Kind,
    patient_id: Uuid,
    from: Instant,
    until: Instant,
}

impl ReceivedAccess {
    pub fn of(row: &Shared) -> Result<Self> {
        let (from, until) = (row.valid_from.into(), row.valid_until.into());
        Ok(Self { id: row.id, kind: row.kind()?, patient_id: row.subject, from, until })
    }
}

page_of!(
    /// What the caller may open now, newest first.
    ReceivedAccessPage of ReceivedAccess
);

/// A field of a person.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct PersonField {
    /// `surname`, `birthDate`, `phone`, …
    field: String,
    value: String,
}

impl From<FieldValue> for PersonField {
    fn from(value: FieldValue) -> Self {
        Self { field: value.field, value: value.value }
    }
}

/// What somebody is let see of a patient.
#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct ReceivedAccessView {
    id: Uuid,
    kind: Kind,
    patient_id: Uuid,
    /// Absent for an insurer.
    patient_name: Option<String>,
    purpose: Option<String>,
    /// Of a contract.
    number: Option<String>,
    from: Instant,
    until: Instant,
    /// Of a referral: the record is read as of any patient whom one treats, by `patientId`.
    whole_record: bool,
    fields: Vec<PersonField>,
    documents: Vec<DocumentView>,
}

impl From<Opened> for ReceivedAccessView {
    fn from(opened: Opened) -> Self {
        let Opened { row, kind, scope, words, name, fields, documents } = opened;
        Self {
            id: row.id,
            kind,
            patient_id: row.subject,
            patient_name: name,
            purpose: Some(words.purpose).filter(|purpose| !purpose.is_empty()),
            number: words.number,
            from: row.valid_from.into(),
            until: row.valid_until.into(),
            whole_record: scope.record,
            fields: fields.into_iter().map(Into::into).collect(),
            documents: documents.into_iter().map(Into::into).collect(),
        }
    }
}
