//! No card number enters (trust 53): by field, not by shape, for a policy of compulsory insurance looks the same.

use super::{PHONE, Scene};
use crate::support::clinic::at;
use crate::support::stores::engines;
use feldsher::kernel::error::Fault;
use feldsher::kernel::text::{check_any_number, check_text};
use serde_json::json;

#[test]
fn s4_04_t53_card_numbers_are_known_by_scheme_length_and_check_digit() {
    let cards = [
        "4111111111111111",
        "4111 1111 1111 1111",
        "4111-1111-1111-1111",
        "card 4111.1111.1111.1111, 12/27, 123",
        "моя карта: 2200 7007 7777 7771 спасибо",
        "5555555555554444",
        "2223003122003222",
        "378282246310005",
        "3782 822463 10005",
        "6011111111111117",
        "3566002020360505",
        "6200000000000005",
        "30569309025904",
        "４１１１１１１１１１１１１１１１",
        "٤١١١١١١١١١١١١١١١",
        "4111\u{a0}1111\u{a0}1111\u{a0}1111",
        "4111\n1111\n1111\n1111",
        "4111\u{200b}1111\u{200b}1111\u{200b}1111",
    ];
    for text in cards {
        assert_eq!(check_text(text, 500), Err(Fault::CardNumber), "{text}");
        assert!(check_any_number(text, 500).is_ok(), "{text}");
    }
    let others = [
        "4111111111111112",
        "+7 916 123-45-67, +7 916 765-43-21",
        "910-001-022 99",
        "2026-11-22 10:00 и 2026-11-23 11:30",
        "018f4111-1111-7111-8111-111111111111",
        "давление 120/80, 130/85, 125/80 и 140/90",
        "9900490310944140",
        "12345678901234567890123456789012345678901234567890",
        "",
    ];
    for text in others {
        assert!(check_text(text, 500).is_ok(), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s4_04_t53_a_card_number_is_refused_in_words_and_a_policy_of_its_shape_is_taken() {
    for on in engines() {
        let scene = Scene::new(on).await;
        let house = &scene.house;
        let refused = |answer: crate::support::house::Answer, pointer: &str| {
            let answer = answer.refused(400, "invalid");
            assert_eq!((answer.text("/errors/0/pointer"), answer.text("/errors/0/code")), (pointer.into(), "card_number".into()));
            assert!(!String::from_utf8_lossy(&answer.bytes).contains("4111"), "and is not said again");
        };
        let body = json!({
            "doctorId": scene.clinic.doctor_id, "serviceId": scene.service, "startsAt": at(house, 3, 10, 0).to_rfc3339(),
            "complaint": "Оплатите с 4111 1111 1111 1111"
        });
        refused(house.post("/v1/bookings", scene.patient.token(), body).await, "/complaint");
        let document = json!({
            "kind": "upload", "title": "4111111111111111", "fileName": "a.pdf", "mediaType": "application/pdf", "sizeBytes": 10
        });
        refused(house.post("/v1/documents", scene.patient.token(), document).await, "/title");
        let (_, charge, _) = scene.paid(3, 10).await;
        let reason = json!({"amount": 10, "reason": "на карту 4111-1111-1111-1111"});
        refused(house.post(&format!("/v1/staff/charges/{charge}/refunds"), scene.admin.token(), reason).await, "/reason");
        let profile = |system: &str, value: &str| {
            json!({
                "surname": "Пациентов", "givenName": "Пётр", "birthDate": "1980-05-01",
                "identifiers": [{"system": system, "value": value, "insurer": "Страховая"}]
            })
        };
        let dms = house.put("/v1/me/profile", scene.patient.token(), profile("dms", "4111 1111 1111 1111")).await;
        refused(dms, "/identifiers/0/value");
        let mut oms = profile("oms", "4111111111111111");
        oms["identifiers"][0].as_object_mut().expect("an object").remove("insurer");
        house.put("/v1/me/profile", scene.patient.token(), oms).await.is(200);
        assert!(!house.last_message(PHONE).await.contains("4111"), "{on:?}");
    }
}
