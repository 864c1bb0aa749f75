//! A door before another peer: passes requests on, counts them, and spoils the answers that it is told to spoil.

use poem::http::{Method, StatusCode};
use poem::listener::{Acceptor, Listener, TcpListener};
use poem::{Body, Endpoint, Request, Response, Server};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::task::JoinHandle;

pub struct Gate {
    pub url: String,
    state: Arc<State>,
    server: JoinHandle<()>,
}

/// What becomes of one request.
pub enum Fault {
    /// Passed on; the answer comes after this long.
    Late(Duration),
    /// Passed on; the answer is lost.
    Lose,
    /// Not passed on, and not answered.
    Swallow,
    /// Passed on; the answer is 200 and this.
    Nonsense(&'static str),
    /// Not passed on; answered so.
    Answer(u16, Vec<(&'static str, &'static str)>, &'static str),
    /// Passed on twice; the second answer counts.
    Twice,
}

struct State {
    target: String,
    client: reqwest::Client,
    plan: Mutex<VecDeque<(Method, Fault)>>,
    seen: Mutex<Vec<Seen>>,
}

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Seen {
    pub method: Method,
    pub path: String,
    pub headers: poem::http::HeaderMap,
    pub body: String,
}

struct Door(Arc<State>);

impl Endpoint for Door {
    type Output = Response;

    async fn call(&self, mut request: Request) -> poem::Result<Response> {
        let body = request.take_body().into_string().await?;
        let path = request.uri().path_and_query().map(ToString::to_string).unwrap_or_default();
        let seen = Seen { method: request.method().clone(), path, headers: request.headers().clone(), body };
        self.0.seen.lock().unwrap().push(seen.clone());
        match self.0.planned(&seen.method) {
            None => Ok(self.0.pass(&seen).await),
            Some(Fault::Late(wait)) => {
                let answer = self.0.pass(&seen).await;
                tokio::time::sleep(wait).await;
                Ok(answer)
            }
            Some(Fault::Twice) => {
                self.0.pass(&seen).await;
                Ok(self.0.pass(&seen).await)
            }
            Some(Fault::Lose) => {
                self.0.pass(&seen).await;
                Ok(silence().await)
            }
            Some(Fault::Swallow) => Ok(silence().await),
            Some(Fault::Nonsense(text)) => {
                self.0.pass(&seen).await;
                Ok(Response::builder().body(text))
            }
            Some(Fault::Answer(status, headers, text)) => {
                let mut response = Response::builder().status(StatusCode::from_u16(status).unwrap());
                for (name, value) in headers {
                    response = response.header(name, value);
                }
                Ok(response.body(text))
            }
        }
    }
}

async fn silence() -> Response {
    tokio::time::sleep(Duration::from_secs(60)).await;
    Response::default()
}

impl State {
    fn planned(&self, method: &Method) -> Option<Fault> {
        let mut plan = self.plan.lock().unwrap();
        let at = plan.iter().position(|(each, _)| each == method)?;
        plan.remove(at).map(|(_, fault)| fault)
    }

    async fn pass(&self, seen: &Seen) -> Response {
        let mut headers = seen.headers.clone();
        headers.remove("host");
        headers.remove("content-length");
        let request = self.client.request(seen.method.clone(), format!("{}{}", self.target, seen.path)).headers(headers);
        let answer = request.body(seen.body.clone()).send().await.unwrap();
        let mut response = Response::builder().status(answer.status());
        for (name, value) in answer.headers().iter().filter(|(name, _)| *name != "content-length" && *name != "transfer-encoding")
        {
            response = response.header(name, value);
        }
        response.body(Body::from(answer.bytes().await.unwrap()))
    }
}

impl Gate {
    /// Stands before `target`, an address without a path.
    pub async fn before(target: &str) -> Gate {
        let acceptor = TcpListener::bind("127.0.0.1:0").into_acceptor().await.unwrap();
        let url = format!("http://{}", acceptor.local_addr()[0].as_socket_addr().unwrap());
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let state = Arc::new(State { target: target.to_owned(), client, plan: Mutex::default(), seen: Mutex::default() });
        let door = Door(state.clone());
        let server = tokio::spawn(async move { Server::new_with_acceptor(acceptor).run(door).await.unwrap() });
        Gate { url, state, server }
    }

    /// What becomes of the next request of this method, after those planned before.
    pub fn plan(&self, method: Method, fault: Fault) {
        self.state.plan.lock().unwrap().push_back((method, fault));
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.state.seen.lock().unwrap().clone()
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.server.abort();
    }
}
