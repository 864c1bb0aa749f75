//! Booking, paying, documents, conversations, tickets, notices.

use super::{OTHER, PHONE, Pair};
use crate::doors::everything;
use crate::support::clinic::{Clinic, at, day};
use crate::support::house::House;
use crate::support::people::Person;
use crate::support::stores::engines;
use chrono::{DateTime, TimeDelta, Utc};
use feldsher::adapters::outbox::Channel;
use feldsher::app::notices::Kind;
use feldsher::clinic::notifications;
use feldsher::kernel::db::{Actor, Tx};
use feldsher::kernel::error::Result;
use serde_json::{Value, json};
use std::collections::BTreeSet;

#[tokio::test(flavor = "multi_thread")]
async fn what_is_offered_lies_nearer_and_not_so_near() {
    for on in engines() {
        let Pair { telemed, clinic } = Pair::new(on).await;
        let admin = telemed.administrator().await;
        let office = telemed.clinic(&admin).await;
        let far = day(&telemed, 40);
        assert!(offered(&telemed, &office, &far).await.len() > 10);
        assert_eq!(offered(&clinic, &office, &far).await, Vec::<String>::new(), "further than a month, on {on:?}");
        telemed.app.ambient.advance(at(&telemed, 1, 12, 0) - telemed.app.ambient.now());
        let today = day(&telemed, 0);
        let (near, later) = (offered(&telemed, &office, &today).await, offered(&clinic, &office, &today).await);
        let first = |slots: &[String]| slots[0].parse::<DateTime<Utc>>().expect("a moment");
        let noon = at(&telemed, 0, 12, 0);
        assert!(first(&near) - noon < TimeDelta::minutes(61), "{near:?}");
        assert!(first(&later) - noon >= TimeDelta::hours(2), "{later:?}");
    }
}

async fn offered(house: &House, office: &Clinic, day: &str) -> Vec<String> {
    let path = format!("/v1/doctors/{}/slots?from={day}&to={day}&serviceId={}", office.doctor_id, office.service_id);
    let slots = house.get(&path, None).await.is(200).json();
    let starts = |slot: &Value| slot["startsAt"].as_str().unwrap_or_default().to_owned();
    slots["items"].as_array().expect("slots").iter().map(starts).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn where_payments_are_refused_a_price_is_paid_at_the_desk() {
    for on in engines() {
        let Pair { telemed, clinic } = Pair::open(on).await;
        let admin = telemed.administrator().await;
        let mut office = telemed.clinic(&admin).await;
        office.service_id = telemed.paid_service(&admin, &office.clinic_id).await;
        let me = telemed.patient(PHONE).await;
        let held = telemed.tomorrow(&me, &office, 10).await;
        assert!(held["state"] == "held" && held["chargeId"].is_string(), "{held}");
        let booked = clinic.tomorrow(&me, &office, 15).await;
        assert!(booked["state"] == "booked" && booked.get("chargeId").is_none(), "{booked}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_conversations_and_tickets_go_by_other_limits() {
    for on in engines() {
        let Pair { telemed, clinic } = Pair::new(on).await;
        let admin = telemed.administrator().await;
        let office = telemed.clinic(&admin).await;
        clinic.undertakes(&office.doctor).await;
        let me = telemed.patient(PHONE).await;
        telemed.tomorrow(&me, &office, 10).await;

        let path = format!("/v1/staff/patients/{}/documents", me.id);
        let picture =
            json!({"kind": "conclusion", "title": "Снимок", "fileName": "a.png", "mediaType": "image/png", "sizeBytes": 20});
        let large = json!({"kind": "conclusion", "title": "Снимок", "fileName": "a.pdf", "mediaType": "application/pdf", "sizeBytes": 11_000_000});
        for (document, status, code) in [(picture, 400, "invalid"), (large, 413, "too_large")] {
            telemed.post(&path, office.doctor.token(), document.clone()).await.is(201);
            clinic.post(&path, office.doctor.token(), document).await.refused(status, code);
        }

        // The doctor writes in both, and the patient reads; the longer term prolongs.
        let talk = json!({"patientId": me.id, "topic": "После приёма"});
        let short = clinic.post("/v1/staff/conversations", office.doctor.token(), talk.clone()).await.is(201).json();
        let long = telemed.post("/v1/staff/conversations", office.doctor.token(), talk).await;
        assert!(long.status.is_success());
        let until = |talk: &Value| talk["openUntil"].as_str().expect("a term").parse::<DateTime<Utc>>().expect("a moment");
        assert_eq!((until(&long.json()) - until(&short)).num_days(), 23, "{on:?}");
        let path = format!("/v1/conversations/{}", short["id"].as_str().expect("an id"));
        assert_eq!(clinic.get(&path, me.token()).await.is(200).text("/emergencyPhone"), "103");
        assert_eq!(telemed.get(&path, me.token()).await.is(200).text("/emergencyPhone"), "112");

        let version = telemed.get("/v1/policies/current", None).await.is(200).text("/version");
        let guest = json!({"topic": "app", "text": "Не могу войти", "contact": "guest@example.org", "policyVersion": version});
        telemed.post("/v1/guest-tickets", None, guest.clone()).await.is(202);
        clinic.post("/v1/guest-tickets", None, guest).await.refused(403, "class_refused");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn notices_stay_in_the_inbox_but_for_what_the_account_itself_is_at_stake_for() {
    for on in engines() {
        let Pair { telemed, clinic } = Pair::new(on).await;
        let (first, second) = (telemed.patient(PHONE).await, telemed.patient(OTHER).await);
        for (house, ways) in [(&telemed, vec!["email", "push", "sms"]), (&clinic, vec!["sms"])] {
            let preferences = house.get("/v1/me/preferences", first.token()).await.is(200).json();
            let switches = preferences["switches"].as_array().expect("switches").clone();
            let known: BTreeSet<&str> = switches.iter().filter_map(|switch| switch["channel"].as_str()).collect();
            assert_eq!(known.into_iter().collect::<Vec<_>>(), ways, "{on:?}");
        }
        // Without a phone that could be woken, `ru-telemed` writes.
        for (house, who, kind, written) in [
            (&telemed, &first, Kind::DocumentAdded, 1),
            (&clinic, &second, Kind::DocumentAdded, 0),
            (&clinic, &second, Kind::BookingConfirmed, 0),
            (&clinic, &second, Kind::FreezeChanged, 1),
        ] {
            let before = letters(house);
            tell(house, who, kind).await;
            assert_eq!(letters(house) - before, written, "{kind:?} on {on:?}");
        }
        let again = clinic.newcomer(OTHER).await;
        let inbox = clinic.get("/v1/notifications", again.token()).await.is(200).json();
        assert_eq!(inbox["items"].as_array().map(Vec::len), Some(3), "{inbox}");
        clinic.later(TimeDelta::days(200)).await;
        assert_eq!(everything(&clinic).await["notification"].lines().count(), 4, "kept a year on {on:?}");
        telemed.later(TimeDelta::days(2)).await;
        assert_eq!(everything(&telemed).await["notification"], "", "kept half a year on {on:?}");
    }
}

fn letters(house: &House) -> usize {
    house.app.adapters.outbox.all().iter().filter(|message| message.channel != Channel::Push).count()
}

/// Tells a notice at noon in Moscow, so that nothing waits for the morning.
async fn tell(house: &House, who: &Person, kind: Kind) {
    let noon = (house.app.ambient.now() + TimeDelta::days(1)).date_naive().and_hms_opt(9, 0, 0).expect("an hour").and_utc();
    house.app.ambient.advance(noon - house.app.ambient.now());
    let (subject, object) = (who.id.parse().expect("an id"), house.app.ambient.id());
    let tell = async |tx: &mut Tx| -> Result<()> { notifications::tell(tx, subject, kind, object).await };
    house.app.write(&Actor::house("test"), tell).await.expect("told");
    house.settle().await;
}
