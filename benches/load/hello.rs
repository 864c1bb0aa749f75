//! What the framework answers when nothing is asked of it: this program again, as a server of one constant.

use super::process::{Process, free_port};
use super::table::Figure;
use super::{CLIENTS, size};
use futures_util::future::join_all;
use poem::listener::TcpListener;
use poem::{Route, get, handler};
use reqwest::Client;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Says that this process is the server.
const FLAG: &str = "--hello";
const PATIENCE: Duration = Duration::from_secs(10);
/// Requests of one client in one round.
const READINGS: usize = 600;

pub struct Hello {
    process: Process,
    url: String,
    http: Client,
}

/// The port, where this process was started to be the server.
pub fn asked() -> Option<u16> {
    let mut arguments = std::env::args().skip_while(|argument| argument != FLAG);
    arguments.nth(1)?.parse().ok()
}

#[handler]
fn constant() -> &'static str {
    "hello"
}

pub async fn serve(port: u16) {
    let route = Route::new().at("/", get(constant));
    poem::Server::new(TcpListener::bind(("127.0.0.1", port))).run(route).await.expect("a server");
}

impl Hello {
    pub async fn start() -> Self {
        let port = free_port();
        let program = std::env::current_exe().expect("this program");
        let child = Command::new(program).args([FLAG, &port.to_string()]).stdout(Stdio::null()).spawn().expect("a process");
        let http = Client::builder().no_proxy().pool_max_idle_per_host(64).build().expect("a client");
        let hello = Self { process: Process(child), url: format!("http://127.0.0.1:{port}/"), http };
        let began = Instant::now();
        while hello.http.get(&hello.url).send().await.is_err() {
            assert!(began.elapsed() < PATIENCE, "the constant is not served");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        hello
    }

    pub async fn round(&self) -> Figure {
        let each = size(READINGS);
        let reading = (0..CLIENTS).map(|_| async move {
            for _ in 0..each {
                let response = self.http.get(&self.url).send().await.expect("an answer");
                assert_eq!(response.text().await.expect("a text"), "hello");
            }
        });
        self.process.figure(async { join_all(reading).await.len() * each }).await
    }
}
