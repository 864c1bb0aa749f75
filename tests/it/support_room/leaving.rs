//! Tickets end: after their term, with their owner, and he takes them along in his export.

use super::*;
use feldsher::app::room::Forget;
use feldsher::clinic::support::ROOM;
use feldsher::kernel::db::{Actor, Tx};
use feldsher::kernel::vault::Class;
use uuid::Uuid;

fn id(text: &str) -> Uuid {
    text.parse().expect("an id")
}

async fn forget(house: &House, subject: Uuid, held: Vec<Class>) {
    let who = Forget { subject, stand_in: house.app.ambient.id(), held };
    house.app.write(&Actor::house("test"), async |tx: &mut Tx| (ROOM.forget)(tx, &who).await).await.expect("forgotten");
    house.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s4_05_a_closed_ticket_is_destroyed_after_its_term_with_its_objects() {
    for on in engines() {
        let Scene { house, anna, support, .. } = Scene::new(on).await;
        let (closed, open) = (house.ticket(&anna).await, house.ticket(&anna).await);
        for ticket in [&closed, &open] {
            house.take(&support, ticket).await.is(200);
            house.shot(&anna, ticket, PNG, &pictures::png(20, 20), json!({"reviewed": true})).await;
            house.post(&format!("/v1/tickets/{ticket}/messages"), anna.token(), json!({"text": "Ещё"})).await.is(201);
        }
        assert_eq!(house.object_count(), 4, "two originals, two copies");
        house.post(&format!("/v1/staff/tickets/{closed}/close"), support.token(), json!({})).await.is(204);
        house.later(TimeDelta::days(89)).await;
        assert_eq!((house.rows("ticket").await, house.object_count()), (2, 4), "named objects are not swept: {on:?}");
        house.later(TimeDelta::days(2)).await;
        assert_eq!((house.rows("ticket").await, house.rows("screenshot").await, house.rows("ticket_message").await), (1, 1, 1));
        assert_eq!(house.object_count(), 2, "{on:?}");
        let anna = house.again(ANNA).await;
        house.get(&format!("/v1/tickets/{closed}"), anna.token()).await.refused(404, "not_found");
        house.get(&format!("/v1/tickets/{open}"), anna.token()).await.is(200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn erasure_leaves_nothing_of_a_ticket_and_of_a_feedback_the_rating() {
    for on in engines() {
        let Scene { house, admin, anna, support } = Scene::new(on).await;
        let boris = house.patient("+79161234568").await;
        let clinic = house.clinic(&admin).await;
        let booking = house.visit(&clinic, &anna, 10).await;
        let ticket = house.ticket(&anna).await;
        house.take(&support, &ticket).await.is(200);
        house.shot(&anna, &ticket, PNG, &pictures::png(20, 20), json!({"reviewed": true})).await;
        house.declare_shot(&anna, &ticket, PNG, &pictures::png(4, 4), json!({})).await.is(201);
        house.ticket(&boris).await;
        house.app.ambient.advance(TimeDelta::days(2));
        let anna = house.again(ANNA).await;
        house
            .post(&format!("/v1/bookings/{booking}/feedback"), anna.token(), json!({"rating": 4, "text": "Внимательна"}))
            .await
            .is(201);

        forget(&house, id(&anna.id), vec![Class::Clinical]).await;
        assert_eq!((house.rows("ticket").await, house.rows("screenshot").await, house.object_count()), (1, 0, 0), "{on:?}");
        assert_eq!(house.rows("feedback WHERE rating = 4 AND booking IS NULL AND sealed IS NULL").await, 1);
        assert_eq!(house.rows(&format!("feedback WHERE subject = '{}'", anna.id)).await, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erased_accounts_ticket_is_gone_from_support_too() {
    for on in engines() {
        let Scene { house, anna, support, .. } = Scene::new(on).await;
        let ticket = house.ticket(&anna).await;
        house.take(&support, &ticket).await.is(200);
        house.shot(&anna, &ticket, PNG, &pictures::png(20, 20), json!({"reviewed": true})).await;
        let asked = house.delete("/v1/me", anna.token()).await.is(202).json();
        let classes: Vec<_> = asked["plan"].as_array().into_iter().flatten().filter_map(|line| line["class"].as_str()).collect();
        assert!(classes.is_empty() || classes.contains(&"support"), "{asked}");
        house.later(TimeDelta::days(15)).await;
        assert_eq!((house.rows("ticket").await, house.rows("screenshot").await, house.object_count()), (0, 0, 0), "{on:?}");
        assert_eq!(house.rows("reason WHERE basis = 'ticket'").await, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_holds_every_ticket_message_screenshot_and_feedback() {
    for on in engines() {
        let Scene { house, anna, support, .. } = Scene::new(on).await;
        let export = ROOM.export.expect("support exports");
        let keys = house.app.vault.keys(id(&anna.id)).await.expect("keys");
        let empty = export(&house.app, &keys).await.expect("an export");
        assert!(empty.iter().all(|part| part.rows.is_empty() && part.files.is_empty()), "somebody who never asked");
        let ticket = house.ticket(&anna).await;
        house.take(&support, &ticket).await.is(200);
        house.post(&format!("/v1/staff/tickets/{ticket}/messages"), support.token(), json!({"text": "Обновите"})).await.is(201);
        let sent = pictures::png(20, 20);
        house
            .shot(&anna, &ticket, PNG, &sent, json!({"reviewed": true, "regions": [{"x": 0, "y": 0, "width": 1, "height": 1}]}))
            .await;
        let keys = house.app.vault.keys(id(&anna.id)).await.expect("keys");
        let parts = export(&house.app, &keys).await.expect("an export");
        let tickets = parts.iter().find(|part| part.name == "tickets").expect("tickets");
        assert_eq!(tickets.rows[0]["text"], "Приложение не открывает запись");
        assert_eq!(tickets.rows[0]["messages"][0]["text"], "Обновите");
        let file = &tickets.files[0];
        let sealed = std::fs::read(house.stores.path("data").join("files").join(file.object.to_string())).expect("an object");
        let plain = file.key.open_chunk(file.object, u64::try_from(file.bytes).expect("a size"), 0, &sealed).expect("opened");
        assert_eq!(pictures::pixels(&plain), pictures::drawing(20, 20), "the original, on {on:?}");
        assert_eq!(
            house.get("/v1/me/access-log", anna.token()).await.json()["items"].as_array().map(Vec::len),
            Some(2),
            "no line of the export"
        );
    }
}
