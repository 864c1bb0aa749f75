//! S1-18: staff sign in by a passkey. What was not signed for us, by this key, for this challenge, once, proves nothing.

use crate::support::authenticator::Authenticator;
use crate::support::house::{Answer, House};
use crate::support::people::Person;
use crate::support::stores::engines;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use serde_json::{Value, json};

async fn begin(house: &House, who: &Person) -> Value {
    house.post("/v1/staff/me/passkeys/options", who.token(), json!({})).await.is(200).json()
}

async fn create(house: &House, who: &Person, body: Value) -> Answer {
    house.post("/v1/staff/me/passkeys", who.token(), body).await
}

async fn challenge(house: &House) -> Value {
    house.post("/v1/auth/passkeys/options", None, json!({})).await.is(200).json()
}

async fn sign_in(house: &House, body: Value) -> Answer {
    house.post("/v1/auth/passkeys", None, body).await
}

#[tokio::test(flavor = "multi_thread")]
async fn s1_18_a_passkey_is_registered_signs_in_and_is_taken_away() {
    for on in engines() {
        let house = House::new(on).await;
        let admin = house.administrator().await;
        let doctor = house.clinic(&admin).await.doctor;
        let mut phone = Authenticator::new(1);
        let begun = begin(&house, &doctor).await;
        assert_eq!(begun["options"]["authenticatorSelection"]["userVerification"], "required");
        let made = create(&house, &doctor, phone.create(&begun)).await.is(201);
        // A ceremony ends once, a credential is there once, and the next options name it.
        create(&house, &doctor, phone.create(&begun)).await.refused(404, "not_found");
        let again = begin(&house, &doctor).await;
        assert_eq!(again["options"]["excludeCredentials"][0]["id"], URL_SAFE_NO_PAD.encode(&phone.credential));
        create(&house, &doctor, phone.create(&again)).await.refused(400, "invalid");

        let asked = challenge(&house).await;
        phone.counter = 7;
        let signed = phone.sign(&asked);
        let pair = sign_in(&house, signed.clone()).await.is(200);
        assert_eq!(pair.text("/role"), "doctor");
        let token = pair.text("/accessToken");
        house.get("/v1/staff/me", Some(&token)).await.is(200);
        let sessions = house.get("/v1/me/sessions", Some(&token)).await.is(200).json();
        assert!(sessions.to_string().contains("Телефон"), "{sessions}");
        sign_in(&house, signed).await.refused(404, "not_found");
        // A copy of the key would count anew.
        for counter in [7, 3, 0] {
            phone.counter = counter;
            let asked = challenge(&house).await;
            sign_in(&house, phone.sign(&asked)).await.refused(401, "sign_in_failed");
        }
        phone.counter = 8;

        // Another's passkey is nobody's to take away, and what is taken away signs in no more.
        let id = made.text("/id");
        let path = format!("/v1/staff/me/passkeys/{id}");
        house.delete(&path, admin.token()).await.refused(404, "not_found");
        let mine = house.get("/v1/staff/me/passkeys", doctor.token()).await.is(200).json();
        assert_eq!((mine["items"][0]["id"].as_str(), mine["items"][0]["name"].as_str()), (Some(id.as_str()), Some("Телефон")));
        house.delete(&path, doctor.token()).await.is(204);
        let asked = challenge(&house).await;
        sign_in(&house, phone.sign(&asked)).await.refused(401, "sign_in_failed");
        // The record names no credential in the plain.
        assert_eq!(house.row_count("passkey_ceremony WHERE staff IS NULL", []).await, 4, "{on:?}");
        house.later(TimeDelta::minutes(20)).await;
        assert_eq!(house.row_count("passkey_ceremony", []).await, 0, "swept, on {on:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s1_18_what_was_signed_elsewhere_or_by_nobody_proves_nothing() {
    for on in engines() {
        let house = House::new(on).await;
        let admin = house.administrator().await;
        let desk = house.staff(&admin, "reception", "desk", None).await;
        // Registrations: another page, another house, nobody verified, a ceremony of somebody else, broken bytes.
        let wrong = |change: fn(&mut Authenticator)| {
            let mut device = Authenticator::new(2);
            change(&mut device);
            device
        };
        let wrongs: [fn(&mut Authenticator); 4] = [
            |device| device.origin = "https://localhost.evil.example".into(),
            |device| device.rp_id = "evil.example".into(),
            |device| device.flags = 0x01,
            |device| device.flags = 0x05 | 0x10,
        ];
        for change in wrongs {
            let begun = begin(&house, &desk).await;
            create(&house, &desk, wrong(change).create(&begun)).await.refused(400, "invalid");
        }
        let begun = begin(&house, &admin).await;
        create(&house, &desk, Authenticator::new(2).create(&begun)).await.refused(404, "not_found");
        for garbage in ["oA", "gA", "_____w", "o2NmbXRkbm9uZWdhdHRTdG10oGhhdXRoRGF0YUEA", "m____________w"] {
            let mut body = Authenticator::new(2).create(&begin(&house, &desk).await);
            body["attestationObject"] = garbage.into();
            create(&house, &desk, body).await.refused(400, "invalid");
        }

        let phone = Authenticator::new(3);
        let begun = begin(&house, &desk).await;
        create(&house, &desk, phone.create(&begun)).await.is(201);
        // Sign-ins: another page, a registration's answer, another's signature under this id, a changed byte, an old challenge.
        let mut elsewhere = Authenticator::new(3);
        let asked = challenge(&house).await;
        sign_in(&house, elsewhere.sign(&asked)).await.refused(401, "sign_in_failed");
        elsewhere.origin = "https://evil.example".into();
        sign_in(&house, elsewhere.sign(&asked)).await.refused(401, "sign_in_failed");
        let mut bent = phone.sign(&asked);
        bent["authenticatorData"] = elsewhere.sign(&asked)["authenticatorData"].clone();
        bent["clientDataJson"] = phone.create(&asked)["clientDataJson"].clone();
        sign_in(&house, bent).await.refused(401, "sign_in_failed");
        let registration = begin(&house, &desk).await;
        sign_in(&house, phone.sign(&registration)).await.refused(404, "not_found");
        let all = [phone.sign(&asked), phone.sign(&asked), phone.sign(&asked)];
        let [a, b, c] = all.map(|body| sign_in(&house, body));
        let (a, b, c) = tokio::join!(a, b, c);
        assert_eq!([a, b, c].iter().filter(|answer| answer.status == 200).count(), 1, "one challenge, one session, on {on:?}");
        let old = challenge(&house).await;
        house.app.ambient.advance(TimeDelta::minutes(6));
        sign_in(&house, phone.sign(&old)).await.refused(404, "not_found");
        // Whoever found a terminal open adds no key of his own.
        house.post("/v1/staff/me/passkeys/options", desk.token(), json!({})).await.refused(403, "step_up_required");
        // Shut out is shut out.
        house.put_staff(&admin, &desk.id, "reception", &[], "suspended").await.is(200);
        let asked = challenge(&house).await;
        sign_in(&house, phone.sign(&asked)).await.refused(401, "sign_in_failed");
    }
}
