//! How often something may be tried, counted in the register under blind indexes, so that no address and no number lies in
//! a table. A count lives for a day at most.

use super::credentials::login_index;
use super::{rows, sessions};
use crate::app::App;
use crate::kernel::error::{Error, Result};
use crate::kernel::vault::Index;
use std::net::{IpAddr, Ipv6Addr};
use uuid::Uuid;

pub const HOUR_S: i64 = 3600;
const DAY_S: i64 = 24 * HOUR_S;
/// Tries of one login in a quarter of an hour, from one place.
const TRIES_HERE_MAX: i64 = 20;
/// The same from all places that the login is not known from. Beyond it they come one at a time.
const TRIES_MAX: i64 = 200;
const TRIES_WINDOW_S: i64 = 900;
/// How long strangers to a login that is under siege wait for each other.
const SIEGE_S: i64 = 10;

/// A count that belongs to a place: an IPv4 address, or the /64 that one household has of IPv6.
pub fn place(addr: IpAddr) -> String {
    match addr.to_canonical() {
        IpAddr::V4(addr) => addr.to_string(),
        IpAddr::V6(addr) => Ipv6Addr::from_bits(addr.to_bits() >> 64 << 64).to_string(),
    }
}

/// Counts one more of `value` within the window.
///
/// # Errors
/// `rate_limited` beyond `limit`, until the window ends.
pub async fn count(app: &App, kind: &'static str, value: &str, window_s: i64, limit: i64) -> Result<()> {
    if app.vault.count(&Index { kind, value: value.to_owned() }, window_s).await? <= limit {
        return Ok(());
    }
    let into_window = app.ambient.now().timestamp().rem_euclid(window_s);
    Err(Error::rate_limited(u32::try_from(window_s - into_window).unwrap_or(60)))
}

/// One try of a login. Nobody can lock its owner out: what strangers try counts at their places, and however many places
/// they have, who comes from where the login was used within the day, or shows a refresh token that it once had, is
/// counted apart from them.
///
/// # Errors
/// `rate_limited`.
pub async fn sign_in(app: &App, login: &str, addr: IpAddr, shown_token: Option<&str>) -> Result<()> {
    let device = known_device(app, login, shown_token).await?;
    let here = match device {
        Some(session) => format!("{login}|{session}"),
        None => format!("{login}|{}", place(addr)),
    };
    count(app, "signInsHere", &here, TRIES_WINDOW_S, TRIES_HERE_MAX).await?;
    let used_here = Index { kind: "signedInHere", value: here };
    if device.is_some() || app.vault.was_counted(&used_here, DAY_S).await? {
        return Ok(());
    }
    match count(app, "signIns", login, TRIES_WINDOW_S, TRIES_MAX).await {
        Ok(()) => Ok(()),
        Err(_) => count(app, "signInsInSiege", login, SIEGE_S, 1).await,
    }
}

/// Remembers, for a day, that a login was used here.
pub async fn signed_in(app: &App, login: &str, addr: IpAddr) -> Result<()> {
    let here = Index { kind: "signedInHere", value: format!("{login}|{}", place(addr)) };
    app.vault.count(&here, DAY_S).await.map(drop)
}

/// The session of this login that a refresh token once belonged to, also an ended one. It opens nothing: it tells a device.
async fn known_device(app: &App, login: &str, shown_token: Option<&str>) -> Result<Option<Uuid>> {
    let Some(token) = shown_token else { return Ok(None) };
    let reader = app.db.reader();
    let Some(token) = rows::find_token(&reader, &sessions::hash(token)).await? else { return Ok(None) };
    let Some(session) = rows::find_session(&reader, token.session).await? else { return Ok(None) };
    let owner = app.vault.find(&login_index(login)).await?;
    Ok(Some(session.id).filter(|_| owner == Some(session.owner)))
}
