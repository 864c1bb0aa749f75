//! Accounts of people who work here.

use super::super::caller::{Role, Session};
use super::super::clinics::Clinics;
use super::super::employment;
use super::super::staff::{self, NewStaff};
use super::auth::TotpEnrolment;
use crate::app::App;
use crate::app::wire::{Body, Created, Failure, Reply};
use crate::kernel::error::{Error, Fault, Result};
use poem::web::Data;
use poem_openapi::{Object, OpenApi, Tags};
use uuid::Uuid;

#[derive(Tags)]
pub(super) enum Tag {
    /// Staff accounts
    Staff,
}

#[derive(Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct NewStaffAccount {
    /// Any role but `patient`.
    role: Role,
    /// One clinic that the account serves; `clinicIds` for several.
    clinic_id: Option<Uuid>,
    /// The clinics that the account serves. Neither of the two: the whole installation.
    #[oai(validator(max_items = 100))]
    clinic_ids: Option<Vec<Uuid>>,
    #[oai(validator(max_length = 64))]
    login: String,
    #[oai(validator(max_length = 100))]
    name: String,
}

#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct IssuedCredentials {
    id: Uuid,
    login: String,
    /// Shown once. To be changed at the first sign-in, within three days.
    one_time_password: String,
}

#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct StaffView {
    id: Uuid,
    role: Role,
    /// The first of `clinicIds`.
    clinic_id: Option<Uuid>,
    /// The clinics that the account serves. None: the whole installation.
    clinic_ids: Vec<Uuid>,
    login: String,
    name: String,
}

#[derive(Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct NewPassword {
    /// 10 to 256 characters of any script.
    #[oai(validator(max_length = 256))]
    new_password: String,
}

pub struct StaffApi;

#[OpenApi(prefix_path = "/v1", tag = "Tag::Staff")]
impl StaffApi {
    /// Read one's own staff account
    #[oai(path = "/staff/me", method = "get", operation_id = "getStaffMe")]
    async fn me(&self, app: Data<&App>, session: Session) -> Result<Reply<StaffView>, Failure> {
        let caller = session.staff_even_new()?;
        let (row, body) = staff::staff_member(&app, caller.id).await?;
        let clinic_ids = caller.clinics.as_slice().to_vec();
        let view =
            StaffView { id: row.id, role: caller.role, clinic_id: caller.clinic, clinic_ids, login: body.login, name: body.name };
        Ok(Reply::new(view))
    }

    /// Make a staff account
    ///
    /// Its one-time password is answered once. A doctor's account is made with his place in a clinic: `createDoctor`.
    #[oai(path = "/staff/accounts", method = "post", operation_id = "createStaff")]
    async fn create(
        &self,
        app: Data<&App>,
        session: Session,
        body: Body<NewStaffAccount>,
    ) -> Result<Created<IssuedCredentials>, Failure> {
        let caller = session.staff_for("createStaff")?;
        let NewStaffAccount { role, clinic_id, clinic_ids, login, name } = body.0;
        if matches!(role, Role::Patient | Role::Doctor) {
            return Err(Error::field("/role", Fault::UnknownValue).into());
        }
        let clinics = Clinics::of(clinic_ids.into_iter().flatten().chain(clinic_id));
        employment::check_given(&caller, &clinics)?;
        let new = NewStaff { role, clinics, login: login.clone(), name };
        let (id, one_time_password) = staff::add_staff(&app, &caller.actor("createStaff"), new).await?;
        let issued = IssuedCredentials { id, login: login.trim().to_lowercase(), one_time_password };
        Ok(Created::at(format!("/v1/staff/accounts/{id}"), issued))
    }

    /// Change the issued credentials
    ///
    /// Ends every session; the next sign-in takes the new password and a code of the authenticator app.
    #[oai(path = "/staff/me/credentials", method = "post", operation_id = "changeCredentials")]
    async fn change(&self, app: Data<&App>, session: Session, body: Body<NewPassword>) -> Result<Reply<TotpEnrolment>, Failure> {
        let caller = session.staff_even_new()?;
        let enrolment =
            staff::change_credentials(&app, &caller.actor("changeCredentials"), caller.id, &body.0.new_password).await?;
        Ok(Reply::new(enrolment.into()))
    }
}
