//! Statements of disagreement: what somebody says against a value that is known of him. From then on the statement stands
//! beside the value, for every reader. It is sealed in the class of the value, so that whoever may open the one opens the
//! other, and both end together. Every room that shows such values reads it here.

use super::access::Grant;
use super::audit::Line;
use super::db::Tx;
use super::error::Result;
use super::sql::{all, change, one};
use super::vault::{Class, Personal, Sealed, SubjectKeys};
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, FromQueryResult};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

/// How an audit line names a statement.
pub const OBJECT: &str = "disagreement";

/// The value that somebody disagrees with.
#[derive(Clone, Debug, PartialEq)]
pub enum Against {
    /// A field of his profile.
    Field(&'static str),
    Document(Uuid),
}

/// A statement, opened.
#[derive(Clone, Debug, PartialEq)]
pub struct Disagreement {
    pub id: Uuid,
    /// Of the profile.
    pub field: Option<String>,
    pub document: Option<Uuid>,
    /// The refused request that it answers.
    pub request: Option<Uuid>,
    pub at: DateTime<Utc>,
    pub text: String,
}

#[derive(Serialize, Deserialize)]
struct OfIdentity {
    text: String,
}

impl Personal for OfIdentity {
    const TABLE: &'static str = "disagreement";
    const COLUMN: &'static str = "of_identity";
    const CLASS: Class = Class::Identity;
}

#[derive(Serialize, Deserialize)]
struct OfRecord {
    text: String,
}

impl Personal for OfRecord {
    const TABLE: &'static str = "disagreement";
    const COLUMN: &'static str = "of_record";
    const CLASS: Class = Class::Clinical;
}

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    field: Option<String>,
    document: Option<Uuid>,
    request: Option<Uuid>,
    at: DateTime<Utc>,
    of_identity: Option<Sealed>,
    of_record: Option<Sealed>,
}

impl Row {
    /// What the grant's class opens of it. `None`: it is of another class.
    fn open(self, grant: &Grant) -> Result<Option<Disagreement>> {
        let of_identity = self.of_identity.filter(|_| grant.class() == Class::Identity);
        let of_record = self.of_record.filter(|_| grant.class() == Class::Clinical);
        let text = match (of_identity, of_record) {
            (Some(sealed), _) => grant.open::<OfIdentity>(self.id, &sealed)?.text,
            (_, Some(sealed)) => grant.open::<OfRecord>(self.id, &sealed)?.text,
            _ => return Ok(None),
        };
        let Self { id, field, document, request, at, .. } = self;
        Ok(Some(Disagreement { id, field, document, request, at, text }))
    }
}

/// Writes a statement down, and answers its id.
///
/// # Errors
/// `not_found` when the class of the value is destroyed.
pub async fn state(tx: &mut Tx, keys: &SubjectKeys, against: &Against, request: Option<Uuid>, text: &str) -> Result<Uuid> {
    let id = tx.id();
    let text = text.to_owned();
    let (field, document, of_identity, of_record, class) = match against {
        Against::Field(field) => (Some(*field), None, Some(keys.seal(id, &OfIdentity { text })?), None, Class::Identity),
        Against::Document(document) => (None, Some(*document), None, Some(keys.seal(id, &OfRecord { text })?), Class::Clinical),
    };
    let sql = "INSERT INTO disagreement (id, subject, field, document, request, at, of_identity, of_record) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let (of_identity, of_record) = (of_identity.map(|sealed| sealed.0), of_record.map(|sealed| sealed.0));
    let (subject, at) = (keys.subject, tx.now());
    let values = [
        id.into(),
        subject.into(),
        field.into(),
        document.into(),
        request.into(),
        at.into(),
        of_identity.into(),
        of_record.into(),
    ];
    change(tx, sql, values).await?;
    tx.audit(Line::new("disagree").on(OBJECT, id).about(keys).of(class));
    Ok(id)
}

/// Every statement of the grant's subject and class, oldest first.
pub async fn standing(db: &impl ConnectionTrait, grant: &Grant) -> Result<Vec<Disagreement>> {
    let sql = "SELECT id, field, document, request, at, of_identity, of_record FROM disagreement WHERE subject = $1 ORDER BY id";
    let rows: Vec<Row> = all(db, sql, [grant.subject().into()]).await?;
    rows.into_iter().filter_map(|row| row.open(grant).transpose()).collect()
}

/// What stands beside documents, by document. With a grant for clinical data.
pub async fn beside_documents(db: &impl ConnectionTrait, grant: &Grant) -> Result<BTreeMap<Uuid, Vec<Disagreement>>> {
    let mut beside: BTreeMap<Uuid, Vec<Disagreement>> = BTreeMap::new();
    for statement in standing(db, grant).await? {
        if let Some(document) = statement.document {
            beside.entry(document).or_default().push(statement);
        }
    }
    Ok(beside)
}

#[derive(FromQueryResult)]
struct Count {
    n: i64,
}

/// How many statements a person has made.
pub async fn count(db: &impl ConnectionTrait, subject: Uuid) -> Result<i64> {
    let sql = "SELECT count(*) AS n FROM disagreement WHERE subject = $1";
    Ok(one::<Count>(db, sql, [subject.into()]).await?.map_or(0, |count| count.n))
}

/// Takes a statement back. False: he has made no such one.
pub async fn take_back(tx: &mut Tx, keys: &SubjectKeys, id: Uuid) -> Result<bool> {
    let sql = "DELETE FROM disagreement WHERE id = $1 AND subject = $2";
    let is_gone = change(tx, sql, [id.into(), keys.subject.into()]).await? == 1;
    if is_gone {
        tx.audit(Line::new("takeBack").on(OBJECT, id).about(keys));
    }
    Ok(is_gone)
}

/// Statements go with the values that they stand beside.
pub async fn forget(tx: &mut Tx, subject: Uuid, held: &[Class]) -> Result<()> {
    for (class, column) in [(Class::Identity, "of_identity"), (Class::Clinical, "of_record")] {
        if !held.contains(&class) {
            let sql = format!("DELETE FROM disagreement WHERE subject = $1 AND {column} IS NOT NULL");
            change(tx, &sql, [subject.into()]).await?;
        }
    }
    Ok(())
}
