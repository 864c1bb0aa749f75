//! Exports: asked for, built, fetched, gone.

use super::change;
use crate::kernel::error::Result;
use crate::kernel::vault::Sealed;
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use sea_orm::{QueryOrder, QuerySelect, Value};
use uuid::Uuid;

pub const QUEUED: &str = "queued";
pub const BUILDING: &str = "building";
pub const READY: &str = "ready";
pub const FAILED: &str = "failed";
pub const EXPIRED: &str = "expired";

/// What a sweep takes at once, and the most that a list shows.
const AT_ONCE: u64 = 100;

pub mod personal_export {
    use super::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "personal_export")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub subject: Uuid,
        pub state: String,
        pub lang: String,
        pub created_at: DateTimeUtc,
        pub finished_at: Option<DateTimeUtc>,
        pub expires_at: Option<DateTimeUtc>,
        /// Of so many parts, so many are in the archive.
        pub parts_done: i32,
        pub parts: i32,
        /// Under which id the bytes lie, or come to lie while it is built. Another one with each attempt.
        pub object: Option<Uuid>,
        /// `whole`, `anonymised`, `extract`, `anonymisedExtract`.
        pub content: String,
        /// The doctor who asked for it. None: the person himself.
        pub asked_by: Option<Uuid>,
        /// The room that is being written.
        pub step: Option<String>,
        pub sealed: Option<Sealed>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// Queues an export, unless one of this subject is queued or being built. Answers whether the row stands.
pub async fn insert_export(db: &impl ConnectionTrait, new: &NewExport<'_>, now: DateTime<Utc>) -> Result<bool> {
    let NewExport { id, subject, asked_by, content, lang } = *new;
    let sql = "INSERT INTO personal_export (id, subject, state, lang, created_at, parts_done, parts, content, asked_by) \
               VALUES ($1, $2, $3, $4, $5, 0, 0, $6, $7) ON CONFLICT DO NOTHING";
    let values: [Value; 7] = [id.into(), subject.into(), QUEUED.into(), lang.into(), now.into(), content.into(), asked_by.into()];
    Ok(change(db, sql, values).await? == 1)
}

/// An export to be queued.
pub struct NewExport<'a> {
    pub id: Uuid,
    pub subject: Uuid,
    pub asked_by: Option<Uuid>,
    pub content: &'a str,
    pub lang: &'a str,
}

/// How far a build is.
#[derive(Clone, Copy)]
pub struct Progress {
    pub done: i32,
    pub parts: i32,
    pub step: &'static str,
}

/// A copy that a doctor asked for.
pub async fn extract_of(db: &impl ConnectionTrait, doctor: Uuid, id: Uuid) -> Result<Option<personal_export::Model>> {
    let his = personal_export::Entity::find_by_id(id).filter(personal_export::Column::AskedBy.eq(doctor));
    Ok(his.one(db).await?)
}

pub async fn find_export(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<personal_export::Model>> {
    Ok(personal_export::Entity::find_by_id(id).one(db).await?)
}

/// One of a subject's exports.
pub async fn export_of(db: &impl ConnectionTrait, subject: Uuid, id: Uuid) -> Result<Option<personal_export::Model>> {
    let mine = personal_export::Entity::find_by_id(id)
        .filter(personal_export::Column::Subject.eq(subject))
        .filter(personal_export::Column::AskedBy.is_null());
    Ok(mine.one(db).await?)
}

/// The last exports of a subject, newest first.
pub async fn exports(db: &impl ConnectionTrait, subject: Uuid) -> Result<Vec<personal_export::Model>> {
    let mine = personal_export::Entity::find()
        .filter(personal_export::Column::Subject.eq(subject))
        .filter(personal_export::Column::AskedBy.is_null());
    Ok(mine.order_by_desc(personal_export::Column::Id).limit(AT_ONCE).all(db).await?)
}

/// Begins an attempt under an object of its own. False: it is done, gone, or was given up.
pub async fn begin_export(db: &impl ConnectionTrait, id: Uuid, object: Uuid) -> Result<bool> {
    let sql = "UPDATE personal_export SET state = $3, object = $2, parts_done = 0, parts = 0 WHERE id = $1 AND state IN ($3, $4)";
    Ok(change(db, sql, [id.into(), object.into(), BUILDING.into(), QUEUED.into()]).await? == 1)
}

/// Notes how far an attempt has come. False: another attempt has begun, or the subject is gone.
pub async fn advance_export(db: &impl ConnectionTrait, id: Uuid, object: Uuid, at: Progress) -> Result<bool> {
    let sql = "UPDATE personal_export SET parts_done = $3, parts = $4, step = $6 WHERE id = $1 AND object = $2 AND state = $5";
    let values: [Value; 6] = [id.into(), object.into(), at.done.into(), at.parts.into(), BUILDING.into(), at.step.into()];
    Ok(change(db, sql, values).await? == 1)
}

/// Ends an attempt. False: another one has begun, or the subject is gone.
pub async fn finish_export(
    db: &impl ConnectionTrait,
    (id, object): (Uuid, Uuid),
    sealed: Sealed,
    now: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> Result<bool> {
    let sql = "UPDATE personal_export SET state = $3, sealed = $4, finished_at = $5, expires_at = $6, parts_done = parts \
               WHERE id = $1 AND object = $2 AND state = $7";
    let values: [Value; 7] =
        [id.into(), object.into(), READY.into(), sealed.into(), now.into(), expires_at.into(), BUILDING.into()];
    Ok(change(db, sql, values).await? == 1)
}

/// Gives up what is queued or being built.
pub async fn fail_export(db: &impl ConnectionTrait, id: Uuid, now: DateTime<Utc>) -> Result<()> {
    let sql = "UPDATE personal_export SET state = $2, finished_at = $3, object = NULL WHERE id = $1 AND state IN ($4, $5)";
    change(db, sql, [id.into(), FAILED.into(), now.into(), QUEUED.into(), BUILDING.into()]).await.map(drop)
}

/// Lets go what is ready. The bytes are deleted by a task.
pub async fn expire_export(db: &impl ConnectionTrait, id: Uuid) -> Result<bool> {
    let sql = "UPDATE personal_export SET state = $2, object = NULL, sealed = NULL WHERE id = $1 AND state = $3";
    Ok(change(db, sql, [id.into(), EXPIRED.into(), READY.into()]).await? == 1)
}

/// Archives whose day has come.
pub async fn exports_due(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<Vec<personal_export::Model>> {
    let ready = personal_export::Entity::find().filter(personal_export::Column::State.eq(READY));
    Ok(ready.filter(personal_export::Column::ExpiresAt.lte(now)).limit(AT_ONCE).all(db).await?)
}

/// What was asked for before `before` and never came to an end.
pub async fn exports_stuck(db: &impl ConnectionTrait, before: DateTime<Utc>) -> Result<Vec<personal_export::Model>> {
    let running = personal_export::Entity::find().filter(personal_export::Column::State.is_in([QUEUED, BUILDING]));
    Ok(running.filter(personal_export::Column::CreatedAt.lt(before)).limit(AT_ONCE).all(db).await?)
}

/// Which of `objects` some export names.
pub async fn export_objects(db: &impl ConnectionTrait, objects: &[Uuid]) -> Result<Vec<Uuid>> {
    let named = personal_export::Entity::find().filter(personal_export::Column::Object.is_in(objects.iter().copied()));
    Ok(named.all(db).await?.into_iter().filter_map(|row| row.object).collect())
}

/// Objects of a subject's exports.
pub async fn objects_of(db: &impl ConnectionTrait, subject: Uuid) -> Result<Vec<Uuid>> {
    let mine = personal_export::Entity::find().filter(personal_export::Column::Subject.eq(subject));
    Ok(mine.all(db).await?.into_iter().filter_map(|row| row.object).collect())
}
