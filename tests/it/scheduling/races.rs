//! Many for one time, and one for many.

use super::{PHONE, booking, number};
use crate::support::clinic::at;
use crate::support::house::House;
use crate::support::stores::engines;
use feldsher::kernel::db::{Actor, Tx, is_overlap};
use feldsher::kernel::error::Result;
use std::sync::Arc;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_hundred_requests_for_one_time_in_unequal_lengths_are_one_booking() {
    const PATIENTS: usize = 40;
    for on in engines() {
        let house = House::new(on).await;
        let admin = house.administrator().await;
        let clinic = house.clinic(&admin).await;
        // Each of these stretches holds the minute at 10:00 on the clock.
        let mut wanted = vec![booking(&clinic.doctor_id, &clinic.service_id, at(&house, 1, 10, 0))];
        for (minutes, hour, minute) in [(20, 10, 0), (45, 9, 45), (60, 10, 0), (90, 9, 0)] {
            let service = house.service(&admin, &clinic.clinic_id, minutes).await;
            wanted.push(booking(&clinic.doctor_id, &service, at(&house, 1, hour, minute)));
        }
        let mut patients = Vec::new();
        for n in 0..PATIENTS {
            patients.push(house.patient(&format!("+7916{:07}", 1_234_000 + n)).await);
        }
        let house = Arc::new(house);
        let mut racing = Vec::new();
        for round in 0..wanted.len() {
            for (n, patient) in patients.iter().enumerate() {
                let (house, token) = (house.clone(), patient.token.clone());
                let body = wanted[(n + round) % wanted.len()].clone();
                racing.push(tokio::spawn(async move { house.post("/v1/bookings", Some(&token), body).await }));
            }
        }
        let mut won = 0;
        for request in racing {
            let answer = request.await.expect("an answer");
            match answer.status.as_u16() {
                201 => won += 1,
                _ => _ = answer.refused(409, "slot_taken"),
            }
        }
        assert_eq!(won, 1, "{on:?}");
        assert_eq!(number(&house, "SELECT count(*) FROM booking").await, 1, "{on:?}");
        assert_eq!(number(&house, "SELECT count(*) FROM reason").await, 2, "{on:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_patient_who_races_himself_is_in_one_place() {
    for on in engines() {
        let house = Arc::new(House::new(on).await);
        let admin = house.administrator().await;
        let clinic = house.clinic(&admin).await;
        let (second, _) = house.second_doctor(&admin, &clinic).await;
        let patient = house.patient(PHONE).await;
        let mut racing = Vec::new();
        for n in 0..20 {
            let doctor = if n % 2 == 0 { &clinic.doctor_id } else { &second };
            let body = booking(doctor, &clinic.service_id, at(&house, 1, 10, 0));
            let (house, token) = (house.clone(), patient.token.clone());
            racing.push(tokio::spawn(async move { house.post("/v1/bookings", Some(&token), body).await }));
        }
        let mut statuses = Vec::new();
        for request in racing {
            statuses.push(request.await.expect("an answer").status.as_u16());
        }
        assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1, "{on:?} {statuses:?}");
        assert_eq!(statuses.iter().filter(|status| **status == 409).count(), 19, "{on:?} {statuses:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_schema_itself_keeps_bookings_apart() {
    use sea_orm::{ConnectionTrait, Statement};
    for on in engines() {
        let house = House::new(on).await;
        let admin = house.administrator().await;
        let clinic = house.clinic(&admin).await;
        let patient = house.patient(PHONE).await;
        for hour in [10, 12] {
            let wanted = booking(&clinic.doctor_id, &clinic.service_id, at(&house, 1, hour, 0));
            house.post("/v1/bookings", patient.token(), wanted).await.is(201);
        }
        let (twelve, ten) = (at(&house, 1, 12, 0), at(&house, 1, 10, 15));
        let stranger = house.app.ambient.id();
        let copy = "INSERT INTO booking (id, subject, doctor, clinic, service, starts_at, ends_at, blocks_from, blocks_until, state, \
                    booked_by, created_at) \
                    SELECT $1, $1, doctor, clinic, service, $2, ends_at, $2, ends_at, state, $1, created_at FROM booking WHERE starts_at < $3";
        let moved = "UPDATE booking SET starts_at = $1, blocks_from = $1 WHERE starts_at = $2";
        let statements: [(&str, Vec<sea_orm::Value>); 2] =
            [(copy, vec![stranger.into(), ten.into(), twelve.into()]), (moved, vec![ten.into(), twelve.into()])];
        for (sql, values) in statements {
            let mut is_refused = false;
            let actor = Actor::house("test");
            let write = house.app.write(&actor, async |tx: &mut Tx| -> Result<()> {
                let statement = Statement::from_sql_and_values(tx.get_database_backend(), sql, values);
                let written = tx.execute_raw(statement).await;
                is_refused = written.as_ref().is_err_and(is_overlap);
                Ok(written.map(drop)?)
            });
            write.await.expect_err("refused");
            assert!(is_refused, "{on:?} {sql}");
        }
        assert_eq!(number(&house, "SELECT count(*) FROM booking").await, 2);
    }
}
