//! Who may read, how long, and what stays of it in the trail.

use super::*;
use crate::support::stores::engines;
use chrono::TimeDelta;

#[tokio::test(flavor = "multi_thread")]
async fn s1_07_nobody_else_learns_that_a_conversation_exists() {
    for on in engines() {
        let house = House::new(on).await;
        let scene = scene(&house).await;
        let boris = house.patient("+79161234568").await;
        let (_, colleague) = house.second_doctor(&scene.administrator, &scene.clinic).await;
        let elsewhere = json!({"names": everywhere("Elsewhere"), "zone": "Asia/Tbilisi", "addresses": everywhere("Tbilisi 1")});
        let elsewhere = house.post("/v1/staff/clinics", scene.administrator.token(), elsewhere).await.is(201).text("/id");
        let far_desk = house.staff(&scene.administrator, "reception", "fardesk", Some(&elsewhere)).await;
        let (talk, enquiry) = (scene.with_doctor(&house).await, scene.with_operator(&house).await);
        let message = house.says(&own(&talk, "/messages"), &scene.anna, "Болит").await.is(201).text("/id");
        let question = house.says(&own(&enquiry, "/messages"), &scene.anna, "Где?").await.is(201).text("/id");

        let wrong: [(&Person, &[&String]); 4] = [
            (&colleague, &[&talk, &enquiry]),
            (&far_desk, &[&talk, &enquiry]),
            (&scene.desk, &[&talk]),
            (&scene.clinic.doctor, &[&enquiry]),
        ];
        let nothing = Uuid::nil().to_string();
        for (other, conversations) in wrong {
            for conversation in conversations.iter().copied().chain([&nothing]) {
                house.get(&staffs(conversation, ""), other.token()).await.refused(404, "not_found");
                house.get(&staffs(conversation, "/messages"), other.token()).await.refused(404, "not_found");
                house.says(&staffs(conversation, "/messages"), other, "А?").await.refused(404, "not_found");
                house
                    .post(&staffs(conversation, "/read"), other.token(), json!({"upTo": message}))
                    .await
                    .refused(404, "not_found");
                house.post(&staffs(conversation, "/close"), other.token(), json!({})).await.refused(404, "not_found");
            }
        }
        for conversation in [&talk, &enquiry, &nothing] {
            house.get(&own(conversation, "/messages"), boris.token()).await.refused(404, "not_found");
            house.says(&own(conversation, "/messages"), &boris, "А?").await.refused(404, "not_found");
            house.get(&staffs(conversation, "/messages"), scene.administrator.token()).await.refused(403, "forbidden");
        }
        // A message of another conversation is none of this one.
        house.post(&own(&talk, "/read"), scene.anna.token(), json!({"upTo": question})).await.refused(404, "not_found");
        let path = own(&talk, &format!("/messages?after={question}"));
        house.get(&path, scene.anna.token()).await.refused(404, "not_found");
        for person in [&colleague, &far_desk] {
            assert_eq!(items(&house.get("/v1/staff/conversations", person.token()).await.is(200)), Vec::<Value>::new());
        }
        assert_eq!(items(&house.get("/v1/conversations", boris.token()).await.is(200)), Vec::<Value>::new());
        // Without a booking nobody begins one with a doctor, and no doctor with a patient.
        let body = json!({"with": "doctor", "doctorId": scene.clinic.doctor_id});
        house.post("/v1/conversations", boris.token(), body).await.refused(404, "not_found");
        for (doctor, patient) in [(&colleague, &scene.anna), (&scene.clinic.doctor, &boris)] {
            let body = json!({"patientId": patient.id});
            house.post("/v1/staff/conversations", doctor.token(), body).await.refused(404, "not_found");
        }
        let body = json!({"with": "operator", "clinicId": nothing});
        house.post("/v1/conversations", boris.token(), body).await.refused(404, "not_found");
        assert_eq!(house.counted("audit_line WHERE action = 'open'").await, 0, "{on:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s2_06_closing_ends_access_and_nothing_else_of_the_patient_was_open_by_it() {
    for on in engines() {
        let house = House::new(on).await;
        let scene = scene(&house).await;
        let (anna, doctor) = (&scene.anna, &scene.clinic.doctor);
        let talk = scene.with_doctor(&house).await;
        house.says(&own(&talk, "/messages"), anna, "Болит").await.is(201);
        let parties = "reason WHERE party = $1 AND object = $1 AND basis = 'conversation'";
        assert_eq!(house.counted_of(parties, &[&talk]).await, 2, "to the conversation, for what is said and who says it");
        assert_eq!(house.counted("reason WHERE basis = 'conversation'").await, 2);

        house.post(&staffs(&talk, "/close"), doctor.token(), json!({})).await.is(204);
        house.post(&staffs(&talk, "/close"), doctor.token(), json!({})).await.is(204);
        // The booking's reason stands, and opens the conversation no more.
        house.get(&format!("/v1/staff/patients/{}/documents", anna.id), doctor.token()).await.is(200);
        house.get(&staffs(&talk, "/messages"), doctor.token()).await.refused(404, "not_found");
        house.says(&staffs(&talk, "/messages"), doctor, "Ещё").await.refused(404, "not_found");
        assert_eq!(items(&house.get("/v1/staff/conversations", doctor.token()).await), Vec::<Value>::new());
        house.says(&own(&talk, "/messages"), anna, "Ещё").await.refused(409, "state_conflict");
        let view = house.get(&own(&talk, ""), anna.token()).await.is(200);
        assert_eq!(view.text("/state"), "closed");
        assert_eq!(items(&house.get(&own(&talk, "/messages"), anna.token()).await.is(200)).len(), 1, "it is his own");

        // The next one is another, opened by the doctor, and closed by the patient.
        let next = house.post("/v1/staff/conversations", doctor.token(), json!({"patientId": anna.id})).await.is(201).text("/id");
        assert_ne!(next, talk);
        assert_eq!(scene.with_doctor(&house).await, next);
        house.says(&staffs(&next, "/messages"), doctor, "Как вы?").await.is(201);
        house.post(&own(&next, "/close"), anna.token(), json!({})).await.is(204);
        house.get(&staffs(&next, ""), doctor.token()).await.refused(404, "not_found");
        assert_eq!(items(&house.get("/v1/conversations", anna.token()).await.is(200)).len(), 2, "{on:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_term_ends_a_conversation_and_a_later_visit_prolongs_it() {
    for on in engines() {
        let house = House::new(on).await;
        let scene = scene(&house).await;
        let (doctor, secret) = house.hires(&scene, "vracheva").await;
        let hours: Vec<Value> = (1..=7).map(|weekday| json!({"weekday": weekday, "from": "09:00", "to": "18:00"})).collect();
        let path = format!("/v1/staff/doctors/{}/hours", doctor.id);
        house.put(&path, scene.administrator.token(), json!({"hours": hours})).await.is(200);
        let clinic = Clinic { doctor_id: doctor.id.clone(), doctor: doctor.clone(), ..scene.clinic.clone() };
        let scene = Scene { clinic, ..scene };
        let booking = house.books(&scene.anna, &scene.clinic, 12).await;
        let talk = scene.with_doctor(&house).await;
        let enquiry = scene.with_operator(&house).await;
        house.says(&own(&talk, "/messages"), &scene.anna, "Болит").await.is(201);
        let ends = house.get(&format!("/v1/bookings/{booking}"), scene.anna.token()).await.text("/endsAt");
        let until = house.get(&own(&talk, ""), scene.anna.token()).await.text("/openUntil");
        let [ends, until] = [ends, until].map(|at| chrono::DateTime::parse_from_rfc3339(&at).expect("an instant"));
        assert_eq!(until - ends, TimeDelta::days(30), "open_for after the visit");

        house.later(TimeDelta::days(20)).await;
        let anna = house.newcomer("+79161234567").await;
        house.books(&anna, &scene.clinic, 12).await;
        let scene = Scene { anna, ..scene };
        assert_eq!(scene.with_doctor(&house).await, talk);
        let later = house.get(&own(&talk, ""), scene.anna.token()).await.text("/openUntil");
        assert_eq!(chrono::DateTime::parse_from_rfc3339(&later).expect("an instant") - until, TimeDelta::days(20));

        house.app.ambient.advance(TimeDelta::days(25));
        let doctor = house.sign_in("vracheva", PASSWORD, &secret).await;
        house.says(&staffs(&talk, "/messages"), &doctor, "Как вы?").await.is(201);
        house.app.ambient.advance(TimeDelta::days(7));
        let doctor = house.sign_in("vracheva", PASSWORD, &secret).await;
        let anna = house.newcomer("+79161234567").await;
        house.get(&staffs(&talk, "/messages"), doctor.token()).await.refused(404, "not_found");
        assert_eq!(items(&house.get("/v1/staff/conversations", doctor.token()).await.is(200)), Vec::<Value>::new());
        house.says(&own(&talk, "/messages"), &anna, "Ещё").await.refused(409, "state_conflict");
        assert_eq!(house.get(&own(&talk, ""), anna.token()).await.text("/state"), "closed");
        // Treatment is over: nobody begins another.
        let body = json!({"with": "doctor", "doctorId": doctor.id});
        house.post("/v1/conversations", anna.token(), body).await.refused(404, "not_found");
        house.later(TimeDelta::hours(2)).await;
        assert_eq!(house.counted("conversation WHERE state = 'open'").await, 0, "the sweep has closed them");
        house.later(TimeDelta::days(91)).await;
        let anna = house.newcomer("+79161234567").await;
        house.get(&own(&enquiry, ""), anna.token()).await.refused(404, "not_found");
        assert_eq!(house.get(&own(&talk, "/messages"), anna.token()).await.is(200).text("/items/1/text"), "Болит", "{on:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_trail_names_who_read_and_the_patient_reads_it() {
    for on in engines() {
        let house = House::new(on).await;
        let scene = scene(&house).await;
        let (talk, enquiry) = (scene.with_doctor(&house).await, scene.with_operator(&house).await);
        house.says(&own(&talk, "/messages"), &scene.anna, "Болит").await.is(201);
        house.says(&own(&enquiry, "/messages"), &scene.anna, "Где?").await.is(201);
        assert_eq!(house.counted("audit_line WHERE action = 'open'").await, 0, "one's own reads leave none");
        house.get(&staffs(&talk, "/messages"), scene.clinic.doctor.token()).await.is(200);
        house.get(&staffs(&enquiry, "/messages"), scene.desk.token()).await.is(200);
        for (who, conversation, class) in [(&scene.clinic.doctor, &talk, "clinical"), (&scene.desk, &enquiry, "support")] {
            let line = format!(
                "audit_line WHERE operation = 'listStaffMessages' AND action = 'open' AND who = 'staff:{}' AND class = '{class}' \
                 AND object_kind = 'conversation' AND object_id = $1 AND basis = 'conversation' AND about IS NOT NULL",
                who.id
            );
            assert_eq!(house.counted_of(&line, &[conversation]).await, 1, "{on:?}");
        }
        let log = house.get("/v1/me/access-log", scene.anna.token()).await.is(200);
        assert_eq!((log.text("/items/1/staffRole"), log.text("/items/0/staffRole")), ("doctor".into(), "reception".into()));
        assert_eq!(log.text("/items/1/basisTitle"), "You are talking with the doctor or the clinic");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_freeze_stops_both_sides() {
    for on in engines() {
        let house = House::new(on).await;
        let scene = scene(&house).await;
        let (anna, doctor) = (&scene.anna, &scene.clinic.doctor);
        let (talk, enquiry) = (scene.with_doctor(&house).await, scene.with_operator(&house).await);
        let message = house.says(&own(&talk, "/messages"), anna, "Болит").await.is(201).text("/id");
        house.freezes(anna, "staff").await;
        for (who, conversation) in [(doctor, &talk), (&scene.desk, &enquiry)] {
            house.get(&staffs(conversation, "/messages"), who.token()).await.refused(404, "not_found");
            house.says(&staffs(conversation, "/messages"), who, "Ещё").await.refused(404, "not_found");
            house.post(&staffs(conversation, "/read"), who.token(), json!({"upTo": message})).await.refused(404, "not_found");
            assert_eq!(items(&house.get("/v1/staff/conversations", who.token()).await.is(200)), Vec::<Value>::new());
        }
        house.get(&own(&talk, "/messages"), anna.token()).await.is(200);
        house.freezes(anna, "patient").await;
        house.get("/v1/conversations", anna.token()).await.refused(403, "frozen");
        house.get(&own(&talk, "/messages"), anna.token()).await.refused(403, "frozen");
        house.says(&own(&talk, "/messages"), anna, "Ещё").await.refused(403, "frozen");
        house.post(&own(&talk, "/read"), anna.token(), json!({"upTo": message})).await.refused(403, "frozen");
        house.post(&own(&talk, "/close"), anna.token(), json!({})).await.refused(403, "frozen");
        let body = json!({"with": "operator", "clinicId": scene.clinic.clinic_id});
        house.post("/v1/conversations", anna.token(), body).await.refused(403, "frozen");
        assert_eq!(house.counted("message").await, 1, "{on:?}");
    }
}
