//! Apple.

use super::{Town, outcome};
use crate::support::apns::{DEAD_SINCE_MS, TOPIC};
use chrono::TimeDelta;
use feldsher::adapters::outbox::Outbox;
use feldsher::adapters::push::{Manner, Push, PushConfig, Sent, TokenKind};
use futures_util::future::join_all;

#[tokio::test]
async fn every_answer_of_apns_has_its_outcome() {
    let town = Town::new().await;
    let dead = format!("dead since {DEAD_SINCE_MS}");
    let cases = [
        ("a1b2c3", "accepted"),
        ("dead1", dead.as_str()),
        ("bad1", "dead"),
        ("foreign1", "dead"),
        ("busy1", "retry after 17"),
        ("down1", "retry"),
        ("locked1", "retry"),
        ("large1", "reject"),
        ("new1", "reject"),
        ("odd1", "unknown"),
        ("moved1", "unknown"),
        ("late1", "unknown"),
        ("a1b2c3", "accepted"),
    ];
    town.outcomes(TokenKind::Apns, &cases).await;
    assert_eq!(town.apns.connections(), 1, "no answer costs the connection");
}

#[tokio::test]
async fn each_manner_goes_out_as_apple_wants_it() {
    let town = Town::new().await;
    for (kind, manner, push_type, priority, topic) in [
        (TokenKind::Apns, Manner::Alert, "alert", "10", TOPIC.to_owned()),
        (TokenKind::Apns, Manner::Background, "background", "5", TOPIC.to_owned()),
        (TokenKind::ApnsVoip, Manner::Voip, "voip", "10", format!("{TOPIC}.voip")),
    ] {
        let wake = town.wake(manner);
        assert_eq!(town.push.send(kind, "a1b2c3", &wake).await, Ok(Sent::Accepted), "{manner:?}");
        let got = town.apns.got().pop().unwrap();
        let header = |name: &str| got.headers[name].to_str().unwrap().to_owned();
        assert_eq!(got.device, "a1b2c3");
        assert_eq!((header("apns-push-type"), header("apns-priority")), (push_type.to_owned(), priority.to_owned()));
        assert_eq!((header("apns-topic"), header("apns-collapse-id")), (topic, wake.id.to_string()));
        assert_eq!(header("apns-expiration"), wake.expires_at.timestamp().to_string());
    }
    let mut late = town.wake(Manner::Alert);
    late.expires_at = town.ours.now();
    town.push.send(TokenKind::Apns, "a1b2c3", &late).await.unwrap();
    assert_eq!(town.apns.got().pop().unwrap().headers["apns-expiration"], "0", "now or never");
}

#[tokio::test]
async fn many_pushes_share_one_connection_and_one_provider_token() {
    let mut town = Town::new().await;
    // With time enough, for the machine may be busy.
    let config = PushConfig { timeout_s: 30, ..town.config.clone() };
    town.push = Push::open(&config, &town.ours, &Outbox::default()).unwrap();
    let began = std::time::Instant::now();
    let tokens: Vec<String> = (0..500).map(|number| format!("c0ffee{number}")).collect();
    let sent = join_all(tokens.iter().map(|token| town.alert(TokenKind::Apns, token))).await;
    println!("500 pushes in {:?}", began.elapsed());
    assert!(sent.iter().all(|sent| *sent == Ok(Sent::Accepted)));
    assert_eq!((town.apns.count(), town.apns.connections(), town.apns.provider_tokens()), (500, 1, 1));
}

#[tokio::test]
async fn the_provider_token_is_kept_for_fifty_minutes_and_made_anew_when_apple_finds_it_expired() {
    let town = Town::new().await;
    let both = |by| [&town.ours, &town.theirs].map(|ambient| ambient.advance(by));
    let send = async || outcome(town.alert(TokenKind::Apns, "a1b2c3").await);
    assert_eq!((send().await.as_str(), town.apns.provider_tokens()), ("accepted", 1));
    both(TimeDelta::minutes(49));
    assert_eq!((send().await.as_str(), town.apns.provider_tokens()), ("accepted", 1), "cached");
    both(TimeDelta::minutes(2));
    assert_eq!((send().await.as_str(), town.apns.provider_tokens()), ("accepted", 2), "made anew in time");

    // Apple's clock runs ahead of ours: its hour is over before our fifty minutes are.
    town.ours.advance(TimeDelta::minutes(40));
    town.theirs.advance(TimeDelta::minutes(70));
    let together = join_all((0..20).map(|_| town.alert(TokenKind::Apns, "a1b2c3"))).await;
    assert!(together.iter().all(|sent| *sent == Ok(Sent::Accepted)), "{together:?}");
    assert_eq!(town.apns.provider_tokens(), 3, "twenty find it expired, and one makes the new one");

    // By more than an hour, no token of ours can be good: each push tries twice and comes again later.
    town.theirs.advance(TimeDelta::hours(2));
    let before = town.apns.count();
    assert_eq!(send().await, "retry");
    assert_eq!(town.apns.count() - before, 2);
}

#[tokio::test]
async fn a_closed_door_is_to_be_repeated_and_a_strange_certificate_is_a_closed_door() {
    let mut town = Town::new().await;
    let mut config = town.config.clone();
    config.apns.as_mut().unwrap().root_certificates = None;
    let distrustful = Push::open(&config, &town.ours, &Outbox::default()).unwrap();
    let wake = town.wake(Manner::Alert);
    assert_eq!(outcome(distrustful.send(TokenKind::Apns, "a1b2c3", &wake).await), "retry");
    assert!(town.apns.got().is_empty());
    config = town.config.clone();
    config.apns.as_mut().unwrap().host = "localhost:9".to_owned();
    town.push = Push::open(&config, &town.ours, &Outbox::default()).unwrap();
    assert_eq!(outcome(town.alert(TokenKind::Apns, "a1b2c3").await), "retry");
}
