//! Folders and files: who may read them, whether they lie apart, and whether there is room.

use super::super::engine::Store;
use super::super::place;
use super::Finding;
use crate::app::config::Config;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

const GIB: u64 = 1024 * 1024 * 1024;

pub fn look(config: &Config) -> Vec<Finding> {
    let mut findings = Vec::new();
    modes(config, &mut findings);
    apart(config, &mut findings);
    room(config, &mut findings);
    findings
}

fn modes(config: &Config, findings: &mut Vec<Finding>) {
    let keys = [config.keys.clone(), config.wrapping()];
    for folder in &keys {
        private(folder, "700", Finding::severe, findings);
        for file in files_in(folder) {
            private(&file, "600", Finding::severe, findings);
        }
    }
    private(&config.data, "700", Finding::warning, findings);
    if let Some(file) = Store::of(&config.record_url()).ok().as_ref().and_then(Store::file) {
        private(file, "600", Finding::warning, findings);
    }
}

fn private(path: &Path, wanted: &str, rank: fn(String, String, String) -> Finding, findings: &mut Vec<Finding>) {
    let Ok(about) = fs::metadata(path) else { return };
    let mode = about.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        let path = path.display();
        findings.push(rank(
            format!("{path} has the mode {mode:o}: others on this machine may read or change it"),
            "keys and data are for the account of the server alone".to_owned(),
            format!("chmod {wanted} {path}"),
        ));
    }
}

fn files_in(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().filter_map(|entry| entry.ok());
    entries.map(|entry| entry.path()).filter(|path| path.is_file()).collect()
}

fn apart(config: &Config, findings: &mut Vec<Finding>) {
    let Ok(data) = place::real(&config.data) else { return };
    for (name, path) in [("keys", config.keys.clone()), ("wrapping", config.wrapping())] {
        if place::real(&path).is_ok_and(|path| path.starts_with(&data)) {
            findings.push(Finding::severe(
                format!("{name} ({}) lies inside data", path.display()),
                "every copy of the data takes the keys along, so that sealing and erasure protect nothing",
                format!("stop the server, move {name} out of {} and mend the configuration", data.display()),
            ));
        }
    }
    let same_file = |one: &Store, other: &Store| match (one.file(), other.file()) {
        (Some(one), Some(other)) => place::real(one).ok() == place::real(other).ok(),
        _ => config.record_url() == config.register_url(),
    };
    if let (Ok(record), Ok(register)) = (Store::of(&config.record_url()), Store::of(&config.register_url()))
        && same_file(&record, &register)
    {
        findings.push(Finding::severe(
            "record_url and register_url are the same database",
            "whoever copies it has the data and its keys",
            "make another database for the register and mend register_url",
        ));
    }
}

/// A full disk stops every write, and SQLite's copies need room of their own.
fn room(config: &Config, findings: &mut Vec<Finding>) {
    for folder in [&config.data, &config.keys] {
        let Ok(about) = rustix::fs::statvfs(folder) else { continue };
        let free = about.f_bavail.saturating_mul(about.f_frsize);
        let sentence = format!("{} MiB are free for {}", free / (1024 * 1024), folder.display());
        let why = "a full disk refuses every booking and every message, and leaves no room for backups";
        let mend = "make room, or move the folder to a larger disk";
        if free < GIB / 4 {
            findings.push(Finding::severe(sentence, why, mend));
        } else if free < 2 * GIB {
            findings.push(Finding::warning(sentence, why, mend));
        }
    }
}
