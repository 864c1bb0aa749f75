//! Representations, for the desk that sees the proof.

use super::super::caller::Session;
use super::super::representation::{self, Found, Kind, Proof, Recorded, Scope};
use super::representations::RepresentationState;
use crate::app::App;
use crate::app::wire::{Body, Created, Failure, Instant, NoContent, Reply};
use crate::kernel::error::{Error, Fault, Result};
use poem::web::Data;
use poem_openapi::param::{Header, Path};
use poem_openapi::{Object, OpenApi, Tags};
use uuid::Uuid;

#[derive(Tags)]
enum Tag {
    /// Patients, for the desk
    Desk,
}

#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct NewRepresentation {
    /// Who is represented.
    patient_id: Uuid,
    /// Who acts for him: a patient, too.
    representative_id: Uuid,
    /// What was shown.
    kind: Kind,
    /// The last two to six characters of its number.
    #[oai(validator(min_length = 1, max_length = 12))]
    last_digits: String,
    scope: Scope,
    until: Option<Instant>,
}

#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct ShownProof {
    kind: Kind,
    /// The last two to six characters of its number.
    #[oai(validator(min_length = 1, max_length = 12))]
    last_digits: String,
}

#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct RecordedRepresentation {
    id: Uuid,
}

/// A representation in which a patient stands, with as much of the other side as it takes to compare a document.
#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct StaffRepresentation {
    id: Uuid,
    patient_id: Uuid,
    representative_id: Option<Uuid>,
    kind: Kind,
    scope: Scope,
    state: RepresentationState,
    /// Of the other side.
    initials: Option<String>,
    birth_year: Option<i32>,
    created_at: Instant,
    until: Option<Instant>,
}

#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct StaffRepresentationList {
    items: Vec<StaffRepresentation>,
}

impl StaffRepresentation {
    fn of(found: Found) -> Result<Self> {
        Ok(Self {
            id: found.row.id,
            patient_id: found.row.subject,
            representative_id: found.row.representative,
            kind: Kind::parse(&found.row.kind)?,
            scope: Scope::parse(&found.row.scope)?,
            state: RepresentationState::of(&found.row.state),
            initials: found.initials,
            birth_year: found.birth_year,
            created_at: found.row.created_at.into(),
            until: found.row.until.map(Into::into),
        })
    }
}

/// # Errors
/// `invalid` at `/kind` for what no document proves.
fn shown(kind: Kind) -> Result<Kind> {
    if kind == Kind::Granted { Err(Error::field("/kind", Fault::UnknownValue)) } else { Ok(kind) }
}

pub struct StaffRepresentationsApi;

#[OpenApi(prefix_path = "/v1/staff", tag = "Tag::Desk")]
impl StaffRepresentationsApi {
    /// List in which representations a patient stands
    ///
    /// For a patient whom this desk has found in the last quarter of an hour.
    #[oai(path = "/patients/:id/representations", method = "get", operation_id = "listPatientRepresentations")]
    async fn list(&self, app: Data<&App>, session: Session, id: Path<Uuid>) -> Result<Reply<StaffRepresentationList>, Failure> {
        let caller = session.staff_for("listPatientRepresentations")?;
        let found = representation::found(&app, &caller, "listPatientRepresentations", id.0).await?;
        let items: Result<Vec<_>> = found.into_iter().map(StaffRepresentation::of).collect();
        Ok(Reply::new(StaffRepresentationList { items: items? }))
    }

    /// Record who represents a patient
    ///
    /// With the proof in hand, for two patients whom this desk has found in the last quarter of an hour. Both are told.
    #[oai(path = "/representations", method = "post", operation_id = "createRepresentation")]
    async fn create(
        &self,
        app: Data<&App>,
        session: Session,
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] key: Header<String>,
        body: Body<NewRepresentation>,
    ) -> Result<Created<RecordedRepresentation>, Failure> {
        let caller = session.staff_for("createRepresentation")?;
        let asked = &body.0;
        let new = Recorded {
            subject: asked.patient_id,
            representative: asked.representative_id,
            kind: shown(asked.kind)?,
            scope: asked.scope,
            proof: Proof::check(&asked.last_digits)?,
            until: asked.until.as_ref().map(|until| until.get()),
        };
        let id = representation::record(&app, &caller, "createRepresentation", &key.0, (asked, new)).await?;
        Ok(Created::at(format!("/v1/staff/representations/{id}"), RecordedRepresentation { id }))
    }

    /// Verify what a representative declared
    ///
    /// The document was shown. From now on all of the representation's scope is open.
    #[oai(path = "/representations/:id/verification", method = "post", operation_id = "verifyRepresentation")]
    async fn verify(
        &self,
        app: Data<&App>,
        session: Session,
        id: Path<Uuid>,
        body: Body<ShownProof>,
    ) -> Result<NoContent, Failure> {
        let caller = session.staff_for("verifyRepresentation")?;
        let proof = (shown(body.0.kind)?, Proof::check(&body.0.last_digits)?);
        representation::verify(&app, &caller, "verifyRepresentation", id.0, proof).await?;
        Ok(NoContent)
    }

    /// End a representation
    ///
    /// At once, sessions and downloads included. Both are told.
    #[oai(path = "/representations/:id", method = "delete", operation_id = "endRepresentation")]
    async fn end(&self, app: Data<&App>, session: Session, id: Path<Uuid>) -> Result<NoContent, Failure> {
        let caller = session.staff_for("endRepresentation")?;
        representation::end_at_desk(&app, &caller, "endRepresentation", id.0).await?;
        Ok(NoContent)
    }
}
