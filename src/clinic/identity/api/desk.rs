//! The desk looks for a patient.

use super::super::caller::Session;
use super::super::candidates::{self, Candidate};
use super::super::desk::{self, Found, Sought};
use super::super::numbers::System;
use super::me::{IdentifierSystem, NewIdentifier};
use crate::app::App;
use crate::app::wire::{Body, Date, Failure, Instant, Reply};
use crate::kernel::error::{Error, Fault, Result};
use poem::web::Data;
use poem_openapi::param::Path;
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
            (None, None, Some(number)) => Ok(Sought::Number(number.into())),
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
        let Found { masked, until } = found;
        Self {
            patient_id: masked.subject,
            initials: masked.initials,
            birth_year: masked.birth_year,
            contacts: masked.contacts,
            identifiers: identifiers(masked.numbers),
            until: until.into(),
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

fn identifiers(numbers: Vec<(System, String)>) -> Vec<MaskedIdentifier> {
    numbers.into_iter().map(|(system, masked)| MaskedIdentifier { system: system.into(), masked }).collect()
}

/// Who is looked for by his name. Every spelling and script of the surname finds him.
#[derive(Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct PersonSearch {
    #[oai(validator(min_length = 1, max_length = 100))]
    surname: String,
    birth_date: Date,
    /// Where there are several.
    #[oai(validator(min_length = 1, max_length = 100))]
    given_name: Option<String>,
}

/// Somebody who may be the one, masked.
#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct PatientCandidate {
    patient_id: Uuid,
    initials: Option<String>,
    birth_year: Option<i32>,
    contacts: Vec<String>,
    identifiers: Vec<MaskedIdentifier>,
    /// Until when this desk may act for him. Absent while he has to be chosen.
    until: Option<Instant>,
}

/// At most ten.
#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct PatientCandidates {
    items: Vec<PatientCandidate>,
}

impl From<Candidate> for PatientCandidate {
    fn from(Candidate { masked, until }: Candidate) -> Self {
        Self {
            patient_id: masked.subject,
            initials: masked.initials,
            birth_year: masked.birth_year,
            contacts: masked.contacts,
            identifiers: identifiers(masked.numbers),
            until: until.map(Into::into),
        }
    }
}

impl From<Vec<Candidate>> for PatientCandidates {
    fn from(found: Vec<Candidate>) -> Self {
        Self { items: found.into_iter().map(Into::into).collect() }
    }
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

    /// Find a patient by surname and birth date
    ///
    /// Exact, in any spelling and script. The only one is found, as by `findPatient`; of several, `choosePatient` takes the
    /// one whom the caller turns out to be. Each of them reads in his access log that the desk looked.
    #[oai(path = "/patients/search", method = "post", operation_id = "searchPatients")]
    async fn search(
        &self,
        app: Data<&App>,
        session: Session,
        body: Body<PersonSearch>,
    ) -> Result<Reply<PatientCandidates>, Failure> {
        let caller = session.staff_for("searchPatients")?;
        let PersonSearch { surname, birth_date, given_name } = body.0;
        let sought = candidates::Sought { surname, birth_date: birth_date.0, given_name }.check()?;
        Ok(Reply::new(candidates::search(&app, &caller, "searchPatients", &sought).await?.into()))
    }

    /// Choose among the patients whom a search has shown
    ///
    /// For a quarter of an hour the desk may then act for him.
    #[oai(path = "/patients/:id/choose", method = "post", operation_id = "choosePatient")]
    async fn choose(&self, app: Data<&App>, session: Session, id: Path<Uuid>) -> Result<Reply<PatientCandidate>, Failure> {
        let caller = session.staff_for("choosePatient")?;
        Ok(Reply::new(candidates::choose(&app, &caller, "choosePatient", id.0).await?.into()))
    }

    /// List others who may be the same person
    ///
    /// Of the surname and birth date of a patient whom this desk has found. A number has one holder, so that none is shared.
    #[oai(path = "/patients/:id/duplicates", method = "get", operation_id = "listDuplicates")]
    async fn duplicates(&self, app: Data<&App>, session: Session, id: Path<Uuid>) -> Result<Reply<PatientCandidates>, Failure> {
        let caller = session.staff_for("listDuplicates")?;
        Ok(Reply::new(candidates::duplicates(&app, &caller, "listDuplicates", id.0).await?.into()))
    }
}
