//! Conversations.

use super::super::content::{Columns, Kind};
use super::{Side, all, change, one};
use crate::clinic::identity::Clinics;
use crate::kernel::error::Result;
use crate::kernel::vault::Sealed;
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, FromQueryResult, Value};
use uuid::Uuid;

#[derive(Clone, Debug, FromQueryResult)]
pub struct Conversation {
    pub id: Uuid,
    pub subject: Uuid,
    pub kind: String,
    pub doctor: Option<Uuid>,
    pub clinic: Option<Uuid>,
    pub opened_at: DateTime<Utc>,
    /// Until then it is open, unless it is closed before.
    pub until: DateTime<Utc>,
    pub closed_at: Option<DateTime<Utc>>,
    /// When something was said last, or when it was opened.
    pub last_at: DateTime<Utc>,
    pub patient_read: i64,
    pub staff_read: i64,
    /// Messages of the other side that the asking one has not read.
    pub unread: i64,
    clinical: Option<Sealed>,
    support: Option<Sealed>,
}

impl Conversation {
    pub fn is_open(&self, now: DateTime<Utc>) -> bool {
        self.closed_at.is_none() && self.until > now
    }

    pub fn columns(&self) -> Columns {
        Columns { clinical: self.clinical.clone(), support: self.support.clone() }
    }
}

fn conversation(side: Side) -> String {
    let (read, others) = side.reading();
    format!(
        "SELECT c.id, c.subject, c.kind, c.doctor, c.clinic, c.opened_at, c.until, c.closed_at, c.last_at, \
         c.patient_read, c.staff_read, c.clinical, c.support, (SELECT count(*) FROM message m WHERE m.conversation = c.id \
         AND m.number > c.{read} AND m.{others}) AS unread FROM conversation c"
    )
}

/// A conversation to be opened.
pub struct NewConversation {
    pub id: Uuid,
    pub subject: Uuid,
    pub kind: Kind,
    /// The doctor or the clinic.
    pub with: Uuid,
    pub until: DateTime<Utc>,
    pub topic: Columns,
}

/// Inserts it, unless one of the same pair is open. Answers whether it stands.
pub async fn insert(db: &impl ConnectionTrait, row: &NewConversation, now: DateTime<Utc>) -> Result<bool> {
    let sql = "INSERT INTO conversation (id, subject, kind, doctor, clinic, state, opened_at, until, last_at, last_number, \
               patient_read, staff_read, clinical, support) VALUES ($1, $2, $3, $4, $5, 'open', $6, $7, $6, 0, 0, 0, $8, $9) \
               ON CONFLICT DO NOTHING";
    let is_doctor = row.kind == Kind::Doctor;
    let values: [Value; 9] = [
        row.id.into(),
        row.subject.into(),
        row.kind.as_str().into(),
        is_doctor.then_some(row.with).into(),
        (!is_doctor).then_some(row.with).into(),
        now.into(),
        row.until.into(),
        row.topic.clinical.clone().into(),
        row.topic.support.clone().into(),
    ];
    Ok(change(db, sql, values).await? == 1)
}

pub async fn find(db: &impl ConnectionTrait, side: Side, id: Uuid) -> Result<Option<Conversation>> {
    one(db, &format!("{} WHERE c.id = $1", conversation(side)), [id.into()]).await
}

/// The open conversation of a patient with this doctor, or with this clinic.
pub async fn find_open(db: &impl ConnectionTrait, subject: Uuid, kind: Kind, with: Uuid) -> Result<Option<Conversation>> {
    let column = match kind {
        Kind::Doctor => "doctor",
        Kind::Operator => "clinic",
    };
    let sql = format!("{} WHERE c.subject = $1 AND c.{column} = $2 AND c.state = 'open'", conversation(Side::Patient));
    one(db, &sql, [subject.into(), with.into()]).await
}

/// Whose conversations are wanted.
#[derive(Clone, Copy, Debug)]
pub enum Of<'a> {
    Patient(Uuid),
    /// Those that are open.
    Doctor(Uuid),
    /// Those that are open, of these clinics.
    Desk(&'a Clinics),
}

/// Conversations, the last one that something was said in first, from before `before` on.
pub async fn page(
    db: &impl ConnectionTrait,
    of: Of<'_>,
    now: DateTime<Utc>,
    before: Option<(DateTime<Utc>, Uuid)>,
    limit: u64,
) -> Result<Vec<Conversation>> {
    let (side, id, whose) = match of {
        Of::Patient(id) => (Side::Patient, Some(id), "c.subject = $1".to_owned()),
        Of::Doctor(id) => (Side::Staff, Some(id), "c.doctor = $1 AND c.state = 'open' AND c.until > $4".to_owned()),
        Of::Desk(clinics) => {
            let theirs = clinics.condition("c.clinic", 5);
            let whose = format!(
                "c.clinic IS NOT NULL AND ($1 IS NULL OR c.doctor = $1) AND {theirs} AND c.state = 'open' AND c.until > $4"
            );
            (Side::Staff, None, whose)
        }
    };
    let sql = format!(
        "{} WHERE {whose} AND ($2 IS NULL OR (c.last_at, c.id) < ($2, $3)) ORDER BY c.last_at DESC, c.id DESC LIMIT {limit}",
        conversation(side)
    );
    let (before, last) = before.unzip();
    let mut values: Vec<Value> = vec![id.into(), before.into(), last.into()];
    if side == Side::Staff {
        values.push(now.into());
    }
    if let Of::Desk(clinics) = of {
        values.extend(clinics.values());
    }
    all(db, &sql, values).await
}

/// All of one class that a patient ever had, oldest first.
pub async fn of_subject(db: &impl ConnectionTrait, subject: Uuid, kind: Kind) -> Result<Vec<Conversation>> {
    let sql = format!("{} WHERE c.subject = $1 AND c.kind = $2 ORDER BY c.id", conversation(Side::Patient));
    all(db, &sql, [subject.into(), kind.as_str().into()]).await
}

/// Gives an open conversation a longer term. Answers whether it was still open, and the term grew.
pub async fn prolong(db: &impl ConnectionTrait, id: Uuid, until: DateTime<Utc>) -> Result<bool> {
    let sql = "UPDATE conversation SET until = $2 WHERE id = $1 AND state = 'open' AND until < $2";
    Ok(change(db, sql, [id.into(), until.into()]).await? == 1)
}

/// Closes it. Answers whether it was open.
pub async fn close(db: &impl ConnectionTrait, id: Uuid, now: DateTime<Utc>) -> Result<bool> {
    let sql = "UPDATE conversation SET state = 'closed', closed_at = $2 WHERE id = $1 AND state = 'open'";
    Ok(change(db, sql, [id.into(), now.into()]).await? == 1)
}

/// When something clinical was written last: a message, or the topic of a conversation.
pub async fn last_clinical(db: &impl ConnectionTrait, subject: Uuid) -> Result<Option<DateTime<Utc>>> {
    #[derive(FromQueryResult)]
    struct Last {
        last_at: DateTime<Utc>,
    }
    let sql = "SELECT last_at FROM conversation WHERE subject = $1 AND kind = 'doctor' \
               AND (last_number > 0 OR clinical IS NOT NULL) ORDER BY last_at DESC LIMIT 1";
    Ok(one::<Last>(db, sql, [subject.into()]).await?.map(|row| row.last_at))
}

#[derive(FromQueryResult)]
struct Id {
    id: Uuid,
}

/// Some conversations whose term is over and that nobody has closed.
pub async fn lapsed(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<Vec<Uuid>> {
    let sql = "SELECT id FROM conversation WHERE state = 'open' AND until <= $1 ORDER BY until LIMIT 500";
    Ok(all::<Id>(db, sql, [now.into()]).await?.into_iter().map(|row| row.id).collect())
}

/// Some conversations with operators that have ended, and when, the first ended first.
pub async fn ended_with_operators(db: &impl ConnectionTrait) -> Result<Vec<(Uuid, DateTime<Utc>)>> {
    #[derive(FromQueryResult)]
    struct Ended {
        id: Uuid,
        closed_at: DateTime<Utc>,
    }
    let sql =
        "SELECT id, closed_at FROM conversation WHERE kind = 'operator' AND closed_at IS NOT NULL ORDER BY closed_at LIMIT 500";
    Ok(all::<Ended>(db, sql, []).await?.into_iter().map(|row| (row.id, row.closed_at)).collect())
}

/// Drops a conversation and what was said in it.
pub async fn drop_one(db: &impl ConnectionTrait, id: Uuid) -> Result<()> {
    change(db, "DELETE FROM conversation WHERE id = $1", [id.into()]).await.map(drop)
}

/// Drops a patient's conversations of one kind, and what was said in them.
pub async fn delete(db: &impl ConnectionTrait, subject: Uuid, kind: Kind) -> Result<()> {
    change(db, "DELETE FROM conversation WHERE subject = $1 AND kind = $2", [subject.into(), kind.as_str().into()])
        .await
        .map(drop)
}

/// Closes all of a patient's conversations.
pub async fn close_all(db: &impl ConnectionTrait, subject: Uuid, now: DateTime<Utc>) -> Result<()> {
    let sql = "UPDATE conversation SET state = 'closed', closed_at = $2 WHERE subject = $1 AND state = 'open'";
    change(db, sql, [subject.into(), now.into()]).await.map(drop)
}
