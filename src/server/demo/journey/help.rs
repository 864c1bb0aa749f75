//! When the app does not do what it should: telemetry by consent, and support with a screenshot.

use super::super::guest::{Guest, Stumble, holds};
use super::super::sample::{self, NAME_ON_SCREEN};
use super::People;
use crate::app::App;
use serde_json::json;
use sha2::{Digest, Sha256};

pub async fn send_telemetry(guest: &mut Guest, app: &App, people: &People) -> Result<(), Stumble> {
    guest.chapter("9. The app would like to tell how it is used");
    let now = app.ambient.now();
    let at = now.to_rfc3339();
    let batch = json!({
        "platform": "ios", "appVersion": "3.2.1", "model": "iPhone16,2",
        "events": [
            {"name": "screenOpen", "at": at, "durationMs": 180, "attributes": [{"name": "screen", "word": "booking"}]},
            {"name": "requestFailed", "at": at, "ok": false, "attributes": [{"name": "result", "word": "Смирнов +79161234567"}]},
            {"name": "heartRate", "at": at}
        ]
    });
    guest.post("/v1/telemetry", &people.patient, batch.clone()).await?.refused(403, "consent_required")?;
    guest.done("without his consent nothing is taken");
    guest.put("/v1/me/consents/telemetry", &people.patient, json!({})).await?.is(200)?;
    let receipt = guest.post("/v1/telemetry", &people.patient, batch).await?.is(202)?.json();
    holds(receipt == json!({"taken": 2, "unknown": 1, "dropped": 1}), "the batch was scrubbed")?;
    guest.done("with it: two events taken, one of an unknown name counted alone, a value that named him dropped");
    let day = now.format("%Y-%m-%d");
    let report = guest.get(&format!("/v1/staff/telemetry?from={day}&to={day}"), &people.admin).await?.is(200)?.json();
    holds(report["suppressedGroups"] == 2 && report["unknownEvents"] == 1, "one person is no statistic")?;
    guest.done("the staff's view holds back both groups: behind them stands one person, and the profile asks for five");
    Ok(())
}

pub async fn ask_support(guest: &mut Guest, people: &People) -> Result<(), Stumble> {
    guest.chapter("10. He asks support, with a screenshot");
    let body = json!({"topic": "app", "text": "Не открывается запись", "appVersion": "3.2.1", "device": "iPhone16,2"});
    let ticket = guest.post("/v1/tickets", &people.patient, body).await?.is(201)?.text("/id");
    let (own, staff) = (format!("/v1/tickets/{ticket}"), format!("/v1/staff/tickets/{ticket}"));
    let png = sample::screenshot()?;
    let [x, y, width, height] = NAME_ON_SCREEN;
    let body = json!({
        "mediaType": "image/png", "sizeBytes": png.len(), "sha256": hex::encode(Sha256::digest(&png)), "reviewed": true,
        "regions": [{"x": x, "y": y, "width": width, "height": height}]
    });
    let picture = guest.post(&format!("{own}/screenshots"), &people.patient, body).await?.is(201)?.text("/id");
    let content = format!("screenshots/{picture}/content");
    guest.put_bytes(&format!("{own}/{content}"), &people.patient, "image/png", &png).await?.is(200)?;
    guest.until(&own, &people.patient, "/screenshots/0/state", "served").await?;
    guest.done(format!("sent a PNG of {} bytes and marked where a name stands; metadata was taken out", png.len()));

    guest.get(&staff, &people.support).await?.refused(404, "not_found")?;
    let queue = guest.get("/v1/staff/tickets", &people.support).await?.is(200)?;
    holds(queue.text("/items/0/id") == ticket, "the ticket is in the queue")?;
    guest.post(&format!("{staff}/take"), &people.support, json!({})).await?.is(200)?;
    guest.done("support saw a topic in the queue and not whose it is, took the ticket, and only then could read it");
    let copy = guest.get(&format!("{staff}/{content}"), &people.support).await?.is(200)?.bytes;
    check_redacted(&png, &copy)?;
    let documents = format!("/v1/staff/patients/{}/documents", people.patient_id);
    guest.get(&documents, &people.support).await?.refused(403, "forbidden")?;
    guest.done("got a copy in which the name is black and everything else as it was; nothing clinical opens");
    guest.post(&format!("{staff}/messages"), &people.support, json!({"text": "Обновите приложение до 3.2.2."})).await?.is(201)?;
    let answered = guest.get(&own, &people.patient).await?.is(200)?;
    holds(answered.json().pointer("/messages/0/fromSupport") == Some(&json!(true)), "support answered")?;
    guest.post(&format!("{staff}/close"), &people.support, json!({})).await?.is(204)?;
    guest.get(&staff, &people.support).await?.refused(404, "not_found")?;
    let closed = guest.get(&own, &people.patient).await?.is(200)?;
    guest.done(format!("answered and closed it, and can't open it any more; it is destroyed on {}", closed.text("/purgeAt")));
    Ok(())
}

/// Black where a region was marked, and everywhere else the sender's pixels.
fn check_redacted(sent: &[u8], copy: &[u8]) -> Result<(), Stumble> {
    let read = |bytes: &[u8]| image::load_from_memory(bytes).map(|picture| picture.to_rgb8()).map_err(|error| error.to_string());
    let (sent, copy) = (read(sent)?, read(copy)?);
    holds(sent.dimensions() == copy.dimensions(), "the copy is as large as the screenshot")?;
    let [left, top, width, height] = NAME_ON_SCREEN;
    let is_right = copy.enumerate_pixels().all(|(x, y, pixel)| {
        let is_marked = (left..left + width).contains(&x) && (top..top + height).contains(&y);
        if is_marked { pixel.0 == [0, 0, 0] } else { pixel == sent.get_pixel(x, y) }
    });
    holds(is_right, "the marked region is black, and nothing else")
}
