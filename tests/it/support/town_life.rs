//! What becomes of the victim's visits: one for each act of the desk and of the doctor.

use super::clinic::everywhere;
use super::house::House;
use super::people::Person;
use super::town::{OTHER_PHONE, Town, VICTIM_PHONE};
use serde_json::json;

const CLAIMANT_PHONE: &str = "+79160000063";

impl Town {
    pub(super) async fn live(&mut self, house: &House) {
        let (victim, desk, admin) =
            (self.people["self"].clone(), self.people["reception"].clone(), self.people["administrator"].clone());
        let asked = json!({
            "clinicId": self.names["clinic"], "names": everywhere("Asked for"), "durationMinutes": 30, "confirmation": "reception",
        });
        let asked = house.post("/v1/staff/services", admin.token(), asked).await.is(201).text("/id");
        let service = self.names["service"].clone();
        for (name, service, hours) in [
            ("moved", &service, 192),
            ("staffMoved", &service, 192),
            ("staffCancelled", &service, 192),
            ("requested", &asked, 216),
            ("declined", &asked, 216),
            ("arriving", &service, 2),
            ("starting", &service, 2),
            ("finishing", &service, 2),
            ("left", &service, 2),
        ] {
            let at = self.slot(house, hours).await;
            let booking = json!({"doctorId": self.names["doctorId"], "serviceId": service, "startsAt": at});
            let id = house.post("/v1/bookings", victim.token(), booking).await.is(201).text("/id");
            if matches!(name, "finishing" | "left") {
                house.post(&format!("/v1/staff/bookings/{id}/arrive"), desk.token(), json!({})).await.is(200);
            }
            self.names.insert(name, id);
        }
        for (name, hours) in [("moveSlot", 240), ("staffMoveSlot", 264), ("seriesSlot", 288), ("wishSlot", 312)] {
            let at = self.slot(house, hours).await;
            self.names.insert(name, at);
        }
        let day = (house.app.ambient.now() + chrono::TimeDelta::days(3)).format("%Y-%m-%d").to_string();
        self.names.insert("day", day.clone());
        for name in ["wish", "wishClosed", "wishWithdrawn"] {
            let wish = json!({"serviceId": service, "from": day, "to": day, "text": self.names["complaint"]});
            let id = house.post("/v1/booking-wishes", victim.token(), wish).await.is(201).text("/id");
            self.names.insert(name, id);
        }
        self.names.insert("slipOf", self.names["victim"].clone());
        self.names.insert("slipped", self.names["booking"].clone());
        let path = format!("/v1/staff/bookings/{}/episode", self.names["starting"]);
        let doctor = self.people["doctor"].clone();
        let episode = house.post(&path, doctor.token(), json!({})).await.is(200).text("/id");
        self.names.insert("episode", episode);
        house.settle().await;
    }

    /// What the victim asks of those who hold his data, and what he says against it.
    pub(super) async fn demand(&mut self, house: &House) {
        let victim = self.people["self"].clone();
        for name in ["request", "requestWithdrawn", "requestRefused"] {
            let asked = json!({"kind": "access", "text": self.names["complaint"]});
            let id = house.post("/v1/me/requests", victim.token(), asked).await.is(201).text("/id");
            self.names.insert(name, id);
        }
        let statement = json!({"field": "surname", "text": self.names["complaint"]});
        let id = house.post("/v1/me/disagreements", victim.token(), statement).await.is(201).text("/id");
        self.names.insert("disagreement", id);
        let officer = self.people["officer"].clone();
        let hold = json!({
            "requestId": self.names["request"], "classes": ["support"], "rule": "Суд", "ground": "Иск",
            "until": "2040-01-01T00:00:00Z", "told": false,
        });
        for _ in 0..2 {
            let id = house.post("/v1/staff/legal-holds", officer.token(), hold.clone()).await.is(201).text("/id");
            self.names.insert("legalHold", id);
        }
        self.names.insert("staffRequest", self.names["request"].clone());
        // Of whom the officer takes evidence: not the victim, for whoever has found somebody may do more for him. And what a
        // doctor takes with him.
        let claimant = house.patient(CLAIMANT_PHONE).await;
        house.found_by_phone(&officer, CLAIMANT_PHONE).await;
        self.names.insert("claimant", claimant.id);
        let (doctor, path) = (self.people["doctor"].clone(), format!("/v1/staff/patients/{}/extracts", self.names["victim"]));
        let extract = house.post(&path, doctor.token(), json!({"content": "whole"})).await.is(202).text("/id");
        self.names.insert("extract", extract);
        house.settle().await;
    }

    /// What of the victim's is shared, referred, agreed by contract, disclosed and blocked.
    pub(super) async fn share(&mut self, house: &House) {
        let (victim, doctor) = (self.people["self"].clone(), self.people["doctor"].clone());
        let (officer, admin) = (self.people["officer"].clone(), self.people["administrator"].clone());
        let until = (house.app.ambient.now() + chrono::TimeDelta::days(30)).format("%Y-%m-%dT00:00:00Z").to_string();
        let warning = house.get("/v1/share-warning", victim.token()).await.is(200).text("/version");
        self.names.extend([("shareUntil", until.clone()), ("shareWarning", warning.clone())]);
        for name in ["share", "shareEnded"] {
            let share = json!({
                "documentIds": [self.names["document"]], "doctorId": self.names["spareDoctor"], "purpose": "Второе мнение",
                "until": until, "warningVersion": warning,
            });
            let id = house.post("/v1/me/shares", victim.token(), share).await.is(201).text("/id");
            self.names.insert(name, id);
        }
        let referral = json!({
            "doctorId": self.names["spareDoctor"], "documentIds": [self.names["document"]], "purpose": "Консультация", "until": until,
        });
        let path = format!("/v1/staff/patients/{}/referrals", self.names["victim"]);
        let id = house.post(&path, doctor.token(), referral).await.is(201).text("/id");
        self.names.insert("referral", id);
        let path = format!("/v1/staff/accounts/{}/insurer", self.names["insurerAccount"]);
        house.put(&path, admin.token(), json!({"insurer": "exampleInsurance"})).await.is(204);
        // Another officer has found the victim: to the one who tries the doors he is a stranger.
        let clerk = house.staff(&admin, "officer", "clerk", None).await;
        house.found_by_phone(&clerk, VICTIM_PHONE).await;
        house.checked(&clerk, &victim.id).await;
        let other = house.found_by_phone(&officer, OTHER_PHONE).await;
        house.checked(&officer, &other).await;
        self.names.insert("checkedByOfficer", other);
        let contract = json!({
            "insurer": "exampleInsurance", "clinicId": self.names["clinic"], "number": "Д-1", "paperMark": "Папка 1",
            "fields": ["surname"], "documentKinds": [], "documentsFrom": "2020-01-01T00:00:00Z",
            "documentsUntil": "2040-01-01T00:00:00Z", "until": until,
        });
        let path = format!("/v1/staff/patients/{}/insurer-contracts", victim.id);
        let id = house.post(&path, clerk.token(), contract).await.is(201).text("/id");
        self.names.insert("insurerContract", id);
        let disclosure = json!({"recipient": "inquiry", "fields": ["surname"], "reference": "Запрос 14"});
        let path = format!("/v1/staff/patients/{}/disclosures", victim.id);
        for _ in 0..2 {
            let id = house.post(&path, clerk.token(), disclosure.clone()).await.is(201).text("/id");
            self.names.insert("disclosure", id);
        }
        self.block(house, &officer).await;
    }

    /// Documents of the victim's that are blocked, and another that he asks to be blocked.
    async fn block(&mut self, house: &House, officer: &Person) {
        let victim = self.people["self"].clone();
        for name in ["block", "block", "requestBlocked"] {
            let document = self.upload(house, &victim).await;
            let wish = json!({"kind": "blocking", "ground": "wrong", "text": "Снимок не мой", "documentId": document});
            let asked = house.post("/v1/me/requests", victim.token(), wish).await.is(201).text("/id");
            let named = match name {
                "block" => {
                    let path = format!("/v1/staff/requests/{asked}/blocking");
                    let granted = house.post(&path, officer.token(), json!({"text": "Мы заблокировали снимок"})).await;
                    granted.is(201).text("/ids/0")
                }
                _ => asked,
            };
            self.names.insert(name, named);
        }
        house.settle().await;
    }
}
