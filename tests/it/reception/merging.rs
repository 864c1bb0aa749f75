//! Two accounts of one person are made one, and two again.

use super::{OTHER, Office, PHONE};
use crate::support::clinic::day;
use crate::support::house::House;
use crate::support::people::Person;
use crate::support::stores::engines;
use chrono::TimeDelta;
use serde_json::{Value, json};

struct Two {
    office: Office,
    first: Person,
    second: Person,
    /// A visit of the second account.
    booking: String,
}

impl Two {
    async fn begin(house: &House) -> Self {
        let office = Office::open(house).await;
        let (first, second) = (house.patient(PHONE).await, house.patient(OTHER).await);
        let mut visit = office.visit(house, 1, 10);
        visit.as_object_mut().expect("a visit").remove("channel");
        visit["complaint"] = "кашель".into();
        let booking = house.post("/v1/bookings", second.token(), visit).await.is(201).text("/id");
        Self { office, first, second, booking }
    }

    fn path(&self) -> String {
        format!("/v1/staff/patients/{}/merge", self.first.id)
    }

    fn body(&self) -> Value {
        json!({"otherId": self.second.id})
    }

    async fn merged(&self, house: &House) {
        let desk = &self.office.desk;
        for (patient, phone) in [(&self.first, PHONE), (&self.second, OTHER)] {
            house.find(desk, phone).await.is(200);
            house.checked(desk, &patient.id).await;
        }
        house.post(&self.path(), desk.token(), self.body()).await.is(201);
    }

    /// Who comes tomorrow, as the doctor sees it.
    async fn seen(&self, house: &House) -> Value {
        let diary = format!("/v1/staff/bookings?from={}&to={}", day(house, 1), day(house, 1));
        house.get(&diary, self.office.clinic.doctor.token()).await.is(200).json()["items"][0]["patientName"].clone()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn duplicates_are_merged_with_both_checked_and_taken_apart_again() {
    for on in engines() {
        let house = House::new(on).await;
        let two = Two::begin(&house).await;
        let desk = &two.office.desk;
        house.post(&two.path(), desk.token(), two.body()).await.refused(404, "not_found");
        house.find(desk, PHONE).await.is(200);
        house.post(&two.path(), desk.token(), two.body()).await.refused(404, "not_found");
        let same = house.get(&format!("/v1/staff/patients/{}/duplicates", two.first.id), desk.token()).await.is(200).json();
        assert_eq!(same["items"][0]["patientId"], json!(two.second.id), "of one surname and birthday");
        house.post(&format!("/v1/staff/patients/{}/choose", two.second.id), desk.token(), json!({})).await.is(200);
        house.post(&two.path(), desk.token(), two.body()).await.refused(403, "identity_check_required");
        house.checked(desk, &two.first.id).await;
        house.post(&two.path(), desk.token(), two.body()).await.refused(403, "identity_check_required");
        house.checked(desk, &two.second.id).await;
        house.post(&two.path(), desk.token(), json!({"otherId": two.first.id})).await.refused(400, "invalid");
        house.put("/v1/me/freeze", two.second.token(), json!({"scopes": ["staff"]})).await.is(200);
        house.post(&two.path(), desk.token(), two.body()).await.refused(403, "frozen");
        house.delete("/v1/me/freeze", two.second.token()).await.is(200);
        house.get(&format!("/v1/bookings/{}", two.booking), two.first.token()).await.refused(404, "not_found");
        house.post(&two.path(), desk.token(), two.body()).await.is(201);

        // One account: the numbers of both lead to it, and it reads the visits of both.
        house.get("/v1/me", two.second.token()).await.refused(401, "unauthenticated");
        let again = house.newcomer(OTHER).await;
        assert_eq!(again.id, two.first.id);
        assert_eq!(house.find(desk, OTHER).await.is(200).text("/patientId"), two.first.id);
        let bookings = house.get("/v1/bookings", again.token()).await.is(200).json();
        assert_eq!((&bookings["items"][0]["id"], &bookings["items"][0]["complaint"]), (&json!(two.booking), &json!("кашель")));
        house.get(&format!("/v1/bookings/{}", two.booking), two.first.token()).await.is(200);
        assert_eq!(two.seen(&house).await, "Пациентов Пётр", "its doctor sees who comes");
        house.post(&two.path(), desk.token(), two.body()).await.refused(404, "not_found");

        // A freeze of the one is a freeze of both.
        house.put("/v1/me/freeze", again.token(), json!({"scopes": ["staff"]})).await.is(200);
        assert!(two.seen(&house).await.is_null());
        house.delete(&two.path(), desk.token()).await.refused(403, "frozen");
        house.delete("/v1/me/freeze", again.token()).await.is(200);

        house.delete(&two.path(), desk.token()).await.is(204);
        house.get("/v1/me", again.token()).await.refused(401, "unauthenticated");
        let (first, second) = (house.newcomer(PHONE).await, house.newcomer(OTHER).await);
        assert_eq!((first.id, second.id), (two.first.id.clone(), two.second.id.clone()));
        house.get(&format!("/v1/bookings/{}", two.booking), first.token.as_str().into()).await.refused(404, "not_found");
        house.get(&format!("/v1/bookings/{}", two.booking), second.token.as_str().into()).await.is(200);
        house.delete(&two.path(), desk.token()).await.refused(404, "not_found");
        house.settle().await;
        assert_eq!(two.seen(&house).await, "Пациентов Пётр", "{on:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_erasure_of_a_merged_account_takes_both() {
    for on in engines() {
        let house = House::new(on).await;
        let two = Two::begin(&house).await;
        two.merged(&house).await;
        house.delete("/v1/me", two.first.token()).await.is(202);
        assert!(two.seen(&house).await.is_null(), "shut on the first day");
        house.delete(&two.path(), two.office.desk.token()).await.refused(409, "deletion_pending");
        house.later(TimeDelta::days(15)).await;
        house.later(TimeDelta::minutes(10)).await;
        for phone in [PHONE, OTHER] {
            let new = house.newcomer(phone).await;
            assert!(new.id != two.first.id && new.id != two.second.id, "{phone} is a new person: {on:?}");
        }
        for gone in [&two.first.id, &two.second.id] {
            let keys = house.app.vault.keys(gone.parse().expect("an id")).await;
            assert!(keys.is_err() || keys.is_ok_and(|keys| !keys.has(feldsher::kernel::vault::Class::Identity)));
        }
    }
}
