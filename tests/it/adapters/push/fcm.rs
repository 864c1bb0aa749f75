//! Google, and RuStore in Google's language.

use super::{Town, outcome};
use chrono::TimeDelta;
use feldsher::adapters::push::{Manner, Sent, TokenKind};
use futures_util::future::join_all;

#[tokio::test]
async fn every_answer_of_fcm_has_its_outcome() {
    let town = Town::new().await;
    for kind in [TokenKind::FcmToken, TokenKind::FcmInstallation] {
        let cases = [
            ("good:1", "accepted"),
            ("dead:1", "dead"),
            ("bad:1", "dead"),
            ("lost:1", "reject"),
            ("foreign:1", "reject"),
            ("wrong:1", "reject"),
            ("busy:1", "retry after 17"),
            ("down:1", "retry after 40"),
            ("apple:1", "retry"),
            ("odd:1", "unknown"),
            ("odder:1", "unknown"),
            ("late:1", "unknown"),
        ];
        town.outcomes(kind, &cases).await;
    }
    assert_eq!(town.fcm.fetches(), 1, "no answer but a refused token costs a token");
    let named = |got: &crate::support::fcm::Got, name: &str| got.body["message"][name] == "good:1";
    let got = town.fcm.got();
    assert!(named(&got[0], "token") && named(&got[12], "fid"));
}

#[tokio::test]
async fn every_answer_of_rustore_has_its_outcome() {
    let town = Town::new().await;
    let cases = [
        ("good:1", "accepted"),
        ("dead:1", "dead"),
        ("bare:1", "dead"),
        ("wrong:1", "reject"),
        ("busy:1", "retry after 17"),
        ("down:1", "retry after 40"),
        ("odd:1", "unknown"),
        ("odder:1", "unknown"),
        ("late:1", "unknown"),
    ];
    town.outcomes(TokenKind::Rustore, &cases).await;
    assert_eq!(town.fcm.fetches(), 0, "its token is its own");
    town.fcm.refuse_every_token();
    town.outcomes(TokenKind::Rustore, &[("good:1", "retry")]).await;
}

#[tokio::test]
async fn twenty_first_pushes_fetch_one_access_token_and_a_refused_one_is_fetched_once() {
    let town = Town::new().await;
    let twenty = async || join_all((0..20).map(|_| town.alert(TokenKind::FcmToken, "good:1"))).await;
    assert!(twenty().await.iter().all(|sent| *sent == Ok(Sent::Accepted)));
    assert_eq!(town.fcm.fetches(), 1);
    town.fcm.revoke();
    assert!(twenty().await.iter().all(|sent| *sent == Ok(Sent::Accepted)));
    assert_eq!(town.fcm.fetches(), 2, "twenty are refused, and one fetches");
    town.fcm.refuse_every_token();
    let before = town.fcm.got().len();
    assert_eq!(outcome(town.alert(TokenKind::FcmToken, "good:1").await), "retry");
    assert_eq!((town.fcm.fetches(), town.fcm.got().len() - before), (3, 2), "renewed once, not for ever");
}

#[tokio::test]
async fn a_token_endpoint_that_is_down_is_left_alone_for_a_while() {
    let town = Town::new().await;
    town.fcm.break_token_endpoint();
    let all = join_all((0..20).map(|_| town.alert(TokenKind::FcmToken, "good:1"))).await;
    let outcomes: Vec<String> = all.into_iter().map(outcome).collect();
    assert!(outcomes.iter().all(|said| said.starts_with("retry")), "{outcomes:?}");
    assert!(town.fcm.fetches() <= 5, "the library's own attempts, of one fetch: {}", town.fcm.fetches());
    assert!(town.fcm.got().is_empty());
}

#[tokio::test]
async fn what_is_left_of_a_push_s_life_goes_along() {
    let town = Town::new().await;
    for (by, ttl) in [(TimeDelta::seconds(90), 90), (TimeDelta::days(60), 28 * 86_400), (TimeDelta::days(-1), 0)] {
        for kind in [TokenKind::FcmToken, TokenKind::Rustore] {
            let mut wake = town.wake(Manner::Background);
            wake.expires_at = town.ours.now() + by;
            town.push.send(kind, "good:1", &wake).await.unwrap();
            let got = town.fcm.got().pop().unwrap();
            let text = got.body["message"]["android"]["ttl"].as_str().unwrap().to_owned();
            let said: i64 = text.trim_end_matches('s').parse().unwrap();
            assert!((ttl - 5..=ttl).contains(&said), "{text} for {ttl}");
        }
    }
}
