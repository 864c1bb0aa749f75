//! The operator's floor: marks and locks, backups and restores, the doctor.

mod backups;
mod doctor;

use crate::support::house::House;
use crate::support::stores::{On, Stores, empty, engines};
use feldsher::app::App;
use feldsher::app::config::Config;
use feldsher::kernel::clock::Ambient;
use feldsher::kernel::db::{Actor, Tx};
use feldsher::kernel::error::Result;
use feldsher::server::ops;
use sea_orm::{ConnectionTrait, Statement};
use std::path::Path;
use uuid::Uuid;

/// Writes a row of `meta`.
async fn set_meta(app: &App, name: &str, value: &str) {
    let sql = "INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    app.write(&Actor::house("test"), async |tx: &mut Tx| -> Result<()> {
        tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, [name.into(), value.into()])).await?;
        Ok(())
    })
    .await
    .expect("a row of meta");
}

/// Stores of nothing, on the same engine.
async fn empty_stores(on: On) -> Stores {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let record_url = empty(on, &folder.path().join("data")).await;
    let register_url = empty(on, &folder.path().join("keys")).await;
    Stores { on, folder, record_url, register_url }
}

fn config_of(stores: &Stores) -> Config {
    Config {
        data: stores.path("data"),
        keys: stores.path("keys"),
        record_url: Some(stores.record_url.clone()),
        register_url: Some(stores.register_url.clone()),
        ..Config::default()
    }
}

async fn put_object(house: &House, bytes: Vec<u8>) -> Uuid {
    let id = house.app.ambient.id();
    let mut writer = house.app.adapters.files.writer(id).await.expect("a writer");
    writer.put(bytes.into()).await.expect("bytes");
    writer.finish().await.expect("an object");
    id
}

fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).expect("a file").permissions().mode() & 0o777
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_is_a_sandbox_for_good_or_never() {
    for on in engines() {
        for sandbox in [true, false] {
            let stores = empty_stores(on).await;
            let (config, ambient) = (config_of(&stores), Ambient::system());
            ops::check_mark(&config, &ambient, sandbox).await.expect("the first time");
            ops::check_mark(&config, &ambient, sandbox).await.expect("the same way");
            let refused = ops::check_mark(&config, &ambient, !sandbox).await.expect_err("the other way").to_string();
            assert!(refused.contains("folder of its own") || refused.contains("folder of their own"), "{refused}");
            ops::check_mark(&config, &ambient, sandbox).await.expect("still the same way");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_server_on_a_sqlite_store_is_refused() {
    let stores = Stores::new(On::Sqlite).await;
    let config = config_of(&stores);
    let held = ops::lock_serve(&config).expect("the first server");
    let refused = ops::lock_serve(&config).expect_err("the second server").to_string();
    assert!(refused.contains("another feldsher serves"), "{refused}");
    assert_eq!(mode(&stores.path("data/serve.lock")), 0o600);
    drop(held);
    let _again = ops::lock_serve(&config).expect("after the first has gone");
}

#[tokio::test(flavor = "multi_thread")]
async fn postgresql_serves_many() {
    for on in engines().into_iter().filter(|on| *on == On::Postgres) {
        let config = config_of(&Stores::new(on).await);
        let _first = ops::lock_serve(&config).expect("the first server");
        let _second = ops::lock_serve(&config).expect("the second server");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn healthcheck_asks_the_server_that_is_configured() {
    let house = House::new(On::Sqlite).await;
    let listen = house.base.trim_start_matches("http://").parse().expect("an address");
    let config = Config { listen, ..house.app.config.clone() };
    ops::healthcheck(&config).await.expect("a ready server");
    let nobody = Config { listen: "127.0.0.1:1".parse().expect("an address"), ..config };
    let refused = ops::healthcheck(&nobody).await.expect_err("nobody").to_string();
    assert!(refused.contains("nobody answers on 127.0.0.1:1"), "{refused}");
}
