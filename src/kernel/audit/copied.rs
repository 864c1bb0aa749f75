//! Checkpoints in a second place, of other rights: who can write to the record and to the keys here, and clears both, still
//! meets them there.
//!
//! A copy is an object whose name says where the chain stood: the number of the last line, and the first
//! eight bytes of its link. So the list of names alone holds the whole chain to what it was; the newest copy is read for its signature.

use super::super::db::Db;
use super::super::error::Result;
use super::chain::{Checkpoint, Sealer, Tail};
use sea_orm::{ConnectionTrait, FromQueryResult, Statement};
use std::collections::BTreeMap;
use uuid::Uuid;

/// What the second place holds.
#[derive(Default)]
pub struct Copies {
    names: BTreeMap<i64, Vec<u64>>,
    newest: Option<Vec<u8>>,
}

impl Copies {
    /// From the names of the objects there.
    pub fn of(names: impl IntoIterator<Item = Uuid>) -> Self {
        let mut copies = Self::default();
        for name in names {
            let (seq, head) = name.as_u64_pair();
            copies.names.entry(seq.cast_signed()).or_default().push(head);
        }
        copies
    }

    /// The name of the newest object, which is to be read.
    pub fn newest_name(&self) -> Option<Uuid> {
        let (seq, heads) = self.names.last_key_value()?;
        Some(Uuid::from_u64_pair(seq.cast_unsigned(), *heads.first()?))
    }

    pub fn with_newest(self, content: Vec<u8>) -> Self {
        Self { newest: Some(content), ..self }
    }

    pub fn count(&self) -> usize {
        self.names.len()
    }

    /// The last line of which they know; 0 for none.
    pub(super) fn last(&self) -> i64 {
        self.names.last_key_value().map_or(0, |(seq, _)| *seq)
    }

    /// Whether no copy tells otherwise of this link.
    pub(super) fn agree(&self, seq: i64, link: &[u8]) -> bool {
        self.names.get(&seq).is_none_or(|heads| heads.iter().all(|known| *known == head(link)))
    }

    /// Whether the newest one carries no good signature, or one about another link than its name says.
    pub(super) fn is_forged(&self, sealer: &Sealer) -> bool {
        let Some(content) = &self.newest else { return false };
        let checkpoint = serde_json::from_slice::<Checkpoint>(content).ok().filter(|checkpoint| sealer.holds(checkpoint));
        let link = checkpoint.and_then(|checkpoint| Some((checkpoint.seq, hex::decode(&checkpoint.link).ok()?)));
        link.is_none_or(|(seq, link)| self.newest_name() != Some(name(seq, &link)))
    }
}

/// The first eight bytes: enough that nobody finds another chain that has them at each of its checkpoints.
fn head(link: &[u8]) -> u64 {
    link.first_chunk::<8>().map_or(0, |head| u64::from_be_bytes(*head))
}

fn name(seq: i64, link: &[u8]) -> Uuid {
    Uuid::from_u64_pair(seq.cast_unsigned(), head(link))
}

/// The end of the chain as an object for the second place, by its name. None: nothing is chained yet.
pub async fn copy_of_tail(db: &Db, sealer: &Sealer) -> Result<Option<(Uuid, Vec<u8>)>> {
    let reader = db.reader();
    let sql = "SELECT seq, link FROM audit_chain ORDER BY seq DESC LIMIT 1";
    let tail = Tail::find_by_statement(Statement::from_string(reader.get_database_backend(), sql)).one(&reader).await?;
    let Some(tail) = tail else { return Ok(None) };
    let line = sealer.signed(tail.seq, &tail.link, db.ambient.now())?;
    Ok(Some((name(tail.seq, &tail.link), line.into_bytes())))
}
