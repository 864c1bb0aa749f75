//! Where one server lives: a folder and, on PostgreSQL, databases of its own.

use feldsher::app::config::Config;
use feldsher::kernel::clock::Ambient;
use feldsher::kernel::db::Engine;
use sea_orm::{ConnectionTrait, Database, Statement};
use std::path::PathBuf;
use tempfile::TempDir;

pub struct Place {
    pub engine: Engine,
    pub folder: TempDir,
    /// On PostgreSQL: the cluster, and how the names of our databases begin.
    databases: Option<(String, String)>,
}

const DATABASES: [&str; 3] = ["record", "register", "plain"];

impl Place {
    pub async fn new(engine: Engine) -> Self {
        let databases = (engine == Engine::Postgres).then(|| {
            let cluster = super::cluster::url().expect("asked for by the caller");
            (cluster.to_owned(), format!("bench_{}", Ambient::system().id().simple()))
        });
        let place = Self { engine, folder: tempfile::tempdir().expect("a folder"), databases };
        place.on_cluster("CREATE DATABASE").await;
        std::fs::write(place.path("profile.toml"), profile()).expect("a profile");
        place
    }

    /// Drops what is not in the folder. After a benchmark that stopped in its middle the databases are left.
    pub async fn end(self) {
        self.on_cluster("DROP DATABASE").await;
    }

    async fn on_cluster(&self, verb: &str) {
        let Some((cluster, prefix)) = &self.databases else { return };
        let admin = Database::connect(format!("{cluster}/postgres")).await.expect("the PostgreSQL server");
        for name in DATABASES {
            let with = if verb == "DROP DATABASE" { " WITH (FORCE)" } else { "" };
            let sql = format!("{verb} {prefix}_{name}{with}");
            admin.execute_raw(Statement::from_string(admin.get_database_backend(), sql)).await.expect("a database");
        }
        admin.close().await.expect("a closed connection");
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The URL of a store, or of the database for what is compared.
    pub fn url(&self, name: &str) -> String {
        match &self.databases {
            Some((cluster, prefix)) => format!("{cluster}/{prefix}_{name}"),
            None => format!("sqlite:{}", self.path(&format!("{name}.db")).display()),
        }
    }

    /// As a process of the server is told it by its environment.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        let path = |name: &str| self.path(name).display().to_string();
        vec![
            ("FELDSHER_DATA", path("data")),
            ("FELDSHER_KEYS", path("keys")),
            ("FELDSHER_RECORD_URL", self.url("record")),
            ("FELDSHER_REGISTER_URL", self.url("register")),
            ("FELDSHER_PROFILE", path("profile.toml")),
        ]
    }

    /// The same for an app in this process.
    pub fn config(&self) -> Config {
        Config {
            data: self.path("data"),
            keys: self.path("keys"),
            record_url: Some(self.url("record")),
            register_url: Some(self.url("register")),
            profile: self.path("profile.toml").display().to_string(),
            ..Config::default()
        }
    }
}

/// The shipped profile, without what would hold up a crowd from one address or a push at night.
fn profile() -> String {
    let shipped = include_str!("../../profiles/ru-telemed.toml");
    let lifted = [
        ("codes_per_hour_per_address = 50", "codes_per_hour_per_address = 100000"),
        ("{ \"7\" = 5000 }", "{ \"7\" = 10000000 }"),
        ("quiet_from = \"22:00\"", "quiet_from = \"00:00\""),
        ("quiet_to = \"08:00\"", "quiet_to = \"00:00\""),
    ];
    lifted.iter().fold(shipped.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "the profile has no {from}");
        text.replace(from, to)
    })
}
