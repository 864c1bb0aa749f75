//! Doctors: who receives, where, and the words by which they are found.

use super::codes::Codes;
use super::{all, change, one};
use crate::app::multilingual::{Multilingual, Paragraphs};
use crate::app::wire::Paging;
use crate::kernel::error::Result;
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, FromQueryResult, Value};
use uuid::Uuid;

/// A doctor with a clinic of his: the first that works, or, in an offer, that of its service.
#[derive(Clone, Debug, FromQueryResult)]
pub struct DoctorRow {
    pub id: Uuid,
    pub clinic: Uuid,
    pub speciality: String,
    pub names: Multilingual,
    pub clinic_names: Multilingual,
    pub zone: String,
    pub languages: Codes,
    pub qualifications: Option<Paragraphs>,
    pub active: bool,
    pub version: i64,
}

/// The columns of a doctor `d` with a clinic `c`, each behind `pre`.
pub(super) fn doctor_columns(pre: &str) -> String {
    format!(
        "d.id AS {pre}id, c.id AS {pre}clinic, d.speciality AS {pre}speciality, d.names AS {pre}names, \
         c.names AS {pre}clinic_names, c.zone AS {pre}zone, d.languages AS {pre}languages, \
         d.qualifications AS {pre}qualifications, d.active AS {pre}active, d.version AS {pre}version"
    )
}

/// Doctors that receive, with the first of their clinics that works.
fn receiving() -> String {
    format!(
        "SELECT {} FROM doctor d JOIN clinic c ON c.id = (SELECT w.clinic FROM doctor_clinic w JOIN clinic o ON o.id = w.clinic \
         WHERE w.doctor = d.id AND o.active ORDER BY w.place, w.clinic LIMIT 1) WHERE d.active",
        doctor_columns("")
    )
}

pub async fn doctor(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<DoctorRow>> {
    one(db, &format!("{} AND d.id = $1", receiving()), [id.into()]).await
}

/// What a doctor is found by, and where he stands in the list.
pub struct Sought {
    pub words: Vec<String>,
    pub sorting: String,
}

/// Which doctors are wanted.
#[derive(Default)]
pub struct DoctorFilter {
    pub speciality: Option<String>,
    pub clinic: Option<Uuid>,
}

/// In the order of their names; that order is the same in every language, so that pages fit together.
pub async fn doctors(db: &impl ConnectionTrait, filter: &DoctorFilter, page: &Paging<Uuid>) -> Result<Vec<DoctorRow>> {
    let sql = format!(
        "{} AND ($1 IS NULL OR d.speciality = $1) AND ($2 IS NULL OR d.clinic = $2) \
         AND ($3 IS NULL OR (d.sorting, d.id) > (SELECT sorting, id FROM doctor WHERE id = $3)) \
         ORDER BY d.sorting, d.id LIMIT {}",
        receiving(),
        page.rows()
    );
    let values: [Value; 3] = [filter.speciality.clone().into(), filter.clinic.into(), page.place.into()];
    all(db, &sql, values).await
}

/// The codes of the specialities in which somebody receives.
pub async fn specialities(db: &impl ConnectionTrait) -> Result<Vec<String>> {
    #[derive(FromQueryResult)]
    struct Code {
        speciality: String,
    }
    let sql = "SELECT DISTINCT d.speciality FROM doctor d JOIN doctor_clinic w ON w.doctor = d.id JOIN clinic c ON c.id = w.clinic \
               WHERE d.active AND c.active ORDER BY d.speciality";
    Ok(all::<Code>(db, sql, []).await?.into_iter().map(|row| row.speciality).collect())
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
    let sql =
        "INSERT INTO doctor (id, clinic, speciality, names, sorting, active, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let values: [Value; 7] = [
        row.id.into(),
        row.clinic.into(),
        row.speciality.into(),
        row.names.clone().into(),
        row.sought.sorting.as_str().into(),
        true.into(),
        now.into(),
    ];
    change(db, sql, values).await?;
    let sql = "INSERT INTO doctor_clinic (doctor, clinic, place) VALUES ($1, $2, 0)";
    change(db, sql, [row.id.into(), row.clinic.into()]).await?;
    put_words(db, row.id, &row.sought.words).await
}

/// Puts the words in the place of all that a doctor was found by.
pub async fn put_words(db: &impl ConnectionTrait, doctor: Uuid, words: &[String]) -> Result<()> {
    change(db, "DELETE FROM doctor_word WHERE doctor = $1", [doctor.into()]).await?;
    if words.is_empty() {
        return Ok(());
    }
    let places: Vec<String> = (2..words.len() + 2).map(|place| format!("(${place}, $1)")).collect();
    let sql = format!("INSERT INTO doctor_word (word, doctor) VALUES {}", places.join(", "));
    let values = std::iter::once(Value::from(doctor)).chain(words.iter().map(|word| word.as_str().into()));
    change(db, &sql, values).await.map(drop)
}
