//! The sandbox provider's payment sheet: an app team does here what a patient would do on it. What the provider then
//! tells the clinic goes the whole way of a real callback.

use crate::adapters::payments::sandbox::{Act, Mood, Sandbox};
use crate::adapters::payments::{PayFault, Payment, Payments};
use crate::app::App;
use crate::app::wire::Failure;
use crate::kernel::error::{Code, Error, Fault};
use crate::server::{service, worker};
use poem::http::{Method, StatusCode, Uri};
use poem::web::{Data, Json, Path};
use poem::{Endpoint, Request, Route, get, handler, post};
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;

/// Where the contract takes callbacks of the sandbox provider.
const CALLBACKS: &str = "/v1/callbacks/sandbox";
const MOST_TIMES: usize = 10_000;
const LONGEST_MS: u64 = 60_000;

pub fn add(route: Route) -> Route {
    route
        .at("/sandbox/payments", get(list))
        .at("/sandbox/payments/misbehave", post(misbehave))
        .at("/sandbox/payments/:id/:act", post(act))
}

/// Every payment, with what the patient may be shown.
#[handler]
async fn list(app: Data<&App>) -> poem::Result<Json<Value>> {
    worker::drain(&app).await.map_err(Failure)?;
    let items: Vec<Value> = provider(&app)?.payments().iter().map(view).collect();
    Ok(Json(json!({ "items": items })))
}

/// `pay`, `challenge` (the bank asks), `confirm` (what the bank asked), `decline`, `abandon`, `expire`.
#[handler]
async fn act(app: Data<&App>, Path((id, act)): Path<(String, String)>) -> poem::Result<Json<Value>> {
    let act: Act = serde_json::from_value(act.into()).map_err(|_| Failure(Error::field("/act", Fault::UnknownValue)))?;
    let sandbox = provider(&app)?;
    let known = sandbox.payments().into_iter().any(|payment| payment.id == id);
    if !known {
        return Err(Failure(Error::not_found()).into());
    }
    let payment = sandbox.act(&id, act).map_err(|_: PayFault| Failure(Error::refused(Code::StateConflict)))?;
    deliver(&app, sandbox).await?;
    Ok(Json(view(&payment)))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Order {
    /// `late`, `lost`, `nonsense`, `silent`, `down`, `refuse`; `twice` and `once` are about callbacks, and last.
    how: String,
    #[serde(default = "one")]
    times: usize,
    #[serde(default)]
    after_ms: u64,
}

fn one() -> usize {
    1
}

/// Orders how the provider behaves from now on.
#[handler]
async fn misbehave(app: Data<&App>, Json(order): Json<Order>) -> poem::Result<StatusCode> {
    let sandbox = provider(&app)?;
    if order.times > MOST_TIMES || order.after_ms > LONGEST_MS {
        return Err(Failure(Error::field("/times", Fault::OutOfRange)).into());
    }
    let mood = match order.how.as_str() {
        "late" => Mood::Late(Duration::from_millis(order.after_ms)),
        "lost" => Mood::Lost,
        "nonsense" => Mood::Nonsense,
        "silent" => Mood::Silent,
        "down" => Mood::Down { after_s: u32::try_from(order.after_ms / 1000).ok().filter(|s| *s > 0) },
        "refuse" => Mood::Refuse,
        "twice" | "once" => {
            sandbox.send_twice(order.how == "twice");
            return Ok(StatusCode::NO_CONTENT);
        }
        _ => return Err(Failure(Error::field("/how", Fault::UnknownValue)).into()),
    };
    sandbox.misbehave(order.times, mood);
    Ok(StatusCode::NO_CONTENT)
}

/// Brings the callbacks that wait to the house's own door, and runs what comes of them.
async fn deliver(app: &App, sandbox: &Sandbox) -> poem::Result<()> {
    let door = service::door(app).map_err(Failure)?;
    for delivery in sandbox.callbacks(app.ambient.now()) {
        let mut request =
            Request::builder().method(Method::POST).uri(Uri::from_static(CALLBACKS)).content_type("application/json");
        for (name, value) in &delivery.headers {
            request = request.header(name, value);
        }
        let status = door.get_response(request.body(delivery.body)).await.status();
        if !status.is_success() {
            tracing::warn!(%status, "the house did not take a callback of the sandbox provider");
        }
    }
    worker::drain(app).await.map_err(Failure)?;
    Ok(())
}

fn provider(app: &App) -> Result<&Sandbox, Failure> {
    match &app.adapters.payments {
        Payments::Memory(sandbox) => Ok(sandbox),
        _ => Err(Failure(Error::not_found())),
    }
}

fn view(payment: &Payment) -> Value {
    json!({
        "id": payment.id,
        "charge": payment.charge,
        "state": payment.state,
        "amount": payment.money.amount,
        "currency": payment.money.currency,
        "refunded": payment.refunded,
    })
}
