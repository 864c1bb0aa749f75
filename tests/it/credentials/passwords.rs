//! What a password may be, and what a hundred of them at once leave of the rest.

use super::{IIN, OWN, PHONE, SNILS, house};
use crate::support::clinic::at;
use crate::support::stores::engines;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

#[tokio::test(flavor = "multi_thread")]
async fn t17_passwords_are_long_uncommon_of_any_script_normalised_and_never_cut() {
    for on in engines() {
        let house = house(on).await;
        let admin = house.administrator().await;
        let desk = house.staff(&admin, "reception", "desk", None).await;
        house.numbered(PHONE, IIN, SNILS).await;
        let login = house.settled(&desk, SNILS).await;
        let token = house.by_password(&login, OWN).await.is(200).text("/accessToken");
        for (password, fault) in [
            ("короткий", "too_short"),
            ("qwertyuiop", "too_common"),
            ("password123", "too_common"),
            ("Manchester", "too_common"),
            ("1qaz2wsx3edc", "too_common"),
            ("Наташа12345!", "too_common"),
            ("MONKEY-2026-", "too_common"),
            ("aaaaaaaaaaaaaaaa", "too_common"),
            ("длинный\u{0}пароль", "bad_characters"),
        ] {
            let change = json!({"currentPassword": OWN, "newPassword": password});
            let refused = house.put("/v1/me/password", Some(&token), change).await.refused(400, "invalid");
            assert_eq!(refused.text("/errors/0/code"), fault, "{password:?} on {on:?}");
        }
        // Typed on a telephone that decomposes, and of 256 characters of another script.
        let long: String = "კარგი პაროლი ".chars().cycle().take(255).chain(['ზ']).collect();
        let decomposed = "и\u{306} зелёный е\u{308}жик";
        let change = json!({"currentPassword": OWN, "newPassword": decomposed});
        house.put("/v1/me/password", Some(&token), change).await.is(204);
        let token = house.by_password(&login, "й зелёный ёжик").await.is(200).text("/accessToken");
        let change = json!({"currentPassword": decomposed, "newPassword": long});
        house.put("/v1/me/password", Some(&token), change).await.is(204);
        house.by_password(&login, &long).await.is(200);
        let cut: String = long.chars().take(255).collect();
        house.by_password(&login, &cut).await.refused(401, "sign_in_failed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_passwords_at_once_leave_health_and_bookings_answering() {
    for on in engines() {
        let house = Arc::new(house(on).await);
        let admin = house.administrator().await;
        let office = house.clinic(&admin).await;
        let me = house.patient(PHONE).await;
        let done = Arc::new(AtomicUsize::new(0));
        let crowd: Vec<_> = (0..100)
            .map(|number| {
                let (house, done) = (house.clone(), done.clone());
                tokio::spawn(async move {
                    let answer = house.by_password(&format!("nobody{number}"), "какой-нибудь пароль").await;
                    // On a machine that is busy with other things as well, some may be told to come again.
                    assert!(matches!(answer.status.as_u16(), 401 | 503), "{answer:?}");
                    done.fetch_add(1, Ordering::SeqCst);
                })
            })
            .collect();
        house.get("/healthz", None).await.is(200);
        house.get("/readyz", None).await.is(200);
        let starts_at = at(&house, 1, 10, 0).to_rfc3339();
        let booking = json!({"doctorId": office.doctor_id, "serviceId": office.service_id, "startsAt": starts_at});
        house.post("/v1/bookings", me.token(), booking).await.is(201);
        let waiting = 100 - done.load(Ordering::SeqCst);
        println!("{waiting} of 100 passwords were still being checked when the visit was booked");
        assert!(waiting > 0, "they did not wait for the crowd");
        for one in crowd {
            one.await.expect("an answer");
        }
    }
}
