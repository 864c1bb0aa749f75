//! What leaves the house says that there is a message, and nothing else: over every kind and every way.

use super::{PHONE, newest, sent, states, telephone, with_profile};
use crate::support::clinic::at;
use crate::support::scan::{Marker, Scanner};
use crate::support::stores::engines;
use feldsher::adapters::outbox::Channel;
use feldsher::app::catalogue;
use feldsher::app::notices::Channel as Way;
use feldsher::clinic::notifications::{self, Kind};
use feldsher::kernel::db::{Actor, Tx};
use feldsher::kernel::error::Result;
use feldsher::kernel::lang::Lang;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Every kind goes every way.
fn every_way(profile: String) -> String {
    let (head, rest) = profile.split_once("[[notice]]").expect("plans");
    let (_, tail) = rest.split_once("[erasure]").expect("what comes after");
    let plan = |kind: &Kind| format!("[[notice]]\nkind = {:?}\nchannels = [\"push\", \"sms\", \"email\"]\n", kind.as_str());
    let plans: String = Kind::ALL.iter().map(plan).collect();
    let email = "[[consent]]\nid = \"marketing.own.email\"\npurpose = \"marketing\"\nrecipient = \"operator\"\n";
    let words = "{ ru = \"а\", kk = \"а\", ka = \"ა\", en = \"a\" }";
    let email = format!("{email}title = {words}\nstops = {words}\nstays = {words}\n");
    format!("{head}{email}{plans}[erasure]{tail}")
}

#[tokio::test(flavor = "multi_thread")]
async fn s3_03_no_push_sms_or_letter_says_what_happened_or_to_whom() {
    for on in engines() {
        let house = with_profile(on, every_way).await;
        let admin = house.administrator().await;
        let clinic = house.clinic(&admin).await;
        let by_phone = house.patient(PHONE).await;
        let by_email = by_email(&house, "anna.kanarejkina@example.org").await;
        telephone(&house, &by_phone, "token-of-the-first-telephone").await;
        let booking = json!({
            "doctorId": clinic.doctor_id, "serviceId": clinic.service_id, "startsAt": at(&house, 2, 10, 0).to_rfc3339(),
            "complaint": "Стреляет в ухе",
        });
        let booking = house.post("/v1/bookings", by_phone.token(), booking).await.is(201).text("/id");
        for (person, lang) in [(&by_phone, "kk"), (&by_email, "ka")] {
            for item in ["push", "sms", "email"] {
                house.put(&format!("/v1/me/consents/marketing.own.{item}"), person.token(), json!({})).await.is(200);
            }
            house.put("/v1/me/preferences", person.token(), json!({"language": lang, "switches": []})).await.is(200);
            for kind in Kind::ALL {
                let subject = super::subject(person);
                let object = booking.parse().expect("an id");
                let tell = async |tx: &mut Tx| -> Result<()> {
                    match kind {
                        Kind::Marketing => notifications::tell_marketing(tx, subject, "news").await.map(drop),
                        // A reminder goes each way by itself.
                        Kind::VisitReminder => {
                            let (of, until) = ((subject, object), tx.now() + chrono::TimeDelta::days(1));
                            let mut notice = None;
                            for way in Way::ALL {
                                notice = Some(notifications::remind(tx, notice, of, *way, until).await?);
                            }
                            Ok(())
                        }
                        kind => notifications::tell(tx, subject, *kind, object).await,
                    }
                };
                house.app.write(&Actor::house("test"), tell).await.expect("told");
            }
        }
        house.settle().await;
        let expected =
            [(Channel::Push, Kind::ALL.len() + 1), (Channel::Sms, Kind::ALL.len() + 1), (Channel::Mail, Kind::ALL.len())];
        for (channel, count) in expected {
            assert_eq!(sent(&house, channel).len(), count, "{channel:?} on {on:?}: every kind went");
        }
        assert_eq!(states(&house, newest(&house, &by_phone).await).await, ["email nowhere", "push sent", "sms sent"]);

        let scanner = Scanner::new(&markers(&[&booking, &by_phone.id, &by_email.id, &clinic.doctor_id]));
        for message in house.app.adapters.outbox.all().into_iter().filter(|message| !is_code(message)) {
            let body = [message.subject.as_deref().unwrap_or_default(), &message.text].join("\n");
            let found = scanner.scan("a message", body.as_bytes()).summary();
            assert!(found.is_empty(), "{:?} on {on:?}: {found:?}", message.channel);
        }
        for push in sent(&house, Channel::Push) {
            let body: Value = serde_json::from_str(&push.text).expect("JSON");
            let keys: BTreeSet<&str> = body.as_object().expect("an object").keys().map(String::as_str).collect();
            assert_eq!(keys, BTreeSet::from(["id", "kind", "loc-key", "manner"]), "the kind is the token's");
            assert_eq!((&body["loc-key"], &body["kind"]), (&json!("NOTICE"), &json!("fcmToken")));
            assert!(push.text.len() <= 200, "{}", push.text.len());
            assert_eq!(push.key, body["id"].as_str().expect("an id"), "a repetition is recognisable");
        }
        let texts: BTreeSet<String> = sent(&house, Channel::Sms).into_iter().map(|message| message.text).collect();
        assert_eq!(texts, BTreeSet::from(["notice-sms", "reminder-sms"].map(|key| catalogue::text(Lang::Kk, key, &[]))));
        let letters: BTreeSet<String> = sent(&house, Channel::Mail).into_iter().map(|message| message.text).collect();
        let bodies = ["notice-mail-body", "reminder-mail-body"].map(|key| catalogue::text(Lang::Ka, key, &[]));
        assert_eq!(letters, BTreeSet::from(bodies));
    }
}

fn is_code(message: &feldsher::adapters::outbox::Message) -> bool {
    message.channel != Channel::Push && message.text.contains(|c: char| c.is_ascii_digit())
}

fn markers(ids: &[&str]) -> Vec<Marker> {
    let words = ["Пациентов", "Пётр", "Айгерим", "Ёлкина", "cardiology", "Кардиология", "Стреляет в ухе", "kanarejkina"];
    let kinds = Kind::ALL.iter().map(|kind| kind.as_str()).filter(|kind| *kind != "marketing");
    let words = words.into_iter().chain(kinds).chain(ids.iter().copied());
    let words = words.map(|word| Marker::text(word, word));
    words.chain([Marker::number("phone", [PHONE.to_owned(), PHONE[2..].to_owned()])]).collect()
}

/// A patient who is reached by e-mail alone.
async fn by_email(house: &crate::support::house::House, address: &str) -> crate::support::people::Person {
    let asked = house.post("/v1/auth/codes", None, json!({"channel": "email", "to": address})).await.is(202);
    let code: String = house.last_message(address).await.chars().filter(char::is_ascii_digit).take(6).collect();
    let body = json!({"grant": "code", "challengeId": asked.text("/challengeId"), "code": code});
    let pair = house.post("/v1/auth/tokens", None, body).await.is(200);
    let token = pair.text("/accessToken");
    let id = house.get("/v1/me", Some(&token)).await.is(200).text("/id");
    let person = crate::support::people::Person { id, token, refresh: pair.text("/refreshToken") };
    house.accept(&person).await;
    person
}

#[test]
fn an_sms_notice_is_one_message_without_a_placeholder() {
    for &lang in Lang::ALL {
        let text = catalogue::text(lang, "notice-sms", &[]);
        assert!(text.encode_utf16().count() <= 70 && !text.contains(['{', '$']), "{lang}: {text}");
        for kind in Kind::ALL {
            for key in [format!("notice-{}", kind.as_str()), format!("notice-{}.body", kind.as_str())] {
                assert!(!catalogue::text(lang, &key, &[]).contains("notice-"), "{lang} {key}");
            }
        }
    }
}
