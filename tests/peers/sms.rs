//! A gateway for text messages: a real HTTP server on a port of its own, which answers as it is told and keeps what
//! it got.

use poem::http::{HeaderMap, StatusCode};
use poem::listener::{Acceptor, Listener, TcpListener};
use poem::{Body, Endpoint, Request, Response, Server};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::task::JoinHandle;

pub struct Gateway {
    pub url: String,
    state: Arc<State>,
    server: JoinHandle<()>,
}

/// One request as it arrived.
#[derive(Clone)]
pub struct Got {
    pub path: String,
    pub headers: HeaderMap,
    pub body: String,
}

/// How to answer one request; 200 when nothing is planned.
pub enum Answer {
    Status(u16, Vec<(&'static str, &'static str)>),
    Silence,
}

#[derive(Default)]
struct State {
    got: Mutex<Vec<Got>>,
    plan: Mutex<VecDeque<Answer>>,
}

struct Door(Arc<State>);

impl Endpoint for Door {
    type Output = Response;

    async fn call(&self, mut request: Request) -> poem::Result<Response> {
        let body = request.take_body().into_string().await?;
        let got = Got { path: request.uri().path().to_owned(), headers: request.headers().clone(), body };
        self.0.got.lock().unwrap().push(got);
        let answer = self.0.plan.lock().unwrap().pop_front();
        match answer.unwrap_or(Answer::Status(200, Vec::new())) {
            Answer::Status(status, headers) => {
                let mut response = Response::builder().status(StatusCode::from_u16(status).unwrap());
                for (name, value) in headers {
                    response = response.header(name, value);
                }
                Ok(response.body(Body::from("an answer of the gateway")))
            }
            Answer::Silence => {
                tokio::time::sleep(Duration::from_secs(60)).await;
                Ok(Response::default())
            }
        }
    }
}

impl Gateway {
    pub async fn start() -> Gateway {
        let acceptor = TcpListener::bind("127.0.0.1:0").into_acceptor().await.unwrap();
        let address = acceptor.local_addr()[0].as_socket_addr().unwrap().to_string();
        let state = Arc::new(State::default());
        let door = Door(state.clone());
        let server = tokio::spawn(async move { Server::new_with_acceptor(acceptor).run(door).await.unwrap() });
        Gateway { url: format!("http://{address}/send"), state, server }
    }

    pub fn plan(&self, answer: Answer) {
        self.state.plan.lock().unwrap().push_back(answer);
    }

    pub fn got(&self) -> Vec<Got> {
        self.state.got.lock().unwrap().clone()
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.server.abort();
    }
}
