//! What is left of the bookings of somebody who goes.

use super::{PHONE, booking, number};
use crate::support::clinic::at;
use crate::support::house::House;
use crate::support::stores::engines;
use chrono::{DateTime, TimeDelta, Utc};
use feldsher::app::room::Forget;
use feldsher::clinic::ROOMS;
use feldsher::kernel::db::{Actor, Tx};
use feldsher::kernel::vault::Class;

#[tokio::test(flavor = "multi_thread")]
async fn what_was_stays_as_a_row_of_nobody_and_what_is_to_come_is_cancelled() {
    for on in engines() {
        for held in [vec![], vec![Class::Clinical]] {
            let house = House::new(on).await;
            let admin = house.administrator().await;
            let clinic = house.clinic(&admin).await;
            let patient = house.patient(PHONE).await;
            let mut ends_at = None;
            for days in [1, 5] {
                let mut wanted = booking(&clinic.doctor_id, &clinic.service_id, at(&house, days, 10, 0));
                wanted["complaint"] = "Болит сердце".into();
                let booked = house.post("/v1/bookings", patient.token(), wanted).await.is(201);
                ends_at = ends_at.or_else(|| booked.text("/endsAt").parse::<DateTime<Utc>>().ok());
            }
            house.app.ambient.advance(TimeDelta::days(3));
            let subject: uuid::Uuid = patient.id.parse().expect("an id");
            let room = ROOMS.iter().find(|room| room.name == "scheduling").expect("the room");
            let holdings = room.holdings.expect("a room that knows visits");
            assert_eq!(holdings(&house.app, subject).await.expect("holdings").last_encounter, ends_at);
            let stays = i64::from(!held.is_empty());
            let who = Forget { subject, stand_in: house.app.ambient.id(), held };
            house.app.write(&Actor::house("test"), async |tx: &mut Tx| (room.forget)(tx, &who).await).await.expect("forgotten");
            assert_eq!(number(&house, "SELECT count(*) FROM booking WHERE state = 'cancelled'").await, 1);
            assert_eq!(number(&house, "SELECT count(*) FROM booking").await, 2);
            assert_eq!(number(&house, "SELECT count(*) FROM booking WHERE complaint IS NOT NULL").await, 2 * stays);
            let after = holdings(&house.app, subject).await.expect("holdings").last_encounter;
            assert_eq!(after.is_some(), stays == 1, "{on:?}");
        }
    }
}
