//! Who is at the other end: the client's address and whether TLS was spoken, as told by proxies that we trust.

use crate::app::wire::ClientAddr;
use poem::Request;
use std::net::{IpAddr, Ipv4Addr};
use std::str::FromStr;
use std::sync::Arc;

/// A network that can't be read; the text says which.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is neither an IP address nor a network like 10.0.0.0/8")]
pub struct BadNetwork(String);

/// The addresses whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed.
#[derive(Debug, Clone, Default)]
pub struct TrustedProxies(Arc<[Network]>);

#[derive(Debug, Clone, Copy)]
struct Network {
    base: IpAddr,
    prefix_bits: u32,
}

impl TrustedProxies {
    /// From addresses and networks as the configuration spells them.
    pub fn parse<S: AsRef<str>>(networks: &[S]) -> Result<TrustedProxies, BadNetwork> {
        networks
            .iter()
            .map(|network| network.as_ref().parse())
            .collect::<Result<Vec<_>, _>>()
            .map(|all| TrustedProxies(all.into()))
    }

    fn contain(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(address))
    }
}

impl FromStr for Network {
    type Err = BadNetwork;

    fn from_str(text: &str) -> Result<Self, BadNetwork> {
        let bad = || BadNetwork(text.to_owned());
        let (base, prefix) = text.split_once('/').map_or((text, None), |(base, prefix)| (base, Some(prefix)));
        let base: IpAddr = base.trim().parse().map_err(|_| bad())?;
        let width = if base.is_ipv4() { 32 } else { 128 };
        let prefix_bits = prefix.map_or(Ok(width), |prefix| prefix.trim().parse()).map_err(|_| bad())?;
        if prefix_bits > width { Err(bad()) } else { Ok(Network { base, prefix_bits }) }
    }
}

impl Network {
    fn contains(&self, address: IpAddr) -> bool {
        match (self.base, address.to_canonical()) {
            (IpAddr::V4(base), IpAddr::V4(address)) => {
                let shift = 32 - self.prefix_bits;
                u32::from(base).checked_shr(shift) == u32::from(address).checked_shr(shift)
            }
            (IpAddr::V6(base), IpAddr::V6(address)) => {
                let shift = 128 - self.prefix_bits;
                u128::from(base).checked_shr(shift) == u128::from(address).checked_shr(shift)
            }
            _ => false,
        }
    }
}

/// What is known of the other end.
pub struct Peer {
    pub client: ClientAddr,
    /// The client spoke TLS, by the word of a trusted proxy.
    pub by_tls: bool,
}

/// Looks through the trusted proxies. The list in `X-Forwarded-For` is read from its end: the last entry was written by the
/// proxy nearest to us, and the first one that isn't a trusted proxy itself is the client; what stands before it is hearsay.
pub fn look(request: &Request, trusted: &TrustedProxies) -> Peer {
    let peer = request.remote_addr().as_socket_addr().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |addr| addr.ip().to_canonical());
    if !trusted.contain(peer) {
        return Peer { client: ClientAddr(peer), by_tls: false };
    }
    let named: Vec<&str> = request.headers().get_all("x-forwarded-for").iter().filter_map(|line| line.to_str().ok()).collect();
    let mut client = peer;
    for entry in named.iter().flat_map(|line| line.split(',')).rev() {
        let Some(address) = address(entry.trim()) else { break };
        client = address;
        if !trusted.contain(address) {
            break;
        }
    }
    let by_tls = request.header("x-forwarded-proto").is_some_and(|proto| proto.trim().eq_ignore_ascii_case("https"));
    Peer { client: ClientAddr(client), by_tls }
}

/// An address with or without a port, as proxies differ.
fn address(entry: &str) -> Option<IpAddr> {
    let bare = entry.parse().ok();
    bare.or_else(|| entry.parse().ok().map(|with_port: std::net::SocketAddr| with_port.ip()))
        .map(|address: IpAddr| address.to_canonical())
}
