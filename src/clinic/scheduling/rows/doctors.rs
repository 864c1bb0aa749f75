//! Doctors: who receives, and where.

use super::asked::Asked;
use super::codes::Codes;
use super::{all, change, one};
use crate::app::multilingual::{Multilingual, Paragraphs};
use crate::app::wire::Paging;
use crate::clinic::identity::Clinics;
use crate::kernel::error::Result;
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, FromQueryResult, Value};
use std::collections::BTreeMap;
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

/// From a doctor and the first of his clinics that works: one without such a clinic receives nowhere.
pub(super) const FROM_RECEIVING: &str = "FROM doctor d JOIN clinic c ON c.id = (SELECT w.clinic FROM doctor_clinic w JOIN clinic o ON o.id = w.clinic \
     WHERE w.doctor = d.id AND o.active ORDER BY w.place, w.clinic LIMIT 1)";

pub async fn doctor(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<DoctorRow>> {
    let sql = format!("SELECT {} {FROM_RECEIVING} WHERE d.active AND d.id = $1", doctor_columns(""));
    one(db, &sql, [id.into()]).await
}

/// The doctor with the first of his clinics, also one who receives no more, or whose clinic is closed.
pub async fn doctor_of_office(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<DoctorRow>> {
    let sql = format!("SELECT {} FROM doctor d JOIN clinic c ON c.id = d.clinic WHERE d.id = $1", doctor_columns(""));
    one(db, &sql, [id.into()]).await
}

/// The doctors of an administrator's clinics, in the order of their ids, those who receive no more too.
pub async fn doctors_of_office(
    db: &impl ConnectionTrait,
    scope: &Clinics,
    clinic: Option<Uuid>,
    page: &Paging<Uuid>,
) -> Result<Vec<DoctorRow>> {
    let from = "FROM doctor d JOIN clinic c ON c.id = d.clinic WHERE EXISTS (SELECT 1 FROM doctor_clinic w WHERE w.doctor = d.id";
    let mut asked = Asked::new(&format!("SELECT {} {from}", doctor_columns("")));
    asked.within("w.clinic", scope);
    if let Some(clinic) = clinic {
        asked.and("w.clinic = {}", [clinic.into()]);
    }
    asked.end(")");
    if let Some(after) = page.place {
        asked.and("d.id > {}", [after.into()]);
    }
    asked.end(&format!("ORDER BY d.id LIMIT {}", page.rows()));
    all(db, &asked.sql, asked.values).await
}

/// A clinic in which a doctor receives.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Place {
    pub doctor: Uuid,
    pub clinic: Uuid,
    pub names: Multilingual,
    pub active: bool,
}

/// The clinics of each of these doctors, the first one first.
pub async fn places_of(db: &impl ConnectionTrait, doctors: &[Uuid]) -> Result<BTreeMap<Uuid, Vec<Place>>> {
    let mut found: BTreeMap<Uuid, Vec<Place>> = BTreeMap::new();
    if doctors.is_empty() {
        return Ok(found);
    }
    let mut asked = Asked::new(
        "SELECT w.doctor, w.clinic, c.names, c.active FROM doctor_clinic w JOIN clinic c ON c.id = w.clinic WHERE w.doctor IN (",
    );
    let marks = vec!["{}"; doctors.len()].join(", ");
    asked.push(&marks, doctors.iter().map(|id| (*id).into()));
    asked.end(") ORDER BY w.doctor, w.place, w.clinic");
    for place in all::<Place>(db, &asked.sql, asked.values).await? {
        found.entry(place.doctor).or_default().push(place);
    }
    Ok(found)
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

/// What a doctor is found by, and where he stands in the list.
#[derive(Clone, Debug)]
pub struct Sought {
    pub words: Vec<String>,
    pub sorting: String,
}

/// What an office says of a doctor, by the id of his staff account.
pub struct DoctorCard<'a> {
    pub id: Uuid,
    /// The first one is the one that he belongs to.
    pub clinics: &'a [Uuid],
    pub speciality: &'a str,
    pub names: &'a Multilingual,
    pub languages: &'a Codes,
    pub qualifications: Option<&'a Paragraphs>,
    pub sought: &'a Sought,
    pub active: bool,
    pub version: i64,
}

impl DoctorCard<'_> {
    fn values(&self) -> Vec<Value> {
        vec![
            self.id.into(),
            self.clinics.first().copied().into(),
            self.speciality.into(),
            self.names.clone().into(),
            self.sought.sorting.as_str().into(),
            self.languages.clone().into(),
            self.qualifications.cloned().into(),
            self.active.into(),
            self.version.into(),
        ]
    }
}

pub async fn insert_doctor(db: &impl ConnectionTrait, card: &DoctorCard<'_>, now: DateTime<Utc>) -> Result<()> {
    let sql = "INSERT INTO doctor (id, clinic, speciality, names, sorting, languages, qualifications, active, version, created_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    change(db, sql, card.values().into_iter().chain([now.into()])).await?;
    put_places(db, card).await?;
    put_words(db, card.id, &card.sought.words).await
}

pub async fn update_doctor(db: &impl ConnectionTrait, card: &DoctorCard<'_>) -> Result<()> {
    let sql = "UPDATE doctor SET clinic = $2, speciality = $3, names = $4, sorting = $5, languages = $6, qualifications = $7, \
               active = $8, version = $9 WHERE id = $1";
    change(db, sql, card.values()).await?;
    put_places(db, card).await?;
    put_words(db, card.id, &card.sought.words).await
}

async fn put_places(db: &impl ConnectionTrait, card: &DoctorCard<'_>) -> Result<()> {
    change(db, "DELETE FROM doctor_clinic WHERE doctor = $1", [card.id.into()]).await?;
    for (place, clinic) in (0i32..).zip(card.clinics) {
        let sql = "INSERT INTO doctor_clinic (doctor, clinic, place) VALUES ($1, $2, $3)";
        change(db, sql, [card.id.into(), (*clinic).into(), place.into()]).await?;
    }
    Ok(())
}

async fn put_words(db: &impl ConnectionTrait, doctor: Uuid, words: &[String]) -> Result<()> {
    change(db, "DELETE FROM doctor_word WHERE doctor = $1", [doctor.into()]).await?;
    if words.is_empty() {
        return Ok(());
    }
    let mut asked = Asked::new("INSERT INTO doctor_word (doctor, word) VALUES ");
    for (index, word) in words.iter().enumerate() {
        asked.push(if index == 0 { "({}, {})" } else { ", ({}, {})" }, [doctor.into(), word.as_str().into()]);
    }
    change(db, &asked.sql, asked.values).await.map(drop)
}
