//! What is wrong with an installation, why it matters, and what mends it. The doctor changes nothing.

mod places;
mod settings;
mod stores;

pub use stores::living_epochs;

use super::engine::Store;
use super::mark;
use crate::app::config::Config;
use crate::kernel::clock::Ambient;
use crate::kernel::db::Db;
use std::fmt;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// People's data, or what was promised about it, is at risk, or the server can't work.
    Severe,
    Warning,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub severity: Severity,
    pub what: String,
    pub why: String,
    pub mend: String,
}

impl Finding {
    fn severe(what: impl Into<String>, why: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { severity: Severity::Severe, what: what.into(), why: why.into(), mend: mend.into() }
    }

    fn warning(what: impl Into<String>, why: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::severe(what, why, mend) }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self.severity {
            Severity::Severe => "SEVERE",
            Severity::Warning => "WARNING",
        };
        writeln!(f, "{word} {}\n  why   {}\n  mend  {}", self.what, self.why, self.mend)
    }
}

/// Looks through places, settings and both stores; the severe findings first. Empty: nothing is wrong.
pub async fn doctor(config: &Config, ambient: &Ambient) -> Vec<Finding> {
    let mut findings = places::look(config);
    let record = open("record", &config.record_url(), ambient, &mut findings).await;
    let register = open("register", &config.register_url(), ambient, &mut findings).await;
    let sandbox = match &record {
        Opened::Open(record) => mark::is_sandbox(record).await.ok().flatten().unwrap_or(false),
        Opened::Missing | Opened::Silent => false,
    };
    settings::look(config, sandbox, &mut findings);
    match (&record, &register) {
        (Opened::Missing, Opened::Missing) => findings.push(Finding::warning(
            "there is neither a record nor a register yet",
            "nothing was served from here, or the configuration points to another place than the data",
            "run `feldsher serve`, which makes both; or mend data, keys, record_url and register_url; or restore backups",
        )),
        (Opened::Open(_), Opened::Missing) => findings.push(Finding::severe(
            "the register is missing beside a record that is there",
            "the register holds every key: without it the record is noise for ever",
            "stop the server and restore the newest backup of the register (`feldsher restore`); never start without it, for a \
             new register would hide the loss",
        )),
        (Opened::Missing, Opened::Open(_)) => findings.push(Finding::severe(
            "the record is missing beside a register that is there",
            "all data but the keys is in it",
            "restore the newest backup of the record (`feldsher restore`), or mend data and record_url",
        )),
        _ => {}
    }
    if let Opened::Open(record) = &record {
        stores::look_at_record(record, sandbox, &mut findings).await;
    }
    if let Opened::Open(register) = &register {
        stores::look_at_register(config, register, sandbox, &mut findings).await;
    }
    if let (Opened::Open(record), Opened::Open(register)) = (&record, &register) {
        stores::look_at_both(record, register, &mut findings).await;
    }
    for opened in [record, register] {
        if let Opened::Open(db) = opened {
            db.close().await;
        }
    }
    findings.sort_by_key(|finding| finding.severity);
    findings
}

enum Opened {
    Open(Db),
    Missing,
    /// It does not answer; the finding is written.
    Silent,
}

/// Opens a store without making one.
async fn open(name: &str, url: &str, ambient: &Ambient, findings: &mut Vec<Finding>) -> Opened {
    let opened = async {
        match Store::of(url)?.exists().await? {
            true => Ok(Some(Db::open(url, ambient.clone()).await?)),
            false => Ok(None),
        }
    };
    match opened.await {
        Ok(Some(db)) => Opened::Open(db),
        Ok(None) => Opened::Missing,
        Err(error) => {
            let error: crate::kernel::error::Error = error;
            findings.push(Finding::severe(
                format!("the {name} can't be opened ({error})"),
                "nothing can be served without it",
                format!("mend {name}_url, start the database, or look at the rights of the file"),
            ));
            Opened::Silent
        }
    }
}
