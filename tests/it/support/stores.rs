//! Fresh stores for a test: a copy of a migrated template, on SQLite and, where `tests/run` started one, on PostgreSQL.

use feldsher::kernel::clock::Ambient;
use feldsher::kernel::db::Db;
use feldsher_migrations::{Record, Register};
use sea_orm::{ConnectionTrait, Database, Statement};
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use tokio::sync::OnceCell;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum On {
    Sqlite,
    Postgres,
}

/// The engines that this run has. Without PostgreSQL the run says so, and is counted as skipped.
pub fn engines() -> Vec<On> {
    if std::env::var("FELDSHER_TEST_POSTGRES").is_ok() {
        vec![On::Sqlite, On::Postgres]
    } else {
        println!("SKIPPED on PostgreSQL: FELDSHER_TEST_POSTGRES is not set (tests/run sets it)");
        vec![On::Sqlite]
    }
}

/// Where the two stores of one test are, and the folder that goes with it.
pub struct Stores {
    pub on: On,
    pub folder: TempDir,
    pub record_url: String,
    pub register_url: String,
}

/// A server that kept the databases of every test would fill the disk of a small machine.
impl Drop for Stores {
    fn drop(&mut self) {
        if self.on == On::Postgres {
            let urls = [self.record_url.clone(), self.register_url.clone()];
            // A thread and a runtime of its own, for the test's runtime may be gone already.
            let dropping = std::thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
                runtime.block_on(drop_databases(&urls)).map_err(std::io::Error::other)
            });
            if let Ok(Err(error)) = dropping.join() {
                println!("a database of the test is left: {error}");
            }
        }
    }
}

async fn drop_databases(urls: &[String]) -> Result<(), sea_orm::DbErr> {
    for url in urls {
        let (server, name) = url.rsplit_once('/').expect("a URL with a database");
        let admin = Database::connect(format!("{server}/postgres")).await?;
        let sql = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
        admin.execute_raw(Statement::from_string(admin.get_database_backend(), sql)).await?;
        admin.close().await?;
    }
    Ok(())
}

static SQLITE: OnceCell<TempDir> = OnceCell::const_new();
static POSTGRES: OnceCell<String> = OnceCell::const_new();

impl Stores {
    pub async fn new(on: On) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (record_url, register_url) = match on {
            On::Sqlite => sqlite(folder.path()).await,
            On::Postgres => postgres().await,
        };
        Self { on, folder, record_url, register_url }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

async fn sqlite(folder: &Path) -> (String, String) {
    let template = SQLITE
        .get_or_init(|| async {
            let template = tempfile::tempdir().expect("a temporary folder");
            migrate(&url(template.path(), "record.db"), &url(template.path(), "register.db")).await;
            template
        })
        .await;
    for name in ["data/record.db", "keys/register.db"] {
        let to = folder.join(name);
        std::fs::create_dir_all(to.parent().expect("a parent")).expect("a folder");
        std::fs::copy(template.path().join(to.file_name().expect("a name")), to).expect("a copy");
    }
    (url(folder, "data/record.db"), url(folder, "keys/register.db"))
}

fn url(folder: &Path, name: &str) -> String {
    format!("sqlite:{}", folder.join(name).display())
}

async fn postgres() -> (String, String) {
    let server = std::env::var("FELDSHER_TEST_POSTGRES").expect("checked by engines()");
    let template = POSTGRES
        .get_or_init(|| async {
            let template = format!("template_{}", fresh());
            let (record, register) = (format!("{template}_record"), format!("{template}_register"));
            create(&server, &record, None).await;
            create(&server, &register, None).await;
            migrate(&format!("{server}/{record}"), &format!("{server}/{register}")).await;
            template
        })
        .await;
    let test = format!("test_{}", fresh());
    create(&server, &format!("{test}_record"), Some(&format!("{template}_record"))).await;
    create(&server, &format!("{test}_register"), Some(&format!("{template}_register"))).await;
    (format!("{server}/{test}_record"), format!("{server}/{test}_register"))
}

/// An empty database of its own on the engine.
pub async fn empty(on: On, folder: &Path) -> String {
    match on {
        On::Sqlite => url(folder, "empty.db"),
        On::Postgres => {
            let server = std::env::var("FELDSHER_TEST_POSTGRES").expect("checked by engines()");
            let name = format!("empty_{}", fresh());
            create(&server, &name, None).await;
            format!("{server}/{name}")
        }
    }
}

fn fresh() -> String {
    Ambient::system().id().simple().to_string()
}

async fn create(server: &str, name: &str, template: Option<&str>) {
    let admin = Database::connect(format!("{server}/postgres")).await.expect("the PostgreSQL server");
    let template = template.map(|template| format!(" TEMPLATE {template}")).unwrap_or_default();
    let sql = format!("CREATE DATABASE {name}{template}");
    // Copies of one template wait for each other inside the server.
    for attempt in 0.. {
        match admin.execute_raw(Statement::from_string(admin.get_database_backend(), sql.clone())).await {
            Ok(_) => break,
            Err(error) if attempt > 50 => panic!("{error}"),
            Err(_) => tokio::time::sleep(std::time::Duration::from_millis(100)).await,
        }
    }
    admin.close().await.expect("a closed connection");
}

async fn migrate(record_url: &str, register_url: &str) {
    for (url, record) in [(record_url, true), (register_url, false)] {
        let db = Db::open(url, Ambient::system()).await.expect("a store");
        if record { db.migrate::<Record>().await } else { db.migrate::<Register>().await }.expect("migrations");
        db.close().await;
    }
}
