//! Networks as an operator writes them: `10.0.0.0/8`, `2a02:5180::/32`, or one address.

use std::net::IpAddr;
use std::str::FromStr;
use std::sync::Arc;

/// A network that can't be read; the text says which.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is neither an IP address nor a network like 10.0.0.0/8")]
pub struct BadNetwork(String);

/// A list of networks. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Networks(Arc<[Network]>);

#[derive(Debug, Clone, Copy)]
struct Network {
    base: IpAddr,
    prefix_bits: u32,
}

impl Networks {
    /// From addresses and networks as the configuration spells them.
    pub fn parse<S: AsRef<str>>(networks: &[S]) -> Result<Networks, BadNetwork> {
        networks.iter().map(|network| network.as_ref().parse()).collect::<Result<Vec<_>, _>>().map(|all| Networks(all.into()))
    }

    pub fn contain(&self, address: IpAddr) -> bool {
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
