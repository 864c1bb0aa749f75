//! The phone: what the app learns before anybody signs in, its registration, and what reaches it without saying anything.

use super::super::guest::{Guest, Stumble, holds};
use super::super::sample;
use super::People;
use crate::app::{App, apps};
use chrono::Timelike;
use reqwest::Method;
use serde_json::{Value, json};

pub async fn register(guest: &mut Guest, app: &App, people: &People) -> Result<(), Stumble> {
    guest.chapter("4. His phone registers, and he says how he wants to be told");
    let config = guest.get("/v1/app-config", "").await?.is(200)?;
    guest.done(format!(
        "app-config: profile {} {}, emergency number {}, and which features and classes there are",
        config.text("/profileId"),
        config.text("/profileRevision"),
        config.text("/emergencyPhone")
    ));
    // Only where this installation asks for a version at all.
    if let Some(minimum) = app.config.apps.ios.minimum {
        let outdated = guest.request(Method::GET, "/v1/me", &people.patient).header(apps::HEADER, sample::OUTDATED_APP);
        guest.send(outdated).await?.refused(426, "app_outdated")?;
        let still = guest.request(Method::GET, "/v1/app-config", "").header(apps::HEADER, sample::OUTDATED_APP);
        guest.send(still).await?.is(200)?;
        guest.done(format!("{} is older than {minimum}: 426 app_outdated, everywhere but at app-config", sample::OUTDATED_APP));
    }
    let device = json!({
        "platform": "ios", "model": "iPhone16,2", "osVersion": "19.1", "appVersion": "3.2.1", "locale": "ru-RU",
        "pushTokens": [{"kind": "apns", "token": sample::PUSH_TOKEN}]
    });
    let path = format!("/v1/devices/{}", sample::INSTALLATION);
    let registered = guest.put(&path, &people.patient, device).await?.is(200)?;
    holds(!String::from_utf8_lossy(&registered.bytes).contains(sample::PUSH_TOKEN), "push tokens are not sent back")?;
    guest.done("the app registered its model, system, version and push token; the token ends with the session");
    let zone = waking_zone(app);
    let body = json!({"language": "ru", "zone": zone, "switches": [{"group": "visits", "channel": "sms", "on": false}]});
    guest.put("/v1/me/preferences", &people.patient, body).await?.is(200)?;
    guest.done(format!("no SMS about visits, and nights are quiet by the clock of {zone}"));
    Ok(())
}

/// Somewhere where it is day: by night a push would wait for the morning, and the demo with it.
fn waking_zone(app: &App) -> &'static str {
    if (6..18).contains(&app.ambient.now().hour()) { "Europe/Moscow" } else { "Pacific/Honolulu" }
}

pub async fn be_told(guest: &mut Guest, people: &People) -> Result<(), Stumble> {
    guest.chapter("6. A push reaches the phone, and says nothing");
    let inbox = guest.get("/v1/notifications", &people.patient).await?.is(200)?.json();
    let of_booking = |item: &&Value| item["kind"] == "bookingConfirmed" && item["objectId"] == people.booking.as_str();
    let confirmed = inbox["items"].as_array().into_iter().flatten().find(of_booking).ok_or("no notice of the booking")?;
    let id = confirmed["id"].as_str().unwrap_or_default();
    let push = guest.next_message(sample::PUSH_TOKEN, 0, |push| push.contains(id)).await?;
    let told: Value = serde_json::from_str(&push).map_err(|error| error.to_string())?;
    let keys: Vec<&String> = told.as_object().into_iter().flatten().map(|(key, _)| key).collect();
    holds(keys == ["id", "kind", "loc-key", "manner"], "a push is an id and constants")?;
    guest.done(format!("all that the provider saw: {push}"));
    let entry = format!("/v1/notifications/{id}");
    let read = guest.get(&entry, &people.patient).await?.is(200)?;
    guest.get(&entry, &people.doctor).await?.refused(404, "not_found")?;
    guest.done(format!("behind its opaque id, for him alone: “{}”", read.text("/title")));
    guest.post("/v1/notifications/read", &people.patient, json!({"upTo": id})).await?.is(204)?;
    let left = guest.get("/v1/notifications", &people.patient).await?.is(200)?.json();
    holds(left["unread"].as_i64() < inbox["unread"].as_i64(), "what was read is not unread")?;
    guest.done(format!("{} unread before, {} after he marked what he had read", inbox["unread"], left["unread"]));
    Ok(())
}
