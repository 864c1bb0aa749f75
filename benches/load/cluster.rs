//! PostgreSQL for the benchmark: a cluster of its own that syncs as it ships, for the one of the tests does not.

use super::process::{Process, free_port};
use sea_orm::Database;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The URL of a cluster to be used instead, without a database.
const VARIABLE: &str = "FELDSHER_BENCH_POSTGRES";
const PATIENCE: Duration = Duration::from_secs(30);
static URL: OnceLock<String> = OnceLock::new();

/// Lives as long as the cluster shall.
pub struct Cluster {
    // Stopped before its folder goes.
    _server: Option<Process>,
    _folder: Option<TempDir>,
}

/// Where the cluster is, if there is one.
pub fn url() -> Option<&'static str> {
    URL.get().map(String::as_str)
}

/// A program of the newest PostgreSQL on this machine, or the one on the path.
pub fn program(name: &str) -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut versions: Vec<PathBuf> = versions.map(|version| version.path()).collect();
    versions.sort_by_key(|path| path.file_name().and_then(|name| name.to_str()?.parse::<u32>().ok()));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let folders = versions.into_iter().rev().map(|version| version.join("bin")).chain(on_path);
    folders.map(|folder| folder.join(name)).find(|program| program.is_file())
}

impl Cluster {
    /// None, and a loud word, where there is no PostgreSQL.
    pub async fn start() -> Option<Self> {
        if let Ok(given) = std::env::var(VARIABLE) {
            println!("PostgreSQL: the cluster of {VARIABLE}");
            let _ = URL.set(given);
            return Some(Self { _server: None, _folder: None });
        }
        let (Some(initdb), Some(postgres)) = (program("initdb"), program("postgres")) else {
            println!("!! PostgreSQL IS LEFT OUT: neither {VARIABLE} nor its programs (the package postgresql) are there");
            return None;
        };
        // Its user must be able to walk there.
        let folder = tempfile::Builder::new().prefix("feldsher-bench").tempdir_in("/tmp").expect("a folder");
        let data = folder.path().join("cluster");
        std::fs::create_dir(&data).expect("a folder");
        if is_root() {
            let walk = Command::new("chmod").arg("711").arg(folder.path()).status().expect("chmod runs");
            let own = Command::new("chown").arg("postgres").arg(&data).status().expect("chown runs");
            assert!(walk.success() && own.success(), "the cluster has a user of its own");
        }
        let made = as_its_user(&initdb)
            .arg("-D")
            .arg(&data)
            .args(["-U", "postgres", "-A", "trust", "-E", "UTF8"])
            .stdout(Stdio::null())
            .status();
        assert!(made.expect("initdb runs").success(), "a cluster is made");
        let port = free_port();
        let server = serve(&postgres, &data, port);
        let (url, began) = (format!("postgres://postgres@127.0.0.1:{port}"), Instant::now());
        while Database::connect(format!("{url}/postgres")).await.is_err() {
            assert!(began.elapsed() < PATIENCE, "PostgreSQL does not start");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let _ = URL.set(url);
        println!("PostgreSQL: a cluster of its own, as it ships ({})", postgres.display());
        Some(Self { _server: Some(server), _folder: Some(folder) })
    }
}

fn serve(postgres: &Path, data: &Path, port: u16) -> Process {
    let sockets = format!("unix_socket_directories={}", data.display());
    let mut command = as_its_user(postgres);
    command.arg("-D").arg(data).args(["-p", &port.to_string(), "-h", "127.0.0.1", "-c", &sockets, "-c", "max_connections=200"]);
    Process(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("PostgreSQL"))
}

/// PostgreSQL never runs as root.
fn as_its_user(program: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]).arg(program).current_dir("/");
    command
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().expect("id runs");
    String::from_utf8_lossy(&id.stdout).trim() == "0"
}
