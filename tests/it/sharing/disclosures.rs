//! Who gets data, on what ground, and what is refused.

use super::Town;
use crate::support::stores::engines;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn s0_06_s1_12_s4_08_nothing_goes_out_without_its_ground_and_the_refusal_is_recorded() {
    for on in engines() {
        let town = Town::build(on).await;
        let house = &town.house;
        let officer = town.officer().await;
        let path = format!("/v1/staff/patients/{}/disclosures", town.me.id);
        let to = |recipient: &str, fields: &[&str]| json!({"recipient": recipient, "fields": fields});
        let refusals = async || {
            let list = house.get("/v1/staff/disclosures?limit=100", officer.token()).await.is(200).json();
            let items = list["items"].as_array().expect("a list").clone();
            let refused: Vec<String> = items.iter().filter_map(|item| item["refused"].as_str().map(str::to_owned)).collect();
            (refused, items)
        };
        for (asked, code) in [
            (to("unheard-of", &["surname"]), "refused_by_profile"),
            (to("lab", &["surname"]), "consent_required"),
            (to("lab", &["birthDate"]), "refused_by_profile"),
            (to("exampleInsurance", &["surname"]), "consent_required"),
            (to("inquiry", &["surname"]), "consent_required"),
        ] {
            let before = refusals().await.0.len();
            house.post(&path, officer.token(), asked).await.refused(403, code);
            let (after, _) = refusals().await;
            assert_eq!((after.len(), after[0].as_str()), (before + 1, code), "the refusal is recorded");
        }
        assert!(town.listed(&town.me, "/v1/me/disclosures").await.is_empty(), "nothing went out");
        house.post(&path, officer.token(), to("lab", &["weight"])).await.refused(400, "invalid");
        for who in [&town.clinic.doctor, &town.administrator, &town.me] {
            house.post(&path, who.token(), to("lab", &["surname"])).await.refused(403, "forbidden");
        }
        let theirs = format!("/v1/staff/patients/{}/disclosures", town.other.id);
        house.post(&theirs, officer.token(), to("lab", &["surname"])).await.refused(404, "not_found");

        // A consent for one recipient is none for another: a new recipient is a new consent.
        house.put("/v1/me/consents/lab.tests", town.me.token(), json!({})).await.is(200);
        house.post(&path, officer.token(), to("otherLab", &["surname"])).await.refused(403, "consent_required");
        let made = house.post(&path, officer.token(), to("lab", &["surname", "phone"])).await.is(201);
        assert_eq!(
            made.json()["fields"],
            json!([{"field": "phone", "value": super::PHONE}, {"field": "surname", "value": "Пациентов"}])
        );
        let mine = house.get("/v1/me/disclosures", town.me.token()).await.is(200);
        assert_eq!((mine.text("/items/0/recipient"), mine.text("/items/0/basis")), ("lab".into(), "consent".into()));
        assert_eq!(mine.json()["items"][0]["fields"], json!(["phone", "surname"]));
        assert!(town.listed(&town.other, "/v1/me/disclosures").await.is_empty());
        assert!(town.log().await.iter().any(|line| line["basis"] == "disclosure" && line["class"] == "contact"));
        town.freeze(&["staff"]).await;
        house.post(&path, officer.token(), to("lab", &["surname"])).await.refused(403, "frozen");
        // What the law demands goes out all the same, with the number of the demand.
        let demand = json!({"recipient": "inquiry", "fields": ["surname"], "reference": "Запрос 1-15"});
        house.post(&path, officer.token(), demand).await.is(201);
        town.thaw().await;
        house.delete("/v1/me/consents/lab.tests", town.me.token()).await.is(200);
        house.post(&path, officer.token(), to("lab", &["surname"])).await.refused(403, "consent_required");
        let (_, all) = refusals().await;
        assert_eq!(all.iter().filter(|item| item["refused"].is_null()).count(), 2);
        let shown = Value::Array(all).to_string();
        assert!(!shown.contains("Пациентов") && !shown.contains(&town.me.id), "the list says of whom nothing");
        let exported = town.exported("disclosures").await;
        assert_eq!(exported.len(), 10, "with the refusals");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s1_13_the_obligation_travels_with_it_and_its_acknowledgement_is_kept() {
    for on in engines() {
        let town = Town::build(on).await;
        let house = &town.house;
        let officer = town.officer().await;
        let path = format!("/v1/staff/patients/{}/disclosures", town.me.id);
        let demand = json!({"recipient": "inquiry", "fields": ["surname"], "reference": "Запрос 1-15"});
        let made = house.post(&path, officer.token(), demand).await.is(201);
        assert!(made.text("/obligation").contains("keeps it secret"), "{}", made.text("/obligation"));
        let register = house.get("/v1/recipients", None).await.is(200).json();
        let known = register["items"].as_array().expect("a list").iter().find(|item| item["id"] == "inquiry").cloned();
        let known = known.expect("the register names him");
        assert_eq!((&known["basis"], &known["source"]), (&json!("law"), &json!("323-FZ art. 13(4)(3)")));
        assert_eq!(known["obligation"], made.json()["obligation"]);
        let mine = async || house.get("/v1/me/disclosures", town.me.token()).await.is(200);
        let before = mine().await;
        assert!(before.text("/items/0/obligation").contains("в тайне"), "as it went, in the operator's language");
        assert_eq!(
            (before.text("/items/0/reference"), before.text("/items/0/acknowledgedAt")),
            ("Запрос 1-15".into(), String::new())
        );
        let acknowledgement = format!("/v1/staff/disclosures/{}/acknowledgement", made.text("/id"));
        let letter = json!({"text": "Письмо 77 от следователя"});
        house.post(&acknowledgement, town.clinic.doctor.token(), letter.clone()).await.refused(403, "forbidden");
        house.post(&acknowledgement, officer.token(), json!({"text": " "})).await.refused(400, "invalid");
        house.post(&acknowledgement, officer.token(), letter.clone()).await.is(204);
        house.post(&acknowledgement, officer.token(), letter.clone()).await.refused(409, "state_conflict");
        let after = mine().await;
        assert_eq!(after.text("/items/0/acknowledgement"), "Письмо 77 от следователя");
        assert!(!after.text("/items/0/acknowledgedAt").is_empty());
        // There is nothing to acknowledge of what was refused.
        let refused = json!({"recipient": "lab", "fields": ["surname"]});
        house.post(&path, officer.token(), refused).await.refused(403, "consent_required");
        let newest = town.listed(&officer, "/v1/staff/disclosures").await[0].clone();
        house
            .post(&format!("/v1/staff/disclosures/{newest}/acknowledgement"), officer.token(), letter)
            .await
            .refused(404, "not_found");
    }
}
