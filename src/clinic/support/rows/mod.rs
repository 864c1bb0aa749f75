//! The room's tables and every query on them. A patient's finders start from the patient, support's from its account.

pub mod moderation;

use crate::clinic::identity::Clinics;
use crate::kernel::error::Result;
pub use crate::kernel::sql::change;
use crate::kernel::vault::Sealed;
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use sea_orm::{Condition, FromQueryResult, QueryOrder, QuerySelect, Statement, Value};
use uuid::Uuid;

pub const OPEN: &str = "open";
pub const TAKEN: &str = "taken";
pub const CLOSED: &str = "closed";

pub const DECLARED: &str = "declared";
pub const QUARANTINED: &str = "quarantined";
pub const TO_REVIEW: &str = "toReview";
pub const SERVED: &str = "served";
pub const INFECTED: &str = "infected";

pub mod ticket {
    use super::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "ticket")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub subject: Uuid,
        /// Somebody without an account: the subject is this ticket's alone.
        pub guest: bool,
        pub topic: String,
        pub state: String,
        /// The support account that took it.
        pub assignee: Option<Uuid>,
        pub created_at: DateTimeUtc,
        pub taken_at: Option<DateTimeUtc>,
        pub closed_at: Option<DateTimeUtc>,
        pub purge_at: Option<DateTimeUtc>,
        pub version: i64,
        pub sealed: Sealed,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub mod ticket_message {
    use super::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "ticket_message")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub ticket: Uuid,
        /// The support account. None: the ticket's owner.
        pub author: Option<Uuid>,
        pub at: DateTimeUtc,
        pub sealed: Sealed,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub mod screenshot {
    use super::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "screenshot")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub ticket: Uuid,
        pub subject: Uuid,
        pub state: String,
        /// Under which id the original lies, without its metadata.
        pub object: Option<Uuid>,
        /// Under which id the redacted copy lies.
        pub served_object: Option<Uuid>,
        pub created_at: DateTimeUtc,
        pub uploaded_at: Option<DateTimeUtc>,
        /// When somebody said what is private in it.
        pub marked_at: Option<DateTimeUtc>,
        /// The doctor who did. None: the sender.
        pub marked_by: Option<Uuid>,
        pub version: i64,
        pub sealed: Sealed,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub mod feedback {
    use super::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "feedback")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        /// None once its author was forgotten.
        pub booking: Option<Uuid>,
        pub subject: Uuid,
        pub doctor: Uuid,
        pub clinic: Uuid,
        pub rating: i64,
        pub at: DateTimeUtc,
        /// The words. None: it is a rating alone, or its author was forgotten.
        pub sealed: Option<Sealed>,
        pub state: String,
        pub decided_at: Option<DateTimeUtc>,
        pub decided_by: Option<Uuid>,
        /// What the clinic says to it, for everybody.
        pub answer: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

pub async fn ticket_of(db: &impl ConnectionTrait, subject: Uuid, id: Uuid) -> Result<Option<ticket::Model>> {
    Ok(ticket::Entity::find_by_id(id).filter(ticket::Column::Subject.eq(subject)).one(db).await?)
}

/// A ticket that a support account has taken and not closed.
pub async fn taken_ticket(db: &impl ConnectionTrait, assignee: Uuid, id: Uuid) -> Result<Option<ticket::Model>> {
    Ok(ticket::Entity::find_by_id(id)
        .filter(ticket::Column::State.eq(TAKEN))
        .filter(ticket::Column::Assignee.eq(assignee))
        .one(db)
        .await?)
}

pub async fn any_ticket(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<ticket::Model>> {
    Ok(ticket::Entity::find_by_id(id).one(db).await?)
}

/// A patient's tickets, newest first.
pub async fn tickets_of(
    db: &impl ConnectionTrait,
    subject: Uuid,
    before: Option<Uuid>,
    limit: u64,
) -> Result<Vec<ticket::Model>> {
    let mut query = ticket::Entity::find().filter(ticket::Column::Subject.eq(subject));
    if let Some(before) = before {
        query = query.filter(ticket::Column::Id.lt(before));
    }
    Ok(query.order_by_desc(ticket::Column::Id).limit(limit).all(db).await?)
}

/// The queue: what nobody has taken, or what `assignee` took or closed; oldest first.
pub async fn queue(
    db: &impl ConnectionTrait,
    assignee: Uuid,
    state: &str,
    after: Option<Uuid>,
    limit: u64,
) -> Result<Vec<ticket::Model>> {
    let mut query = ticket::Entity::find().filter(ticket::Column::State.eq(state));
    if state != OPEN {
        query = query.filter(ticket::Column::Assignee.eq(assignee));
    }
    if let Some(after) = after {
        query = query.filter(ticket::Column::Id.gt(after));
    }
    Ok(query.order_by_asc(ticket::Column::Id).limit(limit).all(db).await?)
}

/// Locks a ticket that is not closed for the rest of the transaction, so that what is counted in it stays counted.
pub async fn lock_unclosed(db: &impl ConnectionTrait, subject: Uuid, id: Uuid) -> Result<bool> {
    let sql = "UPDATE ticket SET version = version + 1 WHERE id = $1 AND subject = $2 AND state <> 'closed'";
    Ok(change(db, sql, [id.into(), subject.into()]).await? == 1)
}

pub async fn unclosed_count(db: &impl ConnectionTrait, subject: Uuid) -> Result<u64> {
    let query = ticket::Entity::find().filter(ticket::Column::Subject.eq(subject)).filter(ticket::Column::State.ne(CLOSED));
    Ok(query.count(db).await?)
}

/// Tickets whose day has come.
pub async fn to_purge(db: &impl ConnectionTrait, now: DateTime<Utc>, limit: u64) -> Result<Vec<ticket::Model>> {
    let query = ticket::Entity::find().filter(ticket::Column::PurgeAt.lte(now)).order_by_asc(ticket::Column::PurgeAt);
    Ok(query.limit(limit).all(db).await?)
}

pub async fn messages(db: &impl ConnectionTrait, ticket: Uuid) -> Result<Vec<ticket_message::Model>> {
    let query = ticket_message::Entity::find().filter(ticket_message::Column::Ticket.eq(ticket));
    Ok(query.order_by_asc(ticket_message::Column::Id).all(db).await?)
}

pub async fn message_count(db: &impl ConnectionTrait, ticket: Uuid) -> Result<u64> {
    Ok(ticket_message::Entity::find().filter(ticket_message::Column::Ticket.eq(ticket)).count(db).await?)
}

pub async fn screenshots(db: &impl ConnectionTrait, ticket: Uuid) -> Result<Vec<screenshot::Model>> {
    let query = screenshot::Entity::find().filter(screenshot::Column::Ticket.eq(ticket));
    Ok(query.order_by_asc(screenshot::Column::Id).all(db).await?)
}

pub async fn screenshot(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<screenshot::Model>> {
    Ok(screenshot::Entity::find_by_id(id).one(db).await?)
}

pub async fn screenshot_in(db: &impl ConnectionTrait, ticket: Uuid, id: Uuid) -> Result<Option<screenshot::Model>> {
    Ok(screenshot(db, id).await?.filter(|row| row.ticket == ticket))
}

pub async fn screenshots_of(db: &impl ConnectionTrait, subject: Uuid) -> Result<Vec<screenshot::Model>> {
    let query = screenshot::Entity::find().filter(screenshot::Column::Subject.eq(subject));
    Ok(query.order_by_asc(screenshot::Column::Id).all(db).await?)
}

pub async fn feedback_of(db: &impl ConnectionTrait, subject: Uuid) -> Result<Vec<feedback::Model>> {
    let query = feedback::Entity::find().filter(feedback::Column::Subject.eq(subject));
    Ok(query.order_by_asc(feedback::Column::Id).all(db).await?)
}

/// Unmarked screenshots of those whom `doctor` treats now, oldest first.
pub async fn to_review(
    db: &impl ConnectionTrait,
    doctor: Uuid,
    now: DateTime<Utc>,
    after: Option<Uuid>,
    limit: u64,
) -> Result<Vec<screenshot::Model>> {
    let sql = format!(
        "SELECT s.* FROM screenshot s WHERE s.state = 'toReview' AND s.marked_at IS NULL AND ($3 IS NULL OR s.id > $3) \
         AND EXISTS (SELECT 1 FROM reason r WHERE r.subject = s.subject AND r.party = $1 AND r.class = 'clinical' \
         AND r.valid_from <= $2 AND (r.valid_until IS NULL OR r.valid_until > $2)) \
         AND NOT EXISTS (SELECT 1 FROM access_freeze f WHERE f.subject = s.subject AND f.lifted_at IS NULL AND f.scope = 'staff') \
         ORDER BY s.id LIMIT {limit}"
    );
    let values: [Value; 3] = [doctor.into(), now.into(), after.into()];
    let query = Statement::from_sql_and_values(db.get_database_backend(), &sql, values);
    Ok(screenshot::Model::find_by_statement(query).all(db).await?)
}

/// Which of `objects` some screenshot names.
pub async fn named_objects(db: &impl ConnectionTrait, objects: &[Uuid]) -> Result<Vec<Uuid>> {
    use screenshot::Column::{Object, ServedObject};
    let ids = || objects.iter().copied();
    let rows = screenshot::Entity::find()
        .filter(Condition::any().add(Object.is_in(ids())).add(ServedObject.is_in(ids())))
        .all(db)
        .await?;
    Ok(rows.into_iter().flat_map(|row| [row.object, row.served_object]).flatten().collect())
}

/// What a doctor's ratings come to.
#[derive(Debug, FromQueryResult)]
pub struct Ratings {
    pub doctor: Uuid,
    pub count: i64,
    pub total: i64,
}

/// Ratings of doctors who have at least `from` of them, by doctor; of these clinics.
pub async fn ratings(
    db: &impl ConnectionTrait,
    clinics: &Clinics,
    from: i64,
    after: Option<Uuid>,
    limit: u64,
) -> Result<Vec<Ratings>> {
    let sql = format!(
        "SELECT doctor, COUNT(*) AS count, CAST(SUM(rating) AS bigint) AS total FROM feedback \
         WHERE ($1 IS NULL OR doctor > $1) AND {} \
         GROUP BY doctor HAVING COUNT(*) >= $2 ORDER BY doctor LIMIT {limit}",
        clinics.condition("clinic", 3)
    );
    let values: Vec<Value> = [after.into(), from.into()].into_iter().chain(clinics.values()).collect();
    Ok(Ratings::find_by_statement(Statement::from_sql_and_values(db.get_database_backend(), &sql, values)).all(db).await?)
}
