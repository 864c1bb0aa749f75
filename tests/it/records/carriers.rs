//! S1-24: the register of carriers. S2-03: copies of somebody's data, and where the record is kept.

use super::{PHONE, exported, number};
use crate::support::house::House;
use crate::support::stores::engines;
use feldsher::app::profile::Profile;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn s1_24_a_carrier_is_kept_moved_issued_and_destroyed_once_and_each_act_has_its_hand() {
    for on in engines() {
        let house = House::new(on).await;
        let admin = house.administrator().await;
        let clinic = house.clinic(&admin).await;
        let desk = house.staff(&admin, "reception", "desk", Some(&clinic.clinic_id)).await;
        let officer = house.staff(&admin, "officer", "officer", None).await;
        let new = json!({"kind": "backupMedium", "number": "LTO-1", "keeper": "Сейф"});
        let id = house.post("/v1/staff/carriers", desk.token(), new.clone()).await.is(201).text("/id");
        house.post("/v1/staff/carriers", desk.token(), new).await.refused(409, "state_conflict");
        let acts = format!("/v1/staff/carriers/{id}/acts");
        let act = async |body: serde_json::Value| house.post(&acts, desk.token(), body).await;
        for (wrong, pointer) in [
            (json!({"act": "moved"}), "/keeper"),
            (json!({"act": "issued"}), "/receiver"),
            (json!({"act": "destroyed"}), "/method"),
            (json!({"act": "moved", "keeper": "Архив", "method": "burned"}), "/method"),
            (json!({"act": "entered"}), "/act"),
        ] {
            let answer = act(wrong).await.refused(400, "invalid").json();
            assert_eq!(answer["errors"][0]["pointer"], pointer, "{answer}");
        }
        act(json!({"act": "returned"})).await.refused(409, "state_conflict");
        act(json!({"act": "moved", "keeper": "Архив"})).await.is(204);
        act(json!({"act": "issued", "receiver": "otherClinic"})).await.is(204);
        act(json!({"act": "issued", "receiver": "authority"})).await.refused(409, "state_conflict");
        act(json!({"act": "returned"})).await.is(204);
        act(json!({"act": "destroyed", "method": "degaussed"})).await.is(204);
        act(json!({"act": "moved", "keeper": "Сейф"})).await.refused(409, "state_conflict");
        let read = house.get(&format!("/v1/staff/carriers/{id}"), officer.token()).await.is(200).json();
        assert_eq!((&read["state"], &read["keeper"]), (&json!("destroyed"), &json!("Архив")));
        let happened: Vec<&str> = read["acts"].as_array().expect("acts").iter().filter_map(|act| act["act"].as_str()).collect();
        assert_eq!(happened, ["entered", "moved", "issued", "returned", "destroyed"], "{on:?}");
        assert_eq!(
            (&read["acts"][4]["method"], &read["acts"][4]["staffName"]),
            (&json!("degaussed"), &json!("Сотрудник Клиники"))
        );
        let kept = house.get("/v1/staff/carriers?state=kept", officer.token()).await.is(200).json();
        assert_eq!(kept["items"], json!([]), "what is destroyed is kept by nobody");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s2_03_a_copy_is_issued_on_a_medium_and_its_person_sees_where_it_went() {
    for on in engines() {
        let house = House::new(on).await;
        let admin = house.administrator().await;
        let clinic = house.clinic(&admin).await;
        let desk = house.staff(&admin, "reception", "desk", Some(&clinic.clinic_id)).await;
        let me = house.patient(PHONE).await;
        let copy =
            |patient: &str| json!({"kind": "disc", "number": "CD-7", "patientId": patient, "description": "Снимки колена"});
        house.post("/v1/staff/carriers", desk.token(), copy(&me.id)).await.refused(404, "not_found");
        let nobodys = json!({"kind": "disc", "number": "CD-8", "description": "Снимки колена"});
        house.post("/v1/staff/carriers", desk.token(), nobodys).await.refused(400, "invalid");
        house.found_by_phone(&desk, PHONE).await;
        let id = house.post("/v1/staff/carriers", desk.token(), copy(&me.id)).await.is(201).text("/id");
        let issued = json!({"act": "issued", "receiver": "patient"});
        house.post(&format!("/v1/staff/carriers/{id}/acts"), desk.token(), issued).await.is(204);
        let mine = house.get("/v1/me/copies", me.token()).await.is(200).json();
        assert_eq!((&mine["items"][0]["medium"], &mine["items"][0]["description"]), (&json!("disc"), &json!("Снимки колена")));
        assert_eq!(mine["items"][0]["acts"][1]["receiver"], "patient");
        let listed = house.get("/v1/staff/carriers", desk.token()).await.is(200).json();
        assert!(!listed.to_string().contains("колена") && !listed.to_string().contains(&me.id), "the register names nobody");
        assert!(!crate::doors::everything(&house).await["carrier"].contains("колена"), "it is sealed");
        let (parts, _) = exported(&house, &me).await;
        assert_eq!(parts["copies"][0]["number"], "CD-7");
        // The disc is still somewhere, when he is forgotten and nothing of him is held any more.
        super::erased(&house, PHONE).await;
        house.later(chrono::TimeDelta::days(3 * 366)).await;
        assert_eq!(number(&house, "SELECT count(*) FROM carrier WHERE subject IS NULL AND sealed IS NULL").await, 1, "{on:?}");
    }
}

#[test]
fn s2_03_a_cabinet_beside_the_clinics_system_holds_nothing_clinical_or_is_no_profile() {
    let shipped = Profile::text("ru-clinic").expect("the profile");
    let elsewhere = shipped.replacen("[cabinet]\n", "[cabinet]\nrecord = \"elsewhere\"\n", 1);
    let wrongs = Profile::read(&elsewhere).expect_err("it takes clinical data");
    assert!(wrongs.iter().any(|wrong| wrong.place == "cabinet.record"), "{wrongs:?}");
    let nothing = elsewhere.replacen("refused_classes = [", "refused_classes = [\"clinical\", ", 1);
    let wrongs = Profile::read(&nothing).err().unwrap_or_default();
    assert!(!wrongs.iter().any(|wrong| wrong.place == "cabinet.record"), "{wrongs:?}");
    let codes = shipped.replacen("ways = [\"password\"]", "ways = [\"code\"]", 1);
    let wrongs = Profile::read(&codes).expect_err("a contract, and nothing to issue by it");
    assert!(wrongs.iter().any(|wrong| wrong.place == "contract.required"), "{wrongs:?}");
    let recorded = shipped.replacen("[cabinet]\n", "[recordings]\ntaken = true\n[cabinet]\n", 1);
    let wrongs = Profile::read(&recorded).expect_err("the class is refused");
    assert!(wrongs.iter().any(|wrong| wrong.place == "recordings.taken"), "{wrongs:?}");
}
