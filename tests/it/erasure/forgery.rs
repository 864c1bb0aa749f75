//! What a stranger sends forges no line of the log, and drives no terminal that shows it.

use crate::support::house::House;
use crate::support::log;
use crate::support::stores::engines;
use reqwest::Method;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_is_sent_forges_a_line_or_a_colour() {
    log::listen();
    for on in engines() {
        let house = House::new(on).await;
        let me = house.newcomer("+79161230077").await;
        let forged = "\r\n2026-01-01T00:00:00Z ERROR forgedline\u{1b}[31m\u{85}\u{2028}\u{202e}forgedtail";
        let coded = "%0D%0A2026-01-01T00:00:00Z%20ERROR%20forgedline%1B%5B31m";
        for path in ["/v1/auth/codes", "/v1/auth/tokens", "/v1/installation/claim", "/v1/staff/accounts"] {
            for body in [
                json!({"channel": "sms", "to": forged}),
                json!({"channel": forged, "to": forged}),
                json!({"grant": "password", "login": forged, "password": forged, "totp": forged}),
                json!({"grant": "refresh", "refreshToken": forged, "deviceName": forged}),
                json!({"token": forged, "login": forged, "name": forged, "password": forged}),
                json!({forged: forged}),
            ] {
                assert!(house.post(path, me.token(), body).await.status.is_client_error());
            }
        }
        for surname in [forged.to_owned(), forged.repeat(50)] {
            let body = json!({"surname": surname, "givenName": surname, "birthDate": surname});
            assert!(house.put("/v1/me/profile", me.token(), body).await.status.is_client_error());
        }
        for method in [Method::GET, Method::DELETE, Method::from_bytes(b"FORGEDLINE").expect("a method")] {
            let request = house.request(method, &format!("/v1/{coded}/x?{coded}={coded}"), me.token());
            let request =
                request.header("User-Agent", "forgedline\u{1b}[31m".replace('\u{1b}', "\t")).header("X-Request-Id", "forgedline");
            assert!(house.send(request).await.status.is_client_error());
        }
    }
    let log = String::from_utf8(log::so_far()).expect("UTF-8");
    for line in log.lines().filter(|line| line.contains("answered")) {
        assert!(!line.to_lowercase().contains("forged"), "{line}");
    }
    assert!(!log.contains('\u{1b}') && !log.contains('\r'), "no control characters");
    let ours = |line: &&str| line.contains("forgedline") || line.contains("forgedtail");
    assert_eq!(log.lines().filter(ours).collect::<Vec<_>>(), Vec::<&str>::new());
}
