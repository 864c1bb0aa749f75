//! Somebody without an account comes instead of who booked.

use super::{PARENT, wish};
use crate::support::clinic::at;
use crate::support::house::House;
use crate::support::stores::engines;
use serde_json::json;

const VISITOR: &str = "+79161119999";

fn told(house: &House) -> Vec<String> {
    let all = house.app.adapters.outbox.all();
    all.into_iter().filter(|message| message.to == VISITOR).map(|message| message.text).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn s3_02_a_visitor_is_not_the_account_and_is_told_that_he_was_booked() {
    for on in engines() {
        let house = House::new(on).await;
        let admin = house.administrator().await;
        let clinic = house.clinic(&admin).await;
        let patient = house.patient(PARENT).await;
        let visit = |days: i64, phone: Option<&str>| {
            let mut wish = wish(&clinic, at(&house, days, 9, 0));
            wish["visitor"] = json!({"name": "Гость Приезжий"});
            if let Some(phone) = phone {
                wish["visitor"]["phone"] = phone.into();
            }
            wish
        };
        let booked = house.post("/v1/bookings", patient.token(), visit(1, Some("8 916 111-99-99"))).await.is(201);
        assert_eq!((booked.text("/visitor/name"), booked.text("/visitor/phone")), ("Гость Приезжий".into(), VISITOR.into()));
        assert_eq!(booked.text("/bookedBy"), "self");
        let path = format!("/v1/bookings/{}", booked.text("/id"));
        assert_eq!(house.get(&path, patient.token()).await.is(200).json(), booked.json());
        let seen = house.diary(&clinic, 1).await;
        assert_eq!((&seen["visitorName"], &seen["patientName"]), (&json!("Гость Приезжий"), &json!("Пациентов Пётр")));
        house.settle().await;
        let texts = told(&house);
        assert_eq!(texts.len(), 1);
        assert!(texts[0].chars().count() <= 70 && !texts[0].contains("Пациентов") && !texts[0].contains("Гость"), "{texts:?}");
        house.post(&format!("{path}/cancel"), patient.token(), json!({})).await.is(200);
        house.settle().await;
        assert_eq!(told(&house).len(), 2, "he is told that it will not take place");
        // Whoever left no number is told nothing.
        house.post("/v1/bookings", patient.token(), visit(2, None)).await.is(201);
        house.settle().await;
        assert_eq!(told(&house).len(), 2);
        let faulty = house.post("/v1/bookings", patient.token(), visit(3, Some("911"))).await.refused(400, "invalid");
        assert_eq!(faulty.text("/errors/0/pointer"), "/visitor/phone");
        // Nobody is pestered: four a day to one number.
        let mut codes = Vec::new();
        for days in 4..8 {
            codes.push(house.post("/v1/bookings", patient.token(), visit(days, Some(VISITOR))).await.code());
        }
        assert_eq!(codes, ["", "", "", "rate_limited"]);
    }
}
