//! A scanner for what people upload. Where one is configured, nothing is served that it has not called clean.

use crate::kernel::error::{Error, Result};
use crate::kernel::guard::outside;
use bytes::Bytes;
use clamav_client::tokio::{Socket, Tcp, scan_stream};
use futures_util::stream::{self, Stream};
use serde::Deserialize;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// How long a scan may take, the connection included.
const SCAN_TIME: Duration = Duration::from_secs(30);
/// How the answers of clamd to `zINSTREAM` begin and end.
const ABOUT: &str = "stream: ";
const CLEAN: &str = "OK";
const FOUND: &str = " FOUND";

/// `[antivirus]` of the configuration.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AntivirusConfig {
    /// Where clamd listens: `127.0.0.1:3310`, or the absolute path of its socket. Default: nothing is scanned.
    pub clamd: Option<String>,
}

/// The scanner. Clones share nothing: each scan has a connection of its own.
#[derive(Clone, Debug)]
pub enum Antivirus {
    /// Nothing is scanned, and everything passes.
    None,
    Clamd(Address),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    Tcp(SocketAddr),
    Unix(PathBuf),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scanned {
    Clean,
    /// Something harmful. Which one it is stays with the scanner: its name is of no use to anybody here.
    Found,
}

impl Antivirus {
    /// # Errors
    /// `Internal` with a sentence for the operator when the address is none.
    pub fn open(config: &AntivirusConfig) -> Result<Self> {
        let Some(clamd) = &config.clamd else { return Ok(Antivirus::None) };
        let address = match clamd.parse() {
            Ok(address) => Address::Tcp(address),
            Err(_) if clamd.starts_with('/') => Address::Unix(PathBuf::from(clamd)),
            Err(_) => {
                return Err(Error::internal("antivirus.clamd is neither an address like 127.0.0.1:3310 nor an absolute path"));
            }
        };
        Ok(Antivirus::Clamd(address))
    }

    pub fn is_there(&self) -> bool {
        !matches!(self, Antivirus::None)
    }

    /// Asks the scanner about `bytes`. Without a scanner they are clean.
    ///
    /// # Errors
    /// `Unavailable` when it is down, slow, or answers what we don't understand: the bytes are then to be held.
    pub async fn scan(&self, bytes: Bytes) -> Result<Scanned> {
        self.scan_all(stream::iter([Ok(bytes)])).await
    }

    /// As [`Antivirus::scan`], of bytes that come bit by bit.
    pub async fn scan_all(&self, bytes: impl Stream<Item = io::Result<Bytes>>) -> Result<Scanned> {
        outside("antivirus.scan")?;
        let Antivirus::Clamd(address) = self else { return Ok(Scanned::Clean) };
        let asked = async {
            match address {
                Address::Tcp(address) => scan_stream(bytes, Tcp { host_address: address }, None).await,
                Address::Unix(path) => scan_stream(bytes, Socket { socket_path: path }, None).await,
            }
        };
        match tokio::time::timeout(SCAN_TIME, asked).await {
            Ok(Ok(answer)) => understood(&answer),
            Ok(Err(_)) | Err(_) => Err(Error::Unavailable("antivirus")),
        }
    }
}

/// Only the two answers that we know decide; the library's own reading would take a text that holds `OK` for clean.
fn understood(answer: &[u8]) -> Result<Scanned> {
    let answer = std::str::from_utf8(answer).unwrap_or_default().trim_end_matches(['\0', '\n']);
    match answer.strip_prefix(ABOUT) {
        Some(CLEAN) => Ok(Scanned::Clean),
        Some(found) if found.ends_with(FOUND) => Ok(Scanned::Found),
        _ => {
            tracing::warn!("the scanner gave an answer that is neither OK nor FOUND; see its own log");
            Err(Error::Unavailable("antivirus"))
        }
    }
}
