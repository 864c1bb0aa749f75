//! The configuration: one struct, a sub-struct per subject, every default documented. A TOML file and then the
//! environment: `FELDSHER_LISTEN`, `FELDSHER_FILES__KIND`; two underscores stand for a dot.

use crate::adapters::antivirus::AntivirusConfig;
use crate::adapters::files::FilesConfig;
use crate::adapters::mail::MailConfig;
use crate::adapters::payments::PaymentsConfig;
use crate::adapters::push::PushConfig;
use crate::adapters::sms::SmsConfig;
use crate::app::apps::Apps;
use crate::kernel::db::TURNS_MAX;
use crate::kernel::error::{Error, Result};
use serde::Deserialize;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use toml::{Table, Value};

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Where the server listens. A reverse proxy that ends TLS stands before it.
    pub listen: SocketAddr,
    /// The record: data by pseudonym. Files too, unless `files` says otherwise.
    pub data: PathBuf,
    /// The register and, below it, the wrapping keys and the keys of the trail. Never inside `data`.
    pub keys: PathBuf,
    /// Default: SQLite in `data`. `postgres://…` when one machine is outgrown.
    pub record_url: Option<String>,
    /// Default: SQLite in `keys`. Another database than the record's.
    pub register_url: Option<String>,
    /// Default: `keys/wrapping`. A third place, if you have one.
    pub wrapping: Option<PathBuf>,
    /// How many writers share one commit on SQLite. Default 64; 1 gives each a commit of its own, and a fraction of the speed.
    pub sqlite_turns: usize,
    /// A profile that ships, by id, or the path of a file.
    pub profile: String,
    /// Addresses or networks of proxies whose `X-Forwarded-For` and `-Proto` are believed. Default: none.
    pub trusted_proxies: Vec<String>,
    /// `text` or `json`.
    pub log_format: LogFormat,
    /// A filter as of `tracing`: `info`, `feldsher=debug`.
    pub log_level: String,
    /// How codes and messages reach a phone. Default: kept in memory, which only a sandbox accepts.
    pub sms: SmsConfig,
    /// How mail is sent. Default: kept in memory, as above.
    pub mail: MailConfig,
    /// How phones are woken: any of APNs, FCM and RuStore. Default: none, and pushes are kept in memory.
    pub push: PushConfig,
    /// Where the sealed bytes of files lie. Default: `data/files`.
    pub files: Option<FilesConfig>,
    /// Which versions of the apps are served: `[apps.ios] minimum = "3.2.0"`. Default: all.
    pub apps: Apps,
    /// Under which name and at which addresses passkeys are made. Default: `localhost`, for development.
    pub passkeys: PasskeysConfig,
    /// Who takes the patients' money. Default: the sandbox provider, at which nobody pays anything.
    pub payments: PaymentsConfig,
    /// What scans uploads. Default: nothing.
    pub antivirus: AntivirusConfig,
    /// Where signed checkpoints of the trail are copied, each minute: a folder on another machine, or a bucket of other
    /// credentials that forbids to overwrite and delete. Default: nowhere.
    pub checkpoints: Option<FilesConfig>,
}

/// What a passkey is bound to: a key made here signs in nowhere else, and a page elsewhere can't ask for it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PasskeysConfig {
    /// The domain of the staff's pages, without scheme and port: `clinic.example`. Never change it: every passkey ends with it.
    pub rp_id: String,
    /// Where those pages are served: `https://staff.clinic.example`; an Android app as `android:apk-key-hash:…`.
    pub origins: Vec<String>,
}

impl Default for PasskeysConfig {
    fn default() -> Self {
        Self { rp_id: "localhost".into(), origins: vec!["http://localhost:8080".into()] }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    Text,
    Json,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            data: "feldsher-data".into(),
            keys: "feldsher-keys".into(),
            record_url: None,
            register_url: None,
            wrapping: None,
            sqlite_turns: TURNS_MAX,
            profile: "ru-telemed".into(),
            trusted_proxies: Vec::new(),
            log_format: LogFormat::Text,
            log_level: "info".into(),
            sms: SmsConfig::Memory {},
            mail: MailConfig::Memory {},
            push: PushConfig::default(),
            files: None,
            apps: Apps::default(),
            passkeys: PasskeysConfig::default(),
            payments: PaymentsConfig::default(),
            antivirus: AntivirusConfig::default(),
            checkpoints: None,
        }
    }
}

impl Config {
    /// Reads the file, if there is one, then the environment.
    ///
    /// # Errors
    /// A sentence for the operator: which setting, what is wrong with it.
    pub fn load(file: Option<&Path>, environment: impl Iterator<Item = (String, String)>) -> Result<Self> {
        let mut table = match file {
            None => Table::new(),
            Some(path) => {
                let text = std::fs::read_to_string(path)
                    .map_err(|error| Error::internal(format!("the configuration {} can't be read: {error}", path.display())))?;
                text.parse().map_err(|error| Error::internal(format!("the configuration {}: {error}", path.display())))?
            }
        };
        for (name, value) in environment {
            if let Some(path) = name.strip_prefix("FELDSHER_").filter(|path| !path.starts_with("TEST_")) {
                overlay(&mut table, &path.to_lowercase(), &value);
            }
        }
        let config: Config =
            Value::Table(table).try_into().map_err(|error| Error::internal(format!("the configuration: {error}")))?;
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<()> {
        let wrong = |what: &str| Err(Error::internal(format!("the configuration: {what}")));
        if self.keys.starts_with(&self.data) || self.data.starts_with(&self.keys) {
            return wrong(
                "keys lies inside data (or the reverse): a copy of the data would take its keys along. Put them in two folders.",
            );
        }
        if let Some(platform) = self.apps.senseless() {
            return wrong(&format!("apps.{} recommends an older version than it asks for as the minimum", platform.as_str()));
        }
        if self.record_url.is_some() && self.record_url == self.register_url {
            return wrong(
                "record_url and register_url are the same database: whoever copies it has data and keys. Make another database for the register.",
            );
        }
        Ok(())
    }

    pub fn record_url(&self) -> String {
        self.record_url.clone().unwrap_or_else(|| format!("sqlite:{}", self.data.join("record.db").display()))
    }

    pub fn register_url(&self) -> String {
        self.register_url.clone().unwrap_or_else(|| format!("sqlite:{}", self.keys.join("register.db").display()))
    }

    pub fn wrapping(&self) -> PathBuf {
        self.wrapping.clone().unwrap_or_else(|| self.keys.join("wrapping"))
    }

    pub fn files(&self) -> FilesConfig {
        self.files.clone().unwrap_or_else(|| FilesConfig::Disk { path: self.data.join("files") })
    }
}

/// Sets `a__b` in the table; a value that reads as TOML (a number, a list) is one, everything else is text.
fn overlay(table: &mut Table, path: &str, value: &str) {
    let read = || format!("v = {value}").parse::<Table>().ok().and_then(|mut read| read.remove("v"));
    match path.split_once("__") {
        None => {
            table.insert(path.to_owned(), read().unwrap_or_else(|| Value::String(value.to_owned())));
        }
        Some((head, rest)) => {
            let inner = table.entry(head).or_insert_with(|| Value::Table(Table::new()));
            if let Value::Table(inner) = inner {
                overlay(inner, rest, value);
            }
        }
    }
}
