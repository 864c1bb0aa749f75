//! Many subjects at once, for trials of size: a transaction for each of a million would take a day.

use super::super::db::{Actor, Tx};
use super::super::error::{Error, Result};
use super::super::sql::insert_many;
use super::class::Class;
use super::directory::{Entry, Index, blind};
use super::keys::SubjectKeys;
use super::register::{Vault, wrapped_for};
use super::rotation::hold_newest;
use super::sealed::Key;
use sea_orm::Value;
use std::collections::BTreeMap;

/// What of one subject is written.
struct Rows {
    keys: SubjectKeys,
    wrapped: Vec<Vec<Value>>,
    entries: Vec<Vec<Value>>,
}

impl Vault {
    /// Makes a subject for each list of values under which somebody is found, with keys for `classes`. What is found under a
    /// value must not be there yet. Durable when it returns; the rows of the record have to follow, for nobody sweeps these.
    ///
    /// # Errors
    /// `Unavailable` when a new epoch began meanwhile.
    pub async fn create_many(&self, classes: &[Class], found_by: &[Vec<Index>]) -> Result<Vec<SubjectKeys>> {
        let epoch = self.newest_epoch().await?;
        let wrapping = self.wrapping().get(epoch.id)?;
        let (ambient, now) = (self.ambient(), self.ambient().now());
        let rows = |indexes: &Vec<Index>| -> Result<Rows> {
            let subject = ambient.id();
            let (mut keys, mut wrapped) = (BTreeMap::new(), Vec::with_capacity(classes.len() + 1));
            for class in classes.iter().copied().chain([Class::Audit]) {
                let key = Key::new(ambient);
                let sealed = wrapping.seal(ambient, &key.0, &wrapped_for(subject, class.as_str(), epoch.id))?;
                wrapped.push(vec![subject.into(), class.as_str().into(), sealed.into(), epoch.id.into()]);
                keys.insert(class, key);
            }
            let keys = SubjectKeys::new(subject, keys, ambient.clone());
            let mut entries = Vec::with_capacity(indexes.len());
            for Index { kind, value } in indexes {
                let id = ambient.id();
                let blind = blind(&epoch.secret, kind, value).to_vec();
                let sealed = keys.seal(id, &Entry { value: value.clone() })?;
                let epoch = epoch.id.into();
                entries.push(vec![id.into(), (*kind).into(), blind.into(), epoch, subject.into(), sealed.into(), now.into()]);
            }
            Ok(Rows { keys, wrapped, entries })
        };
        let (mut made, mut subjects, mut wrapped, mut entries) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for indexes in found_by {
            let rows = rows(indexes)?;
            subjects.push(vec![rows.keys.subject.into(), now.into(), true.into()]);
            wrapped.extend(rows.wrapped);
            entries.extend(rows.entries);
            made.push(rows.keys);
        }
        self.db()
            .write(&Actor::house("vault.createMany"), async |tx: &mut Tx| -> Result<()> {
                if !hold_newest(tx, epoch.id).await? {
                    return Err(Error::Unavailable("a new epoch has begun"));
                }
                insert_many(tx, "subject", &["id", "created_at", "settled"], subjects).await?;
                insert_many(tx, "subject_key", &["subject", "class", "wrapped", "epoch"], wrapped).await?;
                insert_many(tx, "directory", &["id", "kind", "blind", "epoch", "subject", "sealed", "at"], entries).await
            })
            .await?;
        Ok(made)
    }
}
