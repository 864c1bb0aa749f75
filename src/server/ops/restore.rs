//! Restoring: into empty places only, and never a record that has seen more of the register than the register itself.
//!
//! The order is register, wrapping keys, record. An older record with the newest register is the rule after a loss; what
//! the register has erased since is erased again by `serve` before its port opens.

use super::backup::{OBJECTS, TRAIL, key_files};
use super::engine::Store;
use super::manifest::{Kind, Manifest, Part};
use super::mark::lock_serve;
use super::meta;
use super::place::{self, io};
use super::verify::verify_backup;
use crate::adapters::files::{Files, FilesConfig};
use crate::app::config::Config;
use crate::app::held_objects;
use crate::kernel::clock::Ambient;
use crate::kernel::db::Db;
use crate::kernel::error::{Error, Result};
use crate::kernel::vault::key_file;
use bytes::Bytes;
use feldsher_migrations::{MigratorTrait, Record, Register};
use futures_util::StreamExt;
use std::collections::HashSet;
use std::fmt;
use std::path::{Path, PathBuf};
use tokio::io::AsyncReadExt;
use uuid::Uuid;

const STEP_BYTES: usize = 1024 * 1024;

/// What was put back, and what comes next.
#[derive(Debug, Clone)]
pub struct Restored {
    pub from: PathBuf,
    pub kind: Kind,
    pub files: usize,
    pub bytes: u64,
    pub notes: Vec<String>,
}

impl fmt::Display for Restored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Restored { from, kind, files, bytes, notes } = self;
        writeln!(f, "the {kind} was restored from {}: {files} files, {bytes} bytes", from.display())?;
        notes.iter().try_for_each(|note| writeln!(f, "  {note}"))
    }
}

/// Restores the record into an empty place. The register has to be there already.
///
/// # Errors
/// A sentence when the backup is not sound or of another kind, engine or newer version; when the place is not empty; when
/// the register is missing or older than the record.
pub async fn restore_record(config: &Config, ambient: &Ambient, from: &Path) -> Result<Restored> {
    let _alone = lock_serve(config)?;
    let manifest = sound(from, Kind::Record, &known::<Record>()).await?;
    let store = place_for(&config.record_url(), &manifest, "record").await?;
    let register = generation(&config.register_url(), ambient, meta_of_register).await?.ok_or_else(|| {
        Error::internal("there is no register: restore it first, for without it a record is noise that nobody can open")
    })?;
    if register < manifest.register_generation {
        return Err(older(register, manifest.register_generation));
    }
    let files = objects_place(config, &manifest).await?;
    // Objects first: what the database names is there when it appears.
    for (id, part) in objects(&manifest) {
        put_object(&files, id, &from.join(&part.path)).await?;
    }
    store.load(&manifest.dump_in(from)?).await?;
    // The dump was made while the backup ran, and here none runs.
    let record = Db::open(&config.record_url(), ambient.clone()).await?;
    let released = held_objects::release(&record).await;
    record.close().await;
    released?;
    let mut notes = vec![
        "Erasures since this backup are carried out again by `serve`, before its port opens.".to_owned(),
        "`feldsher audit verify` will name a missing tail: what happened after the backup is lost, and the trail says so."
            .to_owned(),
    ];
    notes.extend(missing_keys(config, ambient).await?);
    Ok(restored(from, &manifest, notes))
}

/// Restores the register, with the keys of the trail, into an empty place.
///
/// # Errors
/// As [`restore_record`]; also when the record has seen a newer register than this one.
pub async fn restore_register(config: &Config, ambient: &Ambient, from: &Path) -> Result<Restored> {
    let _alone = lock_serve(config)?;
    let manifest = sound(from, Kind::Register, &known::<Register>()).await?;
    let store = place_for(&config.register_url(), &manifest, "register").await?;
    if let Some(taken) = TRAIL.iter().map(|name| config.keys.join(name)).find(|path| path.exists()) {
        return Err(Error::internal(format!("{} is there already: restore into an empty keys folder", taken.display())));
    }
    if let Some(seen) = generation(&config.record_url(), ambient, meta_of_record).await?
        && manifest.register_generation < seen
    {
        return Err(older(manifest.register_generation, seen));
    }
    place::private_folder(&config.keys)?;
    for name in TRAIL.iter().filter(|name| manifest.files.iter().any(|part| part.path == **name)) {
        place::copy(&from.join(name), &config.keys.join(name))?;
    }
    store.load(&manifest.dump_in(from)?).await?;
    let mut notes = vec!["Restore the record next, if it was lost too.".to_owned()];
    notes.extend(missing_keys(config, ambient).await?);
    Ok(restored(from, &manifest, notes))
}

/// Puts the wrapping keys back into a folder without keys.
///
/// # Errors
/// As [`restore_record`].
pub async fn restore_wrapping(config: &Config, from: &Path) -> Result<Restored> {
    let manifest = sound(from, Kind::Wrapping, &[]).await?;
    let folder = config.wrapping();
    if !key_files(&folder)?.is_empty() {
        return Err(Error::internal(format!("{} holds keys already: nothing was changed", folder.display())));
    }
    place::private_folder(&folder)?;
    for part in &manifest.files {
        place::copy(&from.join(&part.path), &folder.join(&part.path))?;
    }
    place::sync(&folder)?;
    Ok(restored(from, &manifest, vec!["Destroy the copy when the keys are rotated.".to_owned()]))
}

fn restored(from: &Path, manifest: &Manifest, notes: Vec<String>) -> Restored {
    Restored { from: from.to_owned(), kind: manifest.kind, files: manifest.files.len(), bytes: manifest.bytes(), notes }
}

fn known<M: MigratorTrait>() -> Vec<String> {
    M::get_migration_files().iter().map(|step| step.name().to_owned()).collect()
}

/// The manifest of a backup that was read through and is what it should be.
async fn sound(from: &Path, kind: Kind, known: &[String]) -> Result<Manifest> {
    let verified = verify_backup(from).await?;
    if !verified.is_sound() {
        return Err(Error::internal(format!("the backup is damaged, nothing was restored: {}", verified.faults.join("; "))));
    }
    let manifest = Manifest::read(from)?;
    if manifest.kind != kind {
        return Err(Error::internal(format!("{} is a backup of the {}, not of the {kind}", from.display(), manifest.kind)));
    }
    match manifest.schema.iter().find(|step| !known.contains(step)) {
        Some(step) => Err(Error::internal(format!(
            "the backup was made by a newer version (its schema has {step}): restore it with that version or a later one"
        ))),
        None => Ok(manifest),
    }
}

/// The store to fill: of the same engine, and empty.
async fn place_for(url: &str, manifest: &Manifest, name: &str) -> Result<Store> {
    let store = Store::of(url)?;
    if store.engine() != manifest.engine {
        return Err(Error::internal(format!(
            "the backup is of {}, the configuration says {}: a dump goes back to the engine it came from",
            manifest.engine,
            store.engine()
        )));
    }
    if !store.is_vacant().await? {
        return Err(Error::internal(format!(
            "there is a {name} already: restore goes into an empty place only. Move the old one away, or configure another place."
        )));
    }
    if let Some(folder) = store.folder() {
        place::private_folder(folder)?;
    }
    Ok(store)
}

fn older(register: i64, seen: i64) -> Error {
    Error::internal(format!(
        "the register (generation {register}) is older than the record (it has seen {seen}): people who were erased would \
         live again. Restore a newer register, or an older record."
    ))
}

async fn meta_of_record(db: &Db) -> Result<i64> {
    meta::generation_seen(db).await
}

async fn meta_of_register(db: &Db) -> Result<i64> {
    meta::generation_of(db).await
}

/// The generation that a store tells; `None` when there is no store.
async fn generation(url: &str, ambient: &Ambient, ask: impl AsyncFn(&Db) -> Result<i64>) -> Result<Option<i64>> {
    if !Store::of(url)?.exists().await? {
        return Ok(None);
    }
    let db = Db::open(url, ambient.clone()).await?;
    let asked = ask(&db).await;
    db.close().await;
    asked.map(Some)
}

/// The objects of a backup, by id.
fn objects(manifest: &Manifest) -> impl Iterator<Item = (Uuid, &Part)> {
    manifest.files.iter().filter_map(|part| {
        let id = part.path.strip_prefix(OBJECTS)?.strip_prefix('/')?;
        Some((id.parse().ok()?, part))
    })
}

/// The store of objects, with none in it but those that an interrupted restore of this backup left.
async fn objects_place(config: &Config, manifest: &Manifest) -> Result<Files> {
    let ours: HashSet<Uuid> = objects(manifest).map(|(id, _)| id).collect();
    if let (FilesConfig::Memory {}, false) = (config.files(), ours.is_empty()) {
        return Err(Error::internal("files.kind is memory: the objects of the backup would be gone with this process"));
    }
    let files = Files::open(&config.files())?;
    let mut found = files.list().await?;
    while let Some(object) = found.next().await {
        if !ours.contains(&object?.id) {
            return Err(Error::internal(
                "the place of the files holds objects that are not of this backup: restore goes into an empty place only",
            ));
        }
    }
    Ok(files)
}

async fn put_object(files: &Files, id: Uuid, from: &Path) -> Result<()> {
    let mut file = tokio::fs::File::open(from).await.map_err(|error| io(from, &error))?;
    let mut writer = files.writer(id).await?;
    let mut buffer = vec![0; STEP_BYTES];
    loop {
        let read = file.read(&mut buffer).await.map_err(|error| io(from, &error))?;
        if read == 0 {
            return writer.finish().await;
        }
        writer.put(Bytes::copy_from_slice(&buffer[..read])).await?;
    }
}

/// What the operator still has to bring, so that the register opens.
async fn missing_keys(config: &Config, ambient: &Ambient) -> Result<Option<String>> {
    let db = Db::open(&config.register_url(), ambient.clone()).await?;
    let living = super::doctor::living_epochs(&db).await;
    db.close().await;
    let folder = config.wrapping();
    let missing = living?.into_iter().find(|epoch| !folder.join(key_file(epoch.id)).exists());
    Ok(missing.map(|epoch| {
        format!("Put the wrapping key {} into {} before you start the server.", key_file(epoch.id), folder.display())
    }))
}
