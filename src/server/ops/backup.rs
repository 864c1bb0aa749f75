//! Backups of the record, of the register and of the wrapping keys, each by itself, while the server runs.

use super::begun::Begun;
use super::engine::Store;
use super::manifest::{Kind, Manifest, Part};
use super::meta;
use super::place::{self, io};
use crate::adapters::files::{Files, FilesConfig, Object};
use crate::app::config::Config;
use crate::app::held_objects;
use crate::kernel::clock::Ambient;
use crate::kernel::db::Db;
use crate::kernel::error::{Code, Error, Result};
use futures_util::StreamExt;
use sha2::{Digest, Sha256};
use std::fmt;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

/// What is read of an object at once.
const STEP_BYTES: u64 = 4 * 1024 * 1024;
/// The folder of the objects inside a backup.
pub const OBJECTS: &str = "objects";
/// The trail's keys and checkpoints. They go with the register: whoever may rewrite the record must not find them there.
pub const TRAIL: [&str; 3] = ["audit-chain.key", "audit-checkpoint.key", "audit-checkpoints.jsonl"];

/// What a backup holds, and what it does not.
#[derive(Debug, Clone)]
pub struct BackedUp {
    pub folder: PathBuf,
    pub kind: Kind,
    pub files: usize,
    pub bytes: u64,
    pub register_generation: i64,
    /// What the operator has to know besides.
    pub notes: Vec<String>,
}

impl fmt::Display for BackedUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let BackedUp { folder, kind, files, bytes, register_generation, notes } = self;
        let folder = folder.display();
        writeln!(f, "{folder}: backup of the {kind}, {files} files, {bytes} bytes, register generation {register_generation}")?;
        notes.iter().try_for_each(|note| writeln!(f, "  {note}"))
    }
}

/// Backs up the record: a consistent dump of the database, then the objects. Objects are copied after the dump, and
/// none is deleted while it runs, so each that the dump names is there.
///
/// # Errors
/// A sentence when the place is taken, lies inside the installation or another backup, or a tool is missing.
pub async fn backup_record(config: &Config, ambient: &Ambient, to: &Path) -> Result<BackedUp> {
    let store = existing(&config.record_url(), "record").await?;
    let begun = Begun::at(config, to)?;
    let db = Db::open(&config.record_url(), ambient.clone()).await?;
    // From before the dump to the last copy: what the dump names must not be deleted meanwhile.
    unless(held_objects::hold(&db).await, "the record is not migrated yet")?;
    let done = dump_record(config, ambient, &store, &db, begun).await;
    // A backup that failed holds nothing up either.
    let released = held_objects::release(&db).await;
    db.close().await;
    released.and(done)
}

/// The dump, the objects and the manifest of a record whose objects are held.
async fn dump_record(config: &Config, ambient: &Ambient, store: &Store, db: &Db, mut begun: Begun) -> Result<BackedUp> {
    let dump = begun.dump(store, Kind::Record).await?;
    // Read after the dump: the record may have seen this much, and never more.
    let read = async { Ok((meta::applied(db).await?, meta::generation_seen(db).await?)) };
    let (schema, register_generation) = unless(read.await, "the record is not migrated yet")?;
    let mut notes = vec![WRAPPING_APART.to_owned(), "Back up the register to another place.".to_owned()];
    match config.files() {
        FilesConfig::Memory {} => notes.push("Objects are kept in memory and are in no backup.".to_owned()),
        files => copy_objects(&Files::open(&files)?, db, &mut begun).await?,
    }
    let created_at = ambient.now();
    let engine = store.engine().to_owned();
    let done = begun.finish(Manifest {
        kind: Kind::Record,
        created_at,
        engine,
        schema,
        register_generation,
        dump: Some(dump),
        files: Vec::new(),
    })?;
    meta::set_hour(db, meta::LAST_BACKUP_RECORD_AT, created_at).await?;
    Ok(BackedUp { notes, ..done })
}

/// Backs up the register, with the keys and checkpoints of the trail. The wrapping keys are never in it.
///
/// # Errors
/// As [`backup_record`].
pub async fn backup_register(config: &Config, ambient: &Ambient, to: &Path) -> Result<BackedUp> {
    let store = existing(&config.register_url(), "register").await?;
    let mut begun = Begun::at(config, to)?;
    let db = Db::open(&config.register_url(), ambient.clone()).await?;
    // Read before the dump: the register is this far, or farther.
    let read = async { Ok((meta::applied(&db).await?, meta::generation_of(&db).await?)) };
    let (schema, register_generation) = unless(read.await, "the register is not migrated yet")?;
    db.close().await;
    let dump = begun.dump(&store, Kind::Register).await?;
    for name in TRAIL {
        let from = config.keys.join(name);
        if from.exists() {
            begun.copy(&from, name)?;
        }
    }
    let created_at = ambient.now();
    let done = begun.finish(Manifest {
        kind: Kind::Register,
        created_at,
        engine: store.engine().to_owned(),
        schema,
        register_generation,
        dump: Some(dump),
        files: Vec::new(),
    })?;
    let mut notes = vec![WRAPPING_APART.to_owned(), "Keep it for 30 days at most: it knows who is who.".to_owned()];
    if let Err(error) = remember_register(config, ambient, created_at).await {
        notes.push(format!("The record could not be told of it, so `doctor` will not know: {error}"));
    }
    Ok(BackedUp { notes, ..done })
}

const WRAPPING_APART: &str =
    "Wrapping keys are not in it and never are: without them nothing of it opens. They are kept in a third place, by hand.";

async fn remember_register(config: &Config, ambient: &Ambient, at: chrono::DateTime<chrono::Utc>) -> Result<()> {
    existing(&config.record_url(), "record").await?;
    let db = Db::open(&config.record_url(), ambient.clone()).await?;
    let set = meta::set_hour(&db, meta::LAST_BACKUP_REGISTER_AT, at).await;
    db.close().await;
    set
}

/// Copies the wrapping keys to a third place.
///
/// # Errors
/// As [`backup_record`].
pub async fn backup_wrapping(config: &Config, ambient: &Ambient, to: &Path) -> Result<BackedUp> {
    let mut begun = Begun::at(config, to)?;
    let folder = config.wrapping();
    for name in key_files(&folder)? {
        begun.copy(&folder.join(&name), &name)?;
    }
    if begun.files.is_empty() {
        return Err(Error::internal(format!("{} holds no wrapping key", folder.display())));
    }
    let done = begun.finish(Manifest {
        kind: Kind::Wrapping,
        created_at: ambient.now(),
        engine: "files".to_owned(),
        schema: Vec::new(),
        register_generation: 0,
        dump: None,
        files: Vec::new(),
    })?;
    let notes = vec![
        "Destroy this copy when the keys are rotated (30 days at most): what was erased can be opened as long as it exists."
            .into(),
        "Never keep it where a backup of the record or of the register lies.".into(),
    ];
    Ok(BackedUp { notes, ..done })
}

/// The names of the key files in a folder; none when there is no folder.
pub fn key_files(folder: &Path) -> Result<Vec<String>> {
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(|error| io(folder, &error))? {
        let name = entry.map_err(|error| io(folder, &error))?.file_name().to_string_lossy().into_owned();
        if name.ends_with(".key") {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

async fn existing(url: &str, name: &str) -> Result<Store> {
    let store = Store::of(url)?;
    match store.exists().await? {
        true => Ok(store),
        false => Err(Error::internal(format!("there is no {name} yet where the configuration says"))),
    }
}

fn unless<T>(read: Result<T>, sentence: &str) -> Result<T> {
    read.map_err(|error| Error::internal(format!("{sentence}: {error}. Run `feldsher migrate` first.")))
}

async fn copy_objects(files: &Files, db: &Db, begun: &mut Begun) -> Result<()> {
    let mut objects = files.list().await?;
    let mut held_at = db.ambient.now();
    while let Some(object) = objects.next().await {
        let object = object?;
        if db.ambient.now() - held_at > held_objects::PROLONGED_EVERY {
            held_objects::hold(db).await?;
            held_at = db.ambient.now();
        }
        let name = format!("{OBJECTS}/{}", object.id);
        match copy_object(files, object, &begun.path(&name)).await {
            Ok(sha256) => begun.files.push(Part { path: name, bytes: object.bytes, sha256 }),
            Err(error) if error.code() == Code::NotFound => {
                let path = begun.path(&name);
                fs::remove_file(&path).map_err(|error| io(&path, &error))?;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Answers the SHA-256 of what was copied.
async fn copy_object(files: &Files, object: Object, to: &Path) -> Result<String> {
    let mut file = place::private_file(to)?;
    let mut hash = Sha256::new();
    let mut from = 0;
    while from < object.bytes {
        let until = (from + STEP_BYTES).min(object.bytes);
        let bytes = files.read_range(object.id, from..until).await?;
        hash.update(&bytes);
        file.write_all(&bytes).map_err(|error| io(to, &error))?;
        from = until;
    }
    file.sync_all().map_err(|error| io(to, &error))?;
    Ok(hex::encode(hash.finalize()))
}
