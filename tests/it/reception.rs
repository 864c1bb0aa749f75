//! Reception: what the desk does on behalf of patients, those who only asked, and accounts that are one.

mod clinic_life;
mod desk;
mod leads;
mod merging;

use crate::support::clinic::{Clinic, at};
use crate::support::house::{Answer, House};
use crate::support::people::Person;
use crate::support::stores::{On, Stores};
use feldsher::kernel::clock::Ambient;
use serde_json::{Value, json};

const PHONE: &str = "+79161234567";
const OTHER: &str = "+79160000002";
const SNILS: &str = "910-001-022 99";

/// A house under `ru-clinic`. Beside passwords it lets people in by codes, so that they are soon in.
async fn clinic_house(on: On) -> House {
    let stores = Stores::new(on).await;
    let path = stores.path("clinic.toml");
    let shipped = include_str!("../../profiles/ru-clinic.toml");
    let open = shipped.replacen("ways = [\"password\"]", "ways = [\"code\", \"password\"]", 1);
    std::fs::write(&path, open).expect("a profile");
    House::with(stores, Ambient::system(), |config| config.profile = path.display().to_string()).await
}

/// A clinic with its desk, and the desk of another one.
struct Office {
    clinic: Clinic,
    desk: Person,
    elsewhere: Person,
}

impl Office {
    async fn open(house: &House) -> Self {
        let administrator = house.administrator().await;
        let clinic = house.clinic(&administrator).await;
        let desk = house.staff(&administrator, "reception", "desk", Some(&clinic.clinic_id)).await;
        let names = crate::support::clinic::everywhere("Elsewhere");
        let other = json!({"names": names, "zone": "Asia/Tbilisi", "addresses": names, "phone": "+995322000000"});
        let other = house.post("/v1/staff/clinics", administrator.token(), other).await.is(201).text("/id");
        let elsewhere = house.staff(&administrator, "reception", "elsewhere", Some(&other)).await;
        Self { clinic, desk, elsewhere }
    }

    fn visit(&self, house: &House, days: i64, hour: u32) -> Value {
        json!({
            "channel": "desk", "doctorId": self.clinic.doctor_id, "serviceId": self.clinic.service_id,
            "startsAt": at(house, days, hour, 0).to_rfc3339(),
        })
    }
}

impl House {
    /// The policy, or the notice of rights, as the desk tells it.
    async fn told(&self, path: &str, desk: &Person) -> Value {
        let text = self.get(path, desk.token()).await.is(200);
        let [version, hash, language] = ["/version", "/textHash", "/language"].map(|pointer| text.text(pointer));
        json!({"version": version, "textHash": hash, "language": language, "telling": "readOut"})
    }

    /// Somebody as the desk enters him.
    async fn form(&self, desk: &Person, surname: &str, phone: Option<&str>) -> Value {
        let mut form = json!({
            "channel": "desk",
            "profile": {"surname": surname, "givenName": "Айгерім", "birthDate": "1990-03-01", "sex": "female"},
            "acceptance": self.told("/v1/policies/current", desk).await,
            "rightsNotice": self.told("/v1/staff/rights-notice", desk).await,
        });
        if let Some(phone) = phone {
            form["phone"] = phone.into();
        }
        form
    }

    /// Enters a patient and answers his id.
    async fn enter(&self, desk: &Person, surname: &str, phone: Option<&str>) -> String {
        let form = self.form(desk, surname, phone).await;
        self.post("/v1/staff/patients", desk.token(), form).await.is(201).text("/patientId")
    }

    async fn find(&self, desk: &Person, phone: &str) -> Answer {
        self.post("/v1/staff/patients/find", desk.token(), json!({"phone": phone})).await
    }

    async fn search(&self, desk: &Person, surname: &str) -> Vec<Value> {
        let body = json!({"surname": surname, "birthDate": "1990-03-01"});
        let found = self.post("/v1/staff/patients/search", desk.token(), body).await.is(200);
        found.json()["items"].as_array().cloned().expect("candidates")
    }
}
