//! What is watched over the house in the town: an auditor with contracts, findings, breaches, an alert.

use super::house::House;
use super::town::Town;
use chrono::{SecondsFormat, TimeDelta};
use feldsher::kernel::db::{Actor, Tx};
use feldsher::kernel::error::Result;
use feldsher::kernel::sql::change;
use serde_json::json;

impl Town {
    pub(super) async fn be_watched(&mut self, house: &House) {
        let officer = self.people["officer"].clone();
        let now = house.app.ambient.now();
        let time = |days: i64| (now + TimeDelta::days(days)).to_rfc3339_opts(SecondsFormat::Millis, true);
        self.names.insert("now", time(0));
        self.names.insert("yearAhead", time(365));
        let auditor = self.people["auditor"].id.clone();
        let contract = json!({
            "staffId": auditor, "firm": "Проверка", "contractNumber": "11-A", "periodFrom": "2020-01-01T00:00:00Z",
            "until": time(300),
        });
        self.names.insert("auditorId", auditor);
        for _ in 0..2 {
            let made = house.post("/v1/staff/audit-engagements", officer.token(), contract.clone()).await.is(201);
            self.names.insert("engagement", made.text("/id"));
        }
        for name in ["finding", "findingClosing"] {
            let found = json!({"severity": "high", "text": "Пароль на бумаге"});
            let id = house.post("/v1/staff/audit-findings", officer.token(), found).await.is(201).text("/id");
            if name == "findingClosing" {
                let step = json!({"step": "assessment", "text": "Бумагу никто не видел"});
                let path = format!("/v1/staff/audit-findings/{id}/steps");
                house.post(&path, officer.token(), step).await.is(201);
            }
            self.names.insert(name, id);
        }
        for name in ["breach", "breachTelling", "breachClosing"] {
            let new = json!({"knownAt": time(0), "classes": ["contact"], "people": 1, "text": "Потерян ноутбук"});
            let id = house.post("/v1/staff/breaches", officer.token(), new).await.is(201).text("/id");
            if name == "breachClosing" {
                for to in ["authority", "result"] {
                    let told = json!({"to": to, "at": time(0), "text": "Отправлено"});
                    let path = format!("/v1/staff/breaches/{id}/notices");
                    house.post(&path, officer.token(), told).await.is(201);
                }
            }
            self.names.insert(name, id);
        }
        // The victim was told of two, and somebody was trained twice.
        let victim = self.names["victim"].clone();
        for _ in 0..2 {
            let new = json!({"knownAt": time(0), "classes": ["contact"], "people": 1, "text": "Письмо не тому"});
            let id = house.post("/v1/staff/breaches", officer.token(), new).await.is(201).text("/id");
            let message = json!({"ru": "Письмо", "kk": "Хат", "ka": "წერილი", "en": "A letter"});
            let people = json!({"patientIds": [victim], "message": message});
            house.post(&format!("/v1/staff/breaches/{id}/people"), officer.token(), people).await.is(201);
            let trained = json!({"staffId": officer.id, "topic": "Утечки", "trainedOn": "2026-01-10"});
            house.post("/v1/staff/trainings", officer.token(), trained).await.is(201);
            self.alert(house).await;
        }
        house.settle().await;
    }

    /// An alert takes more openings than a town has.
    async fn alert(&mut self, house: &House) {
        let (alert, now) = (house.app.ambient.id(), house.app.ambient.now());
        let party = format!("staff:{}", self.people["doctor"].id);
        house
            .app
            .write(&Actor::house("test"), async |tx: &mut Tx| -> Result<()> {
                let sql = "INSERT INTO opening_alert (id, party, role, people, threshold, slot, at) \
                           VALUES ($1, $2, 'doctor', 41, 40, $3, $3)";
                change(tx, sql, [alert.into(), party.clone().into(), now.into()]).await.map(drop)
            })
            .await
            .expect("an alert");
        self.names.insert("openingAlert", alert.to_string());
    }
}
