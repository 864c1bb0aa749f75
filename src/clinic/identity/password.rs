//! Passwords: Argon2id (RFC 9106) in the crate's default cost, 19 MiB and two passes, off the async threads and few at a
//! time, so that a crowd of sign-ins can't take the memory.

use crate::kernel::clock::Ambient;
use crate::kernel::error::{Error, Fault, Result};
use argon2::Argon2;
use argon2::password_hash::phc::{PasswordHash, Salt};
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use std::collections::HashSet;
use std::sync::LazyLock;
use tokio::sync::{Semaphore, SemaphorePermit};
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;

const MIN_CHARS: usize = 10;
const MAX_CHARS: usize = 256;

/// Hashes computed at once on this node: half of its cores, so that everything else goes on being answered.
static AT_ONCE: LazyLock<Semaphore> =
    LazyLock::new(|| Semaphore::new(std::thread::available_parallelism().map_or(1, |cores| (cores.get() / 2).max(1))));
/// Hashes computed or waited for. Who comes on top is told to come again: a queue without an end is an outage.
static IN_LINE: Semaphore = Semaphore::const_new(512);

/// What nobody's password is; verified against where there is no account, so that both take as long.
static NOBODY: LazyLock<String> = LazyLock::new(|| hash_now("nobody has this password", [7; 16]).unwrap_or_default());

/// NFC, any script, 10 to 256 characters; never cut.
pub fn check(raw: &str) -> Result<Zeroizing<String>, Fault> {
    let password: Zeroizing<String> = Zeroizing::new(raw.nfc().collect());
    match password.chars().count() {
        _ if password.chars().any(char::is_control) => Err(Fault::BadCharacters),
        ..MIN_CHARS => Err(Fault::TooShort),
        MIN_CHARS..=MAX_CHARS if common(&password) => Err(Fault::TooCommon),
        MIN_CHARS..=MAX_CHARS => Ok(password),
        _ => Err(Fault::TooLong),
    }
}

/// The most common passwords, in lower case. Where they are from stands in the file.
static COMMON: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    let (_, list) = include_str!("common_passwords.txt").split_once("\n\n").unwrap_or_default();
    list.lines().collect()
});

/// What stands on the lists by which passwords are guessed, also with digits and signs around it; one character again and
/// again; a run of the keyboard or the digits.
fn common(password: &str) -> bool {
    let lower = password.to_lowercase();
    let mut characters: Vec<char> = lower.chars().collect();
    characters.sort_unstable();
    characters.dedup();
    const RUNS: &[&str] =
        &["01234567890123456789", "qwertyuiopasdfghjklzxcvbnm", "йцукенгшщзхъфывапролджэячсмитьбю", "passwordpassword"];
    let bare = lower.trim_matches(|c: char| !c.is_alphabetic());
    let listed = COMMON.contains(lower.as_str()) || (!bare.is_empty() && COMMON.contains(bare));
    listed || characters.len() < 4 || RUNS.iter().any(|run| run.contains(&lower)) || lower.starts_with("password")
}

/// Whether two are the same password, however they were typed.
pub fn same(one: &str, other: &str) -> bool {
    one.nfc().eq(other.nfc())
}

async fn turn() -> Result<(SemaphorePermit<'static>, SemaphorePermit<'static>)> {
    let in_line = IN_LINE.try_acquire().map_err(|_| Error::Unavailable("too many passwords are being checked"))?;
    Ok((in_line, AT_ONCE.acquire().await.map_err(|_| failed())?))
}

/// The PHC string of a checked password.
pub async fn hash(password: Zeroizing<String>, ambient: &Ambient) -> Result<String> {
    let salt: [u8; 16] = ambient.bytes();
    let _turn = turn().await?;
    tokio::task::spawn_blocking(move || hash_now(&password, salt)).await.map_err(|_| failed())?
}

/// Whether `password` is the one behind `hash`; without a hash the answer is no, and takes as long.
pub async fn verify(password: &str, hash: Option<String>) -> Result<bool> {
    let password: Zeroizing<String> = Zeroizing::new(password.nfc().take(MAX_CHARS + 1).collect());
    let _turn = turn().await?;
    tokio::task::spawn_blocking(move || {
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| NOBODY.clone());
        let parsed = PasswordHash::new(&hash).map_err(|_| failed())?;
        Ok(Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok() && known)
    })
    .await
    .map_err(|_| failed())?
}

fn hash_now(password: &str, salt: [u8; 16]) -> Result<String> {
    let salt = Salt::new(&salt).map_err(|_| failed())?;
    Argon2::default()
        .hash_password_with_salt(password.as_bytes(), salt.as_ref())
        .map(|hash| hash.to_string())
        .map_err(|_| failed())
}

fn failed() -> Error {
    Error::internal("a password could not be hashed")
}
