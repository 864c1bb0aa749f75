//! The apps that speak to this server: their platforms and versions, and which versions it still serves.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::fmt;
use std::str::FromStr;

/// The header by which an app says what it is: `ios/3.2.1`.
pub const HEADER: &str = "X-App-Version";

/// Digits that a part of a version may have.
const PART_DIGITS_MAX: usize = 4;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Platform {
    Ios,
    Android,
    Web,
}

impl Platform {
    pub const ALL: &'static [Platform] = &[Platform::Ios, Platform::Android, Platform::Web];

    pub const fn as_str(self) -> &'static str {
        match self {
            Platform::Ios => "ios",
            Platform::Android => "android",
            Platform::Web => "web",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|platform| platform.as_str() == text)
    }
}

/// The text is no version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not three numbers as 3.2.1")]
pub struct BadVersion;

/// The version of an app: three numbers of at most four digits, `3.2.1`. One spelling each, so that versions can be grouped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Version([u16; 3]);

impl FromStr for Version {
    type Err = BadVersion;

    fn from_str(text: &str) -> Result<Self, BadVersion> {
        let mut numbers = [0; 3];
        let mut parts = text.split('.');
        for number in &mut numbers {
            *number = part(parts.next().ok_or(BadVersion)?)?;
        }
        if parts.next().is_some() { Err(BadVersion) } else { Ok(Version(numbers)) }
    }
}

fn part(text: &str) -> Result<u16, BadVersion> {
    let digits = !text.is_empty() && text.len() <= PART_DIGITS_MAX && text.bytes().all(|b| b.is_ascii_digit());
    let one_spelling = text == "0" || !text.starts_with('0');
    if digits && one_spelling { text.parse().map_err(|_| BadVersion) } else { Err(BadVersion) }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Version([major, minor, patch]) = self;
        write!(f, "{major}.{minor}.{patch}")
    }
}

impl Serialize for Version {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|_| D::Error::custom(format!("{text:?} is no version like 3.2.1")))
    }
}

/// What an app says of itself in [`HEADER`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientApp {
    pub platform: Platform,
    pub version: Version,
}

impl FromStr for ClientApp {
    type Err = BadVersion;

    fn from_str(text: &str) -> Result<Self, BadVersion> {
        let (platform, version) = text.split_once('/').ok_or(BadVersion)?;
        Ok(ClientApp { platform: Platform::parse(platform).ok_or(BadVersion)?, version: version.parse()? })
    }
}

/// Which versions of one app are served.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Served {
    /// Older ones are refused with `app_outdated`. Default: every version is served.
    pub minimum: Option<Version>,
    /// Older ones are advised to update. Default: none is.
    pub recommended: Option<Version>,
}

/// The apps of this installation, by platform.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Apps {
    pub ios: Served,
    pub android: Served,
    pub web: Served,
}

impl Apps {
    pub fn of(&self, platform: Platform) -> Served {
        match platform {
            Platform::Ios => self.ios,
            Platform::Android => self.android,
            Platform::Web => self.web,
        }
    }

    /// The platform whose recommended version is older than its minimum, if there is one.
    pub fn senseless(&self) -> Option<Platform> {
        let is_senseless = |served: Served| matches!((served.minimum, served.recommended), (Some(min), Some(rec)) if rec < min);
        Platform::ALL.iter().copied().find(|platform| is_senseless(self.of(*platform)))
    }

    pub fn is_outdated(&self, app: ClientApp) -> bool {
        self.of(app.platform).minimum.is_some_and(|minimum| app.version < minimum)
    }
}
