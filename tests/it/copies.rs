//! Copies of somebody's data for others than himself, and what is told of many without telling of anybody.

mod anonymised;
mod claims;
mod deletion_page;
mod extracts;
mod fhir;
mod others;
mod progress;
mod statistics;

use crate::devices::changed_profile;
use crate::erasure::life::{Life, grow_up};
use crate::privacy::export::{Entries, unpack};
use crate::support::canary::{Canary, Script};
use crate::support::clinic::Clinic;
use crate::support::house::{Answer, House};
use crate::support::people::Person;
use crate::support::stores::{On, Stores};
use chrono::TimeDelta;
use feldsher::kernel::clock::Ambient;
use reqwest::Method;
use serde_json::{Value, json};

/// A house whose staff stay signed in for as long as a test lives, with other changes of the profile.
async fn house_with(on: On, changes: &[(&str, &str)]) -> House {
    let stores = Stores::new(on).await;
    let lasting = [("staff_idle = \"12h\"", "staff_idle = \"90d\""), ("staff_absolute = \"24h\"", "staff_absolute = \"90d\"")];
    let profile = changed_profile(stores.folder.path(), &[&lasting, changes].concat());
    House::with(stores, Ambient::system(), |config| config.profile = profile).await
}

/// A whole life with two visits that took place, a payment, documents and talks; and its patient, signed in again.
async fn whole_life(house: &House) -> (Life, Clinic, Person, Person) {
    let administrator = house.administrator().await;
    let clinic = house.clinic(&administrator).await;
    let mut life = grow_up(house, Canary::new(&house.app.ambient, Script::Cyrillic)).await;
    life.fall_ill(house, &clinic, 9).await;
    let service = house.paid_service(&administrator, &clinic.clinic_id).await;
    life.pay(house, &clinic, &service, &administrator, 14).await;
    house.later(TimeDelta::hours(60)).await;
    let me = house.newcomer(&life.canary.phone).await;
    (life, clinic, administrator, me)
}

/// Asks for a copy and answers what is in it.
async fn copy(house: &House, who: &Person, content: &str) -> Entries {
    let asked = house.post(&format!("/v1/me/exports?content={content}"), who.token(), json!({})).await.is(202);
    assert_eq!(asked.text("/content"), content);
    house.settle().await;
    unpack(&house.archive(who, &asked.text("/id"), None).await.is(200).bytes)
}

/// Every text of a document, with the names of its fields.
fn words(value: &Value, found: &mut Vec<(String, String)>, name: &str) {
    match value {
        Value::String(text) => found.push((name.to_owned(), text.clone())),
        Value::Array(items) => items.iter().for_each(|item| words(item, found, name)),
        Value::Object(fields) => fields.iter().for_each(|(name, item)| words(item, found, name)),
        _ => {}
    }
}

impl House {
    async fn extract(&self, doctor: &Person, patient: &str, content: &str) -> Answer {
        let path = format!("/v1/staff/patients/{patient}/extracts");
        self.post(&path, doctor.token(), json!({"content": content})).await
    }

    /// Access tokens end in a quarter of an hour.
    async fn refreshed(&self, who: &Person) -> Person {
        let body = json!({"grant": "refresh", "refreshToken": who.refresh});
        let pair = self.post("/v1/auth/tokens", None, body).await.is(200);
        Person { id: who.id.clone(), token: pair.text("/accessToken"), refresh: pair.text("/refreshToken") }
    }

    async fn sent_form(&self, path: &str, fields: &[(&str, &str)]) -> String {
        let answer = self.send(self.request(Method::POST, path, None).form(fields)).await.is(200);
        String::from_utf8(answer.bytes).expect("a page")
    }
}
