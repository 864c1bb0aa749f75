//! The inbox: what rooms tell, read in one's language, marked as read, foreign to everybody else.

use super::{PHONE, at_noon, newest, states, telephone, tell, woken};
use crate::support::clinic::at;
use crate::support::stores::engines;
use chrono::TimeDelta;
use feldsher::clinic::ROOMS;
use feldsher::clinic::notifications::Kind;
use reqwest::Method;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn s4_02_a_visit_is_told_to_its_patient_and_its_doctor() {
    for on in engines() {
        let house = at_noon(on).await;
        let admin = house.administrator().await;
        let clinic = house.clinic(&admin).await;
        let patient = house.patient(PHONE).await;
        let booking = json!({
            "doctorId": clinic.doctor_id, "serviceId": clinic.service_id, "startsAt": at(&house, 2, 10, 0).to_rfc3339(),
            "complaint": "Болит сердце",
        });
        let booking = house.post("/v1/bookings", patient.token(), booking).await.is(201).text("/id");
        house.post(&format!("/v1/bookings/{booking}/cancel"), patient.token(), json!({})).await.is(200);
        for person in [&patient, &clinic.doctor] {
            let ask = house.request(Method::GET, "/v1/notifications?limit=1", person.token()).header("Accept-Language", "ru");
            let page = house.send(ask).await.is(200);
            assert_eq!(page.json()["unread"], 2, "{on:?}");
            assert_eq!(page.text("/items/0/kind"), "bookingCancelled");
            assert_eq!(page.text("/items/0/title"), "Приём отменён");
            let path = format!("/v1/notifications?limit=1&cursor={}", page.text("/nextCursor"));
            let first = house.get(&path, person.token()).await.is(200);
            assert_eq!(first.text("/items/0/kind"), "bookingConfirmed");
            assert_eq!((first.text("/items/0/objectKind"), first.text("/items/0/objectId")), ("booking".into(), booking.clone()));
            assert!(first.json()["nextCursor"].is_null());

            let id = first.text("/items/0/id");
            let ask = house.request(Method::GET, &format!("/v1/notifications/{id}"), person.token());
            assert_eq!(house.send(ask.header("Accept-Language", "ka")).await.is(200).text("/title"), "ვიზიტი დანიშნულია");
            for _ in 0..2 {
                house.post(&format!("/v1/notifications/{id}/read"), person.token(), json!({})).await.is(204);
            }
            assert_eq!(house.get("/v1/notifications", person.token()).await.is(200).json()["unread"], 1);
            let newest = newest(&house, person).await;
            house.post("/v1/notifications/read", person.token(), json!({"upTo": newest})).await.is(204);
            let page = house.get("/v1/notifications", person.token()).await.is(200).json();
            assert_eq!(page["unread"], 0);
            assert!(page["items"].as_array().is_some_and(|items| items.iter().all(|item| item["readAt"].is_string())));

            let other = if person.id == patient.id { &clinic.doctor } else { &patient };
            house.get(&format!("/v1/notifications/{id}"), other.token()).await.refused(404, "not_found");
            house.post(&format!("/v1/notifications/{id}/read"), other.token(), json!({})).await.refused(404, "not_found");
            house.post("/v1/notifications/read", other.token(), json!({"upTo": id})).await.refused(404, "not_found");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_owner_learns_of_a_replayed_token_and_of_a_deletion_that_began() {
    for on in engines() {
        let house = at_noon(on).await;
        let patient = house.patient(PHONE).await;
        let second = house.newcomer(PHONE).await;
        telephone(&house, &patient, "owners-telephone").await;
        let body = json!({"grant": "refresh", "refreshToken": second.refresh});
        let next = house.post("/v1/auth/tokens", None, body.clone()).await.is(200).text("/refreshToken");
        house.post("/v1/auth/tokens", None, json!({"grant": "refresh", "refreshToken": next})).await.is(200);
        house.post("/v1/auth/tokens", None, body).await.refused(400, "wrong_refresh_token");
        house.settle().await;
        let page = house.get("/v1/notifications", patient.token()).await.is(200);
        assert_eq!(page.text("/items/0/kind"), "sessionReplayed", "{on:?}");
        assert_eq!(page.text("/items/0/objectKind"), "session");
        assert_eq!(woken(&house, "owners-telephone"), [page.text("/items/0/id")]);

        house.delete("/v1/me", patient.token()).await.is(202);
        house.settle().await;
        let notice = newest(&house, &patient).await;
        let state = states(&house, notice).await;
        assert!(state.contains(&"sms sent".to_owned()), "told although the account is about to end: {state:?}");
        house.get("/v1/notifications", patient.token()).await.refused(409, "deletion_pending");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erasure_leaves_no_notice_and_an_export_holds_all() {
    for on in engines() {
        let house = at_noon(on).await;
        let patient = house.patient(PHONE).await;
        tell(&house, &patient, Kind::DocumentAdded).await;
        let wishes = json!({"language": "kk", "switches": [{"group": "visits", "channel": "sms", "on": false}]});
        house.put("/v1/me/preferences", patient.token(), wishes).await.is(200);
        house.settle().await;
        let room = ROOMS.iter().find(|room| room.name == "notifications").expect("the room");
        let keys = house.app.vault.keys(super::subject(&patient)).await.expect("keys");
        let parts = (room.export.expect("an export"))(&house.app, &keys).await.expect("parts");
        let rows: Vec<_> = parts.iter().map(|part| (part.name, part.rows.len())).collect();
        assert_eq!(rows, [("notifications", 1), ("deliveries", 2), ("preferences", 1)], "{on:?}");
        assert_eq!(parts[0].rows[0]["kind"], "documentAdded");
        assert_eq!(
            parts[1].rows[1],
            json!({
                "notificationId": parts[0].rows[0]["id"], "channel": "sms", "campaignId": null, "state": "sent", "endedAt": parts[1].rows[1]["endedAt"],
            })
        );
        assert_eq!(parts[2].rows[0]["preferences"]["language"], "kk");

        house.delete("/v1/me", patient.token()).await.is(202);
        // One more is on its way when the account ends.
        tell(&house, &patient, Kind::RefundMade).await;
        house.later(TimeDelta::days(15)).await;
        for table in ["notification", "delivery", "preference"] {
            let rows = &crate::doors::everything(&house).await[table];
            assert!(!rows.contains(&patient.id), "{table} on {on:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_notice_leaves_the_inbox() {
    for on in engines() {
        let house = at_noon(on).await;
        let patient = house.patient(PHONE).await;
        tell(&house, &patient, Kind::RefundMade).await;
        house.later(TimeDelta::days(179)).await;
        let count = async || crate::doors::everything(&house).await["notification"].lines().count();
        assert_eq!(count().await, 1, "{on:?}");
        house.later(TimeDelta::days(3)).await;
        assert_eq!(count().await, 0, "{on:?}");
    }
}
