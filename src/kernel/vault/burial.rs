//! How the register forgets: tombstones, destroyed keys, and subjects whose row never came.

use super::super::db::{Actor, Tx};
use super::super::error::Result;
use super::super::invalidation::{Told, Topic};
use super::class::Class;
use super::register::{KeyRow, Vault};
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, FromQueryResult, Statement, Value};
use uuid::Uuid;

/// A tombstone: this subject is gone, and since which generation of the register.
#[derive(Debug, Clone, FromQueryResult)]
pub struct Tombstone {
    pub subject: Uuid,
    pub generation: i64,
    pub at: DateTime<Utc>,
}

#[derive(FromQueryResult)]
pub(super) struct Number {
    pub n: i64,
}

#[derive(FromQueryResult)]
struct Id {
    id: Uuid,
}

impl Vault {
    /// Erasure, first step: from now on this subject gets no key, and a restored record will forget him again.
    pub async fn bury(&self, subject: Uuid) -> Result<i64> {
        self.db()
            .write(&Actor::house("vault.bury"), async |tx: &mut Tx| -> Result<i64> {
                let generation = next_generation(tx).await?;
                let sql = "INSERT INTO tombstone (subject, generation, at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
                let backend = tx.get_database_backend();
                tx.execute_raw(Statement::from_sql_and_values(
                    backend,
                    sql,
                    [subject.into(), generation.into(), tx.now().into()],
                ))
                .await?;
                Ok(generation)
            })
            .await
    }

    /// Erasure, second step: destroys the keys of all classes but `held`, and what the directory knows of the subject.
    pub async fn destroy(&self, subject: Uuid, held: &[Class]) -> Result<()> {
        self.db()
            .write(&Actor::house("vault.destroy"), async |tx: &mut Tx| -> Result<()> {
                let backend = tx.get_database_backend();
                let run = |sql: &str| Statement::from_sql_and_values(backend, sql, [subject.into()]);
                tx.execute_raw(run("DELETE FROM directory WHERE subject = $1")).await?;
                let query = run("SELECT subject, class, wrapped, epoch FROM subject_key WHERE subject = $1");
                let mut left = 0;
                for row in KeyRow::find_by_statement(query).all(tx).await? {
                    if held.iter().any(|class| class.as_str() == row.class) {
                        left += 1;
                        continue;
                    }
                    let sql = "DELETE FROM subject_key WHERE subject = $1 AND class = $2";
                    tx.execute_raw(Statement::from_sql_and_values(backend, sql, [subject.into(), row.class.into()])).await?;
                }
                if left == 0 {
                    tx.execute_raw(run("DELETE FROM subject WHERE id = $1")).await?;
                } else {
                    // His rows are gone and his held classes stay: he is no orphan for the sweep.
                    let sql = "UPDATE subject SET settled = $2 WHERE id = $1";
                    tx.execute_raw(Statement::from_sql_and_values(backend, sql, [subject.into(), true.into()])).await?;
                }
                Ok(())
            })
            .await?;
        self.forget(Told::Forget(Topic::Keys, subject));
        Ok(())
    }

    /// Destroys the keys of single classes of a living subject: what a withdrawn consent alone allowed. A class that is
    /// allowed again later gets another key by `ensure`.
    pub async fn destroy_classes(&self, subject: Uuid, classes: &[Class]) -> Result<()> {
        self.db()
            .write(&Actor::house("vault.destroyClasses"), async |tx: &mut Tx| -> Result<()> {
                let sql = "DELETE FROM subject_key WHERE subject = $1 AND class = $2";
                for class in classes {
                    let values: [Value; 2] = [subject.into(), class.as_str().into()];
                    tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?;
                }
                Ok(())
            })
            .await?;
        self.forget(Told::Forget(Topic::Keys, subject));
        Ok(())
    }

    /// Subjects made before `before` of whom nobody has said yet that the record knows them.
    pub async fn unsettled(&self, before: DateTime<Utc>) -> Result<Vec<Uuid>> {
        let reader = self.db().reader();
        let sql = "SELECT id FROM subject WHERE settled = $1 AND created_at < $2 ORDER BY created_at LIMIT 500";
        let query = Statement::from_sql_and_values(reader.get_database_backend(), sql, [false.into(), before.into()]);
        Ok(Id::find_by_statement(query).all(&reader).await?.into_iter().map(|row| row.id).collect())
    }

    /// Somebody is about to write the row that this subject lacks: the sweep of orphans waits for another hour. False:
    /// he was swept or erased.
    pub async fn adopt(&self, subject: Uuid) -> Result<bool> {
        self.db()
            .write(&Actor::house("vault.adopt"), async |tx: &mut Tx| -> Result<bool> {
                let sql = "UPDATE subject SET created_at = $2 WHERE id = $1 \
                           AND NOT EXISTS (SELECT 1 FROM tombstone WHERE subject = $1)";
                let values: [Value; 2] = [subject.into(), tx.now().into()];
                let adopted = tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?;
                Ok(adopted.rows_affected() == 1)
            })
            .await
    }

    /// Destroys what there is of a subject whose row never came, unless somebody has adopted him since `before`.
    pub async fn destroy_orphan(&self, subject: Uuid, before: DateTime<Utc>) -> Result<()> {
        self.db()
            .write(&Actor::house("vault.destroyOrphan"), async |tx: &mut Tx| -> Result<()> {
                let backend = tx.get_database_backend();
                let sql = "DELETE FROM subject WHERE id = $1 AND settled = $2 AND created_at < $3";
                let values: [Value; 3] = [subject.into(), false.into(), before.into()];
                if tx.execute_raw(Statement::from_sql_and_values(backend, sql, values)).await?.rows_affected() == 0 {
                    return Ok(());
                }
                for sql in ["DELETE FROM directory WHERE subject = $1", "DELETE FROM subject_key WHERE subject = $1"] {
                    tx.execute_raw(Statement::from_sql_and_values(backend, sql, [subject.into()])).await?;
                }
                Ok(())
            })
            .await?;
        self.forget(Told::Forget(Topic::Keys, subject));
        Ok(())
    }

    /// The record knows this subject: he is no orphan.
    pub async fn settle(&self, subject: Uuid) -> Result<()> {
        self.db()
            .write(&Actor::house("vault.settle"), async |tx: &mut Tx| -> Result<()> {
                let sql = "UPDATE subject SET settled = $2 WHERE id = $1";
                tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, [subject.into(), true.into()]))
                    .await?;
                Ok(())
            })
            .await
    }

    /// Tombstones that a record which has seen `generation` does not know.
    pub async fn tombstones_after(&self, generation: i64) -> Result<Vec<Tombstone>> {
        let reader = self.db().reader();
        let sql = "SELECT subject, generation, at FROM tombstone WHERE generation > $1 ORDER BY generation";
        let query = Statement::from_sql_and_values(reader.get_database_backend(), sql, [generation.into()]);
        Ok(Tombstone::find_by_statement(query).all(&reader).await?)
    }

    /// How often the register has forgotten something. It only grows: a smaller one is an older register.
    pub async fn generation(&self) -> Result<i64> {
        let reader = self.db().reader();
        let query = Statement::from_string(reader.get_database_backend(), "SELECT n FROM generation");
        Ok(Number::find_by_statement(query).one(&reader).await?.map_or(0, |row| row.n))
    }
}

pub(super) async fn next_generation(tx: &Tx) -> Result<i64> {
    let sql = "INSERT INTO generation (one, n) VALUES (1, 1) ON CONFLICT (one) DO UPDATE SET n = generation.n + 1 RETURNING n";
    let query = Statement::from_string(tx.get_database_backend(), sql);
    Ok(Number::find_by_statement(query).one(tx).await?.map_or(1, |row| row.n))
}
