//! What a push holds: the constant key, the opaque id, and nothing else, whatever is sent to whomever.

use super::Town;
use feldsher::adapters::push::{Manner, Sent, TokenKind, Wake};
use serde_json::{Value, json};

/// In every token, so that a body which quotes one is found.
const MARKER: &str = "fa11ed";
const KINDS: [TokenKind; 5] =
    [TokenKind::Apns, TokenKind::ApnsVoip, TokenKind::FcmToken, TokenKind::FcmInstallation, TokenKind::Rustore];
const MANNERS: [Manner; 3] = [Manner::Alert, Manner::Background, Manner::Voip];
/// An alert and its envelope are small: whoever makes them grow has put something in.
const BYTES_MAX: usize = 800;

fn apple_body(manner: Manner, id: &str) -> Value {
    match manner {
        Manner::Alert => json!({ "aps": { "alert": { "loc-key": "NOTICE" }, "mutable-content": 1 }, "id": id }),
        Manner::Background => json!({ "aps": { "content-available": 1 }, "id": id }),
        Manner::Voip => json!({ "aps": {}, "id": id }),
    }
}

fn expected(kind: TokenKind, token: &str, wake: &Wake, ttl: &Value) -> Value {
    let id = wake.id.to_string();
    let receiver = if kind == TokenKind::FcmInstallation { "fid" } else { "token" };
    match kind {
        TokenKind::Apns | TokenKind::ApnsVoip => apple_body(wake.manner, &id),
        TokenKind::Rustore => json!({ "message": { "token": token, "data": { "id": id }, "android": { "ttl": ttl } } }),
        TokenKind::FcmToken | TokenKind::FcmInstallation => {
            let alert = wake.manner == Manner::Alert;
            let mut message = json!({
                "data": { "id": id },
                "android": { "ttl": ttl, "priority": if alert { "HIGH" } else { "NORMAL" } },
                "apns": {
                    "headers": {
                        "apns-push-type": if alert { "alert" } else { "background" },
                        "apns-priority": if alert { "10" } else { "5" },
                        "apns-expiration": wake.expires_at.timestamp().to_string(),
                        "apns-collapse-id": id,
                    },
                    "payload": apple_body(wake.manner, &id),
                },
            });
            message[receiver] = token.into();
            if alert {
                message["android"]["notification"] = json!({ "body_loc_key": "NOTICE", "tag": id });
            }
            json!({ "message": message })
        }
    }
}

#[tokio::test]
async fn a_push_holds_a_constant_key_and_an_opaque_id_alone() {
    let town = Town::new().await;
    let mut tried = 0;
    for kind in KINDS {
        for manner in MANNERS {
            let (wake, token) = (town.wake(manner), format!("{MARKER}{tried}"));
            if !kind.takes(manner) {
                assert!(town.push.send(kind, &token, &wake).await.is_err());
                continue;
            }
            tried += 1;
            assert_eq!(town.push.send(kind, &token, &wake).await, Ok(Sent::Accepted), "{kind:?} {manner:?}");
            let apple = matches!(kind, TokenKind::Apns | TokenKind::ApnsVoip);
            let (headers, body) = if apple {
                let got = town.apns.got().pop().unwrap();
                (got.headers, got.body)
            } else {
                let got = town.fcm.got().pop().unwrap();
                (got.headers, got.body)
            };
            assert_eq!(body, expected(kind, &token, &wake, &body["message"]["android"]["ttl"]), "{kind:?} {manner:?}");
            let text = body.to_string();
            assert!(text.len() < BYTES_MAX, "{kind:?} {manner:?}: {} bytes", text.len());
            assert_eq!(text.matches(MARKER).count(), usize::from(!apple), "the token stands where the provider wants it, once");
            let known = [
                "accept",
                "apns-collapse-id",
                "apns-expiration",
                "apns-priority",
                "apns-push-type",
                "apns-topic",
                "authorization",
                "content-length",
                "content-type",
                "host",
            ];
            for (name, value) in &headers {
                assert!(known.contains(&name.as_str()), "a header that nobody expects: {name}");
                assert!(!value.as_bytes().windows(MARKER.len()).any(|part| part == MARKER.as_bytes()), "{name}");
            }
        }
    }
    assert_eq!(tried, 9);
}

#[tokio::test]
async fn nothing_of_a_push_reaches_the_log() {
    crate::support::log::listen();
    let town = Town::new().await;
    for kind in KINDS {
        for word in ["good", "dead", "busy", "odd", "down"] {
            let manner = if kind == TokenKind::ApnsVoip { Manner::Voip } else { Manner::Alert };
            let _ = town.push.send(kind, &format!("{word}{MARKER}logged"), &town.wake(manner)).await;
        }
    }
    let log = String::from_utf8_lossy(&crate::support::log::so_far()).into_owned();
    for secret in [MARKER, "bearer ey", "access-1", "service-token-of-rustore"] {
        assert!(!log.contains(secret), "{secret} is in the log");
    }
}
