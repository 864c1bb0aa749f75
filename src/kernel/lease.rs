//! A duty that one node at a time performs: the sealer, the sweeps. A lease in the database, renewed while it is held.

use super::db::{Actor, Db, Tx};
use super::error::Result;
use chrono::TimeDelta;
use sea_orm::{ConnectionTrait, Statement, Value};
use uuid::Uuid;

/// Takes or renews the lease of `duty` for `holder`. False: somebody else holds it.
pub async fn take(db: &Db, duty: &'static str, holder: Uuid, term: TimeDelta) -> Result<bool> {
    db.write(&Actor::house("lease.take"), async |tx: &mut Tx| -> Result<bool> {
        let sql = "INSERT INTO lease (duty, holder, until) VALUES ($1, $2, $3) ON CONFLICT (duty) DO UPDATE \
                   SET holder = excluded.holder, until = excluded.until WHERE lease.holder = excluded.holder OR lease.until < $4";
        let values: [Value; 4] = [duty.into(), holder.into(), (tx.now() + term).into(), tx.now().into()];
        let taken = tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?;
        Ok(taken.rows_affected() == 1)
    })
    .await
}
