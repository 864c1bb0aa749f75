//! What becomes of bodies and parameters that don't fit the contract.

use super::sample::{Answer, Sample};

const GOOD: &str = r#"{"surname":"Wolf","birthDate":"1980-02-29","sex":"female"}"#;

#[tokio::test]
async fn a_good_body_comes_back_with_its_address_and_version() {
    let sample = Sample::start(&[]).await;
    let full = r#"{"surname":"Wolf","birthDate":"1980-02-29","sex":"female","height":null,
        "seenAt":"2026-03-01T10:00:00.123456+05:00","price":{"amount":5,"currency":"KZT"},"tags":["a","b"]}"#;
    let answer = sample.post_person(full).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    assert_eq!(answer.header("location"), "/v1/people/1");
    assert_eq!(answer.header("etag"), "\"1\"");
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.json()["seenAt"], "2026-03-01T05:00:00.123Z");
    assert_eq!(answer.json().get("height"), None, "absent, never null");
}

#[tokio::test]
async fn every_fault_is_named_at_once() {
    let sample = Sample::start(&[]).await;
    let body = r#"{"surname":"W","sex":"secretvalue","height":301,"seenAt":"yesterday","clinicId":"nope",
        "price":{"amount":1.5,"currency":"kzt"},"tags":["a",5],"extra":1,"secret <b>":2}"#;
    let answer = sample.post_person(body).await;
    let expected = [
        " unknown",
        "/birthDate required",
        "/clinicId bad_format",
        "/extra unknown",
        "/height out_of_range",
        "/price/amount wrong_type",
        "/price/currency bad_format",
        "/seenAt bad_format",
        "/sex unknown_value",
        "/surname too_short",
        "/tags/1 wrong_type",
    ];
    assert_eq!(answer.faults(), expected);
    for echo in ["secret", "yesterday", "nope", "<b>"] {
        assert!(!answer.text.contains(echo), "{echo} in {}", answer.text);
    }
}

#[tokio::test]
async fn single_faults() {
    let sample = Sample::start(&[]).await;
    let cases = [
        ("[]", " wrong_type"),
        ("null", " wrong_type"),
        (r#"{"surname":null,"birthDate":"1980-02-29","sex":"male"}"#, "/surname required"),
        (r#"{"surname":"Wolf and others","birthDate":"1980-02-29","sex":"male"}"#, "/surname too_long"),
        (r#"{"surname":"Wolf","birthDate":"1981-02-29","sex":"male"}"#, "/birthDate bad_format"),
        (r#"{"surname":"Wolf","birthDate":"1981-2-9","sex":"male"}"#, "/birthDate bad_format"),
        (r#"{"surname":"Wolf","birthDate":19800229,"sex":"male"}"#, "/birthDate wrong_type"),
        (r#"{"surname":"Wo\u0000lf","birthDate":"1980-02-29","sex":"male"}"#, "/surname bad_characters"),
        (r#"{"surname":"Wolf","surname":"Fox","birthDate":"1980-02-29","sex":"male"}"#, "/surname duplicate"),
        (r#"{"surname":"Wolf","birthDate":"1980-02-29","sex":"male","height":99999999999999999999}"#, "/height out_of_range"),
        (r#"{"surname":"Wolf","birthDate":"1980-02-29","sex":"male","height":3000000000}"#, "/height out_of_range"),
        (r#"{"surname":"Wolf","birthDate":"1980-02-29","sex":"male","height":-1}"#, "/height out_of_range"),
        (r#"{"surname":"Wolf","birthDate":"1980-02-29","sex":"male","tags":["a","b","c","d"]}"#, "/tags too_long"),
        (r#"{"surname":"Wolf","birthDate":"1980-02-29","sex":"male","seenAt":"2016-12-31T23:59:60Z"}"#, "/seenAt bad_format"),
        (r#"{"surname":"Wolf","birthDate":"1980-02-29","sex":"male","price":{"amount":1}}"#, "/price/currency required"),
    ];
    for (body, fault) in cases {
        assert_eq!(sample.post_person(body).await.faults(), [fault], "{body}");
    }
}

#[tokio::test]
async fn what_is_not_json_is_malformed() {
    let sample = Sample::start(&[]).await;
    let deep = format!(r#"{{"tags":{}{}}}"#, "[".repeat(33), "]".repeat(33));
    let texts = [
        "",
        "{",
        "{}{}",
        "\u{feff}{}",
        "{'a':1}",
        r#"{"height":1e400}"#,
        r#"{"surname":"\ud800"}"#,
        r#"{"surname":"\ud800\u0041"}"#,
        r#"{"height":NaN}"#,
        &deep,
    ];
    for text in texts {
        let answer = sample.post_person(text.to_owned()).await;
        let problem = answer.problem(400, "malformed");
        assert_eq!(problem.get("errors"), None);
    }
    sample.post_person(vec![b'"', 0xff, b'"']).await.problem(400, "malformed");
}

#[tokio::test]
async fn faults_are_capped() {
    let sample = Sample::start(&[]).await;
    let fields: Vec<_> = (0..500).map(|i| format!(r#""f{i}":0"#)).collect();
    let answer = sample.post_person(format!("{{{}}}", fields.join(","))).await;
    assert_eq!(answer.faults().len(), 50);
}

#[tokio::test]
async fn only_json_is_taken() {
    let sample = Sample::start(&[]).await;
    let typed = |media: &'static str| Answer::of(sample.request("POST", "/v1/people").header("content-type", media).body(GOOD));
    for media in ["text/plain", "application/xml", "application/merge-patch+json", "application/json; charset=utf-16", "nonsense"]
    {
        typed(media).await.problem(415, "unsupported_media_type");
    }
    Answer::of(sample.request("POST", "/v1/people").body(GOOD)).await.problem(415, "unsupported_media_type");
    for media in ["application/json", "Application/JSON; charset=UTF-8"] {
        assert_eq!(typed(media).await.status, 201);
    }
}

#[tokio::test]
async fn parameters() {
    let sample = Sample::start(&[]).await;
    let get = |path: &'static str| Answer::of(sample.request("GET", path));
    get("/v1/notes/not-a-uuid").await.problem(404, "not_found");
    assert_eq!(get("/v1/notes?limit=0").await.faults(), ["?limit out_of_range"]);
    assert_eq!(get("/v1/notes?limit=secret").await.faults(), ["?limit wrong_type"]);
    let many = get("/v1/notes?limit=101&cursor=%3Csecret%3E&sex=secret&unknown=1").await;
    assert_eq!(many.faults(), ["?cursor bad_format", "?limit out_of_range", "?sex unknown_value"]);
    assert!(!many.text.contains("secret"), "{}", many.text);
    assert_eq!(get("/v1/notes?cursor=bm9uc2Vuc2U").await.faults(), ["?cursor bad_format"]);
    assert_eq!(get("/v1/notes?unknown=1").await.status, 200);
    Answer::of(sample.request("POST", "/v1/notes")).await.problem(400, "idempotency_key_required");
    assert_eq!(Answer::of(sample.request("POST", "/v1/notes").header("idempotency-key", "1")).await.status, 204);
}

#[tokio::test]
async fn pages_end() {
    let sample = Sample::start(&[]).await;
    let mut path = "/v1/notes?limit=3".to_owned();
    for turn in 0..3 {
        let page = Answer::of(sample.request("GET", &path)).await.json();
        assert_eq!(page["items"].as_array().map(Vec::len), Some(3));
        match page.get("nextCursor") {
            Some(cursor) => path = format!("/v1/notes?limit=3&cursor={}", cursor.as_str().expect("a text")),
            None => assert_eq!(turn, 2),
        }
    }
}
