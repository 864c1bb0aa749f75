//! Clinics: where patients are seen.

use super::asked::Asked;
use super::codes::Codes;
use super::{all, change, one};
use crate::app::multilingual::{Multilingual, Paragraphs};
use crate::app::wire::Paging;
use crate::clinic::identity::Clinics;
use crate::kernel::error::Result;
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, FromJsonQueryResult, FromQueryResult, Value};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[derive(Clone, Debug, FromQueryResult)]
pub struct ClinicRow {
    pub id: Uuid,
    pub names: Multilingual,
    pub zone: String,
    pub addresses: Multilingual,
    pub phone: Option<String>,
    /// Those that are spoken there.
    pub languages: Codes,
    pub card: Option<Card>,
    pub active: bool,
    pub version: i64,
}

/// How a clinic is reached, besides its phone.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, FromJsonQueryResult)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Card {
    pub email: Option<String>,
    pub website: Option<String>,
    /// Degrees north and east, WGS 84.
    pub latitude: Option<f64>,
    pub longitude: Option<f64>,
    pub directions: Option<Paragraphs>,
}

const CLINIC: &str = "SELECT id, names, zone, addresses, phone, languages, card, active, version FROM clinic";

/// The clinics that work.
pub async fn clinics(db: &impl ConnectionTrait, page: &Paging<Uuid>) -> Result<Vec<ClinicRow>> {
    let sql = format!("{CLINIC} WHERE active AND ($1 IS NULL OR id > $1) ORDER BY id LIMIT {}", page.rows());
    all(db, &sql, [page.place.into()]).await
}

/// The clinics of an administrator, closed ones too.
pub async fn clinics_of_office(db: &impl ConnectionTrait, scope: &Clinics, page: &Paging<Uuid>) -> Result<Vec<ClinicRow>> {
    let mut asked = Asked::new(&format!("{CLINIC} WHERE 1 = 1"));
    asked.within("id", scope);
    if let Some(after) = page.place {
        asked.and("id > {}", [after.into()]);
    }
    asked.end(&format!("ORDER BY id LIMIT {}", page.rows()));
    all(db, &asked.sql, asked.values).await
}

/// The clinic, also one that is closed.
pub async fn clinic(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<ClinicRow>> {
    one(db, &format!("{CLINIC} WHERE id = $1"), [id.into()]).await
}

pub async fn insert_clinic(db: &impl ConnectionTrait, row: &ClinicRow, now: DateTime<Utc>) -> Result<()> {
    let sql = "INSERT INTO clinic (id, names, zone, addresses, phone, languages, card, active, version, created_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    let values: [Value; 10] = [
        row.id.into(),
        row.names.clone().into(),
        row.zone.clone().into(),
        row.addresses.clone().into(),
        row.phone.clone().into(),
        row.languages.clone().into(),
        row.card.clone().into(),
        row.active.into(),
        row.version.into(),
        now.into(),
    ];
    change(db, sql, values).await.map(drop)
}

/// Puts what the clinic says of itself in the place of what it said.
pub async fn update_clinic(db: &impl ConnectionTrait, row: &ClinicRow) -> Result<()> {
    let sql = "UPDATE clinic SET names = $2, zone = $3, addresses = $4, phone = $5, languages = $6, card = $7, active = $8, \
               version = $9 WHERE id = $1";
    let values: [Value; 9] = [
        row.id.into(),
        row.names.clone().into(),
        row.zone.clone().into(),
        row.addresses.clone().into(),
        row.phone.clone().into(),
        row.languages.clone().into(),
        row.card.clone().into(),
        row.active.into(),
        row.version.into(),
    ];
    change(db, sql, values).await.map(drop)
}
