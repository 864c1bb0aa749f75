//! Money: held, paid, declined, lost and found again, given back, forgotten.

mod callbacks;
mod cards;
mod holds;
mod kills;
mod leaving;
mod parked;
mod paying;
mod refunds;

use crate::support::clinic::{Clinic, at};
use crate::support::house::{Answer, House};
use crate::support::people::Person;
use crate::support::stores::On;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};

const PHONE: &str = "+79160000001";
const OTHER: &str = "+79160000002";
const PRICE: i64 = 1_500_000;

/// A clinic with a service that costs something, and somebody who comes to it.
struct Scene {
    house: House,
    admin: Person,
    clinic: Clinic,
    service: String,
    patient: Person,
}

impl Scene {
    async fn new(on: On) -> Self {
        let house = House::new(on).await;
        let admin = house.administrator().await;
        let clinic = house.clinic(&admin).await;
        let service = house.paid_service(&admin, &clinic.clinic_id).await;
        let patient = house.patient(PHONE).await;
        Self { house, admin, clinic, service, patient }
    }

    async fn try_book(&self, patient: &Person, days: i64, hour: u32) -> Answer {
        let starts_at = at(&self.house, days, hour, 0).to_rfc3339();
        let body =
            json!({"doctorId": self.clinic.doctor_id, "serviceId": self.service, "startsAt": starts_at, "complaint": "Кашель"});
        self.house.post("/v1/bookings", patient.token(), body).await
    }

    /// A held booking and its charge.
    async fn book(&self, days: i64, hour: u32) -> (String, String) {
        let held = self.try_book(&self.patient, days, hour).await.is(201);
        assert_eq!(held.text("/state"), "held");
        (held.text("/id"), held.text("/chargeId"))
    }

    /// A booking that is paid for, its charge, and the provider's payment.
    async fn paid(&self, days: i64, hour: u32) -> (String, String, String) {
        let (booking, charge) = self.book(days, hour).await;
        let payment = self.house.pay(&self.patient, &charge, false).await;
        (booking, charge, payment)
    }

    async fn booking_state(&self, id: &str) -> String {
        self.house.get(&format!("/v1/bookings/{id}"), self.patient.token()).await.is(200).text("/state")
    }

    async fn charge(&self, id: &str) -> Value {
        self.house.charge(&self.patient, id).await
    }

    async fn charge_state(&self, id: &str) -> String {
        self.charge(id).await["state"].as_str().expect("a state").to_owned()
    }

    /// How often the patient was told this.
    async fn told(&self, kind: &str) -> i64 {
        let mine = "subject IN (SELECT subject FROM patient)";
        number(&self.house, &format!("SELECT count(*) FROM notification WHERE kind = '{kind}' AND {mine}")).await
    }
}

async fn number(house: &House, sql: &str) -> i64 {
    let reader = house.app.db.reader();
    let query = Statement::from_string(reader.get_database_backend(), sql);
    reader.query_one_raw(query).await.expect("a query").expect("a row").try_get_by_index(0).expect("a number")
}
