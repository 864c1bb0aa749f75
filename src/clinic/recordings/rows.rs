//! The room's tables and every query on them.

use crate::clinic::identity::Clinics;
use crate::kernel::error::Result;
pub use crate::kernel::sql::change;
use crate::kernel::sql::{all, one};
use crate::kernel::vault::Sealed;
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, FromQueryResult, Value};
use uuid::Uuid;

/// There is no audio here: it is held elsewhere, or the caller refused.
pub const NOTED: &str = "noted";
/// Its audio is awaited.
pub const DECLARED: &str = "declared";
pub const COMPLETE: &str = "complete";
/// Flagged: nobody listens.
pub const SHUT: &str = "shut";
/// The audio is gone.
pub const DESTROYED: &str = "destroyed";

#[derive(Clone, Debug, FromQueryResult)]
pub struct Recording {
    pub id: Uuid,
    /// Whose keys seal it.
    pub subject: Uuid,
    /// Whether the subject is a patient; else the keys are those of this recording alone.
    pub known: bool,
    pub lead: Option<Uuid>,
    pub clinic: Option<Uuid>,
    pub staff: Uuid,
    pub source: String,
    pub holder: String,
    pub held_by: Option<String>,
    pub announced: bool,
    pub refused: bool,
    pub began_at: DateTime<Utc>,
    pub length_s: i64,
    pub state: String,
    pub object: Option<Uuid>,
    pub flagged_at: Option<DateTime<Utc>>,
    pub flag: Option<String>,
    pub purge_at: DateTime<Utc>,
    pub destroyed_at: Option<DateTime<Utc>>,
    pub version: i64,
    pub sealed: Sealed,
}

#[derive(Clone, Debug, FromQueryResult)]
pub struct Listening {
    pub id: Uuid,
    pub recording: Uuid,
    pub subject: Uuid,
    pub staff: Uuid,
    pub at: DateTime<Utc>,
    pub until: DateTime<Utc>,
    pub why: String,
}

pub async fn insert(db: &impl ConnectionTrait, row: &Recording, now: DateTime<Utc>) -> Result<()> {
    let sql = "INSERT INTO recording (id, subject, known, lead, clinic, staff, source, holder, held_by, announced, refused, \
               began_at, length_s, state, entered_at, purge_at, sealed) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)";
    let values = [
        row.id.into(),
        row.subject.into(),
        row.known.into(),
        row.lead.into(),
        row.clinic.into(),
        row.staff.into(),
        row.source.as_str().into(),
        row.holder.as_str().into(),
        row.held_by.clone().into(),
        row.announced.into(),
        row.refused.into(),
        row.began_at.into(),
        row.length_s.into(),
        row.state.as_str().into(),
        now.into(),
        row.purge_at.into(),
        row.sealed.0.clone().into(),
    ];
    change(db, sql, values).await.map(drop)
}

pub async fn find(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Recording>> {
    one(db, "SELECT * FROM recording WHERE id = $1", [id.into()]).await
}

/// Recordings of these clinics, newest first; of one patient where he is named.
pub async fn page(
    db: &impl ConnectionTrait,
    clinics: &Clinics,
    patient: Option<Uuid>,
    before: Option<Uuid>,
    limit: u64,
) -> Result<Vec<Recording>> {
    let of = if patient.is_some() { "subject = $2" } else { "$2 = $2" };
    let sql = format!(
        "SELECT * FROM recording WHERE id < $1 AND {of} AND {} ORDER BY id DESC LIMIT {limit}",
        clinics.condition("clinic", 3)
    );
    let first: [Value; 2] = [before.unwrap_or(Uuid::max()).into(), patient.unwrap_or(Uuid::nil()).into()];
    all(db, &sql, first.into_iter().chain(clinics.values())).await
}

/// A person's recordings, newest first.
pub async fn page_of(db: &impl ConnectionTrait, subject: Uuid, before: Option<Uuid>, limit: u64) -> Result<Vec<Recording>> {
    let sql = format!("SELECT * FROM recording WHERE subject = $1 AND id < $2 ORDER BY id DESC LIMIT {limit}");
    all(db, &sql, [subject.into(), before.unwrap_or(Uuid::max()).into()]).await
}

/// Every recording under these keys, oldest first.
pub async fn all_of(db: &impl ConnectionTrait, subject: Uuid) -> Result<Vec<Recording>> {
    all(db, "SELECT * FROM recording WHERE subject = $1 ORDER BY id", [subject.into()]).await
}

/// Those whose day has come, after one of them, oldest first.
pub async fn due(db: &impl ConnectionTrait, now: DateTime<Utc>, after: Uuid, limit: u64) -> Result<Vec<Recording>> {
    let sql = format!("SELECT * FROM recording WHERE purge_at <= $1 AND id > $2 ORDER BY id LIMIT {limit}");
    all(db, &sql, [now.into(), after.into()]).await
}

/// Puts what is sealed and the state of a recording in the place of what was read of it. False: somebody was quicker.
pub async fn replace(db: &impl ConnectionTrait, row: &Recording, now: Option<DateTime<Utc>>) -> Result<bool> {
    let sql = "UPDATE recording SET subject = $3, known = $4, state = $5, object = $6, completed_at = COALESCE($7, completed_at), \
               destroyed_at = $8, sealed = $9, version = version + 1 WHERE id = $1 AND version = $2";
    let values = [
        row.id.into(),
        row.version.into(),
        row.subject.into(),
        row.known.into(),
        row.state.as_str().into(),
        row.object.into(),
        now.into(),
        row.destroyed_at.into(),
        row.sealed.0.clone().into(),
    ];
    Ok(change(db, sql, values).await? == 1)
}

pub async fn flag(db: &impl ConnectionTrait, id: Uuid, (flag, by): (&str, Uuid), now: DateTime<Utc>) -> Result<bool> {
    let sql = "UPDATE recording SET state = 'shut', flagged_at = $2, flagged_by = $3, flag = $4, version = version + 1 \
               WHERE id = $1 AND state IN ('declared', 'complete')";
    Ok(change(db, sql, [id.into(), now.into(), by.into(), flag.into()]).await? == 1)
}

pub async fn insert_listening(db: &impl ConnectionTrait, row: &Listening) -> Result<()> {
    let sql =
        "INSERT INTO recording_listening (id, recording, subject, staff, at, until, why) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let values = [
        row.id.into(),
        row.recording.into(),
        row.subject.into(),
        row.staff.into(),
        row.at.into(),
        row.until.into(),
        row.why.as_str().into(),
    ];
    change(db, sql, values).await.map(drop)
}

pub async fn listening(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<Listening>> {
    one(db, "SELECT * FROM recording_listening WHERE id = $1", [id.into()]).await
}

/// Who listened to a recording, oldest first.
pub async fn listenings(db: &impl ConnectionTrait, recording: Uuid) -> Result<Vec<Listening>> {
    all(db, "SELECT * FROM recording_listening WHERE recording = $1 ORDER BY id", [recording.into()]).await
}

/// Drops a recording, and who listened to it.
pub async fn drop_row(db: &impl ConnectionTrait, id: Uuid) -> Result<()> {
    for sql in ["DELETE FROM recording_listening WHERE recording = $1", "DELETE FROM recording WHERE id = $1"] {
        change(db, sql, [id.into()]).await?;
    }
    Ok(())
}

#[derive(FromQueryResult)]
struct Named {
    object: Uuid,
}

/// Which of `objects` some row names.
pub async fn named_objects(db: &impl ConnectionTrait, objects: &[Uuid]) -> Result<Vec<Uuid>> {
    let places: Vec<String> = (1..=objects.len()).map(|place| format!("${place}")).collect();
    if places.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!("SELECT object FROM recording WHERE object IN ({})", places.join(", "));
    let rows: Vec<Named> = all(db, &sql, objects.iter().map(|object| Value::from(*object))).await?;
    Ok(rows.into_iter().map(|row| row.object).collect())
}
