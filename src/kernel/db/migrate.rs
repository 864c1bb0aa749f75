//! Migrations under a lock: sea-orm's migrator takes none, and four starting processes would trip over each other.

use super::super::error::Result;
use super::connect::Engine;
use super::{Db, Writers, faults};
use feldsher_migrations::MigratorTrait;
use sea_orm::{ConnectionTrait, DatabaseTransaction, SqliteTransactionMode, TransactionOptions, TransactionTrait};

/// Any number that nobody else takes for an advisory lock: "feldsher" in ASCII.
const LOCK: i64 = 0x6665_6c64_7368_6572;

impl Db {
    /// Brings the schema up to date, one process at a time, all or nothing.
    pub async fn migrate<M: MigratorTrait>(&self) -> Result<()> {
        let immediate = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let pool = match &self.writers {
            Writers::Each(pool, _) => pool,
            // The leader's connection is not ours; a reader's connection takes the write lock as well.
            Writers::Turns(_) => &self.readers,
        };
        let tx = pool.begin_with_options(immediate).await.map_err(faults::unavailable)?;
        self.up::<M>(&tx).await?;
        tx.commit().await.map_err(faults::unavailable)
    }

    async fn up<M: MigratorTrait>(&self, tx: &DatabaseTransaction) -> Result<()> {
        if self.engine == Engine::Postgres {
            tx.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({LOCK})")).await?;
        }
        Ok(M::up(tx, None).await?)
    }

    /// Steps that wait to be applied.
    pub async fn pending<M: MigratorTrait>(&self) -> Result<usize> {
        Ok(M::get_pending_migrations(&self.readers).await?.len())
    }
}
