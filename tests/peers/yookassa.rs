//! A payment provider of YooKassa's shape: a real HTTP server on a port of its own, which keeps payments and refunds,
//! and the answers of every `Idempotence-Key`.

use base64::Engine;
use poem::http::StatusCode;
use poem::listener::{Acceptor, Listener, TcpListener};
use poem::{Endpoint, Request, Response, Server};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use tokio::task::JoinHandle;

pub const SHOP: &str = "100500";
pub const SECRET: &str = "test_secret";

pub struct YooKassaPeer {
    /// Without a path; the API lies under `/v3`.
    pub url: String,
    state: Arc<Mutex<State>>,
    server: JoinHandle<()>,
}

#[derive(Default)]
struct State {
    payments: Vec<Value>,
    refunds: Vec<Value>,
    kept: BTreeMap<String, (String, u16, Value)>,
}

type Told = (u16, Value);

fn refuse(status: u16, code: &str) -> Told {
    (status, json!({"type": "error", "id": "e", "code": code, "description": "refused by the test peer"}))
}

fn minor(amount: &Value) -> i64 {
    let (whole, rest) = amount["value"].as_str().and_then(|value| value.split_once('.')).expect("a decimal string");
    assert_eq!(rest.len(), 2, "{amount}");
    whole.parse::<i64>().expect("digits") * 100 + rest.parse::<i64>().expect("digits")
}

fn major(minor: i64) -> Value {
    json!({"value": format!("{}.{:02}", minor / 100, minor % 100), "currency": "RUB"})
}

impl State {
    fn payment(&mut self, id: &str) -> Option<&mut Value> {
        self.payments.iter_mut().find(|payment| payment["id"] == id)
    }

    fn create(&mut self, body: &Value) -> Told {
        if minor(&body["amount"]) <= 0 || body["confirmation"]["return_url"].as_str().is_none() {
            return refuse(400, "invalid_request");
        }
        let id = format!("22e12f66-000f-5000-8000-{:012}", self.payments.len() + 1);
        let payment = json!({
            "id": id, "status": "pending", "paid": false, "test": true, "amount": body["amount"], "metadata": body["metadata"],
            "receipt_sent": body["receipt"], "refunded_amount": major(0), "created_at": "2026-11-22T10:00:00.000Z",
            "confirmation": {"type": "redirect", "confirmation_url": format!("https://pay.example/{id}")},
        });
        self.payments.push(payment.clone());
        (200, payment)
    }

    fn refund(&mut self, body: &Value) -> Told {
        let amount = minor(&body["amount"]);
        let id = format!("33e12f66-000f-5000-8000-{:012}", self.refunds.len() + 1);
        let Some(payment) = body["payment_id"].as_str().and_then(|id| self.payment(id)) else {
            return refuse(404, "not_found");
        };
        let refunded = minor(&payment["refunded_amount"]);
        if payment["status"] != "succeeded" || refunded + amount > minor(&payment["amount"]) {
            return refuse(400, "invalid_request");
        }
        payment["refunded_amount"] = major(refunded + amount);
        let refund = json!({
            "id": id, "payment_id": body["payment_id"], "status": "succeeded", "amount": body["amount"],
            "description": body["description"], "created_at": "2026-11-22T10:00:00.000Z",
        });
        self.refunds.push(refund.clone());
        (200, refund)
    }

    fn post(&mut self, path: &str, body: &Value) -> Told {
        match path.strip_prefix("/v3/").map(|path| path.split('/').collect::<Vec<_>>()).as_deref() {
            Some(["payments"]) => self.create(body),
            Some(["refunds"]) => self.refund(body),
            Some(["payments", id, "cancel"]) => match self.payment(id) {
                Some(payment) if payment["status"] == "waiting_for_capture" => {
                    payment["status"] = "canceled".into();
                    (200, payment.clone())
                }
                Some(_) => refuse(400, "invalid_request"),
                None => refuse(404, "not_found"),
            },
            _ => refuse(404, "not_found"),
        }
    }

    fn get(&mut self, path: &str, query: &str) -> Told {
        let asked = |name: &str| query.split('&').find_map(|part| part.strip_prefix(name)?.strip_prefix('=').map(str::to_owned));
        let list = |items: Vec<Value>| (200, json!({"type": "list", "items": items}));
        match path.strip_prefix("/v3/").map(|path| path.split('/').collect::<Vec<_>>()).as_deref() {
            Some(["payments", id]) => self.payment(id).map_or(refuse(404, "not_found"), |payment| (200, payment.clone())),
            Some(["payments"]) => list(self.payments.iter().rev().cloned().collect()),
            Some(["refunds"]) => {
                let of = asked("payment_id");
                list(self.refunds.iter().filter(|refund| refund["payment_id"].as_str() == of.as_deref()).cloned().collect())
            }
            _ => refuse(404, "not_found"),
        }
    }

    /// The same key is the same answer; with another body it is refused.
    fn under_key(&mut self, key: &str, path: &str, raw: &str) -> Told {
        let asked = format!("{path} {raw}");
        if let Some((first, status, answer)) = self.kept.get(key) {
            return if *first == asked { (*status, answer.clone()) } else { refuse(400, "invalid_request") };
        }
        let (status, answer) = match serde_json::from_str(raw) {
            Ok(body) => self.post(path, &body),
            Err(_) => refuse(400, "invalid_request"),
        };
        self.kept.insert(key.to_owned(), (asked, status, answer.clone()));
        (status, answer)
    }
}

struct Door(Arc<Mutex<State>>);

impl Endpoint for Door {
    type Output = Response;

    async fn call(&self, mut request: Request) -> poem::Result<Response> {
        let raw = request.take_body().into_string().await?;
        let expected = format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(format!("{SHOP}:{SECRET}")));
        let (path, query) = (request.uri().path(), request.uri().query().unwrap_or_default());
        let mut state = self.0.lock().unwrap();
        let (status, answer) = if request.header("authorization") != Some(&expected) {
            refuse(401, "invalid_credentials")
        } else if request.method() == poem::http::Method::GET {
            state.get(path, query)
        } else {
            match request.header("idempotence-key") {
                Some(key) if key.len() <= 64 => state.under_key(key, path, &raw),
                _ => refuse(400, "invalid_request"),
            }
        };
        let status = StatusCode::from_u16(status).unwrap();
        Ok(Response::builder().status(status).content_type("application/json").body(answer.to_string()))
    }
}

impl YooKassaPeer {
    pub async fn start() -> YooKassaPeer {
        let acceptor = TcpListener::bind("127.0.0.1:0").into_acceptor().await.unwrap();
        let url = format!("http://{}", acceptor.local_addr()[0].as_socket_addr().unwrap());
        let state = Arc::new(Mutex::new(State::default()));
        let door = Door(state.clone());
        let server = tokio::spawn(async move { Server::new_with_acceptor(acceptor).run(door).await.unwrap() });
        YooKassaPeer { url, state, server }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// As the patient or the provider ends it: `succeeded`, `canceled`, `waiting_for_capture`.
    pub fn settle(&self, payment: &str, status: &str) {
        self.lock().payment(payment).expect("a payment")["status"] = status.into();
    }

    pub fn payments(&self) -> Vec<Value> {
        self.lock().payments.clone()
    }

    pub fn refunds(&self) -> Vec<Value> {
        self.lock().refunds.clone()
    }

    /// Forgets the keys, as the real one does after a day.
    pub fn forget_keys(&self) {
        self.lock().kept.clear();
    }

    /// What the provider sends to the callback address.
    pub fn notification(&self, event: &str, object: &Value) -> Vec<u8> {
        json!({"type": "notification", "event": event, "object": object}).to_string().into_bytes()
    }
}

impl Drop for YooKassaPeer {
    fn drop(&mut self) {
        self.server.abort();
    }
}
