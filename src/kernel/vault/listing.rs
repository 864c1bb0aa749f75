//! Lists in the directory: what many subjects may share, as a surname with a birth date. An entry finds candidates and
//! belongs to nobody alone; in everything else it is an entry like those of numbers.

use super::super::db::{Actor, Tx};
use super::super::error::{Error, Result};
use super::directory::{Entry, blind};
use super::keys::SubjectKeys;
use super::register::{EPOCH_ATTEMPTS, Vault};
use super::rotation::hold_newest;
use sea_orm::{ConnectionTrait, FromQueryResult, Statement, Value};
use std::collections::BTreeSet;
use uuid::Uuid;

/// The one kind whose values are shared. The schema makes every other kind unique.
pub const SHARED: &str = "person";

#[derive(FromQueryResult)]
struct Listed {
    subject: Uuid,
}

impl Vault {
    /// Lists a subject under a value, once. Durable when it returns.
    pub async fn list(&self, keys: &SubjectKeys, value: &str) -> Result<()> {
        if self.listed(value).await?.contains(&keys.subject) {
            return Ok(());
        }
        for _ in 0..EPOCH_ATTEMPTS {
            if self.try_list(keys, value).await? {
                return Ok(());
            }
        }
        Err(Error::Unavailable("epochs follow each other too fast"))
    }

    /// False: a new epoch has begun meanwhile.
    async fn try_list(&self, keys: &SubjectKeys, value: &str) -> Result<bool> {
        let epoch = self.newest_epoch().await?;
        let id = self.ambient().id();
        let sealed = keys.seal(id, &Entry { value: value.to_owned() })?;
        let blind = blind(&epoch.secret, SHARED, value);
        self.db()
            .write(&Actor::house("vault.list"), async |tx: &mut Tx| -> Result<bool> {
                if !hold_newest(tx, epoch.id).await? {
                    return Ok(false);
                }
                let sql = "INSERT INTO directory (id, kind, blind, epoch, subject, sealed, at) VALUES ($1, $2, $3, $4, $5, $6, $7) \
                           ON CONFLICT DO NOTHING";
                let values: [Value; 7] = [
                    id.into(),
                    SHARED.into(),
                    blind.to_vec().into(),
                    epoch.id.into(),
                    keys.subject.into(),
                    sealed.clone().into(),
                    tx.now().into(),
                ];
                tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?;
                Ok(true)
            })
            .await
    }

    /// Everybody who is listed under a value, in the order in which they came.
    pub async fn listed(&self, value: &str) -> Result<BTreeSet<Uuid>> {
        let reader = self.db().reader();
        let mut found = BTreeSet::new();
        for epoch in self.living_epochs().await? {
            let blind = blind(&epoch.secret, SHARED, value);
            let sql = "SELECT subject FROM directory WHERE kind = $1 AND blind = $2";
            let query =
                Statement::from_sql_and_values(reader.get_database_backend(), sql, [SHARED.into(), blind.to_vec().into()]);
            found.extend(Listed::find_by_statement(query).all(&reader).await?.into_iter().map(|row| row.subject));
        }
        Ok(found)
    }
}
