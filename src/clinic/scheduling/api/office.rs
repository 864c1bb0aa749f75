//! The office as its administrator writes it. One who belongs to a clinic writes about that clinic alone.

use super::super::office::{self, NewClinic, NewDoctor, NewService};
use super::catalogue::{ClinicView, ServiceView};
use crate::app::App;
use crate::app::multilingual::Multilingual;
use crate::app::wire::{AskedLang, Body, Created, Failure, Money};
use crate::clinic::identity::Session;
use crate::kernel::db::Tx;
use crate::kernel::error::{Code, Error, Result};
use poem::web::Data;
use poem_openapi::param::Header;
use poem_openapi::{Object, OpenApi, Tags};
use uuid::Uuid;

#[derive(Tags)]
enum Tag {
    /// Clinics, services and doctors, for their administrator
    Office,
}

#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct NewClinicForm {
    names: Multilingual,
    /// The IANA name of the time zone, for example `Asia/Almaty`.
    #[oai(validator(max_length = 64))]
    zone: String,
    addresses: Multilingual,
    #[oai(validator(max_length = 32))]
    phone: Option<String>,
}

#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct NewServiceForm {
    clinic_id: Uuid,
    names: Multilingual,
    /// One of the known codes, for example `cardiology`. Absent: doctors of every speciality do it.
    #[oai(validator(max_length = 64))]
    speciality: Option<String>,
    #[oai(validator(minimum(value = "5"), maximum(value = "480")))]
    duration_minutes: i32,
    price: Option<Money>,
}

#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct NewDoctorForm {
    clinic_id: Uuid,
    /// One of the known codes, for example `cardiology`.
    #[oai(validator(max_length = 64))]
    speciality: String,
    /// The whole name, as patients are to read it.
    names: Multilingual,
    #[oai(validator(max_length = 64))]
    login: String,
}

#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct IssuedDoctor {
    id: Uuid,
    login: String,
    /// Shown once. To be changed at the first sign-in, within three days.
    one_time_password: String,
}

pub struct OfficeApi;

#[OpenApi(prefix_path = "/v1/staff", tag = "Tag::Office")]
impl OfficeApi {
    /// Add a clinic
    #[oai(path = "/clinics", method = "post", operation_id = "createClinic")]
    async fn create_clinic(
        &self,
        app: Data<&App>,
        session: Session,
        lang: AskedLang,
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] key: Header<String>,
        body: Body<NewClinicForm>,
    ) -> Result<Created<ClinicView>, Failure> {
        let caller = session.staff_for("createClinic")?;
        if !caller.clinics.is_everywhere() {
            return Err(Error::refused(Code::Forbidden).into());
        }
        let form = body.0;
        let new = NewClinic {
            names: form.names.clone(),
            zone: form.zone.clone(),
            addresses: form.addresses.clone(),
            phone: form.phone.clone(),
        };
        let row = new.check(&app.profile, app.ambient.id())?;
        let view = app
            .write_once(&caller.actor("createClinic"), &caller.keys, &key.0, &form, async |tx: &mut Tx| -> Result<ClinicView> {
                office::add_clinic(tx, &row).await?;
                Ok(ClinicView::of(row.clone(), lang.0))
            })
            .await?;
        Ok(Created::at("/v1/clinics", view))
    }

    /// Add a service
    #[oai(path = "/services", method = "post", operation_id = "createService")]
    async fn create_service(
        &self,
        app: Data<&App>,
        session: Session,
        lang: AskedLang,
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] key: Header<String>,
        body: Body<NewServiceForm>,
    ) -> Result<Created<ServiceView>, Failure> {
        let caller = session.staff_for("createService")?;
        let form = body.0;
        let new = NewService {
            clinic: form.clinic_id,
            names: form.names.clone(),
            speciality: form.speciality.clone(),
            duration_min: form.duration_minutes,
            price: form.price.clone(),
        };
        let row = new.check(app.ambient.id())?;
        let view = app
            .write_once(&caller.actor("createService"), &caller.keys, &key.0, &form, async |tx: &mut Tx| -> Result<ServiceView> {
                office::clinic_for(tx, &caller, row.clinic).await?;
                office::add_service(tx, &row).await?;
                Ok(ServiceView::of(row.clone(), lang.0))
            })
            .await?;
        Ok(Created::at("/v1/services", view))
    }

    /// Add a doctor
    ///
    /// Makes his staff account too. Its one-time password is answered once.
    #[oai(path = "/doctors", method = "post", operation_id = "createDoctor")]
    async fn create_doctor(
        &self,
        app: Data<&App>,
        session: Session,
        body: Body<NewDoctorForm>,
    ) -> Result<Created<IssuedDoctor>, Failure> {
        let caller = session.staff_for("createDoctor")?;
        let NewDoctorForm { clinic_id, speciality, names, login } = body.0;
        let new = NewDoctor { clinic: clinic_id, speciality, names, login: login.clone() };
        let (id, one_time_password) = office::add_doctor(&app, &caller, new).await?;
        let issued = IssuedDoctor { id, login: login.trim().to_lowercase(), one_time_password };
        Ok(Created::at(format!("/v1/doctors/{id}"), issued))
    }
}
