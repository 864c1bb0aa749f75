//! Totals of visits.

use super::house_with;
use crate::support::clinic::{Clinic, at};
use crate::support::house::House;
use crate::support::people::Person;
use crate::support::stores::engines;
use chrono::{Datelike, SecondsFormat, TimeDelta};
use serde_json::json;

async fn visit(house: &House, clinic: &Clinic, service: &str, patient: &Person, minutes: u32) {
    let starts_at = at(house, 1, 9, 0) + TimeDelta::minutes(i64::from(minutes));
    let wanted = json!({
        "doctorId": clinic.doctor_id, "serviceId": service,
        "startsAt": starts_at.to_rfc3339_opts(SecondsFormat::Millis, true),
    });
    house.post("/v1/bookings", patient.token(), wanted).await.is(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn s0_02_s4_14_totals_of_visits_name_nobody_hide_small_groups_and_outlive_accounts() {
    for on in engines() {
        let house = house_with(on, &[("[export]\n", "[statistics]\nthreshold = 3\n\n[export]\n")]).await;
        // The middle of a month, so that all of it lies in one.
        let today = house.app.ambient.now().date_naive();
        house.app.ambient.advance(TimeDelta::days(i64::from(45 - today.day() as i32)));
        let administrator = house.administrator().await;
        let clinic = house.clinic(&administrator).await;
        let rare = house.service(&administrator, &clinic.clinic_id, 30).await;
        let month = at(&house, 1, 9, 0).format("%Y-%m").to_string();
        for n in 0..3 {
            let patient = house.patient(&format!("+7916000000{n}")).await;
            visit(&house, &clinic, &clinic.service_id, &patient, n * 60).await;
            if n < 2 {
                visit(&house, &clinic, &rare, &patient, 240 + n * 60).await;
            }
        }
        let officer = house.staff(&administrator, "officer", "officer", None).await;
        let read = async |who: &Person, month: &str| house.get(&format!("/v1/staff/visit-statistics{month}"), who.token()).await;
        house.later(TimeDelta::days(2)).await;
        let officer = house.refreshed(&officer).await;
        // Before the month is over and closed nothing is told: nobody learns of one visit by asking before and after it.
        assert!(read(&officer, "").await.is(200).json().get("month").is_none());
        read(&officer, &format!("?month={month}")).await.refused(404, "not_found");
        read(&officer, "?month=x").await.refused(400, "invalid");

        house.later(TimeDelta::days(40)).await;
        let officer = house.refreshed(&officer).await;
        let told = read(&officer, &format!("?month={month}")).await.is(200).json();
        let expected = json!([{
            "clinicId": clinic.clinic_id, "speciality": "cardiology", "serviceId": clinic.service_id, "visits": 3, "people": 3,
        }]);
        assert_eq!((&told["items"], &told["suppressedGroups"]), (&expected, &json!(1)), "the group of two is not kept");

        // An account ends, and nothing of it changes.
        let gone = house.newcomer("+79160000000").await;
        house.delete("/v1/me", gone.token()).await.is(202);
        house.later(TimeDelta::days(20)).await;
        let officer = house.refreshed(&officer).await;
        let after = read(&officer, &format!("?month={month}")).await.is(200).json();
        assert_eq!(after["items"], expected);
        let text = after.to_string();
        assert!(!text.contains(&gone.id) && !text.contains(&clinic.doctor_id), "no subject, and no doctor either");
    }
}
