//! The rehearsal: a backup under load is restored into an empty place, and nobody comes back.

use super::count;
use crate::support::house::House;
use crate::support::people::Person;
use crate::support::stores::{On, Stores, empty, engines};
use chrono::TimeDelta;
use feldsher::adapters::files::FilesConfig;
use feldsher::app::config::Config;
use feldsher::app::held_objects;
use feldsher::app::stored::DeleteObject;
use feldsher::clinic::privacy::replay_tombstones;
use feldsher::kernel::clock::Ambient;
use feldsher::kernel::db::{Actor, Tx};
use feldsher::kernel::error::Result;
use feldsher::kernel::queue::Task;
use feldsher::server::{ops, worker};
use serde_json::json;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use uuid::Uuid;

fn content(n: usize) -> Vec<u8> {
    [b"%PDF-1.4\n".as_slice(), &vec![b'a' + u8::try_from(n % 20).unwrap_or(0); 70_000], b"\n%%EOF\n"].concat()
}

async fn upload(house: &House, patient: &Person, n: usize) -> String {
    let bytes = content(n);
    let new = json!({
        "kind": "upload", "title": "Анализ", "fileName": "анализ.pdf", "mediaType": "application/pdf", "sizeBytes": bytes.len()
    });
    let id = house.post("/v1/documents", patient.token(), new).await.is(201).text("/id");
    let put = house.request(reqwest::Method::PUT, &format!("/v1/documents/{id}/content"), patient.token());
    house.send(put.header("Content-Type", "application/pdf").body(bytes)).await.is(200);
    id
}

/// A bucket of its own, or None where there is no S3 to test with.
async fn bucket() -> Option<FilesConfig> {
    let endpoint = std::env::var("FELDSHER_TEST_S3").ok()?;
    let endpoint = endpoint.trim_end_matches('/');
    let bucket = format!("feldsher-{}", Ambient::system().id());
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    http.put(format!("{endpoint}/{bucket}")).send().await.expect("an answer").error_for_status().expect("a bucket");
    let text = format!("kind='s3'\nendpoint='{endpoint}'\nbucket='{bucket}'\naccess_key_id='id'\nsecret_access_key='hunter2'");
    Some(toml::from_str(&text).expect("a store of objects"))
}

/// Stores of nothing, on the same engine.
async fn elsewhere(on: On) -> Stores {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let record_url = empty(on, &folder.path().join("data")).await;
    let register_url = empty(on, &folder.path().join("keys")).await;
    Stores { on, folder, record_url, register_url }
}

/// SQLite with a folder, PostgreSQL with a bucket.
async fn objects(on: On) -> Option<FilesConfig> {
    if on == On::Postgres { bucket().await } else { None }
}

#[tokio::test(flavor = "multi_thread")]
async fn s1_10_r18_a_backup_under_load_is_a_prefix_of_what_was_acknowledged_and_brings_nobody_back() {
    for on in engines() {
        let files = objects(on).await;
        let house = House::with(Stores::new(on).await, Ambient::system(), |config| config.files = files.clone()).await;
        let house = Arc::new(house);
        let leaver = house.patient("+79161234501").await;
        upload(&house, &leaver, 7).await;
        let stays = house.patient("+79161234502").await;
        // Documents come while the backup runs; what was acknowledged is written down.
        let (stop, acknowledged) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(Vec::<String>::new())));
        let load = tokio::spawn({
            let (house, stays, stop, acknowledged) = (house.clone(), stays.clone(), stop.clone(), acknowledged.clone());
            async move {
                // A day takes no more of one patient.
                for n in 0..40 {
                    if stop.load(Ordering::Relaxed) {
                        break;
                    }
                    let id = upload(&house, &stays, n).await;
                    acknowledged.lock().expect("a list").push(id);
                }
            }
        });
        while acknowledged.lock().expect("a list").len() < 3 {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        let before = acknowledged.lock().expect("a list").clone();
        let shelf = tempfile::tempdir().expect("a folder");
        let at = |name: &str| shelf.path().join(name).join("first");
        ops::backup_record(&house.app.config, &house.app.ambient, &at("a")).await.expect("the record");
        stop.store(true, Ordering::Relaxed);
        load.await.expect("the load");
        // He leaves after the backup of the record: the register, which is newer, knows of it.
        house.delete("/v1/me", leaver.token()).await.is(202);
        house.later(TimeDelta::days(15)).await;
        ops::backup_register(&house.app.config, &house.app.ambient, &at("b")).await.expect("the register");
        ops::backup_wrapping(&house.app.config, &house.app.ambient, &at("c")).await.expect("the wrapping keys");

        let stores = elsewhere(on).await;
        let files = objects(on).await;
        let config = Config {
            data: stores.path("data"),
            keys: stores.path("keys"),
            record_url: Some(stores.record_url.clone()),
            register_url: Some(stores.register_url.clone()),
            files: files.clone(),
            ..Config::default()
        };
        let ambient = house.app.ambient.clone();
        ops::restore_register(&config, &ambient, &at("b")).await.expect("the register");
        ops::restore_wrapping(&config, &at("c")).await.expect("the wrapping keys");
        ops::restore_record(&config, &ambient, &at("a")).await.expect("the record");
        let again = House::with(stores, ambient, |config| config.files = files).await;
        assert_eq!(count(&again, "patient").await, 2, "the older record has him still");
        assert_eq!(replay_tombstones(&again.app).await.expect("replayed"), 1);
        assert_eq!(count(&again, "patient").await, 1, "and forgets him again, on {on:?}");
        again.get("/v1/me", leaver.token()).await.is(401);

        // The session was idle for a fortnight: he signs in anew, and is the same.
        let same = again.newcomer("+79161234502").await;
        assert_eq!(same.id, stays.id);
        let all = acknowledged.lock().expect("a list").clone();
        let mut restored = Vec::new();
        for (n, id) in all.iter().enumerate() {
            let read = again.get(&format!("/v1/documents/{id}/content"), same.token()).await;
            if read.status.is_success() {
                assert!(read.bytes == content(n), "the bytes are those that were sent");
                restored.push(id.clone());
            }
        }
        assert!(
            restored.len() >= before.len(),
            "all that was acknowledged before is there: {} of {}",
            restored.len(),
            before.len()
        );
        assert_eq!(restored, all[..restored.len()], "a prefix of what was acknowledged, on {on:?}");
        assert_ne!(again.newcomer("+79161234501").await.id, leaver.id, "whoever comes with his number is somebody new");
    }
}

async fn object(house: &House) -> Uuid {
    let id = house.app.ambient.id();
    let mut writer = house.app.adapters.files.writer(id).await.expect("a writer");
    writer.put(content(1).into()).await.expect("bytes");
    writer.finish().await.expect("an object");
    id
}

#[tokio::test(flavor = "multi_thread")]
async fn s1_10_no_object_is_deleted_while_a_backup_runs() {
    for on in engines() {
        let house = House::new(on).await;
        let folder = house.app.config.data.join("files");
        let stored = || std::fs::read_dir(&folder).expect("objects").count();
        let goes = async |object: Uuid| {
            let delete = async |tx: &mut Tx| -> Result<()> {
                tx.enqueue(DeleteObject { object }.task());
                Ok(())
            };
            house.app.write(&Actor::house("test"), delete).await.expect("a task");
            house.settle().await;
        };
        let (control, kept, orphan) = (object(&house).await, object(&house).await, object(&house).await);
        goes(control).await;
        assert_eq!(stored(), 2, "without a backup it goes at once, on {on:?}");
        held_objects::hold(&house.app.db).await.expect("held");
        goes(kept).await;
        // Not even what lies there without a row for long.
        house.later(TimeDelta::hours(2)).await;
        assert_eq!(stored(), 2, "on {on:?}");
        held_objects::release(&house.app.db).await.expect("released");
        house.app.ambient.advance(TimeDelta::minutes(6));
        worker::drain(&house.app).await.expect("tasks");
        assert!(house.app.adapters.files.size(kept).await.expect("asked").is_none(), "afterwards it goes, on {on:?}");
        house.later(TimeDelta::hours(2)).await;
        assert!(house.app.adapters.files.size(orphan).await.expect("asked").is_none(), "and so does what nobody names");
        // One that was killed holds nothing up for good.
        held_objects::hold(&house.app.db).await.expect("held");
        house.app.ambient.advance(TimeDelta::hours(7));
        assert!(!held_objects::are_held(&house.app.db).await.expect("asked"));
    }
}
