//! Accounts of people who work here.

use super::super::caller::{Caller, Role, Session};
use super::super::clinics::Clinics;
use super::super::employment;
use super::super::staff::{self, NewStaff};
use super::super::undertaking::{self, Given};
use super::auth::TotpEnrolment;
use crate::app::App;
use crate::app::wire::{AskedLang, Body, Created, Failure, NoContent, Reply};
use crate::kernel::error::{Error, Fault, Result};
use crate::kernel::lang::Lang;
use poem::web::Data;
use poem_openapi::{Enum, Object, OpenApi, Tags};
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
    /// Where the profile asks for one and it is in force. It can also be given afterwards, and nothing else can be done before.
    undertaking: Option<NewUndertaking>,
}

/// A language in which the house speaks to people.
#[derive(Enum, Debug, Clone, Copy, PartialEq)]
#[oai(rename_all = "lowercase")]
pub enum SpokenLanguage {
    Ru,
    Kk,
    Ka,
    En,
}

impl From<SpokenLanguage> for Lang {
    fn from(language: SpokenLanguage) -> Self {
        match language {
            SpokenLanguage::Ru => Lang::Ru,
            SpokenLanguage::Kk => Lang::Kk,
            SpokenLanguage::Ka => Lang::Ka,
            SpokenLanguage::En => Lang::En,
        }
    }
}

impl From<Lang> for SpokenLanguage {
    fn from(lang: Lang) -> Self {
        match lang {
            Lang::Ru => SpokenLanguage::Ru,
            Lang::Kk => SpokenLanguage::Kk,
            Lang::Ka => SpokenLanguage::Ka,
            Lang::En => SpokenLanguage::En,
        }
    }
}

/// The text that was read, as `getUndertaking` answered it.
#[derive(Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct NewUndertaking {
    #[oai(validator(min_length = 1, max_length = 64))]
    version: String,
    #[oai(validator(pattern = "^[0-9a-fA-F]{64}$"))]
    text_hash: String,
    language: SpokenLanguage,
}

impl NewUndertaking {
    fn check(&self, app: &App, caller: &Caller) -> Result<Given> {
        undertaking::check(app, caller.role, &self.version, &self.text_hash, self.language.into(), caller.addr)
    }
}

/// The undertaking of confidentiality that is asked of this account. Without a text none is.
#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct UndertakingView {
    /// Whether it must be given before anything else can be done.
    owed: bool,
    version: Option<String>,
    /// In the language of `Accept-Language`.
    text: Option<String>,
    language: Option<SpokenLanguage>,
    /// SHA-256 of the text, in hexadecimal.
    text_hash: Option<String>,
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
        employment::check_given(&app.db.reader(), &caller, &clinics).await?;
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
        let given = body.0.undertaking.as_ref().map(|given| given.check(&app, &caller)).transpose()?;
        let actor = caller.actor("changeCredentials");
        let enrolment = staff::change_credentials(&app, &actor, caller.id, &body.0.new_password, given).await?;
        Ok(Reply::new(enrolment.into()))
    }

    /// Read the undertaking of confidentiality that is asked of one's role
    #[oai(path = "/staff/me/undertaking", method = "get", operation_id = "getUndertaking")]
    async fn undertaking(&self, app: Data<&App>, session: Session, lang: AskedLang) -> Result<Reply<UndertakingView>, Failure> {
        let caller = session.staff_even_new()?;
        let asked = undertaking::in_force(&app, caller.role, lang.0);
        let (version, text, text_hash) = match asked {
            Some((version, text, hash)) => (Some(version.to_owned()), Some(text.to_owned()), Some(hash)),
            None => (None, None, None),
        };
        let language = text.as_ref().map(|_| lang.0.into());
        Ok(Reply::new(UndertakingView { owed: caller.owes_undertaking(), version, text, language, text_hash }))
    }

    /// Give the undertaking of confidentiality
    ///
    /// Until it is given, every other operation refuses with `acceptance_required`. Kept as evidence.
    #[oai(path = "/staff/me/undertaking", method = "put", operation_id = "giveUndertaking")]
    async fn give_undertaking(
        &self,
        app: Data<&App>,
        session: Session,
        body: Body<NewUndertaking>,
    ) -> Result<NoContent, Failure> {
        let caller = session.staff_even_new()?;
        let given = body.0.check(&app, &caller)?;
        undertaking::give_now(&app, &caller, "giveUndertaking", &given).await?;
        Ok(NoContent)
    }
}
