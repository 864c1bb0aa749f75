//! What patients read: cards in their language, prices by payer, and nothing of what is closed.

use super::{etag, faults, ids};
use crate::support::clinic::{at, everywhere};
use crate::support::house::House;
use crate::support::people::Person;
use crate::support::stores::engines;
use serde_json::{Value, json};

fn four(text: &str) -> Value {
    json!({"ru": format!("{text} по-русски"), "kk": format!("{text} қазақша"), "ka": format!("{text} ქართულად"), "en": format!("{text} in English")})
}

/// An exam with everything that a service can say of itself.
fn exam(clinic: &str) -> Value {
    json!({
        "clinicId": clinic, "names": four("УЗИ"), "mode": "exam", "durationMinutes": 40, "speciality": "ultrasound",
        "preparation": four("Натощак.\nВода можно"), "bufferBeforeMinutes": 5, "bufferAfterMinutes": 10, "leadMinutes": 1440,
        "confirmation": "reception", "minAge": 18, "maxAge": 65, "sex": "female", "equipment": "ultrasound",
        "prices": [{"payer": "oms"}, {"payer": "self", "price": {"amount": 250_000, "currency": "RUB"}}],
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn s1_03_cards_and_preparation_are_read_in_the_language_that_is_asked() {
    for on in engines() {
        let house = House::new(on).await;
        let admin = house.administrator().await;
        let clinic = house.new_clinic(&admin, "Клиника").await;
        let body = json!({
            "names": four("Клиника"), "zone": "Asia/Almaty", "addresses": four("Абая 10"), "phone": "+77272501234",
            "languages": ["kk", "ru", "ka"],
            "card": {
                "email": "Desk@Clinic.example", "website": "https://clinic.example/almaty", "latitude": 43.238949,
                "longitude": 76.889709, "directions": four("Вход со двора"),
            },
        });
        house.put(&format!("/v1/staff/clinics/{clinic}"), admin.token(), body).await.is(200);
        let service = house.post("/v1/staff/services", admin.token(), exam(&clinic)).await.is(201).text("/id");
        let doctor = json!({
            "clinicId": clinic, "speciality": "ultrasound", "login": "doctor", "names": four("Нино"), "languages": ["ka", "ru"],
            "qualifications": four("Высшая категория"),
        });
        let doctor = house.post("/v1/staff/doctors", admin.token(), doctor).await.is(201).text("/id");
        for (language, words) in [("ru", "по-русски"), ("kk-KZ", "қазақша"), ("ka;q=0.9, fr", "ქართულად"), ("de", "in English")]
        {
            let read = house.get_in(language, &format!("/v1/clinics/{clinic}")).await.is(200);
            assert_eq!(read.text("/name"), format!("Клиника {words}"), "{on:?}");
            assert_eq!(read.text("/card/directions"), format!("Вход со двора {words}"));
            let listed = house.get_in(language, "/v1/services").await.is(200);
            assert_eq!(listed.text("/items/0/preparation"), format!("Натощак.\nВода можно {words}"));
            let found = house.get_in(language, "/v1/doctors?language=ka").await.is(200);
            assert_eq!(found.text("/items/0/qualifications"), format!("Высшая категория {words}"));
            assert_eq!(found.text("/items/0/clinics/0/name"), format!("Клиника {words}"));
        }
        let read = house.get(&format!("/v1/clinics/{clinic}"), None).await.is(200).json();
        assert_eq!(read["languages"], json!(["kk", "ru", "ka"]));
        assert_eq!(read["card"]["email"], "Desk@clinic.example");
        assert_eq!((&read["card"]["latitude"], &read["card"]["longitude"]), (&json!(43.238949), &json!(76.889709)));
        let read = house.get(&format!("/v1/services/{service}"), None).await.is(200).json();
        for (field, value) in [
            ("mode", json!("exam")),
            ("confirmation", json!("reception")),
            ("minAge", json!(18)),
            ("maxAge", json!(65)),
            ("sex", json!("female")),
            ("price", json!({"amount": 250_000, "currency": "RUB"})),
            ("prices", json!([{"payer": "self", "price": {"amount": 250_000, "currency": "RUB"}}, {"payer": "oms"}])),
        ] {
            assert_eq!(read[field], value, "{on:?} {field}");
        }
        // What the house alone needs to know is not shown to all.
        for field in ["bufferBeforeMinutes", "equipment", "leadMinutes", "active"] {
            assert!(read.get(field).is_none(), "{field}");
        }
        let read = house.get(&format!("/v1/doctors/{doctor}"), None).await.is(200).json();
        assert_eq!((&read["languages"], &read["clinics"][0]["id"]), (&json!(["ka", "ru"]), &json!(clinic)));

        // A plain service says what it always said.
        let plain = house.service(&admin, &clinic, 30).await;
        let read = house.get(&format!("/v1/services/{plain}"), None).await.is(200).json();
        assert_eq!((&read["mode"], &read["prices"]), (&json!("inPerson"), &json!([{"payer": "self"}])));
        for absent in ["price", "preparation", "minAge", "maxAge", "sex", "speciality"] {
            assert!(read.get(absent).is_none(), "{absent}");
        }
        for (query, expected) in [
            ("mode=exam", vec![service.clone()]),
            ("mode=video", vec![]),
            ("payer=oms", vec![service.clone()]),
            ("payer=self&speciality=neurology", vec![plain]),
            ("payer=programme", vec![]),
        ] {
            assert_eq!(ids(&house.get(&format!("/v1/services?{query}"), None).await.is(200)), expected, "{on:?} {query}");
        }
        house.get("/v1/services?mode=letter", None).await.refused(400, "invalid");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s1_03_who_pays_is_the_profiles_and_what_is_payable_is_checked() {
    for on in engines() {
        let house = House::new(on).await;
        let admin = house.administrator().await;
        let clinic = house.new_clinic(&admin, "Клиника").await;
        let with = |prices: Value| {
            let mut body = exam(&clinic);
            body["prices"] = prices;
            body
        };
        let rubles = |amount: i64| json!({"amount": amount, "currency": "RUB"});
        let table = [
            (json!([]), "/prices", "required"),
            (json!([{"payer": "programme"}]), "/prices/0/payer", "unknown_value"),
            (json!([{"payer": "self"}, {"payer": "self", "price": rubles(1)}]), "/prices/1/payer", "duplicate"),
            (json!([{"payer": "self", "price": rubles(-1)}]), "/prices/0/price/amount", "out_of_range"),
            (json!([{"payer": "dms", "price": rubles(10_000_000_001)}]), "/prices/0/price/amount", "out_of_range"),
        ];
        for (prices, pointer, code) in table {
            let refused = house.post("/v1/staff/services", admin.token(), with(prices.clone())).await.refused(400, "invalid");
            assert_eq!(faults(&refused), [(pointer.to_owned(), code.to_owned())], "{on:?} {prices}");
        }
        let mut twice = exam(&clinic);
        twice["price"] = rubles(5);
        let refused = house.post("/v1/staff/services", admin.token(), twice).await.refused(400, "invalid");
        assert_eq!(faults(&refused), [("/price".to_owned(), "not_asked".to_owned())]);
        for malformed in [
            json!([{"payer": "bank"}]),
            json!([{"price": rubles(5)}]),
            json!([{"payer": "self", "price": {"amount": 1, "currency": "rub"}}]),
        ] {
            house.post("/v1/staff/services", admin.token(), with(malformed)).await.refused(400, "invalid");
        }
        // Nothing to pay is no price, however it is said.
        let free = with(json!([{"payer": "dms", "price": rubles(0)}, {"payer": "self"}]));
        let free = house.post("/v1/staff/services", admin.token(), free).await.is(201).json();
        assert_eq!(free["prices"], json!([{"payer": "self"}, {"payer": "dms"}]));
        assert!(free.get("price").is_none());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s1_03_what_is_closed_is_offered_nowhere_and_keeps_what_is_booked() {
    for on in engines() {
        let house = House::new(on).await;
        let admin = house.administrator().await;
        let clinic = house.clinic(&admin).await;
        let patient = house.patient("+79161234567").await;
        let book = async |hour: u32| {
            let starts_at = at(&house, 1, hour, 0).to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
            let wanted = json!({"doctorId": clinic.doctor_id, "serviceId": clinic.service_id, "startsAt": starts_at});
            house.post("/v1/bookings", patient.token(), wanted).await
        };
        let booked = book(9).await.is(201).text("/id");
        let kept = async |person: &Person, what: &str| {
            let own = house.get(&format!("/v1/bookings/{booked}"), patient.token()).await.is(200);
            assert_eq!(own.text("/state"), "booked", "{on:?} {what}");
            let day = crate::support::clinic::day(&house, 1);
            let diary = house.get(&format!("/v1/staff/bookings?from={day}&to={day}"), person.token()).await.is(200);
            assert_eq!(ids(&diary), std::slice::from_ref(&booked), "{on:?} {what}");
        };
        let offered = async || {
            let mut found = Vec::new();
            for path in ["/v1/clinics", "/v1/doctors", "/v1/services", "/v1/doctors?name=Айгерим", "/v1/specialities"] {
                let list = house.get(path, None).await.is(200).json();
                found.push(list["items"].as_array().map_or(0, Vec::len));
            }
            found
        };
        assert_eq!(offered().await, [1, 1, 1, 1, 1]);
        let paths = [
            (format!("/v1/staff/doctors/{}", clinic.doctor_id), [1, 0, 1, 0, 0]),
            (format!("/v1/staff/services/{}", clinic.service_id), [1, 1, 0, 1, 1]),
            (format!("/v1/staff/clinics/{}", clinic.clinic_id), [0, 0, 0, 0, 0]),
        ];
        for (path, left) in paths {
            let mut card = house.get(&path, admin.token()).await.is(200).json();
            card.as_object_mut().and_then(|card| card.remove("id"));
            card["active"] = false.into();
            let closed = house.put(&path, admin.token(), card.clone()).await.is(200);
            assert_eq!(closed.json()["active"], false);
            assert_eq!(offered().await, left, "{on:?} {path}");
            book(10).await.refused(404, "not_found");
            kept(&clinic.doctor, &path).await;
            let open = json!(true);
            card["active"] = open;
            let again = house.put_if(&path, &admin, &etag(&closed), card).await.is(200);
            assert_ne!(etag(&again), etag(&closed));
            assert_eq!(offered().await, [1, 1, 1, 1, 1], "{on:?} {path}");
        }
        for (path, id) in [("clinics", &clinic.clinic_id), ("doctors", &clinic.doctor_id), ("services", &clinic.service_id)] {
            house.get(&format!("/v1/{path}/{id}"), None).await.is(200);
            house.get(&format!("/v1/{path}/{}", house.app.ambient.id()), None).await.refused(404, "not_found");
        }
        book(10).await.is(201);
        house.settle().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s3_01_the_catalogue_is_open_to_all_and_nothing_personal_works_before_acceptance() {
    for on in engines() {
        let house = House::new(on).await;
        let admin = house.administrator().await;
        let clinic = house.clinic(&admin).await;
        let patient = house.newcomer("+79161234567").await;
        for path in ["/v1/clinics", "/v1/doctors", "/v1/services", "/v1/specialities"] {
            assert_eq!(house.get(path, None).await.is(200).bytes, house.get(path, patient.token()).await.is(200).bytes);
        }
        let starts_at = at(&house, 1, 9, 0).to_rfc3339_opts(chrono::SecondsFormat::Millis, true);
        let wanted = json!({"doctorId": clinic.doctor_id, "serviceId": clinic.service_id, "startsAt": starts_at});
        house.post("/v1/bookings", patient.token(), wanted.clone()).await.refused(403, "acceptance_required");
        let profile = json!({"surname": "Пациентов", "givenName": "Пётр", "birthDate": "1980-05-01"});
        house.put("/v1/me/profile", patient.token(), profile.clone()).await.refused(403, "acceptance_required");
        house.accept(&patient).await;
        house.put("/v1/me/profile", patient.token(), profile).await.is(200);
        house.post("/v1/bookings", patient.token(), wanted).await.is(201);
        house.settle().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s1_03_a_card_with_faults_names_each_of_them() {
    for on in engines() {
        let house = House::new(on).await;
        let admin = house.administrator().await;
        let clinic = house.new_clinic(&admin, "Клиника").await;
        let path = format!("/v1/staff/clinics/{clinic}");
        let faulty = json!({
            "names": {"ru": " ", "kk": "К", "ka": "კ", "en": "C"}, "zone": "Asia/Nowhere", "addresses": everywhere("A"),
            "phone": "12", "languages": ["ru", "xx", "ru"],
            "card": {
                "email": "nobody", "website": "javascript:alert(1)", "latitude": 91.0,
                "directions": {"ru": "", "kk": "К", "ka": "კ", "en": "C\u{7}"},
            },
        });
        let mut found = faults(&house.put(&path, admin.token(), faulty).await.refused(400, "invalid"));
        found.sort();
        let expected = [
            ("/card/directions/en", "bad_characters"),
            ("/card/directions/ru", "required"),
            ("/card/email", "bad_format"),
            ("/card/latitude", "out_of_range"),
            ("/card/longitude", "required"),
            ("/card/website", "bad_format"),
            ("/languages/1", "unknown_value"),
            ("/languages/2", "duplicate"),
            ("/names/ru", "required"),
            ("/phone", "too_short"),
            ("/zone", "unknown_value"),
        ];
        assert_eq!(found, expected.map(|(pointer, code)| (pointer.to_owned(), code.to_owned())), "{on:?}");
        for website in [
            "http://",
            "https://user@clinic.example",
            "ftp://clinic.example",
            "//clinic.example",
            "https://localhost",
            "clinic.example",
        ] {
            let body = json!({"names": everywhere("К"), "zone": "Asia/Almaty", "addresses": everywhere("A"), "card": {"website": website}});
            let refused = house.put(&path, admin.token(), body).await.refused(400, "invalid");
            assert_eq!(faults(&refused)[0].0, "/card/website", "{website}");
        }

        let with = |changes: Value| {
            let mut body = exam(&clinic);
            for (field, value) in changes.as_object().expect("fields") {
                body[field] = value.clone();
            }
            body
        };
        for (changes, pointer, code) in [
            (json!({"minAge": 30, "maxAge": 20}), "/maxAge", "out_of_range"),
            (json!({"durationMinutes": 470, "bufferBeforeMinutes": 10}), "/bufferAfterMinutes", "out_of_range"),
            (json!({"speciality": "astrology"}), "/speciality", "unknown_value"),
            (json!({"preparation": {"ru": "Да", "kk": "Иә", "ka": "კი", "en": " "}}), "/preparation/en", "required"),
            (
                json!({"names": everywhere(&"я".repeat(200)), "sex": "female", "speciality": "4111111111111111"}),
                "/speciality",
                "unknown_value",
            ),
        ] {
            let refused = house.post("/v1/staff/services", admin.token(), with(changes.clone())).await.refused(400, "invalid");
            assert_eq!(faults(&refused), [(pointer.to_owned(), code.to_owned())], "{on:?} {changes}");
        }
        for malformed in [
            json!({"durationMinutes": 4}),
            json!({"bufferBeforeMinutes": -1}),
            json!({"leadMinutes": 86_401}),
            json!({"minAge": 131}),
            json!({"sex": "other"}),
            json!({"mode": "letter"}),
            json!({"confirmation": "never"}),
            json!({"equipment": "ultra sound"}),
            json!({"equipment": ""}),
            json!({"preparation": everywhere(&"я".repeat(4001))}),
            json!({"unknown": 1}),
        ] {
            house.post("/v1/staff/services", admin.token(), with(malformed)).await.refused(400, "invalid");
        }
        let doctor = json!({
            "clinicId": clinic, "otherClinicIds": [clinic], "speciality": "magic", "login": "doctor", "languages": ["english"],
            "names": {"ru": "1", "kk": "К", "ka": "კ", "en": "C"},
        });
        let mut found = faults(&house.post("/v1/staff/doctors", admin.token(), doctor).await.refused(400, "invalid"));
        found.sort();
        let expected = [
            ("/clinicIds/1", "duplicate"),
            ("/languages/0", "unknown_value"),
            ("/names/ru", "bad_characters"),
            ("/speciality", "unknown_value"),
        ];
        assert_eq!(found, expected.map(|(pointer, code)| (pointer.to_owned(), code.to_owned())), "{on:?}");
    }
}
