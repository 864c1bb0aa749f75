//! `[push]`: which providers wake phones, and with whose keys.

use crate::adapters::peer_url;
use crate::kernel::error::{Error, Result};
use crate::kernel::secret::Secret;
use serde::Deserialize;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// `[push]`. Without any of the three, pushes stay in the process and are shown by the sandbox.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PushConfig {
    /// Seconds for one exchange with a provider, 1 to 60. Default 10.
    pub timeout_s: u16,
    /// Apple's phones: tokens of the kinds `apns` and `apnsVoip`.
    pub apns: Option<ApnsConfig>,
    /// Google's service: tokens of the kinds `fcmToken` and `fcmInstallation`.
    pub fcm: Option<FcmConfig>,
    /// Tokens of the kind `rustore`.
    pub rustore: Option<RustoreConfig>,
}

impl Default for PushConfig {
    fn default() -> Self {
        PushConfig { timeout_s: 10, apns: None, fcm: None, rustore: None }
    }
}

impl PushConfig {
    pub(super) fn timeout(&self) -> Duration {
        Duration::from_secs(self.timeout_s.clamp(1, 60).into())
    }
}

/// `[push.apns]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApnsConfig {
    /// The signing key that Apple gave out once, a `.p8` file. Nobody but the server may read it.
    pub key_file: PathBuf,
    /// Its ten-character id.
    pub key_id: String,
    /// The ten-character id of the team that the key belongs to.
    pub team_id: String,
    /// The app's bundle id. VoIP pushes go to it with `.voip` behind.
    pub topic: String,
    /// Default `api.push.apple.com`; `api.sandbox.push.apple.com` for builds from Xcode. May have a port.
    #[serde(default = "apple")]
    pub host: String,
    /// A PEM file with root certificates to trust besides the system's, for a relay with a private one. Default: none.
    #[serde(default)]
    pub root_certificates: Option<PathBuf>,
}

/// `[push.fcm]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FcmConfig {
    /// The JSON key file of a service account that may send messages. Nobody but the server may read it.
    pub service_account: PathBuf,
    /// Default `https://fcm.googleapis.com`.
    #[serde(default = "google")]
    pub base_url: String,
}

/// `[push.rustore]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RustoreConfig {
    pub project_id: String,
    /// The service token of the project.
    pub token: Secret,
    /// Default `https://vkpns.rustore.ru`.
    #[serde(default = "rustore")]
    pub base_url: String,
}

fn apple() -> String {
    "api.push.apple.com".to_owned()
}

fn google() -> String {
    "https://fcm.googleapis.com".to_owned()
}

fn rustore() -> String {
    "https://vkpns.rustore.ru".to_owned()
}

/// Reads a file that holds a key.
///
/// # Errors
/// `Internal` when it can't be read, or when more people can than should.
pub(super) fn read_private(setting: &str, path: &Path) -> Result<Secret> {
    let failed = |error: std::io::Error| Error::internal(format!("{setting}: {} can't be read: {error}", path.display()));
    let mode = std::fs::metadata(path).map_err(failed)?.permissions().mode() & 0o777;
    // The group may read it: that is how orchestrators hand secrets to a process that does not run as root.
    if mode & 0o037 != 0 {
        return Err(Error::internal(format!(
            "{setting}: {} holds a key, and its mode {mode:03o} lets others at it: chmod 600 it",
            path.display()
        )));
    }
    Ok(Secret::new(std::fs::read_to_string(path).map_err(failed)?))
}

/// Where messages of a project are posted to.
///
/// # Errors
/// `Internal` when the address or the project can't be one.
pub(super) fn messages_url(setting: &str, base_url: &str, project_id: &str) -> Result<reqwest::Url> {
    let base = peer_url(&format!("{setting}.base_url"), base_url, false)?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b':');
    if project_id.is_empty() || !project_id.bytes().all(plain) {
        return Err(Error::internal(format!("{setting}: the project id may hold letters, digits and - _ . : only")));
    }
    let url = format!("{}/v1/projects/{project_id}/messages:send", base.as_str().trim_end_matches('/'));
    url.parse().map_err(|_| Error::internal(format!("{setting}.base_url is not a URL")))
}
