//! Tickets: who sees them, who takes them, how they end.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn s4_02e_a_ticket_is_taken_answered_and_closed_and_its_owner_reads_who_looked() {
    for on in engines() {
        let Scene { house, admin, anna, support } = Scene::new(on).await;
        let second = house.staff(&admin, "support", "second", None).await;
        let ticket = house.ticket(&anna).await;
        let path = format!("/v1/staff/tickets/{ticket}");

        let queue = house.get("/v1/staff/tickets", support.token()).await.is(200);
        assert_eq!(queue.text("/items/0/id"), ticket);
        let text = String::from_utf8_lossy(&queue.bytes).into_owned();
        assert!(!text.contains(&anna.id) && !text.contains("открывает"), "the queue tells neither whose it is nor what it says");
        house.get(&path, support.token()).await.refused(404, "not_found");

        let taken = house.take(&support, &ticket).await.is(200);
        assert_eq!(taken.text("/text"), "Приложение не открывает запись");
        let text = String::from_utf8_lossy(&taken.bytes).into_owned();
        assert!(!text.contains(&anna.id) && !text.contains("Пациентов") && !text.contains(ANNA), "no name, no number, no id");
        house.take(&support, &ticket).await.is(200);
        house.take(&second, &ticket).await.refused(409, "already_claimed");
        house.get(&path, second.token()).await.refused(404, "not_found");
        let answer = json!({"text": "Обновите приложение"});
        house.post(&format!("{path}/messages"), second.token(), answer.clone()).await.refused(404, "not_found");
        house.post(&format!("{path}/messages"), support.token(), answer).await.is(201);
        house.post(&format!("/v1/tickets/{ticket}/messages"), anna.token(), json!({"text": "Спасибо"})).await.is(201);

        let own = house.get(&format!("/v1/tickets/{ticket}"), anna.token()).await.is(200).json();
        let said: Vec<_> =
            own["messages"].as_array().expect("messages").iter().map(|m| (m["fromSupport"] == true, m["text"].clone())).collect();
        assert_eq!(said, [(true, json!("Обновите приложение")), (false, json!("Спасибо"))]);

        // The reason opens nothing else of hers, and no other class.
        for path in ["bookings?from=2030-01-01&to=2030-01-02".to_owned(), format!("patients/{}/documents", anna.id)] {
            house.get(&format!("/v1/staff/{path}"), support.token()).await.refused(403, "forbidden");
        }
        let log = house.get("/v1/me/access-log", anna.token()).await.is(200).json();
        let line = &log["items"][0];
        assert_eq!((line["basis"].as_str(), line["staffRole"].as_str()), (Some("ticket"), Some("support")), "{log}");

        house.post(&format!("{path}/close"), second.token(), json!({})).await.refused(404, "not_found");
        house.post(&format!("{path}/close"), support.token(), json!({})).await.is(204);
        house.get(&path, support.token()).await.refused(404, "not_found");
        house
            .post(&format!("/v1/tickets/{ticket}/messages"), anna.token(), json!({"text": "Ещё"}))
            .await
            .refused(409, "state_conflict");
        let closed = house.get(&format!("/v1/tickets/{ticket}"), anna.token()).await.is(200);
        assert_eq!(closed.text("/state"), "closed");
        assert!(!closed.text("/purgeAt").is_empty());
        let mine = house.get("/v1/staff/tickets?state=closed", support.token()).await.is(200);
        assert_eq!(mine.text("/items/0/id"), ticket);
        assert!(
            house.get("/v1/staff/tickets?state=closed", second.token()).await.json()["items"]
                .as_array()
                .is_some_and(Vec::is_empty)
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_take_a_ticket_at_once_one_has_it() {
    for on in engines() {
        let Scene { house, admin, anna, support } = Scene::new(on).await;
        let second = house.staff(&admin, "support", "second", None).await;
        let ticket = house.ticket(&anna).await;
        let calls = (0..20).map(|n| house.take(if n % 2 == 0 { &support } else { &second }, &ticket));
        let answers = futures_util::future::join_all(calls).await;
        let won: Vec<bool> = answers.iter().map(|answer| answer.status == 200).collect();
        assert_eq!(won.iter().filter(|won| **won).count(), 10, "one of the two, each time: {on:?}");
        assert!(won.iter().step_by(2).all(|w| *w == won[0]) && won.iter().skip(1).step_by(2).all(|w| *w == won[1]));
        assert_eq!(house.rows("reason WHERE basis = 'ticket'").await, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_is_its_owners_alone_and_said_once() {
    for on in engines() {
        let Scene { house, anna, .. } = Scene::new(on).await;
        let boris = house.patient("+79161234568").await;
        let new = json!({"topic": "payment", "text": "Списали дважды"});
        let send = async |key: &str, body: &Value| {
            let request = house.request(Method::POST, "/v1/tickets", anna.token()).header("Idempotency-Key", key);
            house.send(request.json(body)).await
        };
        let first = send("k1", &new).await.is(201).text("/id");
        assert_eq!(send("k1", &new).await.is(201).text("/id"), first);
        send("k1", &json!({"topic": "app", "text": "Другое"})).await.refused(422, "idempotency_key_reused");
        house.get(&format!("/v1/tickets/{first}"), boris.token()).await.refused(404, "not_found");
        house.post(&format!("/v1/tickets/{first}/messages"), boris.token(), json!({"text": "x"})).await.refused(404, "not_found");
        assert!(house.get("/v1/tickets", boris.token()).await.is(200).json()["items"].as_array().is_some_and(Vec::is_empty));
        for bad in [
            json!({"topic": "app", "text": "  "}),
            json!({"topic": "app", "text": "a\u{0}b"}),
            json!({"topic": "health", "text": "x"}),
        ] {
            house.post("/v1/tickets", anna.token(), bad).await.refused(400, "invalid");
        }
        for _ in 1..20 {
            house.ticket(&anna).await;
        }
        let over = house.post("/v1/tickets", anna.token(), new).await.refused(429, "rate_limited");
        assert!(over.headers.contains_key("retry-after"));
        let page = house.get("/v1/tickets?limit=15", anna.token()).await.is(200).json();
        let cursor = page["nextCursor"].as_str().expect("more").to_owned();
        let rest = house.get(&format!("/v1/tickets?limit=15&cursor={cursor}"), anna.token()).await.is(200).json();
        assert_eq!((page["items"].as_array().map(Vec::len), rest["items"].as_array().map(Vec::len)), (Some(15), Some(5)));
        house.get(&format!("/v1/tickets?cursor={cursor}"), boris.token()).await.refused(400, "invalid");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s1_22_a_ticket_without_an_account_is_answered_by_its_contact_and_leaves_no_key_behind() {
    for on in engines() {
        let Scene { house, support, .. } = Scene::new(on).await;
        let asked = |version: &str| json!({"topic": "app", "text": "Не могу войти", "contact": "guest@example.org", "policyVersion": version});
        let version = house.app.profile.policy.version.clone();
        house.post("/v1/guest-tickets", None, asked("2020-01-01")).await.refused(409, "policy_not_in_force");
        let ticket = house.post("/v1/guest-tickets", None, asked(&version)).await.is(202).text("/id");
        let queue = house.get("/v1/staff/tickets", support.token()).await.is(200);
        assert!(!String::from_utf8_lossy(&queue.bytes).contains("guest@"));
        let taken = house.take(&support, &ticket).await.is(200);
        assert_eq!(taken.text("/contact"), "guest@example.org");
        house.post(&format!("/v1/staff/tickets/{ticket}/messages"), support.token(), json!({"text": "Позвонили"})).await.is(201);
        let read = house.get(&format!("/v1/staff/tickets/{ticket}"), support.token()).await.is(200);
        assert_eq!(read.text("/messages/0/text"), "Позвонили");
        house.post(&format!("/v1/staff/tickets/{ticket}/close"), support.token(), json!({})).await.is(204);
        // The sweeps take him for no orphan.
        house.later(TimeDelta::hours(2)).await;
        let reader = house.app.db.reader();
        let query = Statement::from_string(reader.get_database_backend(), "SELECT subject FROM ticket");
        let row = reader.query_one_raw(query).await.expect("a query").expect("a row");
        let subject: uuid::Uuid = row.try_get_by_index(0).expect("an id");
        assert!(house.app.vault.keys(subject).await.is_ok(), "{on:?}");

        house.later(TimeDelta::days(91)).await;
        assert_eq!((house.rows("ticket").await, house.rows("reason WHERE basis = 'ticket'").await), (0, 0));
        assert!(house.app.vault.keys(subject).await.is_err(), "the keys went with the ticket, on {on:?}");
        for _ in 0..10 {
            house.post("/v1/guest-tickets", None, asked(&version)).await.is(202);
        }
        house.post("/v1/guest-tickets", None, asked(&version)).await.refused(429, "rate_limited");
    }
}
