//! The desk looks for a patient.

use super::super::caller::Session;
use super::super::desk::{self, Found, Sought};
use super::super::person::Identifier;
use super::me::{IdentifierSystem, NewIdentifier};
use crate::app::App;
use crate::app::wire::{Body, Failure, Instant, Reply};
use crate::kernel::error::{Error, Fault, Result};
use poem::web::Data;
use poem_openapi::{Object, OpenApi, Tags};
use uuid::Uuid;

#[derive(Tags)]
enum Tag {
    /// Patients, for the desk
    Desk,
}

/// What a patient is looked for by: one of the three.
#[derive(Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
pub struct PatientSearch {
    #[oai(validator(min_length = 1, max_length = 40))]
    pub phone: Option<String>,
    #[oai(validator(min_length = 1, max_length = 254))]
    pub email: Option<String>,
    pub identifier: Option<NewIdentifier>,
}

impl PatientSearch {
    pub fn is_empty(&self) -> bool {
        self.phone.is_none() && self.email.is_none() && self.identifier.is_none()
    }

    fn sought(self) -> Result<Sought> {
        match (self.phone, self.email, self.identifier) {
            (Some(phone), None, None) => Ok(Sought::Phone(phone)),
            (None, Some(email), None) => Ok(Sought::Email(email)),
            (None, None, Some(NewIdentifier { system, value, insurer })) => {
                Ok(Sought::Number(Identifier { system: system.into(), value, insurer, checked: false }))
            }
            (None, None, None) => Err(Error::field("/phone", Fault::Required)),
            _ => Err(Error::field("/phone", Fault::NotAsked)),
        }
    }
}

#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct MaskedIdentifier {
    system: IdentifierSystem,
    /// The last characters.
    masked: String,
}

/// No more of a patient than it takes to see whether it is he.
#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct FoundPatient {
    patient_id: Uuid,
    /// Of surname, given name and patronymic. Absent until he filled in his profile.
    initials: Option<String>,
    birth_year: Option<i32>,
    /// Phones and addresses, masked.
    contacts: Vec<String>,
    identifiers: Vec<MaskedIdentifier>,
    /// Until when this desk may act for him.
    until: Instant,
}

impl From<Found> for FoundPatient {
    fn from(found: Found) -> Self {
        let identifiers = found.numbers.into_iter().map(|(system, masked)| MaskedIdentifier { system: system.into(), masked });
        Self {
            patient_id: found.subject,
            initials: found.initials,
            birth_year: found.birth_year,
            contacts: found.contacts,
            identifiers: identifiers.collect(),
            until: found.until.into(),
        }
    }
}

/// The patient whom a search names, and nothing more of him.
///
/// # Errors
/// `invalid`; `not_found`.
pub async fn sought_subject(app: &App, search: PatientSearch) -> Result<Uuid> {
    desk::subject_of(app, &search.sought()?).await
}

pub struct DeskApi;

#[OpenApi(prefix_path = "/v1/staff", tag = "Tag::Desk")]
impl DeskApi {
    /// Find a patient by his exact phone, e-mail or number
    ///
    /// For a quarter of an hour the desk may then act for him. He reads the search in his access log.
    #[oai(path = "/patients/find", method = "post", operation_id = "findPatient")]
    async fn find(&self, app: Data<&App>, session: Session, body: Body<PatientSearch>) -> Result<Reply<FoundPatient>, Failure> {
        let caller = session.staff_for("findPatient")?;
        let sought = body.0.sought()?;
        Ok(Reply::new(desk::find(&app, &caller, "findPatient", &sought).await?.into()))
    }
}
