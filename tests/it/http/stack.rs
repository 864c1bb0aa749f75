//! The stack around the service: limits, languages, headers, panics, stopping.

use super::sample::{Answer, Sample};
use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

#[tokio::test]
async fn bodies_over_the_limit() {
    let sample = Sample::start(&[]).await;
    let post = || sample.request("POST", "/v1/people").header("content-type", "application/json");
    let put = || sample.request("PUT", "/v1/content").header("content-type", "application/octet-stream");
    let chunked = |bytes: usize| {
        let parts = (0..bytes / 1000).map(|_| Ok::<_, std::io::Error>(vec![b' '; 1000]));
        reqwest::Body::wrap_stream(futures_util::stream::iter(parts))
    };
    Answer::of(post().body(vec![b' '; 65 * 1024])).await.problem(413, "too_large");
    Answer::of(post().body(chunked(66_000))).await.problem(413, "too_large");
    Answer::of(post().body(chunked(3_000_000))).await.problem(413, "too_large");
    Answer::of(post().body(chunked(60_000))).await.problem(400, "malformed");
    assert_eq!(Answer::of(put().body(vec![0; 200_000])).await.text, "200000");
    assert_eq!(Answer::of(put().body(chunked(200_000))).await.text, "200000");
    Answer::of(put().body(vec![0; 200_001])).await.problem(413, "too_large");
    Answer::of(put().body(chunked(201_000))).await.problem(413, "too_large");
}

#[tokio::test]
async fn long_addresses_and_headers() {
    let sample = Sample::start(&[]).await;
    let long = format!("/v1/notes?secret={}", "s".repeat(9000));
    Answer::of(sample.request("GET", &long)).await.problem(414, "uri_too_long");
    let heavy = sample.request("GET", "/v1/notes").header("x-heavy", "s".repeat(17_000));
    Answer::of(heavy).await.problem(431, "headers_too_large");
}

#[tokio::test]
async fn missing_addresses_and_methods() {
    let sample = Sample::start(&[]).await;
    let missing = Answer::of(sample.request("GET", "/v1/secret")).await;
    missing.problem(404, "not_found");
    assert!(!missing.text.contains("secret"));
    let id = "/v1/notes/00000000-0000-0000-0000-000000000000";
    for method in ["POST", "PATCH", "OPTIONS", "TRACE", "SECRET"] {
        let answer = Answer::of(sample.request(method, id)).await;
        answer.problem(405, "method_not_allowed");
        assert_eq!(answer.header("allow"), "DELETE, GET, HEAD, PUT", "{method}");
    }
    let answer = Answer::of(sample.request("DELETE", "/v1/people")).await;
    assert_eq!(answer.header("allow"), "POST");
    let head = Answer::of(sample.request("HEAD", id)).await;
    assert_eq!((head.status, head.text.as_str(), head.header("etag")), (200, "", "\"3\""));
    assert_eq!(Answer::of(sample.request("PUT", id)).await.status, 204, "the neighbour's method on the same path");
}

#[tokio::test]
async fn failures_of_the_house() {
    let sample = Sample::start(&[]).await;
    let fail = |how: &'static str| Answer::of(sample.request("POST", &format!("/v1/fail/{how}")));
    for (how, status, code) in [("panic", 500, "internal"), ("internal", 500, "internal"), ("unavailable", 503, "unavailable")] {
        let answer = fail(how).await;
        answer.problem(status, code);
        assert!(!answer.text.contains("secret") && !answer.text.contains("database"), "{}", answer.text);
    }
    assert_eq!(fail("unavailable").await.header("retry-after"), "5");
    let limited = fail("limited").await;
    limited.problem(429, "rate_limited");
    assert_eq!(limited.header("retry-after"), "7");
    let taken = fail("taken").await.problem(409, "slot_taken");
    assert_eq!(taken["alternatives"][0]["startsAt"], "2026-09-21T14:13:20.123Z");
    let mine = Answer::of(sample.request("GET", "/v1/mine")).await;
    mine.problem(401, "unauthenticated");
    assert_eq!(mine.header("www-authenticate"), "Bearer");
    let id = "/v1/notes/00000000-0000-0000-0000-000000000000";
    Answer::of(sample.request("DELETE", id).header("if-match", "\"2\"")).await.problem(412, "precondition_failed");
    for tag in ["\"3\"", "*", "\"2\", \"3\"", "W/\"3\""] {
        assert_eq!(Answer::of(sample.request("DELETE", id).header("if-match", tag)).await.status, 204);
    }
}

#[tokio::test]
async fn problems_speak_the_asked_language() {
    let sample = Sample::start(&[]).await;
    let cases = [
        ("ru", "ru", "Не найдено"),
        ("kk-KZ,ru;q=0.8", "kk", "Табылмады"),
        ("fr, ka;q=0.4, ru;q=0.3", "ka", "ვერ მოიძებნა"),
        ("en;q=0.1, RU;q=0.9", "ru", "Не найдено"),
        ("ru;q=0, kk;q=0", "en", "Not found"),
        ("fr", "en", "Not found"),
        ("ru;q=banana", "en", "Not found"),
        ("*", "en", "Not found"),
    ];
    for (asked, lang, title) in cases {
        for path in ["/nowhere", "/v1/notes/not-a-uuid"] {
            let answer = Answer::of(sample.request("GET", path).header("accept-language", asked)).await;
            assert_eq!(answer.problem(404, "not_found")["title"], title, "{asked}");
            assert_eq!(answer.header("content-language"), lang);
        }
    }
}

#[tokio::test]
async fn headers_of_every_answer() {
    let sample = Sample::start(&[]).await;
    let id = "11111111-1111-1111-1111-111111111111";
    let answer =
        Answer::of(sample.request("GET", "/v1/notes").header("x-request-id", id).header("x-forwarded-proto", "https")).await;
    assert_ne!(answer.header("x-request-id"), id, "a client's id is not trusted");
    assert!(answer.header("x-request-id").starts_with("00000000-0000-0007-"));
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
    assert_eq!(answer.header("referrer-policy"), "no-referrer");
    assert_eq!(answer.header("cache-control"), "no-store");
    assert!(answer.header("content-security-policy").contains("default-src 'none'"));
    assert_eq!(answer.header("strict-transport-security"), "", "the peer is no trusted proxy");
    let docs = Answer::of(sample.request("GET", "/docs/")).await;
    assert_eq!((docs.status, docs.header("cache-control")), (200, ""));
    assert!(docs.header("content-security-policy").contains("script-src 'unsafe-inline'"));
}

#[tokio::test]
async fn proxies_are_believed_when_trusted() {
    let near = Sample::start(&["127.0.0.0/8", "10.0.0.7"]).await;
    let ask = |sample: &Sample, chain: &str| {
        Answer::of(sample.request("GET", "/v1/address").header("x-forwarded-for", chain).header("x-forwarded-proto", "https"))
    };
    let answer = ask(&near, "6.6.6.6, 203.0.113.9, 10.0.0.7").await;
    assert_eq!(answer.text, "203.0.113.9", "what the client itself wrote before is hearsay");
    assert_eq!(answer.header("strict-transport-security"), "max-age=31536000");
    assert_eq!(ask(&near, "[2001:db8::1]:4711").await.text, "2001:db8::1");
    assert_eq!(ask(&near, "nonsense").await.text, "127.0.0.1");
    let far = Sample::start(&["10.0.0.0/8"]).await;
    let answer = ask(&far, "203.0.113.9").await;
    assert_eq!(answer.text, "127.0.0.1");
    assert_eq!(answer.header("strict-transport-security"), "");
}

#[test]
fn networks_that_cannot_be_read_are_refused() {
    for text in ["", "10.0.0.0/33", "10.0.0/8", "::1/129", "proxy.local", "10.0.0.0/-1"] {
        assert!(feldsher::server::http::TrustedProxies::parse(&[text]).is_err(), "{text}");
    }
    assert!(feldsher::server::http::TrustedProxies::parse(&["0.0.0.0/0", "::/0", "::1", "fd00::/8"]).is_ok());
}

#[tokio::test]
async fn a_request_in_flight_ends_before_the_server_does() {
    let mut sample = Sample::start(&[]).await;
    let slow = tokio::spawn(Answer::of(sample.request("GET", "/v1/slow")));
    sample.entered.notified().await;
    sample.stop.take().expect("still running").send(()).expect("the server listens");
    assert_eq!(slow.await.expect("no panic").text, "done");
    tokio::time::timeout(Duration::from_secs(5), &mut sample.ended).await.expect("in time").expect("no panic").expect("no error");
    assert!(sample.request("GET", "/v1/notes").send().await.is_err(), "nothing listens any more");
}

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("unpoisoned").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn the_log_names_the_route_and_never_the_contents() {
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let sample = Sample::start(&[]).await;
    let wanted = Answer::of(sample.request("GET", "/v1/notes/secret1?secret2=1").header("x-request-id", "secret3")).await;
    sample.request("SECRET4", "/v1/secret5").send().await.expect("an answer");
    sample.post_person(r#"{"surname":"secret6"}"#).await;
    let log = String::from_utf8(lines.0.lock().expect("unpoisoned").clone()).expect("UTF-8");
    let line = log.lines().find(|line| line.contains("answered") && line.contains("fetchNote")).expect("a line");
    for part in ["GET", "/v1/notes/{id}", "404", "not_found", "ms=", wanted.header("x-request-id")] {
        assert!(line.contains(part), "{part} in {line}");
    }
    assert!(!log.to_lowercase().contains("secret"), "{log}");
}
