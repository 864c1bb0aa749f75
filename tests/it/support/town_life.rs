//! What becomes of the victim's visits: one for each act of the desk and of the doctor.

use super::clinic::everywhere;
use super::house::House;
use super::town::Town;
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
}
