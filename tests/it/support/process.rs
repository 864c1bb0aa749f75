//! The real binary as child processes: started, killed, stopped, and started again on the same folders.

use super::house::Answer;
use super::people::Person;
use super::stores::Stores;
use reqwest::{Client, Method};
use serde_json::{Value, json};
use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::time::{Instant, sleep};

/// Longer than any start or stop takes on a busy machine; a test that waits so long has failed.
const PATIENCE: Duration = Duration::from_secs(90);
/// Six clients that look more often keep a debug build busy with nothing else.
const GLANCE: Duration = Duration::from_millis(100);

/// A connection that broke before its answer: nobody knows what became of the request.
pub type Broken = reqwest::Error;

/// `feldsher` with what it needs to know, in the folder of the stores and with nothing of this process's environment.
pub fn feldsher(stores: &Stores, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_feldsher"));
    command
        .args(arguments)
        .current_dir(stores.folder.path())
        .env_clear()
        .env("FELDSHER_DATA", stores.path("data"))
        .env("FELDSHER_KEYS", stores.path("keys"))
        .env("FELDSHER_RECORD_URL", &stores.record_url)
        .env("FELDSHER_REGISTER_URL", &stores.register_url)
        .env("FELDSHER_PROFILE", crowded_profile(stores.folder.path()))
        .stdin(Stdio::null());
    command
}

/// A profile under which hundreds of people may sign in from one address.
pub fn crowded_profile(folder: &Path) -> PathBuf {
    const LIMIT: &str = "codes_per_hour_per_address = ";
    let path = folder.join("profile.toml");
    if !path.exists() {
        let shipped = concat!(env!("CARGO_MANIFEST_DIR"), "/profiles/ru-telemed.toml");
        let text = fs::read_to_string(shipped).expect("the shipped profile");
        assert!(text.contains(LIMIT));
        fs::write(&path, text.replace(LIMIT, "codes_per_hour_per_address = 10000")).expect("a profile");
    }
    path
}

/// Runs a command to its end.
pub async fn run(stores: &Stores, arguments: &[&str]) -> Output {
    let mut command = feldsher(stores, arguments);
    tokio::task::spawn_blocking(move || command.output()).await.expect("a thread").expect("the binary runs")
}

/// A serving process. It's killed when this is dropped.
pub struct Node {
    child: Child,
    pub wire: Wire,
    log: PathBuf,
}

impl Node {
    /// Starts `serve --sandbox` and waits until it is ready.
    pub async fn start(stores: &Stores) -> Self {
        Self::try_start(stores, &["serve", "--sandbox"], &[]).await.unwrap_or_else(|log| panic!("it does not serve: {log}"))
    }

    /// Starts a server.
    ///
    /// # Errors
    /// What it wrote, when it ended instead of serving.
    pub async fn try_start(stores: &Stores, arguments: &[&str], environment: &[(&str, &str)]) -> Result<Self, String> {
        for _ in 0..5 {
            let mut node = Self::spawn(stores, arguments, environment).await;
            match node.ready().await {
                // Another process took the port between our choice and the start.
                Err(log) if log.contains("can't listen") => {}
                outcome => return outcome.map(|()| node),
            }
        }
        Err("no port is free".to_owned())
    }

    /// Starts a server and waits for nothing.
    pub async fn spawn(stores: &Stores, arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let port = {
            let free = TcpListener::bind("127.0.0.1:0").await.expect("a port");
            free.local_addr().expect("an address").port()
        };
        let listen = format!("127.0.0.1:{port}");
        let log = stores.path(&format!("serve-{port}.log"));
        let file = OpenOptions::new().create(true).append(true).open(&log).expect("a log");
        let mut command = feldsher(stores, arguments);
        command.env("FELDSHER_LISTEN", &listen).env("FELDSHER_LOG_LEVEL", "warn").envs(environment.iter().copied());
        command.stdout(same(&file)).stderr(same(&file));
        let child = command.spawn().expect("the binary runs");
        Self { child, wire: Wire::to(format!("http://{listen}")), log }
    }

    async fn ready(&mut self) -> Result<(), String> {
        let patience = Instant::now() + PATIENCE;
        while Instant::now() < patience {
            if self.child.try_wait().expect("a child").is_some() {
                return Err(self.log());
            }
            if let Ok(answer) = self.wire.get("/readyz", None).await
                && answer.status == 200
            {
                return Ok(());
            }
            sleep(GLANCE).await;
        }
        panic!("not ready: {}", self.log())
    }

    /// What it wrote to both streams.
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// SIGKILL, as a crash does it: no handler runs.
    pub fn kill(mut self) {
        self.child.kill().expect("a child that runs");
        self.child.wait().expect("its end");
    }

    /// SIGTERM, and what it ended with.
    pub async fn stop(mut self) -> ExitStatus {
        self.terminate();
        self.ended().await
    }

    pub fn terminate(&self) {
        let sent = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().expect("kill runs");
        assert!(sent.success());
    }

    pub async fn ended(&mut self) -> ExitStatus {
        let patience = Instant::now() + PATIENCE;
        while Instant::now() < patience {
            if let Some(status) = self.child.try_wait().expect("a child") {
                return status;
            }
            sleep(GLANCE).await;
        }
        panic!("it does not end: {}", self.log())
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn same(file: &File) -> File {
    file.try_clone().expect("a handle")
}

/// A client of one server that may die at any moment.
#[derive(Clone)]
pub struct Wire {
    pub base: String,
    http: Client,
}

impl Wire {
    pub fn to(base: String) -> Self {
        let http = Client::builder().no_proxy().timeout(PATIENCE).build().expect("a client");
        Self { base, http }
    }

    pub fn request(&self, method: Method, path: &str, token: Option<&str>) -> reqwest::RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base));
        match token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// A refusal with `unavailable` promises that nothing was changed: a client asks again.
    pub async fn send(&self, mut request: reqwest::RequestBuilder) -> Result<Answer, Broken> {
        let patience = Instant::now() + PATIENCE;
        loop {
            let again = request.try_clone();
            let response = request.send().await?;
            let (status, headers) = (response.status(), response.headers().clone());
            let answer = Answer { status, headers, bytes: response.bytes().await?.to_vec() };
            match again.filter(|_| answer.code() == "unavailable" && Instant::now() < patience) {
                Some(again) => request = again,
                None => return Ok(answer),
            }
            sleep(GLANCE).await;
        }
    }

    pub async fn get(&self, path: &str, token: Option<&str>) -> Result<Answer, Broken> {
        self.send(self.request(Method::GET, path, token)).await
    }

    pub async fn delete(&self, path: &str, token: Option<&str>) -> Result<Answer, Broken> {
        self.send(self.request(Method::DELETE, path, token)).await
    }

    pub async fn post(&self, path: &str, token: Option<&str>, body: Value) -> Result<Answer, Broken> {
        self.send(self.request(Method::POST, path, token).json(&body)).await
    }

    /// Registers or signs in by phone; the message may have gone through any of the nodes.
    pub async fn sign_in(&self, phone: &str, nodes: &[Wire]) -> Result<Person, Broken> {
        let mut before = Vec::new();
        for node in nodes {
            before.push(node.messages(phone).await?.len());
        }
        let challenge = self.post("/v1/auth/codes", None, json!({"channel": "sms", "to": phone})).await?.is(202);
        let pair = self.redeem(&challenge.text("/challengeId"), phone, nodes, &before).await?;
        let token = pair.text("/accessToken");
        let id = self.get("/v1/me", Some(&token)).await?.is(200).text("/id");
        Ok(Person { id, token, refresh: pair.text("/refreshToken") })
    }

    /// As `sign_in`, at a server that stands alone.
    pub async fn newcomer(&self, phone: &str) -> Result<Person, Broken> {
        self.sign_in(phone, std::slice::from_ref(self)).await
    }

    /// The texts that this server has sent to somebody, oldest first.
    pub async fn messages(&self, to: &str) -> Result<Vec<String>, Broken> {
        let sent = self.get("/sandbox/messages", None).await?.is(200).json();
        let items = sent["items"].as_array().cloned().unwrap_or_default();
        let mine = items.iter().filter(|message| message["to"] == to);
        Ok(mine.map(|message| message["text"].as_str().unwrap_or_default().to_owned()).collect())
    }

    /// Tries the codes of the messages that any of the nodes sends after those which it had sent before: a challenge that
    /// was asked for before a crash may send its own in between.
    async fn redeem(&self, challenge: &str, phone: &str, nodes: &[Wire], before: &[usize]) -> Result<Answer, Broken> {
        let (patience, mut tried) = (Instant::now() + PATIENCE, Vec::new());
        while Instant::now() < patience {
            for (node, before) in nodes.iter().zip(before) {
                for text in node.messages(phone).await?.split_off(*before) {
                    let code: String = text.chars().filter(char::is_ascii_digit).take(6).collect();
                    if tried.contains(&code) {
                        continue;
                    }
                    let body = json!({"grant": "code", "challengeId": challenge, "code": code, "deviceName": "telephone"});
                    let answer = self.post("/v1/auth/tokens", None, body).await?;
                    if answer.status == 200 {
                        return Ok(answer);
                    }
                    answer.refused(400, "wrong_code");
                    tried.push(code);
                }
            }
            sleep(GLANCE).await;
        }
        panic!("no code that is right came to {phone}")
    }
}
