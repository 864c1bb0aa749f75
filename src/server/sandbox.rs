//! For app teams and outside tests, and only in `serve --sandbox`: what was sent, a payment sheet, and a clock that can
//! be moved.

mod payments;

use super::worker;
use crate::app::App;
use crate::app::wire::Failure;
use crate::kernel::error::{Error, Fault};
use chrono::TimeDelta;
use poem::web::{Data, Json};
use poem::{Route, get, handler, post};
use serde::{Deserialize, Serialize};

/// The farthest that one call moves the clock: thirty years, so that every retention can be seen ending.
const FARTHEST_S: i64 = 30 * 366 * 24 * 3600;

pub fn add(route: Route) -> Route {
    let route = payments::add(route);
    route.at("/sandbox/messages", get(messages).delete(clear)).at("/sandbox/clock", post(clock))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Sent {
    channel: &'static str,
    to: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    text: String,
}

/// Every SMS, mail and push since the start, oldest first. Tasks that were due run before.
#[handler]
async fn messages(app: Data<&App>) -> poem::Result<Json<serde_json::Value>> {
    worker::catch_up(&app).await.map_err(Failure)?;
    let sent: Vec<Sent> = app
        .adapters
        .outbox
        .all()
        .into_iter()
        .map(|message| Sent { channel: message.channel.as_str(), to: message.to, subject: message.subject, text: message.text })
        .collect();
    Ok(Json(serde_json::json!({ "items": sent })))
}

#[handler]
async fn clear(app: Data<&App>) -> poem::http::StatusCode {
    app.adapters.outbox.clear();
    poem::http::StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Move {
    advance_seconds: i64,
}

/// Moves the clock forwards, then runs every duty and every task that has come due.
#[handler]
async fn clock(app: Data<&App>, body: Json<Move>) -> poem::Result<Json<serde_json::Value>> {
    let seconds = body.0.advance_seconds;
    if !(0..=FARTHEST_S).contains(&seconds) {
        return Err(Failure(Error::field("/advanceSeconds", Fault::OutOfRange)).into());
    }
    app.ambient.advance(TimeDelta::seconds(seconds));
    worker::run_duties(&app).await.map_err(Failure)?;
    worker::drain(&app).await.map_err(Failure)?;
    Ok(Json(serde_json::json!({ "now": app.ambient.now().to_rfc3339_opts(chrono::SecondsFormat::Millis, true) })))
}
