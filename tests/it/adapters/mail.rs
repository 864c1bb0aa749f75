//! E-mail through a real SMTP server, and through one that misbehaves on purpose.

use super::config;
use feldsher::adapters::SendFault;
use feldsher::adapters::mail::{Mail, MailConfig};
use feldsher::adapters::outbox::Outbox;
use feldsher::kernel::clock::Ambient;
use std::path::Path;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

fn open(host: &str, port: &str) -> Mail {
    let text =
        format!("kind='smtp'\nhost='{host}'\nport={port}\ntls='none'\nfrom='Клиника <no-reply@clinic.example>'\ntimeout_s=1");
    Mail::open(&config(&text), &Outbox::default()).unwrap()
}

/// Every mail in the peer's folder for this receiver, as (from, data).
fn mailbox(folder: &Path, to: &str) -> Vec<(String, String)> {
    let mails = std::fs::read_dir(folder).unwrap().filter_map(|entry| {
        let mail: serde_json::Value = serde_json::from_slice(&std::fs::read(entry.unwrap().path()).ok()?).ok()?;
        let receivers = mail["to"].to_string();
        receivers.contains(to).then(|| (mail["from"].as_str().unwrap().to_owned(), mail["data"].as_str().unwrap().to_owned()))
    });
    mails.collect()
}

#[tokio::test]
async fn a_mail_arrives_and_its_repetition_is_recognisable() {
    let (Ok(server), Ok(folder)) = (std::env::var("FELDSHER_TEST_SMTP"), std::env::var("FELDSHER_TEST_MAILBOX")) else {
        println!("SKIPPED mail over SMTP: FELDSHER_TEST_SMTP and FELDSHER_TEST_MAILBOX are not set");
        return;
    };
    let (host, port) = server.trim_start_matches("smtp://").rsplit_once(':').unwrap();
    let to = format!("patient-{}@mail.example", Ambient::system().id());
    let mail = open(host, port);
    for _ in 0..2 {
        mail.send("task:1", &to, "Ваш код · თქვენი კოდი", "Код 4711\n.\nконец\n").await.unwrap();
    }
    mail.send("task:2", &to, "Plain", "one\n.\ntwo").await.unwrap();
    let mails = mailbox(Path::new(&folder), &to);
    assert_eq!(mails.len(), 3);
    let header = |data: &str, name: &str| data.lines().find_map(|line| line.strip_prefix(name).map(str::to_owned)).unwrap();
    let mut ids: Vec<_> = mails.iter().map(|(_, data)| header(data, "Message-ID: ")).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 2);
    assert!(ids.iter().all(|id| id.ends_with("@clinic.example>")));
    for (from, data) in &mails {
        assert_eq!(from, "no-reply@clinic.example");
        assert_eq!(header(data, "Auto-Submitted: "), "auto-generated");
        assert!(data.is_ascii());
    }
    let plain = mails.iter().find(|(_, data)| data.contains("Subject: Plain")).unwrap();
    assert!(plain.1.replace("\r\n", "\n").contains("one\n.\ntwo"), "{}", plain.1);
}

/// A mail server that answers one conversation with these lines; an empty line hangs up, `-` says nothing.
async fn converse(listener: TcpListener, answers: &[&str]) {
    let (stream, _) = listener.accept().await.unwrap();
    let mut stream = BufReader::new(stream);
    let mut in_data = false;
    for answer in answers {
        match *answer {
            "" => return,
            "-" => tokio::time::sleep(std::time::Duration::from_secs(3)).await,
            line => stream.get_mut().write_all(format!("{line}\r\n").as_bytes()).await.unwrap(),
        }
        let mut line = String::new();
        loop {
            line.clear();
            if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
                return;
            }
            if !in_data || line == ".\r\n" {
                break;
            }
        }
        in_data = answer.starts_with("354");
        if in_data && line == ".\r\n" {
            in_data = false;
        }
    }
}

async fn outcome(answers: &[&str]) -> &'static str {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mail = open("127.0.0.1", &listener.local_addr().unwrap().port().to_string());
    let sending = mail.send("k", "patient@mail.example", "Subject", "text");
    let result = tokio::select! {
        result = sending => result,
        () = async { converse(listener, answers).await; std::future::pending().await } => unreachable!(),
    };
    match result {
        Ok(()) => "ok",
        Err(SendFault::Retry { .. }) => "retry",
        Err(SendFault::Reject { .. }) => "reject",
        Err(SendFault::Unknown { .. }) => "unknown",
    }
}

#[tokio::test]
async fn every_reply_has_its_outcome() {
    const BEGIN: [&str; 4] = ["220 hello", "250 peer", "250 sender", "250 receiver"];
    let then = |rest: &[&'static str]| [&BEGIN[..], rest].concat();
    assert_eq!(outcome(&then(&["354 go on", "250 taken"])).await, "ok");
    assert_eq!(outcome(&["554 not you"]).await, "retry", "a server out of order");
    assert_eq!(outcome(&["220 hello", "250 peer", "250 sender", "550 no such box"]).await, "reject");
    assert_eq!(outcome(&["220 hello", "250 peer", "250 sender", "451 greylisted"]).await, "retry");
    assert_eq!(outcome(&["220 hello", "250 peer", "530 sign in first"]).await, "retry");
    assert_eq!(outcome(&["220 hello", "250 peer", "250 sender", ""]).await, "retry", "nothing was sent");
    assert_eq!(outcome(&["220 hello", "250 peer", "-"]).await, "retry", "nothing was sent");
    assert_eq!(outcome(&then(&["354 go on", "451 disk full"])).await, "retry");
    assert_eq!(outcome(&then(&["354 go on", "554 spam"])).await, "reject");
    assert_eq!(outcome(&then(&["354 go on", ""])).await, "unknown");
    assert_eq!(outcome(&then(&["354 go on", "-"])).await, "unknown");
    assert_eq!(outcome(&then(&["354 go on", "what?"])).await, "unknown");
}

#[tokio::test]
async fn what_is_no_mail_is_rejected_without_a_call() {
    let mail = open("127.0.0.1", "9");
    for (to, subject) in
        [("nobody", "s"), ("a@b.example\r\nRCPT TO:<c@d.example>", "s"), ("a@b.example", "s\r\nBcc: c@d.example")]
    {
        let result = mail.send("k", to, subject, "text").await;
        assert!(matches!(result, Err(SendFault::Reject { .. })), "{result:?}");
    }
    let result = mail.send("k", "a@b.example", "s", "text").await;
    assert!(matches!(result, Err(SendFault::Retry { .. })), "nobody listens there: {result:?}");
}

#[test]
fn settings_that_can_not_work_fail_at_the_start() {
    for (text, word) in [
        ("host='mail.example'\nfrom='nobody'", "mail.from"),
        ("host='mail.example'\nfrom='a@b.example'\nuser='me'", "together"),
        ("host='mail.example'\nfrom='a@b.example'\nuser='me'\npassword='hunter2'\ntls='none'", "in the plain"),
    ] {
        let config: MailConfig = config(&format!("kind='smtp'\n{text}"));
        let error = Mail::open(&config, &Outbox::default()).unwrap_err().to_string();
        assert!(error.contains(word), "{error}");
    }
    let config: MailConfig = config("kind='smtp'\nhost='mail.example'\nfrom='a@b.example'\nuser='me'\npassword='hunter2'");
    let mail = Mail::open(&config, &Outbox::default()).unwrap();
    let printed = format!("{config:?} {mail:?}");
    assert!(printed.contains("587") && !printed.contains("hunter2"), "{printed}");
}
