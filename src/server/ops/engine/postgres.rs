//! PostgreSQL: its own `pg_dump` and `pg_restore`. The password goes through the environment, for arguments are seen by
//! everybody on the machine.

use super::super::place;
use crate::kernel::error::{Error, Result};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, Statement};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// Where Debian and its relatives keep the programs of each version.
const VERSIONS: &str = "/usr/lib/postgresql";

pub struct Postgres {
    url: String,
    /// The URL without password, and without what libpq does not know.
    bare: String,
    password: Option<String>,
}

impl Postgres {
    pub fn of(url: &str) -> Result<Self> {
        let mut bare = reqwest::Url::parse(url).map_err(|_| Error::internal("a postgres: URL does not read"))?;
        let mut password = bare.password().map(percent_decoded);
        let mut query = Vec::new();
        for (name, value) in bare.query_pairs() {
            match libpq_name(&name) {
                _ if name == "password" => password = Some(value.into_owned()),
                Some(name) => query.push((name, value.into_owned())),
                None => {}
            }
        }
        // Refused only where there is no host, and then there is no password in that place either.
        let _ = bare.set_password(None);
        bare.set_query(None);
        if !query.is_empty() {
            bare.query_pairs_mut().extend_pairs(&query);
        }
        Ok(Self { url: url.to_owned(), bare: bare.into(), password })
    }

    pub async fn has_tables(&self) -> Result<bool> {
        let mut options = ConnectOptions::new(&self.url);
        options.max_connections(1).connect_timeout(Duration::from_secs(5)).sqlx_logging(false);
        let silent = |_| Error::Unavailable("PostgreSQL does not answer, or refuses us");
        let db = Database::connect(options).await.map_err(silent)?;
        let sql = "SELECT 1 AS one FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema') LIMIT 1";
        let found = db.query_one_raw(Statement::from_string(db.get_database_backend(), sql)).await;
        let _ = db.close().await;
        Ok(found?.is_some())
    }

    pub async fn dump(&self, to: &Path) -> Result<()> {
        let mut command = Command::new(program("pg_dump")?);
        command.args(["--format=custom", "--no-owner", "--no-privileges", "--no-password", "--lock-wait-timeout=30s"]);
        command.arg("--file").arg(to).arg("--dbname").arg(&self.bare);
        self.run("pg_dump", command).await?;
        place::sync(to)
    }

    pub async fn load(&self, from: &Path) -> Result<()> {
        let mut command = Command::new(program("pg_restore")?);
        // Comments on extensions may be written by their owner alone.
        command.args(["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges", "--no-comments"]);
        command.arg("--no-password").arg("--dbname").arg(&self.bare).arg(from);
        self.run("pg_restore", command).await
    }

    async fn run(&self, name: &'static str, mut command: Command) -> Result<()> {
        if let Some(password) = &self.password {
            command.env("PGPASSWORD", password);
        }
        match finished(command).await? {
            None => Ok(()),
            Some(fault) => Err(Error::internal(format!("{name} failed: {fault}"))),
        }
    }
}

pub async fn fault_in(dump: &Path) -> Result<Option<String>> {
    let mut command = Command::new(program("pg_restore")?);
    command.arg("--list").arg(dump);
    Ok(finished(command).await?.map(|_| "can't be read by pg_restore".to_owned()))
}

/// Runs to the end. `Some`: it failed, with the first line of what it said; later lines could quote rows.
async fn finished(mut command: Command) -> Result<Option<String>> {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let output = tokio::task::spawn_blocking(move || command.output())
        .await
        .map_err(|_| Error::internal("a program could not be awaited"))?
        .map_err(|error| Error::internal(format!("a program of PostgreSQL could not be started: {error}")))?;
    if output.status.success() {
        return Ok(None);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Ok(Some(said.lines().next().unwrap_or("without a word").chars().take(300).collect()))
}

/// The program on PATH, or of the newest version that is installed.
fn program(name: &str) -> Result<PathBuf> {
    let on_path = std::env::var_os("PATH").into_iter().flat_map(|path| std::env::split_paths(&path).collect::<Vec<_>>());
    let mut versions: Vec<(u32, PathBuf)> = std::fs::read_dir(VERSIONS)
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok())
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .collect();
    versions.sort_by_key(|(version, _)| std::cmp::Reverse(*version));
    on_path
        .chain(versions.into_iter().map(|(_, folder)| folder))
        .map(|folder| folder.join(name))
        .find(|program| program.is_file())
        .ok_or_else(|| {
            Error::internal(format!(
                "{name} was found neither on PATH nor under {VERSIONS}: install the client programs of PostgreSQL, of the \
                 server's version or newer (Debian: postgresql-client)."
            ))
        })
}

/// The parameters of our URLs that libpq knows, by its spelling.
fn libpq_name(name: &str) -> Option<&'static str> {
    match name {
        "sslmode" | "ssl-mode" => Some("sslmode"),
        "sslrootcert" | "ssl-root-cert" | "ssl-ca" => Some("sslrootcert"),
        "sslcert" | "ssl-cert" => Some("sslcert"),
        "sslkey" | "ssl-key" => Some("sslkey"),
        "host" => Some("host"),
        "hostaddr" => Some("hostaddr"),
        "port" => Some("port"),
        "dbname" => Some("dbname"),
        "user" => Some("user"),
        "options" => Some("options"),
        _ => None,
    }
}

/// `%2F` as `/`, for a password leaves the URL.
fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let escaped = (first == b'%').then(|| after.get(..2)).flatten();
        match escaped.and_then(|digits| hex::decode(digits).ok()) {
            Some(decoded) => {
                bytes.extend(decoded);
                rest = &after[2..];
            }
            None => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
