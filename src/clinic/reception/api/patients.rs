//! Patients whom the desk enters.

use super::super::patients::{self, NewPatient, TellPatient};
use super::super::rights::{self, Said};
use super::Tag;
use crate::app::App;
use crate::app::wire::{AskedLang, Body, Created, Failure, Instant, NoContent, Reply};
use crate::clinic::identity::api::NewProfile;
use crate::clinic::identity::{Addresses, Session, check_person, check_person_from, representation};
use crate::clinic::privacy::{DeskChannel, Telling, TextLanguage};
use crate::kernel::db::Tx;
use crate::kernel::error::{Error, Fault, Result};
use crate::kernel::lang::Lang;
use poem::web::Data;
use poem_openapi::param::{Header, Path};
use poem_openapi::types::ToJSON;
use poem_openapi::{Object, OpenApi};
use uuid::Uuid;

/// A text that the desk told somebody, as it was told.
#[derive(Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ToldText {
    #[oai(validator(min_length = 1, max_length = 64))]
    version: String,
    #[oai(validator(pattern = "^[0-9a-fA-F]{64}$"))]
    text_hash: String,
    language: TextLanguage,
    telling: Telling,
}

impl From<ToldText> for Said {
    fn from(told: ToldText) -> Self {
        let ToldText { version, text_hash, language, telling } = told;
        Self { version, text_hash, language: Lang::from(language), telling }
    }
}

/// Somebody whom the desk enters as a patient. The fields of the profile are those that he could give himself.
#[derive(Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct EnteredPatient {
    /// How he came.
    channel: DeskChannel,
    /// By which he may sign in later.
    #[oai(validator(min_length = 1, max_length = 40))]
    phone: Option<String>,
    #[oai(validator(min_length = 1, max_length = 254))]
    email: Option<String>,
    profile: NewProfile,
    /// Of the policy: its version, and the hash of its text.
    acceptance: ToldText,
    /// That he was told his rights, by `getRightsNotice`. Required where the profile wants it.
    rights_notice: Option<ToldText>,
}

impl EnteredPatient {
    /// Without a phone of his own he gets the one that is known of him.
    pub(super) fn check(self, app: &App, known_phone: Option<&str>) -> Result<NewPatient> {
        let phone = self.phone.as_deref().or(known_phone);
        let addresses = Addresses::check(&app.profile, phone, self.email.as_deref())?;
        let today = app.ambient.now().date_naive();
        let person =
            check_person(&app.profile, self.profile.into_form(today), today).map_err(|error| under("/profile", error))?;
        let (acceptance, rights) = (self.acceptance.into(), self.rights_notice.map(Into::into));
        Ok(NewPatient { channel: self.channel, person, addresses, acceptance, rights })
    }
}

/// Faults of a part of the body, at their place in the whole.
fn under(part: &str, error: Error) -> Error {
    let Error::Refused(mut refusal) = error else { return error };
    for field in &mut refusal.fields {
        field.pointer.insert_str(0, part);
    }
    Error::Refused(refusal)
}

/// Of what `enter` refuses, numbers stand under the profile, and addresses beside it.
pub(super) fn placed(error: Error) -> Error {
    let is_of_profile = matches!(&error, Error::Refused(refusal)
        if refusal.fields.iter().any(|field| field.pointer.starts_with("/identifiers")));
    if is_of_profile { under("/profile", error) } else { error }
}

/// The patient whom the desk has entered.
#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub(super) struct RegisteredPatient {
    pub(super) patient_id: Uuid,
    /// Until when this desk may act for him without finding him anew.
    pub(super) until: Instant,
}

#[derive(Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct ToldPatient {
    /// How he came.
    channel: DeskChannel,
    /// Of the policy.
    acceptance: Option<ToldText>,
    rights_notice: Option<ToldText>,
}

/// What patients are told of their rights.
#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct RightsNotice {
    version: String,
    /// In the asked language.
    text: String,
    /// SHA-256 of this text, in hexadecimal.
    text_hash: String,
    language: TextLanguage,
    /// Whether the desk enters and books nobody who was not told.
    required: bool,
}

pub struct PatientsApi;

#[OpenApi(prefix_path = "/v1/staff", tag = "Tag::Reception")]
impl PatientsApi {
    /// Read the text by which patients are told their rights
    #[oai(path = "/rights-notice", method = "get", operation_id = "getRightsNotice")]
    async fn rights_notice(&self, app: Data<&App>, session: Session, lang: AskedLang) -> Result<Reply<RightsNotice>, Failure> {
        session.staff_for("getRightsNotice")?;
        let text = rights::text(&app.profile)?;
        Ok(Reply::new(RightsNotice {
            version: text.version.clone(),
            text: text.text.in_lang(lang.0).to_owned(),
            text_hash: text.hash(lang.0),
            language: lang.0.into(),
            required: app.profile.desk.rights_notice,
        }))
    }

    /// Enter a patient
    ///
    /// For somebody who came, called or wrote. `identifier_taken` names the phone, e-mail or number by which he is there
    /// already: find him by it. Later he signs in by a code to his phone, to the same account.
    #[oai(path = "/patients", method = "post", operation_id = "createPatient")]
    async fn create(
        &self,
        app: Data<&App>,
        session: Session,
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] key: Header<String>,
        body: Body<EnteredPatient>,
    ) -> Result<Created<RegisteredPatient>, Failure> {
        let caller = session.staff_for("createPatient")?;
        let asked = body.0.to_json().unwrap_or_default();
        let new = body.0.check(&app, None)?;
        let answer = |patient_id, until: chrono::DateTime<chrono::Utc>| RegisteredPatient { patient_id, until: until.into() };
        let request = ("createPatient", key.as_str(), &asked);
        let made = patients::enter(&app, &caller, request, &new, None, answer).await.map_err(placed)?;
        Ok(Created::at(format!("/v1/staff/patients/{}", made.patient_id), made))
    }

    /// Replace what is known of a patient
    ///
    /// For a patient whom this desk has found, with a recorded check of who he is (`identity_check_required`).
    #[oai(path = "/patients/:id/profile", method = "put", operation_id = "putPatientProfile")]
    async fn put_profile(
        &self,
        app: Data<&App>,
        session: Session,
        id: Path<Uuid>,
        body: Body<NewProfile>,
    ) -> Result<NoContent, Failure> {
        let caller = session.staff_for("putPatientProfile")?;
        patients::check_found(&app, &caller, id.0).await?;
        let now = app.ambient.now();
        // Whoever is represented need not be old enough for an account of his own.
        let is_represented = representation::is_represented(&app.db.reader(), id.0, now).await?;
        let youngest = if is_represented { 0 } else { app.profile.person.own_account_age };
        let today = now.date_naive();
        let person = check_person_from(&app.profile, body.0.into_form(today), today, youngest)?;
        patients::replace(&app, &caller, "putPatientProfile", id.0, &person).await?;
        Ok(NoContent)
    }

    /// Record what a patient was told and accepted at the desk
    ///
    /// The policy, the notice of his rights, or both.
    #[oai(path = "/patients/:id/notices", method = "post", operation_id = "createPatientNotice")]
    async fn tell(
        &self,
        app: Data<&App>,
        session: Session,
        id: Path<Uuid>,
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] key: Header<String>,
        body: Body<ToldPatient>,
    ) -> Result<NoContent, Failure> {
        let caller = session.staff_for("createPatientNotice")?;
        let asked = serde_json::json!({ "patient": id.0, "told": body.0.to_json() });
        let ToldPatient { channel, acceptance, rights_notice } = body.0;
        let new = TellPatient { channel, acceptance: acceptance.map(Into::into), rights: rights_notice.map(Into::into) };
        if new.acceptance.is_none() && new.rights.is_none() {
            return Err(Error::field("/acceptance", Fault::Required).into());
        }
        patients::check_found(&app, &caller, id.0).await?;
        let keys = app.vault.keys(id.0).await?;
        app.write_once(&caller.actor("createPatientNotice"), &caller.keys, &key, &asked, async |tx: &mut Tx| {
            patients::tell(tx, &app, &caller, &keys, &new).await.map(|()| true)
        })
        .await?;
        Ok(NoContent)
    }
}
