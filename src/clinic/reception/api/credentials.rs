//! Credentials for a patient who stands at the desk.

use super::super::credentials;
use super::Tag;
use crate::app::App;
use crate::app::wire::{Body, Created, Failure, Instant};
use crate::clinic::identity::Session;
use crate::clinic::identity::api::SpokenLanguage;
use poem::web::Data;
use poem_openapi::param::Path;
use poem_openapi::{Object, OpenApi};
use uuid::Uuid;

#[derive(Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct NewCredentials {
    /// Of the slip: the patient's.
    language: SpokenLanguage,
}

/// Answered once, and nowhere kept.
#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct PatientCredentials {
    login: String,
    one_time_password: String,
    /// Until when it can be changed.
    expires_at: Instant,
    /// A page to print: all of this, and a QR code of the sign-in address with the login.
    slip_html: String,
}

pub struct CredentialsApi;

#[OpenApi(prefix_path = "/v1/staff", tag = "Tag::Reception")]
impl CredentialsApi {
    /// Issue credentials to a patient
    ///
    /// To one whom this desk has found, with a recorded check of who he is (`identity_check_required`). New ones for lost ones,
    /// too: the old password is void and every session of his ends; the login stays. Before he has changed the password all he
    /// can do is that. Where the profile asks for a contract, not without one that stands (`contract_required`).
    #[oai(path = "/patients/:id/credentials", method = "post", operation_id = "issueCredentials")]
    async fn issue(
        &self,
        app: Data<&App>,
        session: Session,
        id: Path<Uuid>,
        body: Body<NewCredentials>,
    ) -> Result<Created<PatientCredentials>, Failure> {
        let caller = session.staff_for("issueCredentials")?;
        let (issued, slip_html) = credentials::issue(&app, &caller, id.0, body.0.language.into()).await?;
        let credentials = PatientCredentials {
            login: issued.login,
            one_time_password: issued.one_time_password,
            expires_at: issued.until.into(),
            slip_html,
        };
        Ok(Created::at(format!("/v1/staff/patients/{}/credentials", id.0), credentials))
    }
}
