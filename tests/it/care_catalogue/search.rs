//! Doctors are found by any word of their names, in any script, alike on both engines.

use super::{coded, faults, ids};
use crate::support::clinic::everywhere;
use crate::support::house::House;
use crate::support::stores::engines;
use chrono::{Datelike, TimeDelta};
use serde_json::{Value, json};
use std::collections::BTreeMap;

fn names(ru: &str, kk: &str, ka: &str, en: &str) -> Value {
    json!({"ru": ru, "kk": kk, "ka": ka, "en": en})
}

fn staff() -> Vec<(&'static str, Value)> {
    vec![
        ("aigerim", names("Айгерим Сейткызы", "Айгерім Сейтқызы", "აიგერიმ სეიტკიზი", "Aigerim Seitkyzy")),
        ("abai", names("Абай Айгеримов", "Абай Айгеримов", "აბაი აიგერიმოვი", "Abai Aigerimov")),
        ("pyotr", names("Пётр Ёлкин", "Пётр Ёлкин", "პიოტრ იოლკინი", "Pyotr Yolkin")),
        ("asem", names("Асем Галымкызы", "Әсем Ғалымқызы", "ასემ გალიმკიზი", "Asem Galymkyzy")),
        ("nino", names("Нино Шотаевна Квирикашвили", "Нино Квирикашвили", "ნინო კვირიკაშვილი", "Nino Kvirikashvili")),
        ("maria", names("Анна-Мария О’Брайен", "Анна-Мария О’Брайен", "ანა-მარია ობრაიენი", "Anna-Maria O'Brien")),
        ("lukasz", names("Лукаш Мюллер", "Лукаш Мюллер", "ლუკაშ მიულერი", "Łukasz Müller")),
    ]
}

/// What is sought, and who is found, in order.
const TABLE: &[(&str, &[&str])] = &[
    // The whole word stands before the beginning of one, whatever the order of names.
    ("айгерим", &["aigerim", "abai"]),
    ("АЙГЕРІМ", &["aigerim", "abai"]),
    ("Aigerim", &["aigerim", "abai"]),
    ("აიგერიმ", &["aigerim", "abai"]),
    ("айгер", &["abai", "aigerim"]),
    ("сейтк", &["aigerim"]),
    ("Сейтқ", &["aigerim"]),
    ("seitk", &["aigerim"]),
    ("сейт айг", &["aigerim"]),
    ("айгерим сейткызы", &["aigerim"]),
    ("елкин", &["pyotr"]),
    ("ЁЛКИН", &["pyotr"]),
    ("ёлк", &["pyotr"]),
    ("elkin", &["pyotr"]),
    ("yolkin", &["pyotr"]),
    ("იოლკ", &["pyotr"]),
    ("петр", &["pyotr"]),
    ("Пётр", &["pyotr"]),
    ("асем", &["asem"]),
    ("Әсем", &["asem"]),
    ("әсе", &["asem"]),
    ("ғалым", &["asem"]),
    ("галым", &["asem"]),
    ("GALYM", &["asem"]),
    ("გალიმ", &["asem"]),
    ("нино", &["nino"]),
    ("ნინო", &["nino"]),
    ("ᲜᲘᲜᲝ", &["nino"]),
    ("NINO kvir", &["nino"]),
    ("კვირიკა нино", &["nino"]),
    ("шота", &["nino"]),
    ("мария", &["maria"]),
    ("anna-maria", &["maria"]),
    ("Мария Анна", &["maria"]),
    ("o'brien", &["maria"]),
    ("obrien", &["maria"]),
    ("О'Брай", &["maria"]),
    ("lukasz", &["lukasz"]),
    ("łukasz", &["lukasz"]),
    ("muller", &["lukasz"]),
    ("Мюллер", &["lukasz"]),
    ("მიულერ", &["lukasz"]),
    // Letters inside a word are no beginning, and what stands for anything elsewhere stands for itself here.
    ("герим", &[]),
    ("brien", &[]),
    ("айгерим нино", &[]),
    ("айгерим иванов", &[]),
    ("%", &[]),
    ("_", &[]),
    ("\\", &[]),
    ("*", &[]),
    ("'; DROP TABLE doctor", &[]),
    ("ж щ ц э ю", &[]),
    ("айгерим с к", &["aigerim"]),
    ("к айгерим", &[]),
    ("\u{10ffff}", &[]),
];

#[tokio::test(flavor = "multi_thread")]
async fn s1_03_names_are_found_by_words_in_any_script_and_ranked_alike_on_both_engines() {
    for on in engines() {
        let house = House::new(on).await;
        let admin = house.administrator().await;
        let clinic = house.new_clinic(&admin, "Клиника").await;
        let mut who = BTreeMap::new();
        for (login, names) in staff() {
            who.insert(house.new_doctor(&admin, &clinic, login, names).await, login);
        }
        let find = async |query: &str| -> Vec<&str> {
            let found = house.get(&format!("/v1/doctors?{query}"), None).await.is(200);
            ids(&found).iter().map(|id| who[id]).collect()
        };
        for (name, expected) in TABLE {
            assert_eq!(find(&format!("name={}", coded(name))).await, *expected, "{on:?} {name}");
        }
        let everybody = ["abai", "aigerim", "maria", "asem", "lukasz", "nino", "pyotr"];
        for nothing in ["", "name=", "name=%20", "name='", "name=.-"] {
            assert_eq!(find(nothing).await, everybody, "{on:?} {nothing:?} asks for nothing");
        }
        // The longest question that is taken, and one letter more.
        assert_eq!(find(&format!("name={}", coded(&"я".repeat(100)))).await, Vec::<&str>::new());
        house.get(&format!("/v1/doctors?name={}", coded(&"я".repeat(101))), None).await.refused(400, "invalid");

        // A page after another is the list, with a name and without, though somebody in the midst receives no more meanwhile.
        for query in ["", "name=a", "name=Айгер"] {
            let (mut paged, mut cursor) = (Vec::new(), String::new());
            loop {
                let page = house.get(&format!("/v1/doctors?limit=1&{query}{cursor}"), None).await.is(200);
                paged.extend(ids(&page).iter().map(|id| who[id]));
                match page.text("/nextCursor") {
                    next if next.is_empty() => break,
                    next => cursor = format!("&cursor={next}"),
                }
            }
            assert_eq!(paged, find(query).await, "{on:?} {query}");
        }
        let first = house.get("/v1/doctors?limit=3", None).await.is(200);
        let third = ids(&first)[2].clone();
        let away = json!({"clinicIds": [clinic], "speciality": "therapy", "names": everywhere("Анна Мария"), "active": false});
        house.put(&format!("/v1/staff/doctors/{third}"), admin.token(), away).await.is(200);
        let rest = find(&format!("limit=3&cursor={}", first.text("/nextCursor"))).await;
        assert_eq!(rest, ["asem", "lukasz", "nino"], "{on:?}");
        house.get("/v1/doctors?cursor=bm9uZQ", None).await.refused(400, "invalid");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s1_03_the_order_of_names_is_that_of_the_alphabet() {
    for on in engines() {
        let house = House::new(on).await;
        let admin = house.administrator().await;
        let clinic = house.new_clinic(&admin, "Клиника").await;
        for (login, name) in
            [("1", "Дамир"), ("2", "Ғалия"), ("3", "галина"), ("4", "Әлия"), ("5", "Аян"), ("6", "Ёлка"), ("7", "Жан")]
        {
            house.new_doctor(&admin, &clinic, &format!("doctor{login}"), everywhere(name)).await;
        }
        let found = house.get_in("ru", "/v1/doctors").await.is(200).json();
        let shown: Vec<&str> =
            found["items"].as_array().expect("items").iter().filter_map(|item| item["name"].as_str()).collect();
        assert_eq!(shown, ["Аян", "Әлия", "галина", "Ғалия", "Дамир", "Ёлка", "Жан"], "{on:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s1_03_doctors_are_found_by_clinic_service_language_and_day() {
    for on in engines() {
        let house = House::new(on).await;
        let admin = house.administrator().await;
        let (first, second) = (house.new_clinic(&admin, "Первая").await, house.new_clinic(&admin, "Вторая").await);
        let new = |login: &str, speciality: &str, languages: Value, others: Value| {
            json!({
                "clinicId": first, "otherClinicIds": others, "speciality": speciality, "login": login,
                "names": everywhere(login), "languages": languages,
            })
        };
        let make = async |body: Value| house.post("/v1/staff/doctors", admin.token(), body).await.is(201).text("/id");
        let heart = make(new("heart", "cardiology", json!(["ru", "kk"]), json!([second]))).await;
        let nerve = make(new("nerve", "neurology", json!(["ka"]), json!([]))).await;
        let service = |clinic: &str, speciality: Option<&str>| {
            let mut body = json!({"clinicId": clinic, "names": everywhere("Приём"), "durationMinutes": 30});
            if let Some(code) = speciality {
                body["speciality"] = code.into();
            }
            body
        };
        let offer = async |body: Value| house.post("/v1/staff/services", admin.token(), body).await.is(201).text("/id");
        let (any, of_hearts) = (offer(service(&first, None)).await, offer(service(&first, Some("cardiology"))).await);
        let elsewhere = offer(service(&second, None)).await;
        let monday = house.app.ambient.now().date_naive() + TimeDelta::days(7);
        let monday = monday - TimeDelta::days(i64::from(monday.weekday().num_days_from_monday()));
        let day = |after: i64| (monday + TimeDelta::days(after)).to_string();
        let hours = json!({"hours": [
            {"weekday": 1, "from": "09:00", "to": "12:00"},
            {"weekday": 1, "from": "13:00", "to": "16:00", "clinicId": second},
            {"weekday": 2, "from": "09:00", "to": "12:00", "validUntil": day(1)},
        ]});
        house.put(&format!("/v1/staff/doctors/{heart}/hours"), admin.token(), hours).await.is(200);

        let both = vec![heart.clone(), nerve.clone()];
        let table = [
            (format!("clinicId={first}"), both.clone()),
            (format!("clinicId={second}"), vec![heart.clone()]),
            (format!("serviceId={any}"), both),
            (format!("serviceId={of_hearts}"), vec![heart.clone()]),
            (format!("serviceId={elsewhere}"), vec![heart.clone()]),
            (format!("serviceId={first}"), vec![]),
            ("language=kk".to_owned(), vec![heart.clone()]),
            ("language=ka".to_owned(), vec![nerve]),
            ("language=de".to_owned(), vec![]),
            (format!("day={}", day(0)), vec![heart.clone()]),
            (format!("day={}", day(1)), vec![heart.clone()]),
            (format!("day={}", day(2)), vec![]),
            (format!("day={}", day(7)), vec![heart.clone()]),
            (format!("day={}", day(8)), vec![]),
            (format!("speciality=cardiology&language=ru&clinicId={second}&day={}&name=hea", day(0)), vec![heart.clone()]),
            ("speciality=cardiology&language=ka".to_owned(), vec![]),
        ];
        for (query, expected) in table {
            let found = house.get(&format!("/v1/doctors?{query}"), None).await.is(200);
            assert_eq!(ids(&found), expected, "{on:?} {query}");
        }
        for language in ["xx", "russian", "%25", "RU"] {
            let refused = house.get(&format!("/v1/doctors?language={language}"), None).await.refused(400, "invalid");
            assert_eq!(faults(&refused)[0].0, "?language");
        }
        for bad in ["clinicId=1", "serviceId=x", "day=2026-02-30", "day=monday"] {
            house.get(&format!("/v1/doctors?{bad}"), None).await.refused(400, "invalid");
        }

        // Time is offered in the clinic of the service, on its clock.
        let slots = format!("/v1/doctors/{heart}/slots?from={}&to={}&serviceId={elsewhere}", day(0), day(0));
        assert_eq!(ids(&house.get(&slots, None).await.is(200)).len(), 6);
    }
}
