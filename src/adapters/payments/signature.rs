//! Signatures over the bytes of a callback, as Stripe has them and the sandbox copies them: a header
//! `t=<seconds>,v1=<hex of HMAC-SHA256 over "<seconds>.<body>">`, with one `v1` for each secret that is valid.

use crate::kernel::secret::Secret;
use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit, Mac};
use reqwest::header::HeaderMap;
use sha2::Sha256;

/// A signature older than this, or from as far in the future, is refused.
const OLDEST: TimeDelta = TimeDelta::seconds(300);
/// Two secrets are valid while they rotate; more signatures than this nobody sends.
const SIGNATURES: usize = 8;

/// Whether the header `name` has a fresh signature of `raw` by one of `secrets`.
///
/// # Errors
/// What is wrong, in words for the record.
pub(super) fn verify(
    secrets: &[Secret],
    headers: &HeaderMap,
    name: &str,
    raw: &[u8],
    now: DateTime<Utc>,
) -> Result<(), &'static str> {
    let header = headers.get(name).and_then(|value| value.to_str().ok());
    let (at, signatures) = header.and_then(read).ok_or("no signature")?;
    let genuine = |secret: &Secret| signatures.iter().any(|signature| mac(secret, at, raw).verify_slice(signature).is_ok());
    if !secrets.iter().any(genuine) {
        return Err("the signature is wrong");
    }
    match DateTime::from_timestamp(at, 0) {
        Some(at) if (now - at).abs() <= OLDEST => Ok(()),
        _ => Err("too old"),
    }
}

/// The value of the header for `raw`.
pub(super) fn sign(secret: &Secret, raw: &[u8], now: DateTime<Utc>) -> String {
    let at = now.timestamp();
    format!("t={at},v1={}", hex::encode(mac(secret, at, raw).finalize().into_bytes()))
}

/// The moment, and every signature of the scheme `v1`; others are passed by.
fn read(header: &str) -> Option<(i64, Vec<Vec<u8>>)> {
    let parts = || header.split(',').filter_map(|part| part.trim().split_once('='));
    let at = parts().find(|(name, _)| *name == "t")?.1.parse().ok()?;
    let signatures = parts().filter(|(name, _)| *name == "v1").filter_map(|(_, value)| hex::decode(value).ok());
    Some((at, signatures.take(SIGNATURES).collect()))
}

#[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
fn mac(secret: &Secret, at: i64, raw: &[u8]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.reveal().as_bytes()).expect("a key of any length");
    mac.update(at.to_string().as_bytes());
    mac.update(b".");
    mac.update(raw);
    mac
}
