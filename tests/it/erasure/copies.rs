//! Copies of a house at one hour: the operator's own backups, and places to which they are restored.

use crate::support::house::House;
use crate::support::stores::{On, Stores, empty};
use feldsher::app::config::Config;
use feldsher::kernel::clock::Ambient;
use feldsher::server::ops;
use std::path::PathBuf;
use tempfile::TempDir;

/// The three backups, each in a place of its own.
pub struct Shelf {
    pub folder: TempDir,
    on: On,
}

impl Shelf {
    pub async fn of(house: &House) -> Self {
        let shelf = Self { folder: tempfile::tempdir().expect("a temporary folder"), on: house.on };
        let (config, ambient) = (&house.app.config, &house.app.ambient);
        ops::backup_record(config, ambient, &shelf.at("record")).await.expect("a backup of the record");
        ops::backup_register(config, ambient, &shelf.at("register")).await.expect("a backup of the register");
        ops::backup_wrapping(config, ambient, &shelf.at("wrapping")).await.expect("a backup of the wrapping keys");
        shelf
    }

    fn at(&self, kind: &str) -> PathBuf {
        self.folder.path().join(kind).join("copy")
    }

    /// This record with the register and the wrapping keys of `newer`, which may be the same hour.
    pub async fn restore_with(&self, newer: &Shelf, ambient: &Ambient) -> Stores {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let record_url = empty(self.on, &folder.path().join("data")).await;
        let register_url = empty(self.on, &folder.path().join("keys")).await;
        let stores = Stores { on: self.on, folder, record_url, register_url };
        let config = config_of(&stores);
        ops::restore_register(&config, ambient, &newer.at("register")).await.expect("the register");
        ops::restore_wrapping(&config, &newer.at("wrapping")).await.expect("the wrapping keys");
        ops::restore_record(&config, ambient, &self.at("record")).await.expect("the record");
        stores
    }
}

pub fn config_of(stores: &Stores) -> Config {
    Config {
        data: stores.path("data"),
        keys: stores.path("keys"),
        record_url: Some(stores.record_url.clone()),
        register_url: Some(stores.register_url.clone()),
        ..Config::default()
    }
}
