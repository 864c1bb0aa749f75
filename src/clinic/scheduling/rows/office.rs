//! Clinics and hours: what the office says about itself, and everybody may read.

use super::codes::Codes;
use super::{all, change, one};
use crate::app::multilingual::{Multilingual, Paragraphs};
use crate::app::wire::Paging;
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

const CLINIC: &str = "SELECT id, names, zone, addresses, phone, languages, card, active, version FROM clinic WHERE active";

pub async fn clinics(db: &impl ConnectionTrait, page: &Paging<Uuid>) -> Result<Vec<ClinicRow>> {
    let sql = format!("{CLINIC} AND ($1 IS NULL OR id > $1) ORDER BY id LIMIT {}", page.rows());
    all(db, &sql, [page.place.into()]).await
}

pub async fn clinic(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<ClinicRow>> {
    one(db, &format!("{CLINIC} AND id = $1"), [id.into()]).await
}

/// What a doctor or a clinic is called, whether it is active or not.
pub async fn names(db: &impl ConnectionTrait, table: &'static str, id: Uuid) -> Result<Option<Multilingual>> {
    #[derive(FromQueryResult)]
    struct Names {
        names: Multilingual,
    }
    Ok(one::<Names>(db, &format!("SELECT names FROM {table} WHERE id = $1"), [id.into()]).await?.map(|row| row.names))
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
