//! A clinic to come to: its service, its doctor, and patients who may book.

use super::house::House;
use super::people::Person;
use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use feldsher::clinic::identity;
use feldsher::kernel::db::{Actor, Tx};
use serde_json::{Value, json};

/// The clock on the wall of every test clinic.
pub const ZONE: Tz = chrono_tz::Asia::Almaty;

#[derive(Debug, Clone)]
pub struct Clinic {
    pub clinic_id: String,
    /// Half an hour, for every speciality.
    pub service_id: String,
    pub doctor: Person,
    pub doctor_id: String,
}

/// The same words in every language.
pub fn everywhere(text: &str) -> Value {
    json!({"ru": text, "kk": text, "ka": text, "en": text})
}

/// The moment at which the clinic's clock shows `hour:minute`, `days` from today.
pub fn at(house: &House, days: i64, hour: u32, minute: u32) -> DateTime<Utc> {
    let today = house.app.ambient.now().with_timezone(&ZONE).date_naive();
    let shown = (today + TimeDelta::days(days)).and_hms_opt(hour, minute, 0).expect("a time");
    ZONE.from_local_datetime(&shown).single().expect("a clock without gaps").with_timezone(&Utc)
}

/// A date of the clinic's calendar, `days` from today.
pub fn day(house: &House, days: i64) -> String {
    (house.app.ambient.now().with_timezone(&ZONE).date_naive() + TimeDelta::days(days)).to_string()
}

impl House {
    /// A clinic in Almaty with a service of half an hour and a cardiologist who receives each day from 9 to 18.
    pub async fn clinic(&self, administrator: &Person) -> Clinic {
        let clinic = json!({
            "names": {"ru": "Клиника на Абая", "kk": "Абай клиникасы", "ka": "კლინიკა აბაიზე", "en": "Clinic on Abai"},
            "zone": "Asia/Almaty",
            "addresses": everywhere("Almaty, Abai 10"),
            "phone": "+77272501234",
        });
        let clinic_id = self.post("/v1/staff/clinics", administrator.token(), clinic).await.is(201).text("/id");
        let service_id = self.service(administrator, &clinic_id, 30).await;
        let names = json!({
            "ru": "Айгерим Сейткызы Ёлкина", "kk": "Айгерім Сейтқызы Ёлкина", "ka": "აიგერიმ იოლკინა", "en": "Aigerim Yolkina",
        });
        let (doctor_id, doctor) = self.doctor(administrator, &clinic_id, "cardiology", "cardiologist", names).await;
        Clinic { clinic_id, service_id, doctor, doctor_id }
    }

    /// Another doctor of the clinic, a neurologist with the same hours.
    pub async fn second_doctor(&self, administrator: &Person, clinic: &Clinic) -> (String, Person) {
        let names = json!({"ru": "Нино Шотаевна Квирикашвили", "kk": "Нино Квирикашвили", "ka": "ნინო კვირიკაშვილი", "en": "Nino Kvirikashvili"});
        self.doctor(administrator, &clinic.clinic_id, "neurology", "neurologist", names).await
    }

    /// A service that costs the patient nothing.
    pub async fn service(&self, administrator: &Person, clinic_id: &str, minutes: i32) -> String {
        let service = json!({"clinicId": clinic_id, "names": everywhere("Consultation"), "durationMinutes": minutes});
        self.post("/v1/staff/services", administrator.token(), service).await.is(201).text("/id")
    }

    /// A service of half an hour that is paid before it is booked.
    pub async fn paid_service(&self, administrator: &Person, clinic_id: &str) -> String {
        let service = json!({
            "clinicId": clinic_id, "names": everywhere("Paid consultation"), "durationMinutes": 30,
            "price": {"amount": 1_500_000, "currency": "KZT"},
        });
        self.post("/v1/staff/services", administrator.token(), service).await.is(201).text("/id")
    }

    /// A doctor who receives each day from 9 to 18, signed in.
    pub async fn doctor(
        &self,
        administrator: &Person,
        clinic_id: &str,
        speciality: &str,
        login: &str,
        names: Value,
    ) -> (String, Person) {
        let new = json!({"clinicId": clinic_id, "speciality": speciality, "names": names, "login": login});
        let issued = self.post("/v1/staff/doctors", administrator.token(), new).await.is(201);
        let id = issued.text("/id");
        let hours: Vec<Value> =
            (1..=7).map(|weekday| json!({"weekday": weekday, "from": "09:00", "to": "18:00", "onHolidays": true})).collect();
        let path = format!("/v1/staff/doctors/{id}/hours");
        self.put(&path, administrator.token(), json!({"hours": hours})).await.is(200);
        (id, self.first_sign_in(login, &issued.text("/oneTimePassword")).await)
    }

    /// A patient who has accepted the policy and filled in his profile.
    pub async fn patient(&self, phone: &str) -> Person {
        let patient = self.newcomer(phone).await;
        self.accept(&patient).await;
        let profile = json!({"surname": "Пациентов", "givenName": "Пётр", "birthDate": "1980-05-01"});
        self.put("/v1/me/profile", patient.token(), profile).await.is(200);
        patient
    }

    /// The policy in force, accepted.
    pub async fn accept(&self, patient: &Person) {
        let (subject, version) = (patient.id.parse().expect("an id"), self.app.profile.policy.version.clone());
        let write = async |tx: &mut Tx| identity::accept(tx, subject, &version).await;
        self.app.write(&Actor::house("test"), write).await.expect("an acceptance");
    }
}
