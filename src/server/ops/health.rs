//! Whether the server of this configuration answers, for supervisors and containers.

use crate::app::config::Config;
use crate::kernel::error::{Error, Result};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(5);

/// Asks `/readyz` over loopback (or the address that the server listens on).
///
/// # Errors
/// A sentence when nobody answers, or when the server says that it can't serve, and why.
pub async fn healthcheck(config: &Config) -> Result<()> {
    let mut address = config.listen;
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    let silent = |_| Error::internal(format!("nobody answers on {address}: is the server running?"));
    let client = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build().map_err(silent)?;
    let answer = client.get(format!("http://{address}/readyz")).send().await.map_err(silent)?;
    if answer.status().is_success() {
        return Ok(());
    }
    let status = answer.status();
    let why = answer.text().await.unwrap_or_default();
    let why = why.lines().next().unwrap_or_default();
    Err(Error::internal(format!("the server on {address} is not ready ({status}): {why}")))
}
