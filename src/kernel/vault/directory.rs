//! The directory: from a number or a phone to a subject, by blind index. An index is an HMAC under the secret of the
//! epoch (never a bare hash: there are only 10⁹ SNILS). The value stands beside it, sealed under the subject's own key,
//! so that a new epoch can make new indexes and end the old secret.

use super::super::db::{Actor, Tx};
use super::super::error::{Error, Result};
use super::class::Class;
use super::keys::{SubjectKeys, hmac};
use super::register::{EPOCH_ATTEMPTS, Vault};
use super::rotation::{Epoch, hold_newest};
use super::sealed::{Key, Personal, Sealed};
use sea_orm::{ConnectionTrait, FromQueryResult, Statement};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What is looked for: a normalised value of a kind, as `("snils", "91000102299")`.
#[derive(Clone)]
pub struct Index {
    pub kind: &'static str,
    pub value: String,
}

/// What became of an attempt to reserve a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reservation {
    /// It is ours now, or was already.
    Ours,
    Taken(Uuid),
}

impl Reservation {
    fn of(holder: Uuid, keys: &SubjectKeys) -> Self {
        if holder == keys.subject { Reservation::Ours } else { Reservation::Taken(holder) }
    }
}

/// The value beside its index.
#[derive(Serialize, Deserialize)]
pub(super) struct Entry {
    pub value: String,
}

impl Personal for Entry {
    const TABLE: &'static str = "directory";
    const COLUMN: &'static str = "sealed";
    const CLASS: Class = Class::Contact;
}

#[derive(FromQueryResult)]
struct Holder {
    subject: Uuid,
}

#[derive(FromQueryResult)]
pub(super) struct Row {
    pub id: Uuid,
    pub kind: String,
    pub subject: Uuid,
    pub sealed: Sealed,
}

/// The blind index of a value under the secret of one epoch; each kind has a secret of its own, derived from it.
pub(super) fn blind(secret: &Key, kind: &str, value: &str) -> [u8; 32] {
    let of_kind = Key(hmac(secret, &[b"index", kind.as_bytes()]));
    hmac(&of_kind, &[value.as_bytes()])
}

impl Vault {
    /// The subject who holds the number, if anybody does.
    pub async fn find(&self, index: &Index) -> Result<Option<Uuid>> {
        self.find_in(&self.living_epochs().await?, index).await
    }

    async fn find_in(&self, epochs: &[Epoch], index: &Index) -> Result<Option<Uuid>> {
        for epoch in epochs.iter().rev() {
            let blind = blind(&epoch.secret, index.kind, &index.value);
            let reader = self.db().reader();
            let query = Statement::from_sql_and_values(
                reader.get_database_backend(),
                "SELECT subject FROM directory WHERE kind = $1 AND blind = $2",
                [index.kind.into(), blind.to_vec().into()],
            );
            if let Some(row) = Holder::find_by_statement(query).one(&reader).await? {
                return Ok(Some(row.subject));
            }
        }
        Ok(None)
    }

    /// Reserves a number for a subject. Durable when it returns: the record is written afterwards.
    pub async fn reserve(&self, keys: &SubjectKeys, index: &Index) -> Result<Reservation> {
        for _ in 0..EPOCH_ATTEMPTS {
            if let Some(reservation) = self.try_reserve(keys, index).await? {
                return Ok(reservation);
            }
        }
        Err(Error::Unavailable("epochs follow each other too fast"))
    }

    /// `None`: a new epoch has begun meanwhile.
    async fn try_reserve(&self, keys: &SubjectKeys, index: &Index) -> Result<Option<Reservation>> {
        let mut epochs = self.living_epochs().await?;
        if let Some(holder) = self.find_in(&epochs, index).await? {
            return Ok(Some(Reservation::of(holder, keys)));
        }
        // The newest of the epochs in which we have looked: under a newer one the number may have been taken since.
        let epoch = epochs.pop().ok_or_else(|| Error::internal("the register has no epoch"))?;
        let id = self.db().ambient.id();
        let sealed = keys.seal(id, &Entry { value: index.value.clone() })?;
        let blind = blind(&epoch.secret, index.kind, &index.value);
        self.db()
            .write(&Actor::house("vault.reserve"), async |tx: &mut Tx| -> Result<Option<Reservation>> {
                if !hold_newest(tx, epoch.id).await? {
                    return Ok(None);
                }
                let backend = tx.get_database_backend();
                let insert = Statement::from_sql_and_values(
                    backend,
                    "INSERT INTO directory (id, kind, blind, epoch, subject, sealed, at) VALUES ($1, $2, $3, $4, $5, $6, $7) \
                     ON CONFLICT DO NOTHING",
                    [
                        id.into(),
                        index.kind.into(),
                        blind.to_vec().into(),
                        epoch.id.into(),
                        keys.subject.into(),
                        sealed.clone().into(),
                        tx.now().into(),
                    ],
                );
                if tx.execute_raw(insert).await?.rows_affected() == 1 {
                    return Ok(Some(Reservation::Ours));
                }
                let query = Statement::from_sql_and_values(
                    backend,
                    "SELECT subject FROM directory WHERE kind = $1 AND blind = $2",
                    [index.kind.into(), blind.to_vec().into()],
                );
                let holder =
                    Holder::find_by_statement(query).one(tx).await?.ok_or(Error::Unavailable("a number is changing hands"))?;
                Ok(Some(Reservation::of(holder.subject, keys)))
            })
            .await
    }

    /// Who holds each of these values, by their order.
    pub async fn holders(&self, indexes: &[Index]) -> Result<Vec<Option<Uuid>>> {
        let epochs = self.living_epochs().await?;
        let mut holders = Vec::with_capacity(indexes.len());
        for index in indexes {
            holders.push(self.find_in(&epochs, index).await?);
        }
        Ok(holders)
    }

    /// Takes one value away from a subject, if he is the one who holds it: it belongs to somebody else from now on.
    pub async fn take_away(&self, from: Uuid, index: &Index) -> Result<()> {
        let epochs = self.living_epochs().await?;
        self.db()
            .write(&Actor::house("vault.takeAway"), async |tx: &mut Tx| -> Result<()> {
                for epoch in &epochs {
                    let blind = blind(&epoch.secret, index.kind, &index.value);
                    let delete = Statement::from_sql_and_values(
                        tx.get_database_backend(),
                        "DELETE FROM directory WHERE kind = $1 AND blind = $2 AND subject = $3",
                        [index.kind.into(), blind.to_vec().into(), from.into()],
                    );
                    tx.execute_raw(delete).await?;
                }
                Ok(())
            })
            .await
    }

    /// Gives up what a subject holds of a kind, but for the values that he keeps.
    pub async fn release(&self, keys: &SubjectKeys, kind: &'static str, kept: &[String]) -> Result<()> {
        let newest = self.living_epochs().await?;
        let kept: Vec<[u8; 32]> =
            newest.iter().flat_map(|epoch| kept.iter().map(|value| blind(&epoch.secret, kind, value))).collect();
        self.db()
            .write(&Actor::house("vault.release"), async |tx: &mut Tx| -> Result<()> {
                let backend = tx.get_database_backend();
                #[derive(FromQueryResult)]
                struct Held {
                    id: Uuid,
                    blind: Vec<u8>,
                }
                let query = Statement::from_sql_and_values(
                    backend,
                    "SELECT id, blind FROM directory WHERE subject = $1 AND kind = $2",
                    [keys.subject.into(), kind.into()],
                );
                for held in Held::find_by_statement(query).all(tx).await? {
                    if !kept.iter().any(|kept| kept[..] == held.blind[..]) {
                        let delete =
                            Statement::from_sql_and_values(backend, "DELETE FROM directory WHERE id = $1", [held.id.into()]);
                        tx.execute_raw(delete).await?;
                    }
                }
                Ok(())
            })
            .await
    }

    /// Counts an event of `value` within the window that holds now, durably, and answers how many there were.
    pub async fn count(&self, index: &Index, window_s: i64) -> Result<i64> {
        #[derive(FromQueryResult)]
        struct Count {
            n: i64,
        }
        let epoch = self.newest_epoch().await?;
        let blind = blind(&epoch.secret, index.kind, &index.value);
        let window = self.db().ambient.now().timestamp().div_euclid(window_s);
        self.db()
            .write(&Actor::house("vault.count"), async |tx: &mut Tx| -> Result<i64> {
                let count = Statement::from_sql_and_values(
                    tx.get_database_backend(),
                    "INSERT INTO counter (kind, blind, slot, n, at) VALUES ($1, $2, $3, 1, $4) \
                     ON CONFLICT (kind, blind, slot) DO UPDATE SET n = counter.n + 1 RETURNING n",
                    [index.kind.into(), blind.to_vec().into(), window.into(), tx.now().into()],
                );
                Ok(Count::find_by_statement(count).one(tx).await?.map_or(1, |count| count.n))
            })
            .await
    }

    /// Whether an event of `value` was counted in the window that holds now, or in the one before it.
    pub async fn was_counted(&self, index: &Index, window_s: i64) -> Result<bool> {
        let window = self.db().ambient.now().timestamp().div_euclid(window_s);
        let reader = self.db().reader();
        for epoch in self.living_epochs().await? {
            let blind = blind(&epoch.secret, index.kind, &index.value);
            let query = Statement::from_sql_and_values(
                reader.get_database_backend(),
                "SELECT 1 AS one FROM counter WHERE kind = $1 AND blind = $2 AND slot IN ($3, $4) LIMIT 1",
                [index.kind.into(), blind.to_vec().into(), window.into(), (window - 1).into()],
            );
            if reader.query_one_raw(query).await?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Drops counts whose window has long passed.
    pub async fn sweep_counts(&self) -> Result<()> {
        self.db()
            .write(&Actor::house("vault.sweepCounts"), async |tx: &mut Tx| -> Result<()> {
                let before = tx.now() - chrono::TimeDelta::days(1);
                let sql = "DELETE FROM counter WHERE at < $1";
                tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, [before.into()])).await?;
                Ok(())
            })
            .await
    }
}
