//! Talking: with the doctor, a document attached, while the app listens; and with the clinic's operator.

use super::super::guest::{Guest, Stumble, holds};
use super::People;
use serde_json::{Value, json};

pub async fn with_the_doctor(guest: &mut Guest, people: &People) -> Result<(), Stumble> {
    guest.chapter("8. He writes with the doctor and with the clinic");
    let body = json!({"with": "doctor", "doctorId": people.doctor_id, "topic": "Перед приёмом"});
    let opened = guest.post("/v1/conversations", &people.patient, body).await?.is(201)?;
    let conversation = opened.text("/id");
    let body = json!({"text": "Результаты во вложении. Пить ли антибиотик?", "documentIds": [people.document]});
    guest.post(&format!("/v1/conversations/{conversation}/messages"), &people.patient, body).await?.is(201)?;
    guest.done(format!("wrote, with a document; above the conversation stands the number {}", opened.text("/emergencyPhone")));

    let path = format!("/v1/staff/conversations/{conversation}");
    guest.get(&format!("{path}/messages"), &people.other_doctor).await?.refused(404, "not_found")?;
    guest.get(&format!("{path}/messages"), &people.reception).await?.refused(404, "not_found")?;
    guest.done("another doctor and the receptionist get 404");
    let message = newest(guest, &format!("{path}/messages"), &people.doctor).await?;
    holds(message["documentIds"] == json!([people.document]), "the doctor sees the document")?;
    guest.post(&format!("{path}/read"), &people.doctor, json!({"upTo": message["id"]})).await?.is(204)?;

    let mut listener = guest.listen(&people.patient).await?;
    guest.post(&format!("{path}/messages"), &people.doctor, json!({"text": "Нет, до приёма не нужно."})).await?.is(201)?;
    guest.done("the doctor read it and answered");
    let event = listener.event().await?;
    let keys: Vec<&String> = event.as_object().into_iter().flatten().map(|(key, _)| key).collect();
    holds(keys == ["id", "kind"], "an event says no more than a push")?;
    guest.done(format!("his app, which listened, heard: {event}"));

    let path = format!("/v1/conversations/{conversation}");
    let messages = guest.get(&format!("{path}/messages"), &people.patient).await?.is(200)?.items();
    holds(messages.len() == 2 && messages[1]["isRead"] == true, "his question is marked as read")?;
    guest.post(&format!("{path}/read"), &people.patient, json!({"upTo": messages[0]["id"]})).await?.is(204)?;
    let unread = guest.get(&path, &people.patient).await?.is(200)?.json()["unread"].clone();
    holds(unread == 0, "nothing is unread")?;
    guest.done("he sees that his question was read, and marks the answer: 0 unread");
    Ok(())
}

pub async fn with_the_operator(guest: &mut Guest, people: &People) -> Result<(), Stumble> {
    let body = json!({"with": "operator", "clinicId": people.clinic});
    let conversation = guest.post("/v1/conversations", &people.patient, body).await?.is(201)?.text("/id");
    let path = format!("/v1/conversations/{conversation}/messages");
    let document = json!({"documentIds": [people.document]});
    guest.post(&path, &people.patient, document).await?.refused(403, "class_refused")?;
    guest.post(&path, &people.patient, json!({"text": "Можно ли с собакой?"})).await?.is(201)?;
    guest.done("asked the clinic's operator, who is no medic: a document is refused there, a question is taken");
    let path = format!("/v1/staff/conversations/{conversation}/messages");
    guest.get(&path, &people.doctor).await?.refused(404, "not_found")?;
    let question = newest(guest, &path, &people.reception).await?;
    guest.post(&path, &people.reception, json!({"text": "Да, если она на поводке."})).await?.is(201)?;
    guest.done(format!("the receptionist read “{}” and answered; the doctor gets 404", question["text"].as_str().unwrap_or("?")));
    Ok(())
}

async fn newest(guest: &Guest, messages: &str, token: &str) -> Result<Value, Stumble> {
    let items = guest.get(messages, token).await?.is(200)?.items();
    items.into_iter().next().ok_or_else(|| "there is no message".to_owned())
}
