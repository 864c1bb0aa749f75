//! Clinics, doctors, services, hours: what the office says about itself, and everybody may read.

use super::super::slots::Opening;
use super::{all, change, one};
use crate::app::multilingual::Multilingual;
use crate::app::wire::Paging;
use crate::kernel::error::Result;
use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::{ConnectionTrait, FromQueryResult, Value};
use uuid::Uuid;

#[derive(Clone, Debug, FromQueryResult)]
pub struct ClinicRow {
    pub id: Uuid,
    pub names: Multilingual,
    pub zone: String,
    pub addresses: Multilingual,
    pub phone: Option<String>,
}

/// A doctor with his clinic.
#[derive(Clone, Debug, FromQueryResult)]
pub struct DoctorRow {
    pub id: Uuid,
    pub clinic: Uuid,
    pub speciality: String,
    pub names: Multilingual,
    pub clinic_names: Multilingual,
    pub zone: String,
}

/// What a doctor is found by, and where he stands in the list.
pub struct Sought {
    pub folded: String,
    pub skeletons: String,
    pub sorting: String,
}

#[derive(Clone, Debug, FromQueryResult)]
pub struct ServiceRow {
    pub id: Uuid,
    pub clinic: Uuid,
    pub names: Multilingual,
    pub speciality: Option<String>,
    pub duration_min: i32,
    pub price_amount: Option<i64>,
    pub price_currency: Option<String>,
}

#[derive(FromQueryResult)]
struct HoursRow {
    weekday: i32,
    from_min: i32,
    to_min: i32,
    valid_from: Option<NaiveDate>,
    valid_until: Option<NaiveDate>,
}

/// Which doctors are wanted. `folded` and `skeleton` are parts of a name, in the forms of `Sought`.
#[derive(Default)]
pub struct DoctorFilter {
    pub speciality: Option<String>,
    pub clinic: Option<Uuid>,
    pub folded: Option<String>,
    pub skeleton: Option<String>,
}

const CLINIC: &str = "SELECT id, names, zone, addresses, phone FROM clinic WHERE active";
const DOCTOR: &str = "SELECT d.id, d.clinic, d.speciality, d.names, c.names AS clinic_names, c.zone \
                      FROM doctor d JOIN clinic c ON c.id = d.clinic WHERE d.active AND c.active";
const SERVICE: &str = "SELECT s.id, s.clinic, s.names, s.speciality, s.duration_min, s.price_amount, s.price_currency \
                       FROM service s JOIN clinic c ON c.id = s.clinic WHERE s.active AND c.active";

pub async fn clinics(db: &impl ConnectionTrait, page: &Paging<Uuid>) -> Result<Vec<ClinicRow>> {
    let sql = format!("{CLINIC} AND ($1 IS NULL OR id > $1) ORDER BY id LIMIT {}", page.rows());
    all(db, &sql, [page.place.into()]).await
}

pub async fn clinic(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<ClinicRow>> {
    one(db, &format!("{CLINIC} AND id = $1"), [id.into()]).await
}

pub async fn doctor(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<DoctorRow>> {
    one(db, &format!("{DOCTOR} AND d.id = $1"), [id.into()]).await
}

/// What a doctor or a clinic is called, whether it is active or not.
pub async fn names(db: &impl ConnectionTrait, table: &'static str, id: Uuid) -> Result<Option<Multilingual>> {
    #[derive(FromQueryResult)]
    struct Names {
        names: Multilingual,
    }
    Ok(one::<Names>(db, &format!("SELECT names FROM {table} WHERE id = $1"), [id.into()]).await?.map(|row| row.names))
}

/// In the order of their names; that order is the same in every language, so that pages fit together.
pub async fn doctors(db: &impl ConnectionTrait, filter: &DoctorFilter, page: &Paging<Uuid>) -> Result<Vec<DoctorRow>> {
    let sql = format!(
        "{DOCTOR} AND ($1 IS NULL OR d.speciality = $1) AND ($2 IS NULL OR d.clinic = $2) \
         AND ($3 IS NULL OR d.folded LIKE $3 ESCAPE '\\' OR d.skeletons LIKE $4 ESCAPE '\\') \
         AND ($5 IS NULL OR (d.sorting, d.id) > (SELECT sorting, id FROM doctor WHERE id = $5)) \
         ORDER BY d.sorting, d.id LIMIT {}",
        page.rows()
    );
    let values: [Value; 5] = [
        filter.speciality.clone().into(),
        filter.clinic.into(),
        filter.folded.as_deref().map(containing).into(),
        filter.skeleton.as_deref().map(containing).into(),
        page.place.into(),
    ];
    all(db, &sql, values).await
}

/// The pattern of LIKE for a text that contains `part`.
fn containing(part: &str) -> String {
    let mut pattern = String::with_capacity(part.len() + 2);
    pattern.push('%');
    for c in part.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

/// The codes of the specialities in which somebody receives.
pub async fn specialities(db: &impl ConnectionTrait) -> Result<Vec<String>> {
    #[derive(FromQueryResult)]
    struct Code {
        speciality: String,
    }
    let sql = "SELECT DISTINCT d.speciality FROM doctor d JOIN clinic c ON c.id = d.clinic WHERE d.active AND c.active \
               ORDER BY d.speciality";
    Ok(all::<Code>(db, sql, []).await?.into_iter().map(|row| row.speciality).collect())
}

/// A service without a speciality is done in each.
pub async fn services(
    db: &impl ConnectionTrait,
    clinic: Option<Uuid>,
    speciality: Option<String>,
    page: &Paging<Uuid>,
) -> Result<Vec<ServiceRow>> {
    let sql = format!(
        "{SERVICE} AND ($1 IS NULL OR s.clinic = $1) AND ($2 IS NULL OR s.speciality IS NULL OR s.speciality = $2) \
         AND ($3 IS NULL OR s.id > $3) ORDER BY s.id LIMIT {}",
        page.rows()
    );
    all(db, &sql, [clinic.into(), speciality.into(), page.place.into()]).await
}

pub async fn service(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<ServiceRow>> {
    one(db, &format!("{SERVICE} AND s.id = $1"), [id.into()]).await
}

/// The service, if this doctor does it; without an id the shortest that he does.
pub async fn service_of(db: &impl ConnectionTrait, doctor: &DoctorRow, id: Option<Uuid>) -> Result<Option<ServiceRow>> {
    let sql = format!(
        "{SERVICE} AND s.clinic = $1 AND (s.speciality IS NULL OR s.speciality = $2) AND ($3 IS NULL OR s.id = $3) \
         ORDER BY s.duration_min, s.id LIMIT 1"
    );
    one(db, &sql, [doctor.clinic.into(), doctor.speciality.clone().into(), id.into()]).await
}

pub async fn hours(db: &impl ConnectionTrait, doctor: Uuid) -> Result<Vec<Opening>> {
    let sql = "SELECT weekday, from_min, to_min, valid_from, valid_until FROM hours WHERE doctor = $1";
    let opening = |row: HoursRow| Opening {
        weekday: row.weekday,
        from_min: row.from_min,
        to_min: row.to_min,
        valid_from: row.valid_from,
        valid_until: row.valid_until,
    };
    Ok(all(db, sql, [doctor.into()]).await?.into_iter().map(opening).collect())
}

pub async fn insert_clinic(db: &impl ConnectionTrait, row: &ClinicRow, now: DateTime<Utc>) -> Result<()> {
    let sql = "INSERT INTO clinic (id, names, zone, addresses, phone, active, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let values: [Value; 7] = [
        row.id.into(),
        row.names.clone().into(),
        row.zone.clone().into(),
        row.addresses.clone().into(),
        row.phone.clone().into(),
        true.into(),
        now.into(),
    ];
    change(db, sql, values).await.map(drop)
}

pub async fn insert_service(db: &impl ConnectionTrait, row: &ServiceRow, now: DateTime<Utc>) -> Result<()> {
    let sql = "INSERT INTO service (id, clinic, names, speciality, duration_min, price_amount, price_currency, active, created_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let values: [Value; 9] = [
        row.id.into(),
        row.clinic.into(),
        row.names.clone().into(),
        row.speciality.clone().into(),
        row.duration_min.into(),
        row.price_amount.into(),
        row.price_currency.clone().into(),
        true.into(),
        now.into(),
    ];
    change(db, sql, values).await.map(drop)
}

/// A doctor of an office, by the id of his staff account.
pub struct NewDoctorRow<'a> {
    pub id: Uuid,
    pub clinic: Uuid,
    pub speciality: &'a str,
    pub names: &'a Multilingual,
    pub sought: &'a Sought,
}

pub async fn insert_doctor(db: &impl ConnectionTrait, row: &NewDoctorRow<'_>, now: DateTime<Utc>) -> Result<()> {
    let sql = "INSERT INTO doctor (id, clinic, speciality, names, folded, skeletons, sorting, active, created_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let values: [Value; 9] = [
        row.id.into(),
        row.clinic.into(),
        row.speciality.into(),
        row.names.clone().into(),
        row.sought.folded.as_str().into(),
        row.sought.skeletons.as_str().into(),
        row.sought.sorting.as_str().into(),
        true.into(),
        now.into(),
    ];
    change(db, sql, values).await.map(drop)
}

/// Puts `openings` in the place of all hours of the doctor.
pub async fn replace_hours(db: &impl ConnectionTrait, doctor: Uuid, openings: &[(Uuid, Opening)]) -> Result<()> {
    change(db, "DELETE FROM hours WHERE doctor = $1", [doctor.into()]).await?;
    let sql = "INSERT INTO hours (id, doctor, weekday, from_min, to_min, valid_from, valid_until) \
               VALUES ($1, $2, $3, $4, $5, $6, $7)";
    for (id, opening) in openings {
        let values: [Value; 7] = [
            (*id).into(),
            doctor.into(),
            opening.weekday.into(),
            opening.from_min.into(),
            opening.to_min.into(),
            opening.valid_from.into(),
            opening.valid_until.into(),
        ];
        change(db, sql, values).await?;
    }
    Ok(())
}
