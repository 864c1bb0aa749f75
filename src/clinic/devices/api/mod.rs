//! What devices offer over HTTP.

mod installations;
mod telemetry;

pub use installations::DevicesApi;
pub use telemetry::TelemetryApi;

use crate::app::apps::Platform;
use poem_openapi::{Enum, Tags};

#[derive(Tags)]
enum Tag {
    /// Installations of the app, and how they are woken
    Devices,
    /// What apps tell of their use
    Telemetry,
}

/// Which app it is.
#[derive(Enum, Debug, Clone, Copy, PartialEq)]
#[oai(rename_all = "camelCase")]
enum AppPlatform {
    Ios,
    Android,
    Web,
}

impl From<AppPlatform> for Platform {
    fn from(platform: AppPlatform) -> Self {
        match platform {
            AppPlatform::Ios => Platform::Ios,
            AppPlatform::Android => Platform::Android,
            AppPlatform::Web => Platform::Web,
        }
    }
}

impl From<Platform> for AppPlatform {
    fn from(platform: Platform) -> Self {
        match platform {
            Platform::Ios => AppPlatform::Ios,
            Platform::Android => AppPlatform::Android,
            Platform::Web => AppPlatform::Web,
        }
    }
}
