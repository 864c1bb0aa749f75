//! S2-08: login and password are issued at the desk, changed at once, and replaced at any desk, nowhere else.

use super::{IIN, OWN, PHONE, SNILS, house, house_of};
use crate::doors::{matrix, operations};
use crate::support::clinic::everywhere;
use crate::support::stores::{Stores, engines};
use chrono::TimeDelta;
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn s2_08_credentials_are_issued_against_a_document_changed_at_once_and_replaced_at_any_desk() {
    for on in engines() {
        let house = house(on).await;
        let admin = house.administrator().await;
        let office = house.clinic(&admin).await;
        let desk = house.staff(&admin, "reception", "desk", Some(&office.clinic_id)).await;
        let patient = house.numbered(PHONE, IIN, SNILS).await;
        house.cut_off(&patient).await;

        // Not before he was found by this desk, and not before it has seen who he is.
        house.issue(&office.doctor, &patient.id).await.refused(403, "forbidden");
        house.issue(&desk, &patient.id).await.refused(404, "not_found");
        assert_eq!(house.found_by_snils(&desk, SNILS).await, patient.id);
        house.issue(&desk, &patient.id).await.refused(403, "identity_check_required");
        house.checked(&desk, &patient.id).await;
        let issued = house.issue(&desk, &patient.id).await.is(201);
        let (login, password, slip) = (issued.text("/login"), issued.text("/oneTimePassword"), issued.text("/slipHtml"));
        assert!(login.len() == 9 && password.len() == 14, "readable groups");
        assert!(slip.contains(&login) && slip.contains(&password) && slip.contains("<svg"), "{slip}");
        assert!(!slip.contains("Жертвин") && !slip.contains("href") && !slip.contains("<script"), "{slip}");
        // What was open before is not any more.
        house.get("/v1/me", patient.token()).await.refused(401, "unauthenticated");

        let pair = house.by_password(&login.to_uppercase(), &password).await.is(200);
        assert_eq!(pair.text("/role"), "patient");
        let refreshed = json!({"grant": "refresh", "refreshToken": pair.text("/refreshToken")});
        let first = house.post("/v1/auth/tokens", None, refreshed).await.is(200).text("/accessToken");
        // Everything that is a patient's refuses until he has changed it.
        let mut refused = 0;
        for door in matrix().into_iter().filter(|door| door.owner == "self" && door.operation != "changePassword") {
            let any_id = |text: &str| {
                let id = house.app.ambient.id().to_string();
                text.split('{')
                    .enumerate()
                    .map(
                        |(at, part)| {
                            if at == 0 { part.to_owned() } else { format!("{id}{}", part.split_once('}').expect("a name").1) }
                        },
                    )
                    .collect::<String>()
            };
            let method = operations()[&door.operation].0.clone();
            let request = house.request(method, &any_id(&door.path), Some(&first)).header("Idempotency-Key", "1");
            let body: Option<Value> = door.body.as_deref().and_then(|body| serde_json::from_str(body).ok());
            let answer = house.send(match &body {
                Some(body) => request.json(body),
                None => request,
            });
            let answer = answer.await;
            assert!(answer.status.is_client_error(), "{}: {}", door.operation, answer.status);
            refused += usize::from(answer.code() == "password_change_required");
        }
        assert!(refused > 20, "{refused} operations");
        house.get("/v1/staff/me", Some(&first)).await.refused(403, "forbidden");

        let change = async |now: &str, new: &str| {
            house.put("/v1/me/password", Some(&first), json!({"currentPassword": now, "newPassword": new})).await
        };
        change("нечто совсем иное", OWN).await.refused(401, "sign_in_failed");
        change(&password, &password).await.refused(400, "invalid");
        change(&password, OWN).await.is(204);
        house.get("/v1/me", Some(&first)).await.refused(401, "unauthenticated");
        house.by_password(&login, &password).await.refused(401, "sign_in_failed");
        let own = house.by_password(&login, OWN).await.is(200).text("/accessToken");
        assert_eq!(house.get("/v1/me", Some(&own)).await.is(200).text("/id"), patient.id);
        // His own again, with the one of now.
        house
            .put("/v1/me/password", Some(&own), json!({"currentPassword": OWN, "newPassword": "и ещё один пароль 6"}))
            .await
            .is(204);

        // Lost: any desk, with a check of its own.
        let elsewhere = json!({"names": everywhere("Там"), "zone": "Asia/Tbilisi", "addresses": everywhere("Там 1"), "phone": "+995322000000"});
        let elsewhere = house.post("/v1/staff/clinics", admin.token(), elsewhere).await.is(201).text("/id");
        let other = house.staff(&admin, "reception", "other", Some(&elsewhere)).await;
        house.found_by_snils(&other, SNILS).await;
        house.issue(&other, &patient.id).await.refused(403, "identity_check_required");
        let lost = house.by_password(&login, "и ещё один пароль 6").await.is(200).text("/accessToken");
        let (same, again) = house.issued(&other, SNILS).await;
        assert!(same == login && again != password);
        house.get("/v1/me", Some(&lost)).await.refused(401, "unauthenticated");
        house.by_password(&login, "и ещё один пароль 6").await.refused(401, "sign_in_failed");
        house.settle().await;
        let told = crate::doors::everything(&house).await["notification"].clone();
        let is_his = |row: &&str| row.contains(&patient.id) && row.contains("credentialsReplaced");
        assert_eq!(told.lines().filter(is_his).count(), 1, "he learns that somebody came for new ones in his name");
        // Who, by which check, and where.
        for (desk, clinic) in [(&desk, &office.clinic_id), (&other, &elsewhere)] {
            let by = format!("SELECT count(*) FROM audit_line WHERE who = 'staff:{}' AND about IS NOT NULL", desk.id);
            assert_eq!(
                house.numbers_of(&format!("{by} AND action = 'issueCredentials' AND object_kind = 'identityCheck'")).await,
                1
            );
            let at = house.app.db.reader();
            let sql = format!("{by} AND action = 'issueCredentialsAt' AND object_id = $1");
            let clinic: uuid::Uuid = clinic.parse().expect("an id");
            let query = sea_orm::Statement::from_sql_and_values(
                sea_orm::ConnectionTrait::get_database_backend(&at),
                sql,
                [clinic.into()],
            );
            let row = sea_orm::ConnectionTrait::query_one_raw(&at, query).await.expect("a query").expect("a row");
            assert_eq!(row.try_get_by_index::<i64>(0).expect("a number"), 1, "{on:?}");
        }
        // A slip that nobody used is void after its days.
        house.app.ambient.advance(TimeDelta::days(8));
        house.by_password(&login, &again).await.refused(401, "sign_in_failed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s2_08_there_is_no_way_round_the_desk() {
    for on in engines() {
        let house = house(on).await;
        let admin = house.administrator().await;
        let desk = house.staff(&admin, "reception", "desk", None).await;
        house.numbered(PHONE, IIN, SNILS).await;
        let login = house.settled(&desk, SNILS).await;
        let asked = house.code_for(PHONE).await;

        // The same stores, where the desk is the only way.
        let beside = async |ways: &str| {
            let config = house.app.config.clone();
            let apart = house_of(Stores::new(on).await, house.app.ambient.clone(), ways, "1").await;
            let profile = apart.app.config.profile.clone();
            let same = crate::support::house::House::with(Stores::new(on).await, house.app.ambient.clone(), |own| {
                *own = feldsher::app::config::Config { profile, ..config };
            });
            (same.await, apart)
        };
        let (strict, _kept) = beside("[\"password\"]").await;
        let config = strict.get("/v1/app-config", None).await.is(200).json();
        assert_eq!(config["signIn"], json!({"ways": ["password"], "channels": []}));
        for (channel, to) in [("sms", PHONE), ("email", "patient@clinic.example"), ("iin", IIN)] {
            strict.post("/v1/auth/codes", None, json!({"channel": channel, "to": to})).await.refused(403, "refused_by_profile");
        }
        let by_code = json!({"grant": "code", "challengeId": asked.0, "code": asked.1});
        strict.post("/v1/auth/tokens", None, by_code).await.refused(403, "refused_by_profile");
        for path in ["/v1/auth/password", "/v1/auth/password-reset", "/v1/auth/passwords/reset", "/v1/me/password/reset"] {
            strict.post(path, None, json!({"login": login})).await.refused(404, "not_found");
        }
        let token = strict.by_password(&login, OWN).await.is(200).text("/accessToken");
        let without = json!({"newPassword": "без прежнего пароля 1"});
        strict.put("/v1/me/password", Some(&token), without).await.refused(400, "invalid");
        strict.send(strict.request(Method::DELETE, "/v1/me/password", Some(&token))).await.is(405);

        // Where there are no passwords of patients, who knows his learns it, and nobody else does.
        let (open, _kept) = beside("[\"code\"]").await;
        open.by_password(&login, OWN).await.refused(403, "refused_by_profile");
        open.by_password(&login, "что-нибудь другое").await.refused(401, "sign_in_failed");
        let patient = open.found_by_snils(&desk, SNILS).await;
        open.checked(&desk, &patient).await;
        open.issue(&desk, &patient).await.refused(403, "refused_by_profile");
        let change = json!({"currentPassword": OWN, "newPassword": "совсем другой пароль 8"});
        open.put("/v1/me/password", Some(&token), change).await.refused(403, "refused_by_profile");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s2_08_credentials_end_with_the_account_and_a_deletion_is_undone_by_them() {
    for on in engines() {
        let house = house(on).await;
        let admin = house.administrator().await;
        let desk = house.staff(&admin, "reception", "desk", None).await;
        let patient = house.numbered(PHONE, IIN, SNILS).await;
        house.cut_off(&patient).await;
        let login = house.settled(&desk, SNILS).await;
        let enter = async || house.by_password(&login, OWN).await.is(200).text("/accessToken");
        house.delete("/v1/me", Some(&enter().await)).await.is(202);
        house.delete("/v1/me/deletion", Some(&enter().await)).await.is(204);
        house.delete("/v1/me", Some(&enter().await)).await.is(202);
        house.later(TimeDelta::days(15)).await;
        house.by_password(&login, OWN).await.refused(401, "sign_in_failed");
        assert_eq!(house.numbers_of("SELECT count(*) FROM patient_credential").await, 0, "{on:?}");
        let left = "SELECT count(*) FROM session WHERE is_provisional";
        assert_eq!(house.numbers_of(left).await, 0, "{on:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s1_06_no_password_is_issued_by_which_a_parent_would_come_in_as_the_child() {
    for on in engines() {
        let house = house(on).await;
        let admin = house.administrator().await;
        let office = house.clinic(&admin).await;
        let desk = house.staff(&admin, "reception", "desk", Some(&office.clinic_id)).await;
        let parent = house.numbered(PHONE, IIN, SNILS).await;
        let born = (house.app.ambient.now().date_naive() - TimeDelta::days(7 * 365)).to_string();
        let child = json!({
            "surname": "Жертвина", "givenName": "Анна", "birthDate": born, "kind": "birthCertificate", "lastDigits": "4417"
        });
        let child = house.post("/v1/me/dependants", parent.token(), child).await.is(201).text("/patientId");
        let sought = json!({"surname": "Жертвина", "birthDate": born});
        house.post("/v1/staff/patients/search", desk.token(), sought).await.is(200);
        house.checked(&desk, &child).await;
        house.issue(&desk, &child).await.refused(403, "refused_by_profile");
    }
}
