//! The room's tables and every query on them.

use super::clinics::Clinics;
use crate::kernel::error::Result;
pub use crate::kernel::sql::change;
use crate::kernel::vault::Sealed;
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{FromQueryResult, QueryOrder, Set, Statement, Value};
use uuid::Uuid;

pub const ACTIVE: &str = "active";
/// A patient within the grace of his deletion.
pub const LEAVING: &str = "leaving";
/// A staff member who has not changed the issued credentials yet.
pub const INVITED: &str = "invited";
/// A staff member who may come back.
pub const SUSPENDED: &str = "suspended";
/// A staff member who works here no more.
pub const ENDED: &str = "ended";

pub mod patient {
    use super::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "patient")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub subject: Uuid,
        pub state: String,
        pub identity: Option<Sealed>,
        pub contact: Sealed,
        pub accepted_version: Option<String>,
        pub version: i64,
        pub created_at: DateTimeUtc,
        pub leaving_since: Option<DateTimeUtc>,
        pub erase_at: Option<DateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub mod staff {
    use super::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "staff")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub role: String,
        pub state: String,
        pub sealed: Sealed,
        pub totp_step: i64,
        pub created_at: DateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub mod session {
    use super::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "session")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub owner: Uuid,
        pub kind: String,
        pub created_at: DateTimeUtc,
        pub used_at: DateTimeUtc,
        pub absolute_until: DateTimeUtc,
        pub ended_at: Option<DateTimeUtc>,
        pub device: Option<Sealed>,
        /// Opened by issued credentials: it can do nothing but change them.
        pub is_provisional: bool,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub mod session_token {
    use super::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "session_token")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub hash: Vec<u8>,
        pub session: Uuid,
        pub kind: String,
        pub issued_at: DateTimeUtc,
        pub until: DateTimeUtc,
        pub used_at: Option<DateTimeUtc>,
        pub parent: Option<Vec<u8>>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub mod challenge {
    use super::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "challenge")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub channel: String,
        pub lang: String,
        pub target: Sealed,
        pub attempts: i32,
        pub expires_at: DateTimeUtc,
        pub used_at: Option<DateTimeUtc>,
        pub created_at: DateTimeUtc,
        pub flow: String,
        pub bound_to: Option<Uuid>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// What one access token leads to, in one round trip: every request begins with it.
#[derive(FromQueryResult)]
pub struct CallerRow {
    pub until: DateTime<Utc>,
    pub session: Uuid,
    /// By which somebody acts for the owner.
    pub representation: Option<Uuid>,
    pub owner: Uuid,
    pub absolute_until: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
    pub signed_in_at: DateTime<Utc>,
    pub patient_state: Option<String>,
    pub accepted_version: Option<String>,
    pub has_profile: bool,
    pub role: Option<String>,
    /// One of the clinics that a staff member serves; there is a row for each.
    pub clinic: Option<Uuid>,
    pub staff_state: Option<String>,
    pub is_frozen: bool,
    pub is_provisional: bool,
    /// The version of the undertaking that a staff member gave last.
    pub undertaking: Option<String>,
}

pub async fn caller(db: &impl ConnectionTrait, hash: &[u8]) -> Result<Option<(CallerRow, Clinics)>> {
    let sql = "SELECT t.until, s.id AS session, s.representation, s.owner, s.absolute_until, s.ended_at, s.created_at AS signed_in_at, p.state AS patient_state, p.accepted_version, \
               p.identity IS NOT NULL AS has_profile, f.role, c.clinic, f.state AS staff_state, \
               EXISTS (SELECT 1 FROM access_freeze z WHERE z.subject = s.owner AND z.lifted_at IS NULL AND z.scope = 'patient') AS is_frozen, \
               s.is_provisional, CASE WHEN s.kind = 'staff' THEN \
               (SELECT u.version FROM undertaking u WHERE u.staff = s.owner ORDER BY u.id DESC LIMIT 1) END AS undertaking \
               FROM session_token t JOIN session s ON s.id = t.session \
               LEFT JOIN patient p ON s.kind = 'patient' AND p.subject = s.owner \
               LEFT JOIN staff f ON s.kind = 'staff' AND f.id = s.owner LEFT JOIN staff_clinic c ON c.staff = f.id \
               WHERE t.hash = $1 AND t.kind = 'access'";
    let query = Statement::from_sql_and_values(db.get_database_backend(), sql, [hash.to_vec().into()]);
    let mut rows = CallerRow::find_by_statement(query).all(db).await?;
    let clinics = Clinics::of(rows.iter().filter_map(|row| row.clinic));
    Ok(rows.pop().map(|row| (row, clinics)))
}

pub async fn find_patient(db: &impl ConnectionTrait, subject: Uuid) -> Result<Option<patient::Model>> {
    Ok(patient::Entity::find_by_id(subject).one(db).await?)
}

pub async fn find_staff(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<staff::Model>> {
    Ok(staff::Entity::find_by_id(id).one(db).await?)
}

pub async fn any_administrator(db: &impl ConnectionTrait) -> Result<bool> {
    Ok(staff::Entity::find().filter(staff::Column::Role.eq("administrator")).one(db).await?.is_some())
}

pub async fn find_challenge(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<challenge::Model>> {
    Ok(challenge::Entity::find_by_id(id).one(db).await?)
}

pub async fn find_token(db: &impl ConnectionTrait, hash: &[u8]) -> Result<Option<session_token::Model>> {
    Ok(session_token::Entity::find_by_id(hash.to_vec()).one(db).await?)
}

pub async fn find_session(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<session::Model>> {
    Ok(session::Entity::find_by_id(id).one(db).await?)
}

pub async fn living_sessions(db: &impl ConnectionTrait, owner: Uuid, now: DateTime<Utc>) -> Result<Vec<session::Model>> {
    Ok(session::Entity::find()
        .filter(session::Column::Owner.eq(owner))
        .filter(session::Column::EndedAt.is_null())
        .filter(session::Column::AbsoluteUntil.gt(now))
        .order_by_desc(session::Column::UsedAt)
        .all(db)
        .await?)
}

/// Sessions that have not ended and hold a token that lives, of those that `which` names (its values begin at `$2`).
pub async fn usable_sessions(
    db: &impl ConnectionTrait,
    which: &str,
    values: impl IntoIterator<Item = Value>,
    now: DateTime<Utc>,
) -> Result<Vec<Uuid>> {
    #[derive(FromQueryResult)]
    struct Id {
        id: Uuid,
    }
    let sql = format!(
        "SELECT s.id FROM session s WHERE {which} AND s.ended_at IS NULL AND s.absolute_until > $1 \
         AND EXISTS (SELECT 1 FROM session_token t WHERE t.session = s.id AND t.until > $1)"
    );
    let values: Vec<Value> = std::iter::once(now.into()).chain(values).collect();
    let query = Statement::from_sql_and_values(db.get_database_backend(), &sql, values);
    Ok(Id::find_by_statement(query).all(db).await?.into_iter().map(|row| row.id).collect())
}

/// Every session that is still remembered, newest first.
pub async fn all_sessions(db: &impl ConnectionTrait, owner: Uuid) -> Result<Vec<session::Model>> {
    let mine = session::Entity::find().filter(session::Column::Owner.eq(owner));
    Ok(mine.order_by_desc(session::Column::Id).all(db).await?)
}

/// Counts an attempt on a code, if it may be tried at all: living, unused, fewer attempts than `limit`.
pub async fn count_attempt(db: &impl ConnectionTrait, id: Uuid, limit: i32, now: DateTime<Utc>) -> Result<bool> {
    let sql =
        "UPDATE challenge SET attempts = attempts + 1 WHERE id = $1 AND attempts < $2 AND used_at IS NULL AND expires_at > $3";
    Ok(change(db, sql, [id.into(), limit.into(), now.into()]).await? == 1)
}

pub async fn use_challenge(db: &impl ConnectionTrait, id: Uuid, now: DateTime<Utc>) -> Result<()> {
    change(db, "UPDATE challenge SET used_at = $2 WHERE id = $1", [id.into(), now.into()]).await.map(drop)
}

pub async fn insert_token(db: &impl ConnectionTrait, token: session_token::Model) -> Result<()> {
    let row = session_token::ActiveModel {
        hash: Set(token.hash),
        session: Set(token.session),
        kind: Set(token.kind),
        issued_at: Set(token.issued_at),
        until: Set(token.until),
        used_at: Set(token.used_at),
        parent: Set(token.parent),
    };
    session_token::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

pub async fn insert_session(db: &impl ConnectionTrait, row: session::ActiveModel) -> Result<()> {
    session::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

pub async fn insert_challenge(db: &impl ConnectionTrait, row: challenge::ActiveModel) -> Result<()> {
    challenge::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// False: he is there already.
pub async fn insert_patient(db: &impl ConnectionTrait, row: patient::ActiveModel) -> Result<bool> {
    let unless_there = OnConflict::column(patient::Column::Subject).do_nothing().to_owned();
    Ok(patient::Entity::insert(row).on_conflict(unless_there).exec_without_returning(db).await? == 1)
}

/// The accounts in use of one role, of this clinic and of the whole installation.
pub async fn active_staff(db: &impl ConnectionTrait, role: &str, clinic: Uuid) -> Result<Vec<Uuid>> {
    let sql = "SELECT f.id FROM staff f WHERE f.role = $1 AND f.state = 'active' AND \
               (NOT EXISTS (SELECT 1 FROM staff_clinic c WHERE c.staff = f.id) \
                OR EXISTS (SELECT 1 FROM staff_clinic c WHERE c.staff = f.id AND c.clinic = $2))";
    let query = Statement::from_sql_and_values(db.get_database_backend(), sql, [role.into(), clinic.into()]);
    db.query_all_raw(query).await?.iter().map(|row| Ok(row.try_get_by_index(0)?)).collect()
}

pub async fn insert_staff(db: &impl ConnectionTrait, row: staff::ActiveModel) -> Result<()> {
    staff::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

pub async fn number(db: &impl ConnectionTrait, sql: &str, values: impl IntoIterator<Item = Value>) -> Result<i64> {
    #[derive(FromQueryResult)]
    struct Number {
        n: i64,
    }
    let query = Statement::from_sql_and_values(db.get_database_backend(), sql, values);
    Ok(Number::find_by_statement(query).one(db).await?.map_or(0, |row| row.n))
}

pub async fn due_to_leave(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<Vec<Uuid>> {
    Ok(patient::Entity::find()
        .filter(patient::Column::State.eq(LEAVING))
        .filter(patient::Column::EraseAt.lte(now))
        .all(db)
        .await?
        .into_iter()
        .map(|row| row.subject)
        .collect())
}

pub async fn challenge_ids_before(db: &impl ConnectionTrait, before: DateTime<Utc>) -> Result<Vec<Uuid>> {
    let rows = challenge::Entity::find().filter(challenge::Column::ExpiresAt.lt(before)).all(db).await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}
