//! The register: who has which keys. A store of its own, beside the record and never in it.

use super::super::clock::Ambient;
use super::super::db::{Actor, Db, Tx};
use super::super::error::{Error, Result};
use super::super::guard;
use super::super::invalidation::{Told, Topic};
use super::class::Class;
use super::epochs::Wrapping;
use super::keys::SubjectKeys;
use super::rotation::hold_newest;
use super::sealed::Key;
use lru::LruCache;
use sea_orm::{ConnectionTrait, FromQueryResult, Statement, Value};
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use uuid::Uuid;

/// Subjects whose keys are remembered, unwrapped, on this node.
const REMEMBERED: NonZeroUsize = NonZeroUsize::new(10_000).unwrap();
/// Epochs that may begin while one change is on its way; a second one is a marvel already.
pub(super) const EPOCH_ATTEMPTS: usize = 3;

/// The register, the wrapping keys, and what is remembered of both. Clones share all.
#[derive(Clone)]
pub struct Vault(Arc<Inner>);

struct Inner {
    db: Db,
    wrapping: Wrapping,
    remembered: Mutex<LruCache<Uuid, Arc<SubjectKeys>>>,
}

#[derive(FromQueryResult)]
pub(super) struct KeyRow {
    pub subject: Uuid,
    pub class: String,
    pub wrapped: Vec<u8>,
    pub epoch: i32,
}

pub(super) fn wrapped_for(subject: Uuid, class: &str, epoch: i32) -> Vec<u8> {
    [b"key".as_slice(), subject.as_bytes(), class.as_bytes(), &epoch.to_le_bytes()].concat()
}

impl Vault {
    /// Opens the register (migrated already) and makes the first epoch when there is none.
    pub async fn open(db: Db, wrapping: &Path) -> Result<Self> {
        let wrapping = Wrapping::open(wrapping, db.ambient.clone())?;
        let vault = Self(Arc::new(Inner { db, wrapping, remembered: Mutex::new(LruCache::new(REMEMBERED)) }));
        if vault.living_epochs().await?.is_empty() {
            vault.begin_epoch(1).await?;
        }
        vault.destroy_ended().await?;
        Ok(vault)
    }

    pub(super) fn db(&self) -> &Db {
        &self.0.db
    }

    pub(super) fn wrapping(&self) -> &Wrapping {
        &self.0.wrapping
    }

    pub fn ambient(&self) -> &Ambient {
        &self.0.db.ambient
    }

    /// For `backup` and readiness: the store itself.
    pub fn register(&self) -> &Db {
        &self.0.db
    }

    /// How this vault forgets, for the invalidations of the record.
    pub fn forget(&self, told: Told) {
        let mut remembered = self.0.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        match told {
            Told::Forget(Topic::Keys, subject) => _ = remembered.pop(&subject),
            Told::ForgetAll => remembered.clear(),
        }
    }

    /// A new subject with keys for `classes`, and for his mark in the trail. Durable when it returns.
    pub async fn create(&self, classes: &[Class]) -> Result<Arc<SubjectKeys>> {
        let subject = self.ambient().id();
        self.add_keys(subject, classes, true).await?;
        self.keys(subject).await
    }

    /// The keys of a living subject.
    ///
    /// # Errors
    /// `not_found` when there is none: never made, or erased.
    pub async fn keys(&self, subject: Uuid) -> Result<Arc<SubjectKeys>> {
        guard::outside("the register")?;
        if let Some(keys) = self.0.remembered.lock().unwrap_or_else(PoisonError::into_inner).get(&subject) {
            return Ok(keys.clone());
        }
        let reader = self.db().reader();
        let query = Statement::from_sql_and_values(
            reader.get_database_backend(),
            "SELECT subject, class, wrapped, epoch FROM subject_key WHERE subject = $1",
            [subject.into()],
        );
        let rows = KeyRow::find_by_statement(query).all(&reader).await?;
        if rows.is_empty() {
            return Err(Error::not_found());
        }
        let mut keys = BTreeMap::new();
        for row in rows {
            let class = Class::parse(&row.class).ok_or_else(|| Error::internal("a key of an unknown class"))?;
            keys.insert(class, self.unwrap(&row)?);
        }
        let keys = Arc::new(SubjectKeys::new(subject, keys, self.ambient().clone()));
        self.0.remembered.lock().unwrap_or_else(PoisonError::into_inner).put(subject, keys.clone());
        Ok(keys)
    }

    /// Adds keys for classes that the subject has none of yet.
    pub async fn ensure(&self, subject: Uuid, classes: &[Class]) -> Result<Arc<SubjectKeys>> {
        let keys = self.keys(subject).await?;
        let missing: Vec<Class> = classes.iter().copied().filter(|class| !keys.has(*class)).collect();
        if missing.is_empty() {
            return Ok(keys);
        }
        self.add_keys(subject, &missing, false).await?;
        self.forget(Told::Forget(Topic::Keys, subject));
        self.keys(subject).await
    }

    async fn add_keys(&self, subject: Uuid, classes: &[Class], new: bool) -> Result<()> {
        for _ in 0..EPOCH_ATTEMPTS {
            if self.try_add_keys(subject, classes, new).await? {
                return Ok(());
            }
        }
        Err(Error::Unavailable("epochs follow each other too fast"))
    }

    /// False: a new epoch has begun meanwhile.
    async fn try_add_keys(&self, subject: Uuid, classes: &[Class], new: bool) -> Result<bool> {
        let epoch = self.newest_epoch().await?.id;
        let wrapping = self.0.wrapping.get(epoch)?;
        let mut rows = Vec::new();
        for class in classes.iter().copied().chain(new.then_some(Class::Audit)) {
            let wrapped =
                wrapping.seal(self.ambient(), &Key::new(self.ambient()).0, &wrapped_for(subject, class.as_str(), epoch))?;
            rows.push((class, wrapped));
        }
        self.db()
            .write(&Actor::house("vault.create"), async |tx: &mut Tx| -> Result<bool> {
                if !hold_newest(tx, epoch).await? {
                    return Ok(false);
                }
                let backend = tx.get_database_backend();
                if new {
                    let sql = "INSERT INTO subject (id, created_at, settled) VALUES ($1, $2, $3)";
                    tx.execute_raw(Statement::from_sql_and_values(backend, sql, [subject.into(), tx.now().into(), false.into()]))
                        .await?;
                }
                let sql = "INSERT INTO subject_key (subject, class, wrapped, epoch) SELECT $1, $2, $3, $4 \
                           WHERE NOT EXISTS (SELECT 1 FROM tombstone WHERE subject = $1) ON CONFLICT DO NOTHING";
                for (class, wrapped) in &rows {
                    let values: [Value; 4] = [subject.into(), class.as_str().into(), wrapped.clone().into(), epoch.into()];
                    tx.execute_raw(Statement::from_sql_and_values(backend, sql, values)).await?;
                }
                Ok(true)
            })
            .await
    }

    pub(super) fn unwrap(&self, row: &KeyRow) -> Result<Key> {
        let key = self.0.wrapping.get(row.epoch)?.open(&row.wrapped, &wrapped_for(row.subject, &row.class, row.epoch))?;
        Ok(Key(key.try_into().map_err(|_| Error::internal("a wrapped key has a wrong length"))?))
    }
}
