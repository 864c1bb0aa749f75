//! Text messages over a real HTTP exchange.

use super::config;
use feldsher::adapters::SendFault;
use feldsher::adapters::outbox::Outbox;
use feldsher::adapters::sms::{Sms, SmsConfig};
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;

#[path = "../../peers/sms.rs"]
mod peer;
use peer::{Answer, Gateway};

const TO: &str = "+995555123456";

fn open(text: &str) -> Sms {
    Sms::open(&config(text), &Outbox::default()).unwrap()
}

fn json_gateway(url: &str) -> Sms {
    open(&format!(
        "kind = 'http'\nurl = '{url}'\ntimeout_s = 1\nheaders = {{ authorization = 'Bearer hunter2', idempotency-key = '{{key}}' }}\n\
         body = '{{\"to\":\"{{to}}\",\"message\":{{\"text\":\"{{text}}\"}},\"ref\":\"{{key}}\"}}'"
    ))
}

#[tokio::test]
async fn json_arrives_whole_whatever_the_text_holds() {
    let gateway = Gateway::start().await;
    let text = "Код: 4711\n\"{key}\" {to} \\ აბგ 🩺";
    json_gateway(&gateway.url).send("task-1", TO, text).await.unwrap();
    let got = &gateway.got()[0];
    let body: serde_json::Value = serde_json::from_str(&got.body).unwrap();
    assert_eq!(body, serde_json::json!({ "to": TO, "message": { "text": text }, "ref": "task-1" }));
    assert_eq!(got.path, "/send");
    assert_eq!(got.headers["content-type"], "application/json");
    assert_eq!(got.headers["authorization"], "Bearer hunter2");
    assert_eq!(got.headers["idempotency-key"], "task-1");
}

#[tokio::test]
async fn a_form_arrives_whole_whatever_the_text_holds() {
    let gateway = Gateway::start().await;
    let sms = open(&format!(
        "kind = 'http'\nurl = '{}'\ncontent_type = 'application/x-www-form-urlencoded'\nbody = 'login=me&phone={{to}}&mes={{text}}'",
        gateway.url
    ));
    sms.send("k", TO, "код 1&login=you+%").await.unwrap();
    let expected = "login=me&phone=%2B995555123456&mes=%D0%BA%D0%BE%D0%B4%201%26login%3Dyou%2B%25";
    assert_eq!(gateway.got()[0].body, expected);
}

#[tokio::test]
async fn every_status_has_its_outcome() {
    let gateway = Gateway::start().await;
    let sms = json_gateway(&gateway.url);
    let cases = [
        (202, vec![], "ok"),
        (429, vec![("retry-after", "17")], "retry Some(17)"),
        (
            503,
            vec![("date", "Wed, 21 Oct 2026 07:28:00 GMT"), ("retry-after", "Wed, 21 Oct 2026 07:30:00 GMT")],
            "retry Some(120)",
        ),
        (503, vec![("retry-after", "99999999999999")], "retry Some(86400)"),
        (500, vec![("retry-after", "soon")], "retry None"),
        (408, vec![], "retry None"),
        (400, vec![], "reject"),
        (401, vec![], "reject"),
        (307, vec![("location", "/elsewhere")], "reject"),
    ];
    for (status, headers, expected) in cases {
        gateway.plan(Answer::Status(status, headers));
        let outcome = match sms.send("k", TO, "text").await {
            Ok(()) => "ok".to_owned(),
            Err(SendFault::Retry { after_s, .. }) => format!("retry {after_s:?}"),
            Err(SendFault::Reject { .. }) => "reject".to_owned(),
            Err(SendFault::Unknown { .. }) => "unknown".to_owned(),
        };
        assert_eq!(outcome, expected, "{status}");
    }
    assert!(gateway.got().iter().all(|got| got.path == "/send"), "redirects are not followed");
}

#[tokio::test]
async fn silence_after_sending_is_unknown_and_a_closed_door_is_not() {
    let gateway = Gateway::start().await;
    gateway.plan(Answer::Silence);
    let outcome = json_gateway(&gateway.url).send("k", TO, "text").await;
    assert!(matches!(outcome, Err(SendFault::Unknown { .. })), "{outcome:?}");

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let sms = json_gateway(&url);
    let hangs_up = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        assert!(stream.read(&mut [0; 4096]).await.unwrap() > 0);
    };
    let (outcome, ()) = tokio::join!(sms.send("k", TO, "text"), hangs_up);
    assert!(matches!(outcome, Err(SendFault::Unknown { .. })), "{outcome:?}");

    drop(listener);
    let outcome = sms.send("k", TO, "text").await;
    assert!(matches!(outcome, Err(SendFault::Retry { after_s: None, .. })), "{outcome:?}");
}

#[test]
fn settings_that_can_not_work_fail_at_the_start() {
    let body = "body = '{\"a\":\"{to}\",\"b\":\"{text}\"}'";
    for (text, word) in [
        (format!("kind='http'\nurl='http://gateway.example/'\n{body}"), "plain HTTP"),
        (format!("kind='http'\nurl='ftp://gateway.example/'\n{body}"), "https://"),
        (format!("kind='http'\nurl='https://g.example/'\ncontent_type='text/plain'\n{body}"), "content_type"),
        (format!("kind='http'\nurl='https://g.example/'\nheaders={{ \"a b\"='1' }}\n{body}"), "no header"),
        ("kind='http'\nurl='https://g.example/'\nbody='{\"a\":\"{to}\"}'".to_owned(), "{to} and {text}"),
        ("kind='http'\nurl='https://g.example/'\nbody='{\"a\":{to},\"b\":{text}}'".to_owned(), "not JSON"),
    ] {
        let error = Sms::open(&config(&text), &Outbox::default()).unwrap_err().to_string();
        assert!(error.contains(word), "{error}");
    }
    for text in ["kind='http'\nurl='https://g.example/'\nbody='{to}{text}'\ntimeout=1", "kind='memory'\nurl='x'", "kind='pigeon'"]
    {
        assert!(toml::from_str::<SmsConfig>(text).is_err(), "{text}");
    }
    assert!(Sms::open(&config(&format!("kind='http'\nurl='https://g.example/'\n{body}")), &Outbox::default()).is_ok());
}

#[test]
fn nothing_secret_is_printed() {
    let text = "kind='http'\nurl='https://g.example/'\nheaders={ authorization='hunter2' }\nbody='{\"psw\":\"hunter2\",\"a\":\"{to}\",\"b\":\"{text}\"}'";
    let config: SmsConfig = config(text);
    let sms = Sms::open(&config, &Outbox::default()).unwrap();
    assert!(!format!("{config:?} {sms:?}").contains("hunter2"));
}
