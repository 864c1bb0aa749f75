//! Who is at the other end: the client's address and whether TLS was spoken, as told by proxies that we trust.

use crate::app::wire::ClientAddr;
pub use crate::kernel::network::BadNetwork;
use crate::kernel::network::Networks;
use poem::Request;
use std::net::{IpAddr, Ipv4Addr};

/// The addresses whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed.
pub type TrustedProxies = Networks;

/// What is known of the other end.
pub struct Peer {
    pub client: ClientAddr,
    /// The client spoke TLS, by the word of a trusted proxy.
    pub by_tls: bool,
}

impl Peer {
    /// Whether what he sends can be read on its way: he spoke no TLS, and is neither in this process (where there is no address)
    /// nor on this machine.
    pub fn is_overheard(&self) -> bool {
        let client = self.client.0;
        !self.by_tls && !client.is_loopback() && !client.is_unspecified()
    }
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
