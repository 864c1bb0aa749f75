//! Epochs: one lives as a rule, and its wrapping key wraps every data key. Ending it wraps all of them anew and destroys the
//! old wrapping key. Other nodes go on making subjects and reserving numbers meanwhile: nothing of theirs is left behind.

use super::super::db::{Actor, Tx};
use super::super::error::{Code, Error, Result};
use super::super::guard;
use super::super::invalidation::Told;
use super::burial::{Number, next_generation};
use super::directory::{Entry, Row, blind};
use super::register::{KeyRow, Vault, wrapped_for};
use super::sealed::Key;
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult, Statement, Value};
use uuid::Uuid;

/// Rows moved to a new epoch in one transaction.
const PAGE: u32 = 500;

/// A living epoch and its index secret.
pub(super) struct Epoch {
    pub id: i32,
    pub secret: Key,
}

#[derive(FromQueryResult)]
struct EpochRow {
    id: i32,
    secret: Vec<u8>,
}

impl Vault {
    /// Ends the epoch: a new wrapping key, every living data key wrapped anew, every index made anew, the old wrapping
    /// keys destroyed. Resumable: what was moved stays moved. Answers the number of the new epoch.
    pub async fn rotate(&self) -> Result<i32> {
        let new = self.newest_epoch().await?.id + 1;
        self.begin_epoch(new).await?;
        while self.move_keys(new).await? > 0 {}
        while self.move_indexes(new).await? > 0 {}
        self.db()
            .write(&Actor::house("vault.rotate"), async |tx: &mut Tx| -> Result<()> {
                next_generation(tx).await?;
                let backend = tx.get_database_backend();
                let sql = "UPDATE epoch SET destroyed_at = $2, secret = $3 WHERE id < $1 AND destroyed_at IS NULL";
                let values: [Value; 3] = [new.into(), tx.now().into(), Vec::<u8>::new().into()];
                tx.execute_raw(Statement::from_sql_and_values(backend, sql, values)).await?;
                // Counters of the old secret can't be found any more.
                tx.execute_raw(Statement::from_string(backend, "DELETE FROM counter")).await?;
                Ok(())
            })
            .await?;
        self.destroy_ended().await?;
        self.forget(Told::ForgetAll);
        Ok(new)
    }

    /// Destroys the wrapping keys of epochs that have ended: a rotation may have been killed before its last step.
    pub(super) async fn destroy_ended(&self) -> Result<()> {
        let oldest = self.living_epochs().await?.first().map_or(1, |epoch| epoch.id);
        (1..oldest).try_for_each(|ended| self.wrapping().destroy(ended))
    }

    /// When the oldest living epoch began: more than one lives when a rotation was killed on its way.
    pub async fn epoch_began(&self) -> Result<Option<DateTime<Utc>>> {
        #[derive(FromQueryResult)]
        struct Began {
            at: DateTime<Utc>,
        }
        let reader = self.db().reader();
        let query = Statement::from_string(
            reader.get_database_backend(),
            "SELECT at FROM epoch WHERE destroyed_at IS NULL ORDER BY id LIMIT 1",
        );
        Ok(Began::find_by_statement(query).one(&reader).await?.map(|row| row.at))
    }

    pub(super) async fn begin_epoch(&self, id: i32) -> Result<()> {
        let key = self.wrapping().create(id)?;
        let secret = key.seal(self.ambient(), &Key::new(self.ambient()).0, &wrapped_for(Uuid::nil(), "index", id))?;
        self.db()
            .write(&Actor::house("vault.epoch"), async |tx: &mut Tx| -> Result<()> {
                // Whoever writes under an older epoch ends first, and its rows can be moved. See `hold_newest`.
                if tx.get_database_backend() == DbBackend::Postgres {
                    tx.query_all_raw(Statement::from_string(DbBackend::Postgres, "SELECT id FROM epoch FOR UPDATE")).await?;
                }
                let sql = "INSERT INTO epoch (id, at, secret) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
                let values: [Value; 3] = [id.into(), tx.now().into(), secret.clone().into()];
                tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?;
                Ok(())
            })
            .await
    }

    async fn move_keys(&self, epoch: i32) -> Result<usize> {
        let wrapping = self.wrapping().get(epoch)?;
        self.db()
            .write(&Actor::house("vault.rotate"), async |tx: &mut Tx| -> Result<usize> {
                let backend = tx.get_database_backend();
                let sql = format!("SELECT subject, class, wrapped, epoch FROM subject_key WHERE epoch < $1 LIMIT {PAGE}");
                let rows =
                    KeyRow::find_by_statement(Statement::from_sql_and_values(backend, &sql, [epoch.into()])).all(tx).await?;
                for row in &rows {
                    let wrapped =
                        wrapping.seal(tx.ambient(), &self.unwrap(row)?.0, &wrapped_for(row.subject, &row.class, epoch))?;
                    // Another rotation may have moved it meanwhile, and farther.
                    let sql = "UPDATE subject_key SET wrapped = $3, epoch = $4 WHERE subject = $1 AND class = $2 AND epoch = $5";
                    let values: [Value; 5] =
                        [row.subject.into(), row.class.clone().into(), wrapped.into(), epoch.into(), row.epoch.into()];
                    tx.execute_raw(Statement::from_sql_and_values(backend, sql, values)).await?;
                }
                Ok(rows.len())
            })
            .await
    }

    async fn move_indexes(&self, epoch: i32) -> Result<usize> {
        let overtaken = || Error::Unavailable("another rotation has ended this epoch");
        let secret = self.living_epochs().await?.into_iter().find(|living| living.id == epoch).ok_or_else(overtaken)?.secret;
        let reader = self.db().reader();
        let sql = format!("SELECT id, kind, subject, sealed FROM directory WHERE epoch < $1 LIMIT {PAGE}");
        let query = Statement::from_sql_and_values(reader.get_database_backend(), &sql, [epoch.into()]);
        let rows = Row::find_by_statement(query).all(&reader).await?;
        let mut moved: Vec<(Uuid, [u8; 32])> = Vec::with_capacity(rows.len());
        for row in &rows {
            let keys = match self.keys(row.subject).await {
                Ok(keys) => keys,
                // Erased since the row was read, and the row with him.
                Err(error) if error.code() == Code::NotFound => continue,
                Err(error) => return Err(error),
            };
            let entry: Entry = keys.open(row.id, &row.sealed)?;
            moved.push((row.id, blind(&secret, &row.kind, &entry.value)));
        }
        self.db()
            .write(&Actor::house("vault.rotate"), async |tx: &mut Tx| -> Result<()> {
                for (id, blind) in &moved {
                    let sql = "UPDATE directory SET blind = $2, epoch = $3 WHERE id = $1 AND epoch < $3";
                    let values: [Value; 3] = [(*id).into(), blind.to_vec().into(), epoch.into()];
                    tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?;
                }
                Ok(())
            })
            .await?;
        Ok(moved.len())
    }

    async fn epoch_rows(&self) -> Result<Vec<EpochRow>> {
        guard::outside("the register")?;
        let reader = self.db().reader();
        let query = Statement::from_string(
            reader.get_database_backend(),
            "SELECT id, secret FROM epoch WHERE destroyed_at IS NULL ORDER BY id",
        );
        Ok(EpochRow::find_by_statement(query).all(&reader).await?)
    }

    /// The epochs whose wrapping keys live: one, but for the time of a rotation.
    pub(super) async fn living_epochs(&self) -> Result<Vec<Epoch>> {
        self.epoch_rows()
            .await?
            .into_iter()
            .map(|row| {
                let secret = self.wrapping().get(row.id)?.open(&row.secret, &wrapped_for(Uuid::nil(), "index", row.id))?;
                let secret = secret.try_into().map_err(|_| Error::internal("an index secret has a wrong length"))?;
                Ok(Epoch { id: row.id, secret: Key(secret) })
            })
            .collect()
    }

    pub(super) async fn newest_epoch(&self) -> Result<Epoch> {
        self.living_epochs().await?.pop().ok_or_else(|| Error::internal("the register has no epoch"))
    }
}

/// Holds `epoch` until this transaction ends: what it writes under the epoch is committed before the next one begins, so
/// that a rotation moves it. On SQLite one transaction writes at a time, and nothing has to be locked. False: another
/// epoch has begun meanwhile.
pub(super) async fn hold_newest(tx: &Tx, epoch: i32) -> Result<bool> {
    let backend = tx.get_database_backend();
    if backend == DbBackend::Postgres {
        let sql = "SELECT id FROM epoch WHERE id = $1 FOR SHARE";
        tx.query_all_raw(Statement::from_sql_and_values(backend, sql, [epoch.into()])).await?;
    }
    let query = Statement::from_string(backend, "SELECT CAST(max(id) AS bigint) AS n FROM epoch");
    let newest = Number::find_by_statement(query).one(tx).await?;
    Ok(newest.is_some_and(|newest| newest.n == i64::from(epoch)))
}
