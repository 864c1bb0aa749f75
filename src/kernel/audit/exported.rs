//! The trail on its way out: lines of JSON with their numbers and links, and at the end what signs them. Whoever has the file
//! checks hash and signature; this installation holds each line against its own chain besides.

use super::super::db::Db;
use super::super::error::{Error, Result};
use super::chain::Sealer;
use super::reading::Scope;
use chrono::{DateTime, SecondsFormat, Utc};
use sea_orm::{ConnectionTrait, FromQueryResult, Statement, Value};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;
use std::io::BufRead;
use uuid::Uuid;

const PAGE: usize = 500;
const FORMAT: &str = "feldsher audit trail 1";

#[derive(FromQueryResult)]
struct ChainedRow {
    seq: i64,
    link: Vec<u8>,
    id: Uuid,
    at: DateTime<Utc>,
    who: String,
    operation: String,
    request: Uuid,
    action: String,
    object_kind: Option<String>,
    object_id: Option<Uuid>,
    class: Option<String>,
    basis: Option<String>,
}

/// One line of the file.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ChainedLine {
    seq: i64,
    link: String,
    id: Uuid,
    at: String,
    actor: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    staff_id: Option<String>,
    operation: String,
    request_id: Uuid,
    action: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    object_kind: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    object_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    class: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    basis: Option<String>,
}

impl From<ChainedRow> for ChainedLine {
    fn from(row: ChainedRow) -> Self {
        let (actor, rest) = row.who.split_once(':').unwrap_or((&row.who, ""));
        Self {
            seq: row.seq,
            link: hex::encode(&row.link),
            id: row.id,
            at: row.at.to_rfc3339_opts(SecondsFormat::Millis, true),
            actor: actor.to_owned(),
            staff_id: (actor == "staff").then(|| rest.to_owned()),
            operation: row.operation,
            request_id: row.request,
            action: row.action,
            object_kind: row.object_kind,
            object_id: row.object_id,
            class: row.class,
            basis: row.basis,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Head<'a> {
    format: &'static str,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    exported_at: DateTime<Utc>,
    #[serde(skip_serializing_if = "Option::is_none")]
    staff_ids: Option<&'a [Uuid]>,
    object_kinds: &'a [String],
}

/// What the last line signs: how many lines came before it, and the hash of all bytes before it.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Tail {
    format: String,
    lines: u64,
    sha256: String,
    public_key: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Signed {
    /// The tail as text, so that what is signed is these very bytes.
    signed: String,
    signature: String,
}

fn line_of(value: &impl Serialize) -> Result<String> {
    let mut text = serde_json::to_string(value).map_err(|_| Error::internal("a line of the trail could not be written"))?;
    text.push('\n');
    Ok(text)
}

/// The first line: what the file is, and of which scope.
pub fn export_head(scope: &Scope, at: DateTime<Utc>) -> Result<String> {
    let staff_ids = scope.staff.as_deref();
    line_of(&Head { format: FORMAT, from: scope.from, to: scope.to, exported_at: at, staff_ids, object_kinds: &scope.objects })
}

/// A page of an export.
pub struct Exported {
    pub text: String,
    pub lines: u64,
    /// The last of them; None: there are no more.
    pub last: Option<Uuid>,
}

/// The next chained lines of a scope, oldest first.
pub async fn export_page(db: &impl ConnectionTrait, scope: &Scope, after: Option<Uuid>) -> Result<Exported> {
    let (first, end) = scope.bounds();
    let mut values: Vec<Value> = vec![first.into(), end.into(), after.unwrap_or(Uuid::nil()).into()];
    let condition = scope.condition(&mut values);
    let sql = format!(
        "SELECT c.seq, c.link, l.id, l.at, l.who, l.operation, l.request, l.action, l.object_kind, l.object_id, l.class, l.basis \
         FROM audit_line l JOIN audit_chain c ON c.line_id = l.id \
         WHERE l.id >= $1 AND l.id < $2 AND l.id > $3 AND {condition} ORDER BY l.id LIMIT {PAGE}"
    );
    let rows = ChainedRow::find_by_statement(Statement::from_sql_and_values(db.get_database_backend(), &sql, values));
    let rows = rows.all(db).await?;
    let last = rows.last().map(|row| row.id);
    let lines = rows.len() as u64;
    let mut text = String::new();
    for row in rows {
        text.push_str(&line_of(&ChainedLine::from(row))?);
    }
    Ok(Exported { text, lines, last })
}

/// The last line: signs how many lines there were, and all bytes before it.
pub fn export_tail(sealer: &Sealer, lines: u64, hash: Sha256) -> Result<String> {
    let tail = Tail {
        format: FORMAT.to_owned(),
        lines,
        sha256: hex::encode(hash.finalize()),
        public_key: hex::encode(sealer.public_key()),
    };
    let signed = serde_json::to_string(&tail).map_err(|_| Error::internal("the end of an export could not be written"))?;
    let signature = hex::encode(sealer.sign_json(signed.as_bytes())?);
    line_of(&Signed { signed, signature })
}

/// What is wrong with an exported trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unsound {
    /// It does not end with a signed line: it was cut, or is something else.
    NoEnd,
    /// The last line is not signed by this installation.
    Forged,
    /// The bytes are not those that were signed.
    Changed,
    /// The chain knows of no such line, or of another one in its place.
    Foreign { seq: i64 },
}

impl fmt::Display for Unsound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unsound::NoEnd => f.write_str("it has no signed end: it was cut short, or is no export of the trail"),
            Unsound::Forged => f.write_str("its end is not signed with the key of this installation"),
            Unsound::Changed => f.write_str("its bytes are not those that were signed"),
            Unsound::Foreign { seq } => write!(f, "number {seq} is not what the chain of this installation holds there"),
        }
    }
}

/// Holds an exported trail against its signature and against the chain. Answers its lines, or what is wrong.
///
/// # Errors
/// `Internal` when the file can't be read.
pub async fn check_export(db: &Db, sealer: &Sealer, file: &mut (dyn BufRead + Send)) -> Result<Result<u64, Unsound>> {
    let (mut hash, mut lines) = (Sha256::new(), 0);
    let mut held: Option<String> = None;
    let mut foreign = None;
    loop {
        let mut line = String::new();
        let read = file.read_line(&mut line).map_err(|error| Error::internal(format!("the export can't be read: {error}")))?;
        if read == 0 {
            break;
        }
        // The last line is not among those that it signs.
        if let Some(before) = held.replace(line) {
            hash.update(before.as_bytes());
            if let Ok(told) = serde_json::from_str::<ChainedLine>(&before) {
                lines += 1;
                if foreign.is_none() && !is_in_chain(db, &told).await? {
                    foreign = Some(told.seq);
                }
            }
        }
    }
    let Some(end) = held.and_then(|end| serde_json::from_str::<Signed>(&end).ok()) else { return Ok(Err(Unsound::NoEnd)) };
    let Ok(tail) = serde_json::from_str::<Tail>(&end.signed) else { return Ok(Err(Unsound::NoEnd)) };
    let signature = hex::decode(&end.signature).unwrap_or_default();
    if tail.format != FORMAT || !sealer.signed_json(end.signed.as_bytes(), &signature) {
        return Ok(Err(Unsound::Forged));
    }
    if tail.sha256 != hex::encode(hash.finalize()) || tail.lines != lines {
        return Ok(Err(Unsound::Changed));
    }
    Ok(foreign.map_or(Ok(lines), |seq| Err(Unsound::Foreign { seq })))
}

async fn is_in_chain(db: &Db, told: &ChainedLine) -> Result<bool> {
    let reader = db.reader();
    let sql = "SELECT c.seq, c.link, l.id, l.at, l.who, l.operation, l.request, l.action, l.object_kind, l.object_id, l.class, \
               l.basis FROM audit_chain c JOIN audit_line l ON l.id = c.line_id WHERE c.seq = $1";
    let query = Statement::from_sql_and_values(reader.get_database_backend(), sql, [told.seq.into()]);
    let Some(row) = ChainedRow::find_by_statement(query).one(&reader).await? else { return Ok(false) };
    Ok(line_of(&ChainedLine::from(row))? == line_of(told)?)
}
