//! The two stores: schema, generation, epochs, backups, tasks, the trail, the clock.

use super::super::meta;
use super::Finding;
use crate::app::config::Config;
use crate::kernel::db::Db;
use crate::kernel::error::Result;
use crate::kernel::vault::{Index, Vault, key_file};
use chrono::{DateTime, TimeDelta, Utc};
use feldsher_migrations::{MigratorTrait, Record, Register};
use sea_orm::{ConnectionTrait, FromQueryResult, Statement};

const RECORD_BACKUP_AGE: TimeDelta = TimeDelta::days(7);
const REGISTER_BACKUP_AGE: TimeDelta = TimeDelta::days(1);
const EPOCH_AGE: TimeDelta = TimeDelta::days(30);
/// The sealer works every quarter of a second; so much is a crowd, more is a fault.
const UNSEALED_AGE: TimeDelta = TimeDelta::minutes(1);
/// Rows of the future beyond this are no jitter between nodes.
const CLOCK_SLACK: TimeDelta = TimeDelta::minutes(2);
/// Without a row for so long, either nobody comes or the clock runs ahead.
const SILENCE: TimeDelta = TimeDelta::days(30);

#[derive(FromQueryResult)]
struct Hour {
    at: DateTime<Utc>,
}

/// A wrapping key that has to be there.
#[derive(FromQueryResult)]
pub struct LivingEpoch {
    pub id: i32,
    pub at: DateTime<Utc>,
}

/// The epochs that are not destroyed, oldest first.
pub async fn living_epochs(register: &Db) -> Result<Vec<LivingEpoch>> {
    let reader = register.reader();
    let sql = "SELECT id, at FROM epoch WHERE destroyed_at IS NULL ORDER BY id";
    Ok(LivingEpoch::find_by_statement(Statement::from_string(reader.get_database_backend(), sql)).all(&reader).await?)
}

pub async fn look_at_record(record: &Db, sandbox: bool, findings: &mut Vec<Finding>) {
    schema::<Record>("record", record, findings).await;
    // An error is the healthy answer: the record has no such table.
    if meta::number(&record.reader(), "SELECT COUNT(*) AS n FROM subject_key").await.is_ok() {
        findings.push(Finding::severe(
            "the record holds the tables of the register too",
            "whoever copies it has the data and its keys",
            "make another database for the register, restore its backup there, and mend register_url",
        ));
    }
    read("dead tasks", tasks(record, findings).await, findings);
    read("the trail", trail(record, findings).await, findings);
    if !sandbox {
        read("the clock", clock(record, findings).await, findings);
        let backups = [
            ("record", meta::LAST_BACKUP_RECORD_AT, RECORD_BACKUP_AGE),
            ("register", meta::LAST_BACKUP_REGISTER_AT, REGISTER_BACKUP_AGE),
        ];
        for (name, key, age) in backups {
            read("backups", backup(record, name, key, age, findings).await, findings);
        }
    }
}

/// A check that could not be made is a finding too.
fn read(what: &str, checked: Result<()>, findings: &mut Vec<Finding>) {
    if let Err(error) = checked {
        findings.push(Finding::warning(
            format!("{what} could not be checked ({error})"),
            "what is not seen is not known to be well",
            "run `feldsher migrate`, then ask again",
        ));
    }
}

async fn schema<M: MigratorTrait>(name: &str, db: &Db, findings: &mut Vec<Finding>) {
    let applied = meta::applied(db).await.unwrap_or_default();
    let known: Vec<String> = M::get_migration_files().iter().map(|step| step.name().to_owned()).collect();
    let pending = known.iter().filter(|step| !applied.contains(step)).count();
    if pending > 0 {
        findings.push(Finding::warning(
            format!("{pending} migrations of the {name} are pending"),
            "this version expects them, and starts with making them",
            "back up, then run `feldsher migrate` (`serve` does it too)",
        ));
    }
    if let Some(step) = applied.iter().find(|step| !known.contains(step)) {
        findings.push(Finding::severe(
            format!("the {name} was migrated by a newer version ({step})"),
            "this version does not know what it would break",
            "run the newer version, or restore a backup from before the update",
        ));
    }
}

async fn tasks(record: &Db, findings: &mut Vec<Finding>) -> Result<()> {
    let dead = meta::number(&record.reader(), "SELECT COUNT(*) AS n FROM task WHERE state = 'dead'").await?.unwrap_or(0);
    if dead > 0 {
        findings.push(Finding::warning(
            format!("{dead} tasks are dead"),
            "each is a message, an erasure step or a receipt that did not happen and will not by itself",
            "look at kind and fault in the table task, mend the peer, and set state to 'waiting' and attempt to 0",
        ));
    }
    Ok(())
}

async fn trail(record: &Db, findings: &mut Vec<Finding>) -> Result<()> {
    let reader = record.reader();
    let before = record.ambient.now() - UNSEALED_AGE;
    let sql = "SELECT at FROM audit_line WHERE chained = $1 AND at < $2 ORDER BY id LIMIT 1";
    let query = Statement::from_sql_and_values(reader.get_database_backend(), sql, [false.into(), before.into()]);
    if let Some(oldest) = Hour::find_by_statement(query).one(&reader).await? {
        findings.push(Finding::warning(
            format!("lines of the trail wait for the sealer since {}", oldest.at),
            "a line that is not chained can be changed without a trace",
            "start the server; if it runs, look in its log why the trail could not be sealed",
        ));
    }
    Ok(())
}

async fn clock(record: &Db, findings: &mut Vec<Finding>) -> Result<()> {
    let reader = record.reader();
    let query = Statement::from_string(reader.get_database_backend(), "SELECT at FROM audit_line ORDER BY id DESC LIMIT 1");
    let Some(newest) = Hour::find_by_statement(query).one(&reader).await? else { return Ok(()) };
    let now = record.ambient.now();
    if newest.at > now + CLOCK_SLACK {
        findings.push(Finding::severe(
            format!("the clock says {now}, and the newest line of the trail is of {}", newest.at),
            "codes, sessions, holds and retention go by the clock: behind it they live too long, and the trail is out of order",
            "set the clock of this machine (NTP); if it was ahead before, wait until it has caught up",
        ));
    } else if newest.at < now - SILENCE {
        findings.push(Finding::warning(
            format!("the newest line of the trail is of {}, and the clock says {now}", newest.at),
            "if the clock runs ahead, data is erased and sessions end before their time",
            "compare the clock of this machine with another one; if nobody came for so long, all is well",
        ));
    }
    Ok(())
}

async fn backup(record: &Db, name: &str, key: &str, age: TimeDelta, findings: &mut Vec<Finding>) -> Result<()> {
    let last = meta::hour(record, key).await?;
    if last.is_some_and(|last| last >= record.ambient.now() - age) {
        return Ok(());
    }
    let what = match last {
        Some(last) => format!("the last backup of the {name} is of {last}, older than {} days", age.num_days()),
        None => format!("no backup of the {name} was ever made"),
    };
    let why = match name {
        "register" => "losing the register loses everything, and an old one brings erased people back",
        _ => "a broken disk takes what was written since",
    };
    findings.push(Finding::warning(what, why, format!("let a timer run `feldsher backup` for the {name}, to another machine")));
    Ok(())
}

pub async fn look_at_register(config: &Config, register: &Db, sandbox: bool, findings: &mut Vec<Finding>) {
    schema::<Register>("register", register, findings).await;
    let Ok(epochs) = living_epochs(register).await else { return };
    let folder = config.wrapping();
    let missing = epochs.iter().map(|epoch| key_file(epoch.id)).find(|name| !folder.join(name).exists());
    match missing {
        Some(name) => findings.push(Finding::severe(
            format!("the wrapping key {name} is missing in {}", folder.display()),
            "no key of the register opens without it: the data is lost until it is back",
            "bring it back from the third place where you keep it, with the mode 600",
        )),
        None if !epochs.is_empty() => opens(register, &folder, findings).await,
        None => {}
    }
    if let Some(epoch) = epochs.last()
        && !sandbox
        && epoch.at < register.ambient.now() - EPOCH_AGE
    {
        findings.push(Finding::severe(
            format!("the epoch of the wrapping key began at {}, more than 30 days ago", epoch.at),
            "what was erased since can still be opened with an old copy of the register; certificates promise 30 days",
            "run `feldsher keys rotate`, then destroy copies of the old wrapping key",
        ));
    }
}

/// Whether the wrapping keys that are there are those of this register.
async fn opens(register: &Db, folder: &std::path::Path, findings: &mut Vec<Finding>) {
    let nobody = Index { kind: "doctor", value: String::new() };
    let asked = async { Vault::open(register.clone(), folder).await?.find(&nobody).await };
    if let Err(error) = asked.await {
        findings.push(Finding::severe(
            format!("the wrapping keys in {} do not open the register ({error})", folder.display()),
            "no key of the register opens without its own wrapping key: the data is lost until it is back",
            "bring the right one back from the third place where you keep it",
        ));
    }
}

pub async fn look_at_both(record: &Db, register: &Db, findings: &mut Vec<Finding>) {
    let (Ok(seen), Ok(generation)) = (meta::generation_seen(record).await, meta::generation_of(register).await) else {
        return;
    };
    if generation < seen {
        findings.push(Finding::severe(
            format!("the register (generation {generation}) is older than the record (it has seen {seen})"),
            "people who were erased would live again",
            "stop the server; restore a newer register, or an older record",
        ));
    }
}
