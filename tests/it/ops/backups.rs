//! Backups under load, restores into empty places, and everything that has to be refused.

use super::{config_of, empty_stores, mode, put_object, set_meta};
use crate::support::house::House;
use crate::support::stores::{On, engines};
use feldsher::app::config::Config;
use feldsher::kernel::clock::Ambient;
use feldsher::kernel::db::{Actor, Tx};
use feldsher::kernel::error::Result;
use feldsher::server::ops;
use sea_orm::{ConnectionTrait, Statement};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use tempfile::TempDir;

/// The three backups of a house, each in a place of its own.
struct Shelf {
    _folder: TempDir,
    record: PathBuf,
    register: PathBuf,
    wrapping: PathBuf,
}

async fn back_up(config: &Config, ambient: &Ambient) -> Shelf {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let at = |name: &str| folder.path().join(name).join("first");
    let shelf = Shelf { record: at("a"), register: at("b"), wrapping: at("c"), _folder: folder };
    let done = ops::backup_record(config, ambient, &shelf.record).await.expect("a backup of the record");
    assert!(done.to_string().contains("Wrapping keys are not in it"), "{done}");
    ops::backup_register(config, ambient, &shelf.register).await.expect("a backup of the register");
    ops::backup_wrapping(config, ambient, &shelf.wrapping).await.expect("a backup of the wrapping keys");
    for folder in [&shelf.record, &shelf.register, &shelf.wrapping] {
        let verified = ops::verify_backup(folder).await.expect("a manifest");
        assert!(verified.is_sound(), "{verified}");
    }
    shelf
}

fn every_path(folder: &Path, found: &mut Vec<PathBuf>) {
    found.push(folder.to_owned());
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() { every_path(&path, found) } else { found.push(path) }
    }
}

async fn rows(house: &House, pattern: &str) -> i64 {
    let reader = house.app.db.reader();
    let sql = "SELECT COUNT(*) FROM meta WHERE name LIKE $1";
    let query = Statement::from_sql_and_values(reader.get_database_backend(), sql, [pattern.into()]);
    reader.query_one_raw(query).await.expect("a query").expect("a row").try_get_by_index(0).expect("a number")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_made_during_writes_opens_in_a_new_place() {
    for on in engines() {
        let house = Arc::new(House::new(on).await);
        let patient = house.newcomer("+79161234501").await;
        let bytes: Vec<u8> = (0..9_000_000_u32).map(|n| n.to_le_bytes()[1]).collect();
        let object = put_object(&house, bytes.clone()).await;
        let (stop, written) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let writer = tokio::spawn({
            let (house, stop, written) = (house.clone(), stop.clone(), written.clone());
            async move {
                while !stop.load(Ordering::Relaxed) {
                    let n = written.load(Ordering::Relaxed);
                    set_meta(&house.app, &format!("busy-{n}"), "x").await;
                    written.store(n + 1, Ordering::Relaxed);
                }
            }
        });
        while written.load(Ordering::Relaxed) < 20 {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        let before = written.load(Ordering::Relaxed);
        let shelf = back_up(&house.app.config, &house.app.ambient).await;
        stop.store(true, Ordering::Relaxed);
        writer.await.expect("the writer");
        assert!(written.load(Ordering::Relaxed) > before, "writes went on during the backup");

        let mut paths = Vec::new();
        every_path(&shelf.record, &mut paths);
        every_path(&shelf.register, &mut paths);
        every_path(&shelf.wrapping, &mut paths);
        for path in &paths {
            assert_eq!(mode(path), if path.is_dir() { 0o700 } else { 0o600 }, "{}", path.display());
        }
        let wrapping = fs::read_to_string(house.app.config.wrapping().join("epoch-000001.key")).expect("a wrapping key");
        for path in paths.iter().filter(|path| path.is_file() && !path.starts_with(&shelf.wrapping)) {
            let content = fs::read(path).expect("a file");
            assert!(!content.windows(64).any(|window| window == wrapping.as_bytes()), "a wrapping key in {}", path.display());
        }

        let stores = empty_stores(on).await;
        let (config, ambient) = (config_of(&stores), Ambient::system());
        let alone = ops::restore_record(&config, &ambient, &shelf.record).await.expect_err("no register yet").to_string();
        assert!(alone.contains("restore it first"), "{alone}");
        let done = ops::restore_register(&config, &ambient, &shelf.register).await.expect("the register");
        assert!(done.to_string().contains("Put the wrapping key epoch-000001.key"), "{done}");
        ops::restore_wrapping(&config, &shelf.wrapping).await.expect("the wrapping keys");
        let done = ops::restore_record(&config, &ambient, &shelf.record).await.expect("the record");
        assert!(done.to_string().contains("carried out again by `serve`"), "{done}");

        let again = House::with(stores, ambient, |_| {}).await;
        let me = again.get("/v1/me", patient.token()).await.is(200);
        assert_eq!(me.text("/id"), patient.id);
        let read = again.app.adapters.files.read_range(object, 0..bytes.len() as u64).await.expect("the object");
        assert!(read[..] == bytes[..], "the object is the same");
        let kept = rows(&again, "busy-%").await;
        assert!(kept >= i64::try_from(before).expect("a number"), "what was acknowledged before is there: {kept} of {before}");
        // The restored place takes new people.
        again.newcomer("+79161234502").await;
    }
}

fn flip(path: &Path) {
    let mut content = fs::read(path).expect("a file");
    let middle = content.len() / 2;
    content[middle] ^= 1;
    fs::write(path, content).expect("a flipped byte");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_backup_is_named_and_never_restored() {
    for on in engines() {
        let house = House::new(on).await;
        let object = put_object(&house, vec![7; 3000]).await;
        let shelf = back_up(&house.app.config, &house.app.ambient).await;
        let dump = if on == On::Sqlite { "record.db" } else { "record.dump" };
        let object = format!("objects/{object}");
        for name in [dump, object.as_str()] {
            flip(&shelf.record.join(name));
            let verified = ops::verify_backup(&shelf.record).await.expect("a manifest");
            assert_eq!(verified.faults, [format!("{name} was changed: its hash differs")]);
            let elsewhere = empty_stores(on).await;
            let config = config_of(&elsewhere);
            ops::restore_register(&config, &Ambient::system(), &shelf.register).await.expect("the register");
            let refused = ops::restore_record(&config, &Ambient::system(), &shelf.record).await.expect_err("damaged");
            assert!(refused.to_string().contains(name), "{refused}");
            flip(&shelf.record.join(name));
        }
        let missing = shelf.register.join("audit-chain.key");
        fs::remove_file(&missing).expect("removed");
        fs::write(shelf.register.join("stranger"), "x").expect("a stranger");
        let verified = ops::verify_backup(&shelf.register).await.expect("a manifest");
        assert_eq!(verified.faults, ["audit-chain.key is missing", "stranger is not of this backup"]);
        flip(&shelf.record.join("manifest.json"));
        let changed = ops::verify_backup(&shelf.record).await.expect_err("a changed manifest").to_string();
        assert!(changed.contains("manifest.json was changed"), "{changed}");
        fs::remove_file(shelf.record.join("manifest.json")).expect("removed");
        let half = ops::verify_backup(&shelf.record).await.expect_err("no manifest").to_string();
        assert!(half.contains("is not a finished backup"), "{half}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_restored_over_something_or_from_the_wrong_thing() {
    for on in engines() {
        let house = House::new(on).await;
        let ambient = Ambient::system();
        let shelf = back_up(&house.app.config, &ambient).await;
        let config = &house.app.config;
        for refused in [
            ops::restore_record(config, &ambient, &shelf.record).await,
            ops::restore_register(config, &ambient, &shelf.register).await,
            ops::restore_wrapping(config, &shelf.wrapping).await,
        ] {
            let refused = refused.expect_err("the place is taken").to_string();
            assert!(refused.contains("already"), "{refused}");
        }
        let stores = empty_stores(on).await;
        let fresh = config_of(&stores);
        let swapped = ops::restore_register(&fresh, &ambient, &shelf.record).await.expect_err("the record").to_string();
        assert!(swapped.contains("is a backup of the record, not of the register"), "{swapped}");
        ops::restore_register(&fresh, &ambient, &shelf.register).await.expect("the register");
        fs::create_dir_all(stores.path("data/files")).expect("a folder");
        fs::write(stores.path("data/files").join(ambient.id().to_string()), "x").expect("an object");
        let strange = ops::restore_record(&fresh, &ambient, &shelf.record).await.expect_err("a strange object").to_string();
        assert!(strange.contains("not of this backup"), "{strange}");
        if on == On::Sqlite {
            fs::write(stores.path("data/empty.db-wal"), "x").expect("a journal");
            let left = ops::restore_record(&fresh, &ambient, &shelf.record).await.expect_err("a journal").to_string();
            assert!(left.contains("already"), "{left}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_register_older_than_the_record_is_refused() {
    for on in engines() {
        let house = House::new(on).await;
        let (config, ambient) = (&house.app.config, Ambient::system());
        let old = back_up(config, &ambient).await;
        let generation = house.app.vault.bury(ambient.id()).await.expect("a tombstone");
        set_meta(&house.app, "register_generation", &generation.to_string()).await;
        let new = back_up(config, &ambient).await;

        let elsewhere = empty_stores(on).await;
        let fresh = config_of(&elsewhere);
        ops::restore_register(&fresh, &ambient, &old.register).await.expect("an old register alone");
        let refused = ops::restore_record(&fresh, &ambient, &new.record).await.expect_err("it is older").to_string();
        assert!(refused.contains("is older than the record"), "{refused}");
        ops::restore_record(&fresh, &ambient, &old.record).await.expect("an old record with an old register");

        let stores = empty_stores(on).await;
        let beside = Config { record_url: Some(house.stores.record_url.clone()), ..config_of(&stores) };
        let refused = ops::restore_register(&beside, &ambient, &old.register).await.expect_err("it is older").to_string();
        assert!(refused.contains("is older than the record"), "{refused}");
        ops::restore_register(&beside, &ambient, &new.register).await.expect("the new register");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_has_a_place_of_its_own() {
    let house = House::new(On::Sqlite).await;
    let (config, ambient) = (&house.app.config, Ambient::system());
    let shelf = back_up(config, &ambient).await;
    let refused = |to: PathBuf, sentence: &'static str| {
        let ambient = ambient.clone();
        async move {
            let refused = ops::backup_register(config, &ambient, &to).await.expect_err(sentence).to_string();
            assert!(refused.contains(sentence), "{refused}");
        }
    };
    refused(shelf.record.clone(), "is not empty").await;
    refused(shelf.record.join("register"), "inside another backup").await;
    refused(config.data.join("backup"), "inside the installation").await;
    refused(config.keys.join("deep/backup"), "inside the installation").await;
    let elsewhere = tempfile::tempdir().expect("a folder");
    fs::create_dir(elsewhere.path().join("x.unfinished")).expect("a folder");
    refused(elsewhere.path().join("x"), "was interrupted").await;

    let (one, inner) = (elsewhere.path().join("one"), elsewhere.path().join("one/two"));
    ops::check_apart(&[&one, &elsewhere.path().join("two")]).expect("apart");
    ops::check_apart(&[&one, &inner]).expect_err("nested");
    ops::check_apart(&[&one, &elsewhere.path().join("x.unfinished/../one")]).expect_err("the same");

    let nothing = config_of(&empty_stores(On::Sqlite).await);
    let refused = ops::backup_record(&nothing, &ambient, &elsewhere.path().join("y")).await.expect_err("nothing").to_string();
    assert!(refused.contains("there is no record yet"), "{refused}");
    assert!(!nothing.data.join("empty.db").exists(), "asking makes nothing");
    fs::create_dir_all(&nothing.data).expect("a folder");
    fs::write(nothing.data.join("empty.db"), "").expect("an empty database");
    let refused = ops::backup_record(&nothing, &ambient, &elsewhere.path().join("y")).await.expect_err("empty").to_string();
    assert!(refused.contains("is not migrated yet"), "{refused}");
    assert!(!elsewhere.path().join("y.unfinished").exists() && !elsewhere.path().join("y").exists(), "nothing is left");
}

/// A password with every sign that a URL has to escape reaches `pg_dump` as it is (where the server asks for one, as the
/// cluster of `tests/run` does), and parameters that are ours alone do not.
#[tokio::test(flavor = "multi_thread")]
async fn an_escaped_password_reaches_the_tools_of_postgresql() {
    for on in engines().into_iter().filter(|on| *on == On::Postgres) {
        let house = House::new(on).await;
        let role = format!("role_{}", house.app.ambient.id().simple());
        let create = format!("CREATE ROLE {role} SUPERUSER LOGIN PASSWORD 'a@b/c:d %41?#é'");
        let actor = Actor::house("test");
        let done = house.app.write(&actor, async |tx: &mut Tx| -> Result<()> {
            tx.execute_raw(Statement::from_string(tx.get_database_backend(), create.as_str())).await?;
            Ok(())
        });
        done.await.expect("a role");
        let (_, place) = house.stores.record_url.split_once('@').expect("a user");
        let url =
            format!("postgres://{role}:a%40b%2Fc%3Ad%20%2541%3F%23%C3%A9@{place}?sslmode=prefer&statement-cache-capacity=9");
        let config = Config { record_url: Some(url), ..house.app.config.clone() };
        ops::backup_record(&config, &house.app.ambient, &house.stores.path("a")).await.expect("a backup");
    }
}
