//! The office: clinics, doctors and services, as the administrator writes them and everybody reads them.

pub use super::offer::Offer;
use super::rows::{self, ClinicRow, Codes, NewDoctorRow, Prices, ServiceRow};
use super::search::sought;
use super::slots::{self, DAY_MIN};
use super::speciality;
use crate::app::App;
use crate::app::multilingual::{Multilingual, line};
use crate::app::profile::{Payer, Profile};
use crate::app::wire::Money;
use crate::clinic::identity::person_name::check_name;
use crate::clinic::identity::phone::normalise_phone;
use crate::clinic::identity::{Caller, Clinics, NewStaff, Role, add_staff_with};
use crate::kernel::audit::Line;
use crate::kernel::db::Tx;
use crate::kernel::error::{Error, Fault, Faults, Result};
use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use sea_orm::ConnectionTrait;
use std::ops::{Range, RangeInclusive};
use uuid::Uuid;

/// Shortest and longest service, in minutes. The longest is also what the search for overlaps reckons with.
const DURATION_MIN: RangeInclusive<i32> = 5..=480;
/// Most days that one question about time may span.
pub const DAYS_MAX: i64 = 31;

/// The clinic, if it is there and the staff member may act for it.
///
/// # Errors
/// `not_found` for a clinic of others and for none alike.
pub async fn clinic_for(db: &impl ConnectionTrait, caller: &Caller, id: Uuid) -> Result<ClinicRow> {
    if !caller.clinics.serve(id) {
        return Err(Error::not_found());
    }
    rows::clinic(db, id).await?.ok_or_else(Error::not_found)
}

pub fn zone(name: &str) -> Result<Tz> {
    name.parse().map_err(|_| Error::internal("a clinic has an unknown zone"))
}

pub struct NewClinic {
    pub names: Multilingual,
    pub zone: String,
    pub addresses: Multilingual,
    pub phone: Option<String>,
}

impl NewClinic {
    /// # Errors
    /// `invalid`, with every field at fault.
    pub fn check(&self, profile: &Profile, id: Uuid) -> Result<ClinicRow> {
        let mut faults = Faults::default();
        let region = Some(profile.phone_region.as_str());
        let row = ClinicRow {
            id,
            names: self.names.check("/names", &mut faults, line),
            zone: faults.check("/zone", known_zone(&self.zone)).unwrap_or_default(),
            addresses: self.addresses.check("/addresses", &mut faults, line),
            phone: self.phone.as_deref().and_then(|phone| faults.check("/phone", normalise_phone(phone, region))),
            languages: Codes::default(),
            card: None,
            active: true,
            version: 1,
        };
        faults.into_result()?;
        Ok(row)
    }
}

fn known_zone(name: &str) -> Result<String, Fault> {
    name.parse::<Tz>().map(|zone| zone.name().to_owned()).map_err(|_| Fault::UnknownValue)
}

pub async fn add_clinic(tx: &mut Tx, row: &ClinicRow) -> Result<()> {
    rows::insert_clinic(tx, row, tx.now()).await?;
    tx.audit(Line::new("addClinic").on("clinic", row.id));
    Ok(())
}

pub struct NewService {
    pub clinic: Uuid,
    pub names: Multilingual,
    pub speciality: Option<String>,
    pub duration_min: i32,
    pub price: Option<Money>,
}

impl NewService {
    /// # Errors
    /// `invalid`, with every field at fault.
    pub fn check(&self, id: Uuid) -> Result<ServiceRow> {
        let mut faults = Faults::default();
        if !DURATION_MIN.contains(&self.duration_min) {
            faults.add("/durationMinutes", Fault::OutOfRange);
        }
        if self.price.as_ref().is_some_and(|price| price.amount < 0) {
            faults.add("/price/amount", Fault::OutOfRange);
        }
        let row = ServiceRow {
            id,
            clinic: self.clinic,
            names: self.names.check("/names", &mut faults, line),
            speciality: self.speciality.as_deref().and_then(|code| faults.check("/speciality", speciality::check(code))),
            mode: "inPerson".to_owned(),
            duration_min: self.duration_min,
            preparation: None,
            buffer_before_min: 0,
            buffer_after_min: 0,
            lead_min: None,
            confirmation: "payment".to_owned(),
            min_age: None,
            max_age: None,
            sex: None,
            equipment: None,
            prices: Prices(vec![(Payer::Own, self.price.clone())]),
            active: true,
            version: 1,
        };
        faults.into_result()?;
        Ok(row)
    }
}

pub async fn add_service(tx: &mut Tx, row: &ServiceRow) -> Result<()> {
    rows::insert_service(tx, row, tx.now()).await?;
    tx.audit(Line::new("addService").on("service", row.id));
    Ok(())
}

pub struct NewDoctor {
    pub clinic: Uuid,
    pub speciality: String,
    pub names: Multilingual,
    pub login: String,
}

/// Makes the staff account and the doctor in one transaction. Answers his id and the one-time password.
///
/// # Errors
/// `invalid`; `not_found` for a clinic that is not the caller's; `login_taken`.
pub async fn add_doctor(app: &App, caller: &Caller, new: NewDoctor) -> Result<(Uuid, String)> {
    clinic_for(&app.db.reader(), caller, new.clinic).await?;
    let mut faults = Faults::default();
    let speciality = faults.check("/speciality", speciality::check(&new.speciality)).unwrap_or_default();
    let names = new.names.check("/names", &mut faults, check_name);
    faults.into_result()?;
    let name = names.in_lang(app.profile.default_language).to_owned();
    let sought = sought(&names, &name);
    let account = NewStaff { role: Role::Doctor, clinics: Clinics::of([new.clinic]), login: new.login, name };
    add_staff_with(app, &caller.actor("createDoctor"), account, async |tx: &mut Tx, id: Uuid| -> Result<()> {
        let row = NewDoctorRow { id, clinic: new.clinic, speciality: &speciality, names: &names, sought: &sought };
        rows::insert_doctor(tx, &row, tx.now()).await?;
        tx.audit(Line::new("addDoctor").on("doctor", id));
        Ok(())
    })
    .await
}

/// The instants of whole days of a zone.
///
/// # Errors
/// `invalid` at `?to` when it is before `from`, or more than 31 days are asked for.
pub fn days(zone: Tz, from: NaiveDate, to: NaiveDate) -> Result<Range<DateTime<Utc>>> {
    if to < from || (to - from).num_days() >= DAYS_MAX {
        return Err(Error::field("?to", Fault::OutOfRange));
    }
    match (slots::instant(zone, from, 0), slots::instant(zone, to, DAY_MIN)) {
        (Some(start), Some(end)) => Ok(start..end),
        _ => Err(Error::field("?from", Fault::OutOfRange)),
    }
}
