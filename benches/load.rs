//! The benchmark: starts the release server on fresh SQLite stores, drives it from this process over loopback, and prints
//! one table. It measures; it never judges. Figures are ratios within one run: this machine's disk syncs are printed first.
//!
//! `cargo bench --bench load` (a few minutes). With FELDSHER_TEST_POSTGRES set, PostgreSQL is measured as well.

#![allow(clippy::disallowed_methods, clippy::expect_used, clippy::unwrap_used, reason = "a benchmark stops where it stands")]

use reqwest::Client;
use serde_json::{Value, json};
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use totp_rs::{Builder, Secret};

const CLIENTS: usize = 16;
const PASSWORD: &str = "корова прыгает 7";

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        println!("disk syncs of 4 KiB: {:.0}/s", syncs_per_second());
        let shared = measure(64).await;
        let alone = measure(1).await;
        println!("\n| SQLite, {CLIENTS} clients, full sync | 64 writers a commit | one writer a commit | ratio |");
        println!("|---|---|---|---|");
        for (shared, alone) in shared.rows.iter().zip(&alone.rows) {
            println!("| {} | {:.0}/s | {:.0}/s | {:.1} |", shared.0, shared.1, alone.1, shared.1 / alone.1);
        }
        println!(
            "\nready after a restart with migrations done: {:.0} ms; idle memory: {:.1} MB",
            shared.ready_ms, shared.idle_mb
        );
    });
}

struct Measured {
    rows: Vec<(&'static str, f64)>,
    ready_ms: f64,
    idle_mb: f64,
}

async fn measure(turns: usize) -> Measured {
    let folder = tempfile::tempdir().expect("a folder");
    // The first start migrates; the second shows how soon a server is ready that has nothing to do.
    drop(Server::start(folder.path(), turns).await);
    let server = Server::start(folder.path(), turns).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let (ready_ms, idle_mb) = (server.ready_ms, server.resident_mb());
    let town = Town::build(&server, folder.path()).await;
    let rows = vec![
        ("booking, with all that hangs on it", town.book(&server).await),
        ("one's own account, read", town.read(&server, "/v1/me").await),
        ("one's bookings, a page of 20", town.read(&server, "/v1/bookings").await),
    ];
    Measured { rows, ready_ms, idle_mb }
}

struct Server {
    child: Child,
    base: String,
    http: Client,
    ready_ms: f64,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    async fn start(folder: &Path, turns: usize) -> Self {
        let port = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
        let began = Instant::now();
        let child = Command::new(env!("CARGO_BIN_EXE_feldsher"))
            .args(["serve", "--sandbox"])
            .current_dir(folder)
            .env("FELDSHER_LISTEN", format!("127.0.0.1:{port}"))
            .env("FELDSHER_SQLITE_TURNS", turns.to_string())
            .env("FELDSHER_LOG_LEVEL", "error")
            .stdout(Stdio::null())
            .spawn()
            .expect("the server");
        let http = Client::builder().no_proxy().pool_max_idle_per_host(64).build().expect("a client");
        let base = format!("http://127.0.0.1:{port}");
        while http.get(format!("{base}/readyz")).send().await.is_err() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        Self { child, base, http, ready_ms: began.elapsed().as_secs_f64() * 1000.0 }
    }

    fn resident_mb(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("a process");
        let line = status.lines().find(|line| line.starts_with("VmRSS")).expect("its memory");
        line.split_whitespace().nth(1).and_then(|kb| kb.parse::<f64>().ok()).expect("a number") / 1024.0
    }

    async fn post(&self, path: &str, token: &str, key: &str, body: &Value) -> (u16, Value) {
        let request = self.http.post(format!("{}{path}", self.base)).bearer_auth(token).header("Idempotency-Key", key).json(body);
        let response = request.send().await.expect("an answer");
        (response.status().as_u16(), response.json().await.unwrap_or(Value::Null))
    }

    async fn made(&self, path: &str, token: &str, body: Value) -> Value {
        let (status, answer) = self.post(path, token, path, &body).await;
        assert!((200..300).contains(&status), "{path}: {status} {answer}");
        answer
    }

    async fn get(&self, path: &str, token: &str) -> Value {
        let response = self.http.get(format!("{}{path}", self.base)).bearer_auth(token).send().await.expect("an answer");
        assert_eq!(response.status().as_u16(), 200, "{path}");
        response.json().await.expect("JSON")
    }
}

/// A clinic with enough doctors and patients for every client to book all the time.
struct Town {
    patients: Vec<String>,
    service: String,
    /// (doctor, start) that nobody has booked.
    slots: Vec<(String, String)>,
}

impl Town {
    async fn build(server: &Server, folder: &Path) -> Self {
        let admin = administrator(server, folder).await;
        let names = |text: &str| json!({"ru": text, "kk": text, "ka": text, "en": text});
        let clinic =
            json!({"names": names("Clinic"), "zone": "Europe/Moscow", "addresses": names("Street 1"), "phone": "+74950000000"});
        let clinic = text(&server.made("/v1/staff/clinics", &admin, clinic).await, "id");
        let service = json!({"clinicId": clinic, "names": names("Visit"), "speciality": "therapy", "durationMinutes": 15});
        let service = text(&server.made("/v1/staff/services", &admin, service).await, "id");
        let mut slots = Vec::new();
        for doctor in 0..4 {
            let login = format!("doctor{doctor}");
            let new = json!({"clinicId": clinic, "speciality": "therapy", "login": login, "names": names("Doctor Good")});
            let (status, answer) = server.post("/v1/staff/doctors", &admin, &login, &new).await;
            assert_eq!(status, 201, "{answer}");
            let id = text(&answer, "id");
            let hours: Vec<_> = (1..=7).map(|day| json!({"weekday": day, "from": "06:00", "to": "22:00"})).collect();
            let put = server.http.put(format!("{}/v1/staff/doctors/{id}/hours", server.base));
            let put = put.bearer_auth(&admin).json(&json!({"hours": hours})).send().await.expect("an answer");
            assert_eq!(put.status().as_u16(), 200);
            let (from, to) = (chrono::Utc::now(), chrono::Utc::now() + chrono::TimeDelta::days(13));
            let days = format!("from={}&to={}", from.format("%Y-%m-%d"), to.format("%Y-%m-%d"));
            let free = server.get(&format!("/v1/doctors/{id}/slots?{days}&serviceId={service}"), &admin).await;
            let free = free["items"].as_array().cloned().unwrap_or_default();
            slots.extend(free.into_iter().map(|slot| (id.clone(), text(&slot, "startsAt"))));
        }
        let mut patients = Vec::new();
        for n in 0..CLIENTS {
            patients.push(patient(server, n).await);
        }
        Self { patients, service, slots }
    }

    /// Bookings a second, while every client books one slot after the other.
    async fn book(&self, server: &Server) -> f64 {
        let began = Instant::now();
        let booking = self.patients.iter().enumerate().map(|(client, token)| async move {
            let mut booked = 0u32;
            for (n, (doctor, start)) in self.slots.iter().enumerate().filter(|(n, _)| n % CLIENTS == client) {
                let body = json!({"doctorId": doctor, "serviceId": self.service, "startsAt": start, "complaint": "Кашель"});
                let (status, answer) = server.post("/v1/bookings", token, &format!("slot {n}"), &body).await;
                // A patient can't be with two doctors at once; then the next slot is tried.
                assert!(status == 201 || status == 409, "{status} {answer}");
                booked += u32::from(status == 201);
            }
            booked
        });
        let booked: u32 = futures_util::future::join_all(booking).await.into_iter().sum();
        f64::from(booked) / began.elapsed().as_secs_f64()
    }

    async fn read(&self, server: &Server, path: &str) -> f64 {
        let (began, rounds) = (Instant::now(), 200u32);
        let reading = self.patients.iter().map(|token| async move {
            for _ in 0..rounds {
                server.get(path, token).await;
            }
        });
        futures_util::future::join_all(reading).await;
        f64::from(rounds) * self.patients.len() as f64 / began.elapsed().as_secs_f64()
    }
}

async fn administrator(server: &Server, folder: &Path) -> String {
    let token = std::fs::read_to_string(folder.join("feldsher-keys/claim-token")).expect("the claim token");
    let token = token.lines().next().expect("a token").to_owned();
    let claim = json!({"token": token, "login": "admin", "name": "Admin", "password": PASSWORD});
    let enrolment = server.made("/v1/installation/claim", "", claim).await;
    let secret = Secret::try_from_base32(text(&enrolment, "totpSecret")).expect("a secret");
    let totp = Builder::new().with_secret(secret).build().expect("a TOTP").generate_current().to_string();
    let body = json!({"grant": "password", "login": "admin", "password": PASSWORD, "totp": totp});
    text(&server.made("/v1/auth/tokens", "", body).await, "accessToken")
}

async fn patient(server: &Server, n: usize) -> String {
    let phone = format!("+7916{:07}", 1_000_000 + n);
    let challenge = server.made("/v1/auth/codes", "", json!({"channel": "sms", "to": phone})).await;
    let messages = server.get("/sandbox/messages", "").await;
    let message = messages["items"].as_array().and_then(|items| items.iter().rev().find(|m| m["to"] == phone.as_str()).cloned());
    let code: String = text(&message.expect("an SMS"), "text").chars().filter(char::is_ascii_digit).take(6).collect();
    let body = json!({"grant": "code", "challengeId": challenge["challengeId"], "code": code});
    let token = text(&server.made("/v1/auth/tokens", "", body).await, "accessToken");
    let policy = server.get("/v1/policies/current", &token).await;
    let accepted = json!({"version": policy["version"], "textHash": policy["textHash"], "language": policy["language"]});
    server.made("/v1/me/acceptances", &token, accepted).await;
    let profile = json!({"surname": "Иванов", "givenName": "Иван", "birthDate": "1980-01-01"});
    let put = server.http.put(format!("{}/v1/me/profile", server.base)).bearer_auth(&token).json(&profile);
    assert_eq!(put.send().await.expect("an answer").status().as_u16(), 200);
    token
}

fn text(value: &Value, field: &str) -> String {
    value[field].as_str().unwrap_or_default().to_owned()
}

fn syncs_per_second() -> f64 {
    let folder = tempfile::tempdir().expect("a folder");
    let mut file = File::create(folder.path().join("syncs")).expect("a file");
    let (began, mut syncs) = (Instant::now(), 0u32);
    while began.elapsed() < Duration::from_secs(1) {
        file.write_all(&[7; 4096]).and_then(|()| file.sync_data()).expect("a sync");
        syncs += 1;
    }
    f64::from(syncs) / began.elapsed().as_secs_f64()
}
