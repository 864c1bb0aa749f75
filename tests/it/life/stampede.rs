//! A whole town wants the same doctor. `FELDSHER_TEST_STAMPEDE=full` makes it 1,000 patients for 50 slots.

use super::{house_with, instant, minutes, number};
use crate::support::clinic::at;
use crate::support::stores::engines;
use serde_json::json;
use std::sync::Arc;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn s3_03_exactly_as_many_bookings_as_slots_and_the_others_are_told_what_is_free() {
    let is_full = std::env::var("FELDSHER_TEST_STAMPEDE").is_ok_and(|asked| asked == "full");
    let (patients, slots): (usize, usize) = if is_full { (1000, 50) } else { (300, 20) };
    for on in engines() {
        let house = Arc::new(house_with(on, &[]).await);
        let admin = house.administrator().await;
        let clinic = house.clinic(&admin).await;
        let service = house.service(&admin, &clinic.clinic_id, 10).await;
        let mut coming = Vec::new();
        for some in (0..patients).collect::<Vec<_>>().chunks(20) {
            let arriving = some.iter().map(|n| {
                let house = house.clone();
                async move { house.patient(&format!("+7916{:07}", 2_000_000 + n)).await }
            });
            coming.extend(futures_util::future::join_all(arriving).await);
        }
        let first = at(&house, 2, 9, 0);
        let mut racing = Vec::new();
        for (n, patient) in coming.into_iter().enumerate() {
            let starts_at = first + minutes(10 * i64::try_from(n % slots).expect("few"));
            let body = json!({"doctorId": clinic.doctor_id, "serviceId": service, "startsAt": instant(starts_at)});
            let house = house.clone();
            racing.push(tokio::spawn(async move {
                loop {
                    let answer = house.post("/v1/bookings", patient.token(), body.clone()).await;
                    // A loaded machine may have no connection in time: then nothing was stored.
                    if answer.status != 503 {
                        return answer;
                    }
                }
            }));
        }
        let (mut won, mut told) = (0, 0);
        for request in racing {
            let answer = request.await.expect("an answer");
            if answer.status == 201 {
                won += 1;
                continue;
            }
            let refused = answer.refused(409, "slot_taken");
            assert_eq!(super::reasons(&refused), ["taken"], "{on:?}");
            told += usize::from(refused.json()["alternatives"].as_array().is_some_and(|free| free.len() == 5));
        }
        assert_eq!((won, told), (slots, patients - slots), "{on:?}");
        assert_eq!(number(&house, "SELECT count(*) FROM booking").await, i64::try_from(slots).expect("few"));
        assert_eq!(super::doubles(&house).await, 0);
    }
}
