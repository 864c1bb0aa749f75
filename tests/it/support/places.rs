//! Every place in which something of a patient could stay, looked through byte by byte.

use super::house::House;
use super::log;
use super::scan::{Findings, Scanner};
use super::stores::On;
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, Statement};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What each place answered, by its name.
pub type Survey = BTreeMap<&'static str, Findings>;

pub const FOLDERS: &str = "the folders";
pub const RECORD: &str = "the rows of the record";
pub const REGISTER: &str = "the rows of the register";
pub const LOG: &str = "the log";
pub const UNLINKED: &str = "unlinked files";
pub const OUTBOX: &str = "what the peers received";
pub const HEAP: &str = "PostgreSQL's files";
pub const WAL: &str = "PostgreSQL's WAL";
pub const SERVER_LOG: &str = "PostgreSQL's log";

/// Looks everywhere. Codes are what the peers must get, so that among messages they are no finding.
pub async fn look(house: &House, scanner: &Scanner, codes: &[String]) -> Survey {
    let mut survey = Survey::new();
    survey.insert(FOLDERS, folder(scanner, house.stores.folder.path()));
    survey.insert(RECORD, rows(scanner, &house.stores.record_url).await);
    survey.insert(REGISTER, rows(scanner, &house.stores.register_url).await);
    survey.insert(LOG, scanner.scan(LOG, &log::so_far()));
    survey.insert(UNLINKED, unlinked(scanner));
    survey.insert(OUTBOX, outbox(house, scanner, codes));
    if house.on == On::Postgres {
        postgres(house, scanner, &mut survey).await;
    }
    survey
}

/// Every file below, whatever it is called.
pub fn folder(scanner: &Scanner, folder: &Path) -> Findings {
    let mut findings = Findings::default();
    for path in files(folder) {
        // A name may tell as much as what lies under it.
        findings.add(scanner.scan(&format!("the name of {}", path.display()), path.as_os_str().as_encoded_bytes()));
        // Segments of a log may be recycled under our eyes.
        if let Ok(bytes) = fs::read(&path) {
            findings.add(scanner.scan(&path.display().to_string(), &bytes));
        }
    }
    findings
}

/// The files of a folder that were written after `born` was made, with a minute to spare. Markers are new with each test,
/// so that an older segment of a long WAL can't hold them.
fn since(scanner: &Scanner, folder: &Path, born: &Path) -> Findings {
    let made = fs::metadata(born).and_then(|made| made.created()).expect("when the folder was made");
    let mut findings = Findings::default();
    for path in files(folder) {
        let is_older = |file: fs::Metadata| file.modified().is_ok_and(|at| at + Duration::from_secs(60) < made);
        if !fs::metadata(&path).is_ok_and(is_older) {
            let bytes = fs::read(&path).unwrap_or_default();
            findings.add(scanner.scan(&path.display().to_string(), &bytes));
        }
    }
    findings
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut found = Vec::new();
    for entry in entries.flatten() {
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => found.extend(files(&entry.path())),
            Ok(kind) if kind.is_file() => found.push(entry.path()),
            _ => {}
        }
    }
    found
}

/// Every column of every row as the engine gives it: this sees what pages split and what the engine compressed.
pub async fn rows(scanner: &Scanner, url: &str) -> Findings {
    let db = Database::connect(url).await.expect("a store");
    let mut findings = Findings::default();
    for (table, columns) in tables(&db).await {
        let sql = format!("SELECT {} FROM {table}", columns.join(", "));
        for row in db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await.expect("rows") {
            for (index, column) in columns.iter().enumerate() {
                if let Some(bytes) = row.try_get_by_index::<Option<Vec<u8>>>(index).expect("bytes") {
                    findings.add(scanner.scan(&format!("{table}, {column}"), &bytes));
                }
            }
        }
    }
    db.close().await.expect("closed");
    findings
}

/// Each table with what to select of it, every column as bytes.
async fn tables(db: &DatabaseConnection) -> Vec<(String, Vec<String>)> {
    let is_postgres = db.get_database_backend() == sea_orm::DbBackend::Postgres;
    let sql = if is_postgres {
        "SELECT table_name, CASE data_type WHEN 'bytea' THEN quote_ident(column_name) ELSE \
         'convert_to(' || quote_ident(column_name) || '::text, ''UTF8'')' END \
         FROM information_schema.columns WHERE table_schema NOT IN ('pg_catalog', 'information_schema') ORDER BY 1, ordinal_position"
    } else {
        "SELECT m.name, 'CAST(\"' || c.name || '\" AS BLOB)' FROM sqlite_master m, pragma_table_info(m.name) c \
         WHERE m.type = 'table' ORDER BY 1, c.cid"
    };
    let mut tables: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await.expect("columns") {
        let table: String = row.try_get_by_index(0).expect("a table");
        tables.entry(format!("\"{table}\"")).or_default().push(row.try_get_by_index(1).expect("a column"));
    }
    assert!(tables.len() > 3, "the tables of a store are found");
    tables.into_iter().collect()
}

/// Files that this process holds open and nobody sees any more: where temporary data hides.
fn unlinked(scanner: &Scanner) -> Findings {
    let mut findings = Findings::default();
    for entry in fs::read_dir("/proc/self/fd").into_iter().flatten().flatten() {
        let Ok(target) = fs::read_link(entry.path()) else { continue };
        if target.to_string_lossy().ends_with(" (deleted)")
            && fs::metadata(entry.path()).is_ok_and(|file| file.is_file())
            && let Ok(bytes) = fs::read(entry.path())
        {
            findings.add(scanner.scan(&target.display().to_string(), &bytes));
        }
    }
    findings
}

/// Messages without their receiver, who is what the peer has to know, and without the codes, which it has to deliver.
fn outbox(house: &House, scanner: &Scanner, codes: &[String]) -> Findings {
    let mut findings = Findings::default();
    for message in house.app.adapters.outbox.all() {
        let told = [message.subject.as_deref().unwrap_or_default(), &message.text, &message.key].join("\n");
        let told = codes.iter().fold(told, |told, code| told.replace(code.as_str(), ""));
        findings.add(scanner.scan(&format!("message {}", message.number), told.as_bytes()));
    }
    findings
}

async fn postgres(house: &House, scanner: &Scanner, survey: &mut Survey) {
    let db = Database::connect(&house.stores.record_url).await.expect("the server");
    db.execute_unprepared("CHECKPOINT").await.expect("a checkpoint");
    let data = PathBuf::from(text(&db, "SELECT current_setting('data_directory')").await);
    if fs::read_dir(&data).is_err() {
        println!("SKIPPED PostgreSQL's files: {} is not readable for this user", data.display());
        return;
    }
    let mut heap = folder(scanner, &data.join("base/pgsql_tmp"));
    for url in [&house.stores.record_url, &house.stores.register_url] {
        let name = url.rsplit('/').next().expect("a name");
        let oid = text(&db, &format!("SELECT oid::text FROM pg_database WHERE datname = '{name}'")).await;
        heap.add(folder(scanner, &data.join("base").join(oid)));
    }
    for shared in ["global", "pg_stat", "pg_stat_tmp", "pg_logical", "pg_replslot", "pg_snapshots", "pg_twophase"] {
        heap.add(folder(scanner, &data.join(shared)));
    }
    survey.insert(HEAP, heap);
    survey.insert(WAL, since(scanner, &data.join("pg_wal"), house.stores.folder.path()));
    match server_log(&data) {
        Some(path) => _ = survey.insert(SERVER_LOG, scanner.scan(SERVER_LOG, &fs::read(path).unwrap_or_default())),
        None => println!("SKIPPED PostgreSQL's log: not found"),
    }
    db.close().await.expect("closed");
}

/// Where the run says that it is, or where the server's standard error goes.
fn server_log(data: &Path) -> Option<PathBuf> {
    if let Ok(path) = std::env::var("FELDSHER_TEST_PGLOG") {
        return Some(path.into());
    }
    let postmaster = fs::read_to_string(data.join("postmaster.pid")).ok()?;
    let stderr = fs::read_link(format!("/proc/{}/fd/2", postmaster.lines().next()?)).ok()?;
    stderr.is_file().then_some(stderr)
}

async fn text(db: &DatabaseConnection, sql: &str) -> String {
    let query = Statement::from_string(db.get_database_backend(), sql);
    db.query_one_raw(query).await.expect("an answer").expect("a row").try_get_by_index(0).expect("text")
}
