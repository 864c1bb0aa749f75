//! Verifying the trail: recomputes every link, and holds the tail against the signed checkpoints.

use super::super::db::Db;
use super::super::error::Result;
use super::chain::{LineRow, Sealer};
use super::copied::Copies;
use sea_orm::{ConnectionTrait, FromQueryResult, Statement};
use uuid::Uuid;

const PAGE: i64 = 1_000;

/// What is wrong with the trail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// The first line whose link does not follow from the one before: it, or its place, was changed.
    Broken { seq: i64, line: Uuid },
    /// A link of the chain has lost its line.
    LineMissing { seq: i64, line: Uuid },
    /// A number is missing in the chain.
    Gap { after: i64 },
    /// The checkpoints know of lines that the chain does not have.
    TailMissing { chain_ends: i64, checkpoint: i64 },
    /// The chain was written anew up to a checkpoint: its link is not the signed one.
    Rewritten { seq: i64 },
    /// A line of the checkpoint file does not carry a good signature.
    CheckpointForged,
}

/// What the verification went through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    pub lines: i64,
    pub finding: Option<Finding>,
}

#[derive(FromQueryResult)]
struct ChainRow {
    seq: i64,
    line_id: Uuid,
    link: Vec<u8>,
}

/// Goes through the whole chain and stops at the first fault.
pub async fn verify(db: &Db, sealer: &Sealer) -> Result<Verified> {
    verify_with(db, sealer, &Copies::default()).await
}

/// As `verify`, held against the checkpoints of the second place too: they know of a tail, and of a rewriting, that whoever may
/// write here has cleared away here.
pub async fn verify_with(db: &Db, sealer: &Sealer, copies: &Copies) -> Result<Verified> {
    let (checkpoint, forged) = sealer.last_checkpoint()?;
    let forged = forged || copies.is_forged(sealer);
    let mut previous = vec![0; 32];
    let mut last = 0;
    let at = |lines, finding| Ok(Verified { lines, finding: Some(finding) });
    loop {
        let links = links_after(db, last).await?;
        if links.is_empty() {
            break;
        }
        let lines = lines_of(db, last).await?;
        for link in links {
            if link.seq != last + 1 {
                return at(last, Finding::Gap { after: last });
            }
            let Some(line) = lines.iter().find(|line| line.id == link.line_id) else {
                return at(last, Finding::LineMissing { seq: link.seq, line: link.line_id });
            };
            if sealer.link(&previous, line)[..] != link.link[..] {
                return at(last, Finding::Broken { seq: link.seq, line: link.line_id });
            }
            if let Some(signed) = checkpoint.as_ref().filter(|signed| signed.seq == link.seq)
                && signed.link != hex::encode(&link.link)
            {
                return at(last, Finding::Rewritten { seq: link.seq });
            }
            if !copies.agree(link.seq, &link.link) {
                return at(last, Finding::Rewritten { seq: link.seq });
            }
            last = link.seq;
            previous = link.link;
        }
    }
    let known = checkpoint.map_or(0, |signed| signed.seq).max(copies.last());
    if known > last {
        return at(last, Finding::TailMissing { chain_ends: last, checkpoint: known });
    }
    Ok(Verified { lines: last, finding: forged.then_some(Finding::CheckpointForged) })
}

async fn links_after(db: &Db, seq: i64) -> Result<Vec<ChainRow>> {
    let reader = db.reader();
    let sql = format!("SELECT seq, line_id, link FROM audit_chain WHERE seq > $1 ORDER BY seq LIMIT {PAGE}");
    Ok(ChainRow::find_by_statement(Statement::from_sql_and_values(reader.get_database_backend(), &sql, [seq.into()]))
        .all(&reader)
        .await?)
}

async fn lines_of(db: &Db, seq: i64) -> Result<Vec<LineRow>> {
    let reader = db.reader();
    let sql = format!(
        "SELECT * FROM audit_line WHERE id IN (SELECT line_id FROM audit_chain WHERE seq > $1 ORDER BY seq LIMIT {PAGE})"
    );
    Ok(LineRow::find_by_statement(Statement::from_sql_and_values(reader.get_database_backend(), &sql, [seq.into()]))
        .all(&reader)
        .await?)
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Finding::Broken { seq, line } => {
                write!(f, "line {line}, number {seq}, does not follow from the one before: it was changed, or its place was")
            }
            Finding::LineMissing { seq, line } => write!(f, "line {line}, number {seq}, is gone"),
            Finding::Gap { after } => write!(f, "the link after number {after} is gone"),
            Finding::TailMissing { chain_ends, checkpoint } => {
                write!(
                    f,
                    "the chain ends at number {chain_ends}, and a signed checkpoint knows of {checkpoint}: the tail is gone"
                )
            }
            Finding::Rewritten { seq } => {
                write!(f, "number {seq} is not the one that its checkpoint signed: the chain was written anew")
            }
            Finding::CheckpointForged => write!(f, "a line of the checkpoints does not carry a good signature"),
        }
    }
}
