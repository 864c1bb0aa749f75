//! Hours, and what doctors and clinics are called.

use super::super::slots::Opening;
use super::{all, change, one};
use crate::app::multilingual::Multilingual;
use crate::kernel::error::Result;
use chrono::NaiveDate;
use sea_orm::{ConnectionTrait, FromQueryResult, Value};
use uuid::Uuid;

#[derive(FromQueryResult)]
struct HoursRow {
    weekday: i32,
    from_min: i32,
    to_min: i32,
    valid_from: Option<NaiveDate>,
    valid_until: Option<NaiveDate>,
}

/// What a doctor or a clinic is called, whether it is active or not.
pub async fn names(db: &impl ConnectionTrait, table: &'static str, id: Uuid) -> Result<Option<Multilingual>> {
    #[derive(FromQueryResult)]
    struct Names {
        names: Multilingual,
    }
    Ok(one::<Names>(db, &format!("SELECT names FROM {table} WHERE id = $1"), [id.into()]).await?.map(|row| row.names))
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
