//! From the held slot to the booked visit, by a provider that is well, late, lost or out of order.

use super::{PRICE, Scene, number};
use crate::support::clinic::day;
use crate::support::people::Person;
use crate::support::stores::engines;
use chrono::TimeDelta;
use feldsher::adapters::payments::State;
use feldsher::adapters::payments::sandbox::{Act, Mood};
use reqwest::Method;
use serde_json::json;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn s4_04_an_invoice_says_what_is_to_be_paid_and_what_was_in_four_languages() {
    for on in engines() {
        let scene = Scene::new(on).await;
        let Scene { house, patient, .. } = &scene;
        let (_, charge) = scene.book(3, 10).await;
        let page = async |person: &Person, lang: &str, charge: &str| {
            let path = format!("/v1/charges/{charge}/invoice");
            house.send(house.request(Method::GET, &path, person.token()).header("Accept-Language", lang)).await
        };
        let text = async |lang: &str| String::from_utf8(page(patient, lang, &charge).await.is(200).bytes).expect("UTF-8");
        let amount = format!("{}.{:02} KZT", PRICE / 100, PRICE % 100);
        for (lang, title, until) in [
            ("ru", "Счёт", "Оплатить до"),
            ("kk", "Шот", "Төлеу мерзімі"),
            ("ka", "ანგარიშფაქტურა", "გადასახდელია ამ დრომდე"),
            ("en", "Invoice", "To be paid until"),
        ] {
            let page = text(lang).await;
            assert!([title, until, "Пациентов Пётр", &amount, &charge].iter().all(|word| page.contains(word)), "{lang}: {page}");
            assert!(!page.contains("Кашель") && !page.contains("<script"), "{lang}: {page}");
        }
        let other = house.patient("+77010009999").await;
        page(&other, "ru", &charge).await.refused(404, "not_found");

        house.pay(patient, &charge, true).await;
        let paid = text("en").await;
        assert!(paid.contains("<th align=\"left\">Paid</th>") && !paid.contains("To be paid until"), "{paid}");

        let (booking, dropped) = scene.book(4, 10).await;
        house.post(&format!("/v1/bookings/{booking}/cancel"), patient.token(), json!({})).await.is(200);
        house.settle().await;
        page(patient, "ru", &dropped).await.refused(409, "state_conflict");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s4_04_a_paid_service_is_held_then_paid_then_booked() {
    for on in engines() {
        let scene = Scene::new(on).await;
        let Scene { house, patient, .. } = &scene;
        let saved = "/v1/me/payment-methods";
        assert_eq!(house.get(saved, patient.token()).await.is(200).json(), json!({"items": []}), "none before");
        let (booking, charge) = scene.book(3, 10).await;
        let seen = scene.charge(&charge).await;
        assert_eq!((&seen["state"], &seen["price"]), (&json!("open"), &json!({"amount": PRICE, "currency": "KZT"})));
        assert_eq!(seen["bookingId"], booking.as_str());
        assert_eq!(house.get("/v1/charges", patient.token()).await.is(200).json()["items"], json!([seen]));
        let diary = format!("/v1/staff/bookings?from={}&to={}", day(house, 3), day(house, 3));
        let held = house.get(&diary, scene.clinic.doctor.token()).await.is(200).json();
        assert_eq!(held["items"][0]["state"], "held");
        assert!(held["items"][0].get("patientName").is_none(), "the doctor learns nothing of somebody who has not paid");

        let path = format!("/v1/charges/{charge}/payment");
        let ask = async |body| {
            let request = house.request(Method::POST, &path, patient.token()).header("Idempotency-Key", "one");
            house.send(request.json(&body)).await
        };
        let first = ask(json!({"saveMethod": true})).await.is(200);
        let again = ask(json!({"saveMethod": true})).await.is(200);
        assert_eq!(first.json(), again.json(), "the same request is the same sheet");
        ask(json!({"saveMethod": false})).await.refused(422, "idempotency_key_reused");
        let other_key = house.post(&path, patient.token(), json!({})).await.is(200);
        assert_eq!(other_key.text("/clientSecret"), first.text("/clientSecret"), "and never another payment");
        for word in ["clientSecret", "publishableKey", "customer", "customerSession"] {
            assert!(first.json().get(word).is_some(), "{word} on {on:?}");
        }
        let payment = first.text("/clientSecret").trim_end_matches("_secret").to_owned();
        let provider = house.provider();
        provider.act(&payment, Act::Challenge).expect("3-D Secure");
        house.hear().await;
        assert_eq!(scene.charge_state(&charge).await, "action");
        provider.act(&payment, Act::Decline).expect("declined");
        house.hear().await;
        assert_eq!((scene.charge_state(&charge).await.as_str(), scene.told("paymentFailed").await), ("failed", 1));
        assert_eq!(scene.booking_state(&booking).await, "held", "there is time for another card");
        provider.act(&payment, Act::Pay).expect("paid");
        house.hear().await;
        assert_eq!(scene.charge_state(&charge).await, "paid");
        assert_eq!(scene.booking_state(&booking).await, "booked");
        assert_eq!((scene.told("paymentNeeded").await, scene.told("bookingConfirmed").await), (1, 1));
        let seen = house.get(&diary, scene.clinic.doctor.token()).await.is(200).json();
        assert_eq!(
            (&seen["items"][0]["patientName"], &seen["items"][0]["complaint"]),
            (&json!("Пациентов Пётр"), &json!("Кашель"))
        );
        assert_eq!(house.post(&path, patient.token(), json!({})).await.is(200).json(), json!({"kind": "done"}));

        let method = house.get(saved, patient.token()).await.is(200);
        assert_eq!(
            (method.text("/items/0/last4"), method.json()["items"][0]["expiresMonth"].as_i64()),
            ("4242".into(), Some(12))
        );
        let path = format!("{saved}/{}", method.text("/items/0/id"));
        house.delete(&path, patient.token()).await.is(204);
        house.delete(&path, patient.token()).await.refused(404, "not_found");
        assert_eq!(house.get(saved, patient.token()).await.is(200).json(), json!({"items": []}));
        house.later(TimeDelta::days(4)).await;
        assert_eq!(number(house, "SELECT count(*) FROM booking WHERE state = 'done'").await, 1, "the visit is over on {on:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s4_04_late_lost_silent_and_nonsense_answers_charge_once_and_lose_nothing() {
    let moods = [
        Mood::Late(Duration::from_millis(50)),
        Mood::Lost,
        Mood::Nonsense,
        Mood::Silent,
        Mood::Down { after_s: Some(5) },
        Mood::Down { after_s: None },
    ];
    for on in engines() {
        let scene = Scene::new(on).await;
        let Scene { house, patient, .. } = &scene;
        let provider = house.provider();
        let mut waiting = Vec::new();
        for (hour, mood) in (9..).zip(moods) {
            let (booking, charge) = scene.book(3, hour).await;
            provider.misbehave(1, mood);
            let answer = house.post(&format!("/v1/charges/{charge}/payment"), patient.token(), json!({})).await;
            let expected = if matches!(mood, Mood::Late(_)) { 200 } else { 503 };
            assert_eq!(answer.status.as_u16(), expected, "{mood:?} on {on:?}");
            if matches!(mood, Mood::Lost | Mood::Nonsense | Mood::Silent) {
                assert_eq!(scene.charge_state(&charge).await, "unknown", "never guessed: {mood:?}");
            }
            waiting.push((booking, charge, mood));
        }
        // Nobody asks again: the task that stands by does, and finds what was made.
        house.later(TimeDelta::seconds(90)).await;
        house.later(TimeDelta::seconds(90)).await;
        assert_eq!(provider.payments().len(), moods.len(), "one payment each on {on:?}");
        // Every look at the provider fails for a while, and its own calls never come.
        for payment in provider.payments() {
            provider.act(&payment.id, Act::Pay).expect("a payment that waits");
        }
        drop(provider.callbacks(house.app.ambient.now()));
        provider.misbehave(3, Mood::Silent);
        provider.misbehave(2, Mood::Nonsense);
        provider.misbehave(2, Mood::Down { after_s: None });
        for _ in 0..8 {
            house.later(TimeDelta::minutes(61)).await;
        }
        // The holds have ended long ago; the times were free, so they are booked all the same.
        let patient = house.newcomer(super::PHONE).await;
        for (booking, charge, mood) in waiting {
            assert_eq!(house.charge(&patient, &charge).await["state"], "paid", "{mood:?} on {on:?}");
            let seen = house.get(&format!("/v1/bookings/{booking}"), patient.token()).await.is(200);
            assert_eq!(seen.text("/state"), "booked", "{mood:?} on {on:?}");
        }
        assert!(provider.payments().iter().all(|payment| payment.state == State::Paid && payment.money.amount == PRICE));
        let paid = number(house, "SELECT CAST(sum(paid_amount) AS bigint) FROM charge").await;
        assert_eq!(paid, PRICE * i64::try_from(moods.len()).expect("few"), "what they took is what we know");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s4_04_a_payment_that_ends_unpaid_is_begun_anew_under_another_key() {
    for on in engines() {
        let scene = Scene::new(on).await;
        let Scene { house, patient, .. } = &scene;
        let (booking, charge) = scene.book(3, 10).await;
        let first = house.begin_payment(patient, &charge, false).await;
        house.provider().act(&first, Act::Expire).expect("given up");
        house.hear().await;
        assert_eq!(scene.charge_state(&charge).await, "canceled");
        let second = house.pay(patient, &charge, false).await;
        assert_ne!(first, second);
        assert_eq!(scene.charge_state(&charge).await, "paid");
        assert_eq!(scene.booking_state(&booking).await, "booked", "{on:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s4_04_the_price_is_the_clinics_and_nothing_of_the_payment_lies_open() {
    for on in engines() {
        let scene = Scene::new(on).await;
        let Scene { house, patient, .. } = &scene;
        let (_, charge) = scene.book(3, 10).await;
        let path = format!("/v1/charges/{charge}/payment");
        for body in [json!({"amount": 1}), json!({"currency": "RUB"}), json!({"price": {"amount": 1, "currency": "KZT"}})] {
            house.post(&path, patient.token(), body).await.refused(400, "invalid");
        }
        for url in ["javascript:alert(1)", "no link", "file:///etc/passwd"] {
            house.post(&path, patient.token(), json!({"returnUrl": url})).await.refused(400, "invalid");
        }
        let payment = house.begin_payment(patient, &charge, true).await;
        let rows = crate::doors::everything(house).await;
        for (table, rows) in rows {
            for secret in [payment.as_str(), "_secret", "sandbox_customer", "sandbox_publishable"] {
                assert!(!rows.contains(secret), "{table} holds {secret} on {on:?}");
            }
        }
    }
}
