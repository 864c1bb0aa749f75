//! The limits of the database: `pgbench` with the same statements, on the same cluster, without a server of ours between.
//! Its tables have the constraints and the indexes that ours have.

use super::CLIENTS;
use super::cluster;
use feldsher::kernel::clock::Ambient;
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, Statement};
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// Seconds of one round.
const ROUND_S: u32 = 2;

pub struct Pgbench {
    program: PathBuf,
    cluster: &'static str,
    name: String,
    folder: TempDir,
}

/// What is run, by the name of its script.
pub const FOUR_STATEMENTS: &str = "booking_in_four_statements";
pub const ONE_ROUND_TRIP: &str = "booking_in_one_round_trip";
pub const ONE_ROW: &str = "one_row";
pub const TWENTY_ROWS: &str = "twenty_rows";

const SCHEMA: &str = "
CREATE EXTENSION IF NOT EXISTS btree_gist;
CREATE TABLE once (subject uuid NOT NULL, key bytea NOT NULL, body bytea NOT NULL, at timestamptz NOT NULL, PRIMARY KEY (subject, key));
CREATE TABLE booking (id uuid PRIMARY KEY, subject uuid NOT NULL, doctor uuid NOT NULL, starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL, state text NOT NULL, complaint bytea,
    EXCLUDE USING gist (doctor WITH =, tstzrange(starts_at, ends_at, '[)') WITH &&) WHERE (state = 'booked'),
    EXCLUDE USING gist (subject WITH =, tstzrange(starts_at, ends_at, '[)') WITH &&) WHERE (state = 'booked'));
CREATE INDEX ON booking (subject, id);
CREATE INDEX ON booking (doctor, starts_at);
CREATE TABLE reason (id uuid PRIMARY KEY, subject uuid NOT NULL, party uuid NOT NULL, class text NOT NULL, object uuid NOT NULL,
    valid_until timestamptz);
CREATE INDEX ON reason (subject, party, class);
CREATE INDEX ON reason (object);
CREATE TABLE audit_line (id uuid PRIMARY KEY, at timestamptz NOT NULL, who text NOT NULL, action text NOT NULL, object uuid);
INSERT INTO booking SELECT md5('b' || n)::uuid, md5('p' || n / 20)::uuid, md5('d' || n % 100)::uuid,
    '2026-01-01'::timestamptz + n * interval '15 min', '2026-01-01'::timestamptz + (n + 1) * interval '15 min', 'done', 'a cough'
    FROM generate_series(0, 99999) n;
ANALYZE;
";

/// The booking itself: a time that nobody has, or hardly anybody.
const DICE: &str = "\\set doctor random(1, 1000)\n\\set patient random(1, 1000000)\n\\set slot random(1, 2000000)\n";
const TIMES: &str =
    "'2030-01-01'::timestamptz + :slot * interval '15 min', '2030-01-01'::timestamptz + (:slot + 1) * interval '15 min'";

impl Pgbench {
    /// None, and a loud word, where there is no cluster or no `pgbench` beside its programs.
    pub async fn open() -> Option<Self> {
        let Some(cluster) = cluster::url() else {
            println!("!! NO PGBENCH: there is no cluster to run it on");
            return None;
        };
        let Some(program) = cluster::program("pgbench") else {
            println!("!! NO PGBENCH: it is neither below /usr/lib/postgresql nor on the path (the package postgresql-contrib)");
            return None;
        };
        let name = format!("bench_{}_limits", Ambient::system().id().simple());
        let pgbench = Self { program, cluster, name, folder: tempfile::tempdir().expect("a folder") };
        pgbench.on_cluster("CREATE DATABASE", "").await;
        let db = Database::connect(pgbench.url()).await.expect("the database");
        db.execute_unprepared(SCHEMA).await.expect("tables");
        db.close().await.expect("a closed connection");
        for (name, script) in scripts() {
            std::fs::write(pgbench.script(name), script).expect("a script");
        }
        Some(pgbench)
    }

    pub async fn end(self) {
        self.on_cluster("DROP DATABASE", " WITH (FORCE)").await;
    }

    async fn on_cluster(&self, verb: &str, with: &str) {
        let admin: DatabaseConnection = Database::connect(format!("{}/postgres", self.cluster)).await.expect("the cluster");
        let sql = format!("{verb} {}{with}", self.name);
        admin.execute_raw(Statement::from_string(admin.get_database_backend(), sql)).await.expect("a database");
        admin.close().await.expect("a closed connection");
    }

    fn url(&self) -> String {
        format!("{}/{}", self.cluster, self.name)
    }

    fn script(&self, name: &str) -> PathBuf {
        self.folder.path().join(format!("{name}.sql"))
    }

    /// Transactions a second of as many clients as the server has.
    pub async fn per_second(&self, name: &str) -> f64 {
        let (program, script, url) = (self.program.clone(), self.script(name), self.url());
        let ran = tokio::task::spawn_blocking(move || run(&program, &script, &url));
        ran.await.expect("pgbench ends")
    }
}

fn run(program: &Path, script: &Path, url: &str) -> f64 {
    let mut command = Command::new(program);
    command.args(["-n", "-M", "prepared", "-j", "2", "-c", &CLIENTS.to_string(), "-T", &ROUND_S.to_string(), "-f"]);
    let output = command.arg(script).arg(url).output().expect("pgbench runs");
    let text = String::from_utf8_lossy(&output.stdout);
    let rate = text.lines().find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok());
    rate.unwrap_or_else(|| panic!("pgbench says {}", String::from_utf8_lossy(&output.stderr)))
}

fn scripts() -> [(&'static str, String); 4] {
    let once = "INSERT INTO once VALUES (md5(:patient::text)::uuid, uuid_send(gen_random_uuid()), '\\x00', now()) ON CONFLICT DO NOTHING";
    let booking = format!(
        "INSERT INTO booking SELECT gen_random_uuid(), md5(:patient::text)::uuid, md5(:doctor::text)::uuid, {TIMES}, 'booked', \
         'a cough' ON CONFLICT DO NOTHING"
    );
    let reasons = "INSERT INTO reason SELECT gen_random_uuid(), md5(:patient::text)::uuid, md5(:doctor::text)::uuid, class, \
                   gen_random_uuid(), now() FROM (VALUES ('identity'), ('clinical')) classes (class)";
    let line = "INSERT INTO audit_line VALUES (gen_random_uuid(), now(), 'patient', 'book', gen_random_uuid())";
    let four = format!("{DICE}BEGIN;\n{once};\n{booking};\n{reasons};\n{line};\nCOMMIT;\n");
    let one = format!("{DICE}WITH a AS ({once}), b AS ({booking}), c AS ({reasons}) {line};\n");
    let row = "\\set n random(0, 99999)\nSELECT * FROM booking WHERE id = md5('b' || :n)::uuid;\n".to_owned();
    let list = "\\set n random(0, 4999)\nSELECT * FROM booking WHERE subject = md5('p' || :n)::uuid ORDER BY id DESC LIMIT 20;\n";
    [(FOUR_STATEMENTS, four), (ONE_ROUND_TRIP, one), (ONE_ROW, row), (TWENTY_ROWS, list.to_owned())]
}
