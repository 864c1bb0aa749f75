//! The course of treatment, and what counts from its end.

use super::{Scene, number};
use crate::support::clinic::at;
use crate::support::stores::engines;
use chrono::{DateTime, TimeDelta, Utc};
use feldsher::app::room::Forget;
use feldsher::clinic::ROOMS;
use feldsher::kernel::db::{Actor, Tx};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn s3_05_a_course_gathers_its_visits_and_clinical_data_is_kept_from_its_end() {
    for on in engines() {
        for by_visit in [false, true] {
            let scene = Scene::new(on, if by_visit { "course = \"first_visit\"" } else { "" }).await;
            let house = &scene.house;
            let service = &scene.clinic.service_id;
            let (_, colleague) = house.second_doctor(&scene.admin, &scene.clinic).await;
            let first = scene.book(service, at(house, 1, 10, 0)).await;
            let second = scene.book(service, at(house, 5, 10, 0)).await;
            house.app.ambient.advance(at(house, 1, 10, 0) - house.app.ambient.now());
            scene.staff(&scene.clinic.doctor, &first, "start", json!({})).await.is(200);
            scene.staff(&scene.clinic.doctor, &first, "finish", json!({})).await.is(200);
            scene.staff(&colleague, &first, "episode", json!({})).await.refused(404, "not_found");
            if by_visit {
                assert!(scene.seen(&first).await.json()["episodeId"].is_string(), "{on:?}");
            }
            let course = scene.staff(&scene.clinic.doctor, &first, "episode", json!({})).await.is(200).text("/id");
            assert_eq!(scene.staff(&scene.clinic.doctor, &first, "episode", json!({})).await.is(200).text("/id"), course);
            // The one to come has joined, and so does every new one with this doctor.
            let third = scene.book(service, at(house, 6, 10, 0)).await;
            for id in [&first, &second, &third] {
                assert_eq!(scene.seen(id).await.text("/episodeId"), course, "{on:?}");
            }
            let listed = house.get("/v1/episodes", scene.patient.token()).await.is(200);
            assert_eq!(listed.text("/items/0/id"), course);
            assert!(listed.json()["items"][0].get("closedAt").is_none());
            // While it goes on it has lasted until now, whenever the last visit was; then its end counts.
            let subject: uuid::Uuid = scene.patient.id.parse().expect("an id");
            let room = ROOMS.iter().find(|room| room.name == "scheduling").expect("the room");
            let last = async || (room.holdings.expect("holdings"))(&house.app, subject).await.expect("holdings").last_encounter;
            house.later(TimeDelta::days(40)).await;
            assert!(last().await.expect("an encounter") > house.app.ambient.now() - TimeDelta::minutes(1), "{on:?}");
            house
                .post(&format!("/v1/staff/episodes/{course}/close"), colleague.token(), json!({}))
                .await
                .refused(404, "not_found");
            let path = format!("/v1/staff/episodes/{course}/close");
            let closed = house.post(&path, scene.clinic.doctor.token(), json!({})).await.is(200).text("/closedAt");
            assert_eq!(house.post(&path, scene.clinic.doctor.token(), json!({})).await.is(200).text("/closedAt"), closed);
            house.later(TimeDelta::days(40)).await;
            assert_eq!(last().await, Some(closed.parse::<DateTime<Utc>>().expect("an instant")), "{on:?}");
            // At his erasure nothing leads to him, and what he wished for is over.
            let day = (house.app.ambient.now() + TimeDelta::days(2)).format("%Y-%m-%d").to_string();
            let wish = json!({"serviceId": service, "from": day, "to": day, "text": "Болит"});
            house.post("/v1/booking-wishes", scene.patient.token(), wish).await.is(201);
            let who = Forget { subject, stand_in: house.app.ambient.id(), held: Vec::new() };
            house.app.write(&Actor::house("test"), async |tx: &mut Tx| (room.forget)(tx, &who).await).await.expect("forgotten");
            let left = "SELECT (SELECT count(*) FROM booking_wish WHERE text IS NOT NULL OR state = 'open') \
                        + (SELECT count(*) FROM episode WHERE closed_at IS NULL)";
            assert_eq!(number(house, left).await, 0);
            assert_eq!(last().await, None, "{on:?}");
        }
    }
}
