//! S1-05: calls, by whom they are held, who listens, and how they end. S1-08: what may not be in them. S4-11: what is withheld is told.

use super::{OTHER, PHONE, bases, erased, exported, named, number, under};
use crate::support::house::{Answer, House};
use crate::support::people::Person;
use crate::support::stores::engines;
use chrono::TimeDelta;
use reqwest::Method;
use sea_orm::{ConnectionTrait, Database, Statement};
use serde_json::{Value, json};

const WAV: &str = "audio/x-wav";
const COUNT: &str = "SELECT count(*) FROM recording";

fn wav(bytes: usize) -> Vec<u8> {
    let body = (0..bytes).map(|index| u8::try_from(index % 251).expect("below 251"));
    [b"RIFF\x24\x08\x00\x00WAVEfmt ".to_vec(), body.collect()].concat()
}

fn call(house: &House, audio: &[u8]) -> Value {
    json!({
        "source": "staff", "holder": "operator", "announced": true, "refused": false, "seconds": 61, "phone": PHONE,
        "beganAt": house.app.ambient.now().to_rfc3339(), "audio": {"mediaType": WAV, "sizeBytes": audio.len()},
    })
}

/// How many keys there are of recordings that are nobody's.
async fn keys_of_nobody(house: &House) -> i64 {
    let register = Database::connect(&house.stores.register_url).await.expect("a register");
    let sql = "SELECT count(*) FROM subject_key k WHERE class = 'recording' AND NOT EXISTS \
               (SELECT 1 FROM subject_key o WHERE o.subject = k.subject AND o.class = 'identity')";
    let row = register.query_one_raw(Statement::from_string(register.get_database_backend(), sql)).await.expect("a query");
    row.expect("a row").try_get_by_index(0).expect("a number")
}

fn recordings_on_disk(house: &House) -> usize {
    std::fs::read_dir(house.stores.path("data").join("files")).expect("the folder of objects").count()
}

impl House {
    async fn noted(&self, desk: &Person, call: Value) -> String {
        self.post("/v1/staff/recordings", desk.token(), call).await.is(201).text("/id")
    }

    async fn uploads(&self, desk: &Person, id: &str, audio: &[u8]) -> Answer {
        let put = self.request(Method::PUT, &format!("/v1/staff/recordings/{id}/content"), desk.token());
        self.send(put.header("Content-Type", WAV).body(audio.to_vec())).await
    }

    /// A call of the patient with this phone, with its audio.
    async fn recorded(&self, desk: &Person, phone: &str, audio: &[u8]) -> String {
        let mut new = call(self, audio);
        new["patientId"] = self.found_by_phone(desk, phone).await.into();
        let id = self.noted(desk, new).await;
        self.uploads(desk, &id, audio).await.is(204);
        id
    }

    async fn begins(&self, who: &Person, id: &str, reason: &str) -> Answer {
        self.post(&format!("/v1/staff/recordings/{id}/listenings"), who.token(), json!({"reason": reason})).await
    }

    async fn hears(&self, who: &Person, id: &str, listening: &str, range: Option<&str>) -> Answer {
        let path = format!("/v1/staff/recordings/{id}/content?listeningId={listening}");
        let request = self.request(Method::GET, &path, who.token());
        self.send(match range {
            Some(range) => request.header("Range", range),
            None => request,
        })
        .await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s1_05_a_call_is_heard_with_a_reason_alone_and_its_person_reads_who_listened() {
    for on in engines() {
        let house = under(on, "ru-marketplace").await;
        let admin = house.administrator().await;
        let clinic = house.clinic(&admin).await;
        let desk = house.staff(&admin, "reception", "desk", Some(&clinic.clinic_id)).await;
        let centre = house.staff(&admin, "callCentre", "centre", None).await;
        let officer = house.staff(&admin, "officer", "officer", None).await;
        let (me, _) = (named(&house, PHONE).await, named(&house, OTHER).await);
        let audio = wav(200_000);

        // Nobody knows yet whose call it was.
        let id = house.noted(&desk, call(&house, &audio)).await;
        house.uploads(&centre, &id, &audio).await.refused(404, "not_found");
        let mut wrong = audio.clone();
        wrong[0] = b'X';
        house.uploads(&desk, &id, &wrong).await.refused(400, "content_not_as_declared");
        house.uploads(&desk, &id, &audio[..audio.len() - 1]).await.refused(400, "size_mismatch");
        house.uploads(&desk, &id, &audio).await.is(204);
        house.uploads(&desk, &id, &audio).await.refused(409, "content_present");
        let own = async || house.get("/v1/me/recordings", me.token()).await.is(200).json();
        assert_eq!(own().await["items"], json!([]));
        assert_eq!(keys_of_nobody(&house).await, 1);
        let link = format!("/v1/staff/recordings/{id}/patient");
        house.put(&link, desk.token(), json!({"patientId": me.id})).await.refused(404, "not_found");
        house.found_by_phone(&desk, PHONE).await;
        house.put(&link, desk.token(), json!({"patientId": me.id})).await.is(204);
        house.settle().await;
        assert_eq!(keys_of_nobody(&house).await, 0, "what it lay under before is destroyed, on {on:?}");
        house.put(&link, desk.token(), json!({"patientId": me.id})).await.refused(409, "state_conflict");

        // No listening without a reason, and none of somebody else's.
        let nobody = house.app.ambient.id().to_string();
        house.hears(&officer, &id, &nobody, None).await.refused(404, "not_found");
        house.begins(&officer, &id, "curiosity").await.refused(400, "invalid");
        let listening = house.begins(&officer, &id, "qualityControl").await.is(201).text("/id");
        house.hears(&centre, &id, &listening, None).await.refused(404, "not_found");
        assert_eq!(house.hears(&officer, &id, &listening, None).await.is(200).bytes, audio);
        let part = house.hears(&officer, &id, &listening, Some("bytes=70000-70009")).await.is(206);
        assert_eq!(part.bytes, audio[70_000..70_010], "{on:?}");

        // He reads who listened and why, and listens himself; nobody else does.
        let mine = own().await;
        assert_eq!(mine["items"][0]["listenings"][0]["reason"], "qualityControl");
        assert_eq!(mine["items"][0]["listenings"][0]["staffName"], "Сотрудник Клиники");
        assert_eq!((&mine["items"][0]["source"], &mine["items"][0]["announced"]), (&json!("staff"), &json!(true)));
        assert!(bases(&house, &me).await.iter().any(|basis| basis == "listening"), "each stands in his access log");
        let content = format!("/v1/me/recordings/{id}/content");
        assert_eq!(house.get(&content, me.token()).await.is(200).bytes, audio);
        let stranger = house.newcomer(OTHER).await;
        house.get(&content, stranger.token()).await.refused(404, "not_found");
        let (parts, files) = exported(&house, &me).await;
        assert_eq!((&parts["recordings"][0]["phone"], files), (&json!(PHONE), 1));

        // A listening ends, and so does a recording.
        let mut officer = officer;
        for _ in 0..7 {
            house.app.ambient.advance(TimeDelta::minutes(9));
            let refresh = json!({"grant": "refresh", "refreshToken": officer.refresh});
            let pair = house.post("/v1/auth/tokens", None, refresh).await.is(200);
            officer = Person { token: pair.text("/accessToken"), refresh: pair.text("/refreshToken"), ..officer };
        }
        house.hears(&officer, &id, &listening, None).await.refused(404, "not_found");
        house.later(TimeDelta::days(181)).await;
        for table in ["recording", "recording_listening"] {
            assert_eq!(number(&house, &format!("SELECT count(*) FROM {table}")).await, 0, "{on:?}");
        }
        assert_eq!(recordings_on_disk(&house), 0, "the bytes are gone, on {on:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s1_05_who_refuses_or_was_not_told_is_not_recorded_and_what_others_hold_is_noted() {
    for on in engines() {
        let house = under(on, "ru-marketplace").await;
        let admin = house.administrator().await;
        let desk = house.staff(&admin, "reception", "desk", None).await;
        let audio = wav(10);
        let with = |changes: Value| {
            let mut new = call(&house, &audio);
            for (field, value) in changes.as_object().expect("an object") {
                new[field.as_str()] = value.clone();
            }
            new
        };
        let ahead = (house.app.ambient.now() + TimeDelta::hours(1)).to_rfc3339();
        for (changes, pointer) in [
            (json!({"refused": true}), "/audio"),
            (json!({"announced": false}), "/announced"),
            (json!({"holder": "thirdParty", "heldBy": "ООО Связь"}), "/audio"),
            (json!({"holder": "thirdParty", "audio": null}), "/heldBy"),
            (json!({"heldBy": "ООО Связь"}), "/heldBy"),
            (json!({"beganAt": ahead}), "/beganAt"),
            (json!({"audio": {"mediaType": "video/mp4", "sizeBytes": 5}}), "/audio/mediaType"),
        ] {
            let answer = house.post("/v1/staff/recordings", desk.token(), with(changes)).await.refused(400, "invalid").json();
            assert_eq!(answer["errors"][0]["pointer"], pointer, "{answer}");
        }
        let nobody = house.app.ambient.id().to_string();
        for whose in ["patientId", "leadId"] {
            let unknown = with(json!({whose: nobody}));
            house.post("/v1/staff/recordings", desk.token(), unknown).await.refused(404, "not_found");
        }
        assert_eq!(
            (number(&house, COUNT).await, keys_of_nobody(&house).await),
            (0, 0),
            "what is refused leaves nothing, on {on:?}"
        );

        let lead = json!({"channel": "phone", "name": "Спросивший", "phone": PHONE, "intent": "Есть ли кардиолог"});
        let lead = house.post("/v1/staff/leads", desk.token(), lead).await.is(201).text("/id");
        let refused = house.noted(&desk, with(json!({"refused": true, "audio": null, "leadId": lead}))).await;
        let elsewhere = json!({"source": "automatic", "holder": "thirdParty", "heldBy": "ООО Связь", "audio": null});
        let elsewhere = house.noted(&desk, with(elsewhere)).await;
        for id in [&refused, &elsewhere] {
            house.uploads(&desk, id, &audio).await.refused(409, "state_conflict");
            house.begins(&desk, id, "complaint").await.refused(409, "content_missing");
        }
        let listed = house.get("/v1/staff/recordings", desk.token()).await.is(200).json();
        assert_eq!((&listed["items"][0]["heldBy"], &listed["items"][1]["refused"]), (&json!("ООО Связь"), &json!(true)));
        assert!(!listed.to_string().contains(PHONE), "the list names nobody");
        // Their keys go with them.
        assert_eq!(keys_of_nobody(&house).await, 2);
        house.later(TimeDelta::days(181)).await;
        assert_eq!((number(&house, COUNT).await, keys_of_nobody(&house).await), (0, 0), "{on:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s1_08_s4_11_what_may_not_be_heard_is_shut_or_destroyed_and_its_person_is_told() {
    for on in engines() {
        let house = under(on, "ru-marketplace").await;
        let admin = house.administrator().await;
        let desk = house.staff(&admin, "reception", "desk", None).await;
        let officer = house.staff(&admin, "officer", "officer", None).await;
        let me = named(&house, PHONE).await;
        let audio = wav(1000);
        let (ill, others) = (house.recorded(&desk, PHONE, &audio).await, house.recorded(&desk, PHONE, &audio).await);
        let flag = async |id: &str, flag: &str| {
            house.post(&format!("/v1/staff/recordings/{id}/flag"), desk.token(), json!({"flag": flag})).await
        };
        let listening = house.begins(&officer, &ill, "complaint").await.is(201).text("/id");
        house.hears(&officer, &ill, &listening, None).await.is(200);
        flag(&ill, "healthData").await.is(204);
        flag(&ill, "healthData").await.refused(409, "state_conflict");
        house.hears(&officer, &ill, &listening, None).await.refused(409, "content_missing");
        flag(&others, "otherPerson").await.is(204);
        house.begins(&officer, &others, "complaint").await.refused(409, "state_conflict");
        house.settle().await;
        assert_eq!(recordings_on_disk(&house), 1, "what speaks of health is gone at once, the other is shut, on {on:?}");

        // He is told that it is withheld, and why; the archive has none of it.
        let mine = house.get("/v1/me/recordings", me.token()).await.is(200).json();
        assert_eq!((&mine["items"][0]["state"], &mine["items"][0]["flag"]), (&json!("shut"), &json!("otherPerson")));
        assert_eq!((&mine["items"][1]["state"], &mine["items"][1]["flag"]), (&json!("destroyed"), &json!("healthData")));
        let content = |id: &str| format!("/v1/me/recordings/{id}/content");
        house.get(&content(&others), me.token()).await.refused(409, "state_conflict");
        house.get(&content(&ill), me.token()).await.refused(409, "content_missing");
        let (parts, files) = exported(&house, &me).await;
        assert_eq!((&parts["recordings"][1]["withheld"], files), (&json!("otherPerson"), 0));

        // An officer destroys; the desk does not.
        let path = format!("/v1/staff/recordings/{others}/content");
        house.delete(&path, desk.token()).await.refused(403, "forbidden");
        house.delete(&path, officer.token()).await.is(204);
        house.delete(&path, officer.token()).await.refused(409, "state_conflict");
        house.recorded(&desk, PHONE, &audio).await;
        house.settle().await;
        assert_eq!(recordings_on_disk(&house), 1);

        // And all of it goes with the account.
        erased(&house, PHONE).await;
        assert_eq!(number(&house, COUNT).await, 0, "{on:?}");
        assert_eq!(number(&house, "SELECT count(*) FROM recording_listening").await, 0, "{on:?}");
        house.settle().await;
        assert_eq!(recordings_on_disk(&house), 0, "{on:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s1_05_what_an_officer_holds_outlives_its_day_and_no_hand_destroys_it() {
    for on in engines() {
        let house = under(on, "ru-marketplace").await;
        let admin = house.administrator().await;
        let desk = house.staff(&admin, "reception", "desk", None).await;
        let officer = house.staff(&admin, "officer", "officer", None).await;
        let (me, _) = (named(&house, PHONE).await, named(&house, OTHER).await);
        let audio = wav(100);
        let held = house.recorded(&desk, PHONE, &audio).await;
        house.recorded(&desk, OTHER, &audio).await;
        house.found_by_phone(&officer, PHONE).await;
        let until = (house.app.ambient.now() + TimeDelta::days(400)).to_rfc3339();
        let hold = json!({
            "patientId": me.id, "classes": ["recording"], "rule": "Суд, дело 2-17", "ground": "Запрос суда", "until": until,
            "told": true,
        });
        house.post("/v1/staff/legal-holds", officer.token(), hold).await.is(201);
        let content = format!("/v1/staff/recordings/{held}/content");
        house.delete(&content, officer.token()).await.refused(409, "state_conflict");
        // A flag shuts it for everybody, and destroys nothing.
        let flag = format!("/v1/staff/recordings/{held}/flag");
        house.post(&flag, desk.token(), json!({"flag": "healthData"})).await.is(204);
        house.settle().await;
        assert_eq!(recordings_on_disk(&house), 2, "{on:?}");
        house.later(TimeDelta::days(181)).await;
        assert_eq!((number(&house, COUNT).await, recordings_on_disk(&house)), (1, 1), "the other's day has come, on {on:?}");
        house.later(TimeDelta::days(220)).await;
        assert_eq!((number(&house, COUNT).await, recordings_on_disk(&house)), (0, 0), "the hold is over, on {on:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s1_05_where_no_calls_are_recorded_nothing_is_taken_and_app_config_says_so() {
    for on in engines() {
        let house = House::new(on).await;
        let admin = house.administrator().await;
        let desk = house.staff(&admin, "reception", "desk", None).await;
        let me = house.patient(PHONE).await;
        let new = call(&house, &wav(5));
        house.post("/v1/staff/recordings", desk.token(), new).await.refused(403, "refused_by_profile");
        house.get("/v1/me/recordings", me.token()).await.refused(403, "refused_by_profile");
        assert_eq!(number(&house, COUNT).await, 0, "{on:?}");
        let offers =
            async |house: &House| house.get("/v1/app-config", None).await.is(200).json()["features"]["recordings"] == true;
        assert!(!offers(&house).await && offers(&under(on, "ru-marketplace").await).await);
    }
}
