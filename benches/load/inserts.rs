//! What a server would do that wrote each sample as it came: one row, one commit, as durable as ours.

use super::CLIENTS;
use super::place::Place;
use feldsher::kernel::clock::Ambient;
use feldsher::kernel::db::Engine;
use futures_util::future::join_all;
use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, Statement};
use std::time::{Duration, Instant};

const ROUND: Duration = Duration::from_secs(1);
/// As long as a sample with two attributes is in JSON.
const SAMPLE: &str =
    r#"{"name":"screenOpen","at":"2026-11-20T08:00:00.000Z","durationMs":412,"ok":true,"attributes":{"network":"wifi"}}"#;

pub struct Inserts {
    db: DatabaseConnection,
    writers: usize,
}

impl Inserts {
    /// SQLite lets one write at a time, however many there are.
    pub async fn open(place: &Place) -> Self {
        let writers = if place.engine == Engine::Sqlite { 1 } else { CLIENTS };
        let mut options = ConnectOptions::new(place.url("plain"));
        options.max_connections(u32::try_from(writers).expect("few")).sqlx_logging(false).map_sqlx_sqlite_opts(|options| {
            let options = options.create_if_missing(true).journal_mode(SqliteJournalMode::Wal);
            options.synchronous(SqliteSynchronous::Full)
        });
        let db = Database::connect(options).await.expect("a database");
        let table = "CREATE TABLE sample (id text NOT NULL PRIMARY KEY, subject text NOT NULL, sample text NOT NULL)";
        db.execute_raw(Statement::from_string(db.get_database_backend(), table)).await.expect("a table");
        Self { db, writers }
    }

    /// Rows a second, each with a commit of its own.
    pub async fn per_second(&self) -> f64 {
        let (began, ambient) = (Instant::now(), &Ambient::system());
        let inserting = (0..self.writers).map(|writer| async move {
            let mut rows = 0u32;
            while began.elapsed() < ROUND {
                let sql = "INSERT INTO sample (id, subject, sample) VALUES ($1, $2, $3)";
                let values = [ambient.id().to_string().into(), format!("subject {writer}").into(), SAMPLE.into()];
                let insert = Statement::from_sql_and_values(self.db.get_database_backend(), sql, values);
                self.db.execute_raw(insert).await.expect("a row");
                rows += 1;
            }
            rows
        });
        let rows: u32 = join_all(inserting).await.into_iter().sum();
        f64::from(rows) / began.elapsed().as_secs_f64()
    }

    pub async fn close(self) {
        self.db.close().await.expect("a closed database");
    }
}
