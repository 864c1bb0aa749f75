//! What the town has of records: programmes and those who take part, a contract, a carrier.

use super::clinic::everywhere;
use super::house::House;
use super::town::Town;
use serde_json::{Value, json};

impl Town {
    pub(super) async fn keep_records(&mut self, house: &House) {
        let (admin, desk) = (self.people["administrator"].clone(), self.people["reception"].clone());
        let programme = |admission: &str| -> Value {
            json!({"names": everywhere("Programme"), "admission": admission, "opensAt": "2020-01-01T00:00:00Z"})
        };
        for (name, admission) in
            [("programme", "atOnce"), ("programmeOpen", "atOnce"), ("programmeSpare", "atOnce"), ("byStaff", "byStaff")]
        {
            let made = house.post("/v1/staff/programmes", admin.token(), programme(admission)).await.is(201);
            self.names.insert(name, made.text("/id"));
        }
        for (name, of, programme) in [
            ("enrolment", "self", "programme"),
            ("enrolmentEnded", "other", "programme"),
            ("enrolmentApplied", "other", "byStaff"),
        ] {
            let path = format!("/v1/programmes/{}/enrolments", self.names[programme]);
            let person = self.people[of].clone();
            let made = house.post(&path, person.token(), json!({})).await.is(201);
            self.names.insert(name, made.text("/id"));
        }
        let path = format!("/v1/staff/patients/{}/contracts", self.names["recovered"]);
        let contract = json!({"number": "Д-1", "party": "ООО Клиника", "startsOn": "2026-01-01"});
        let contract = house.post(&path, desk.token(), contract).await.is(201).text("/id");
        self.names.insert("contract", contract);
        for number in ["CD-0001", "CD-0002"] {
            let copy = json!({
                "kind": "disc", "number": number, "patientId": self.names["recovered"], "description": "Снимки", "keeper": "Архив",
            });
            let carrier = house.post("/v1/staff/carriers", desk.token(), copy).await.is(201).text("/id");
            self.names.insert("carrier", carrier);
        }
        house.settle().await;
    }
}
