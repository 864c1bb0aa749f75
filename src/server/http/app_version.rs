//! Apps that are too old to be served are told so before anything else, but for the one address that says what to do.

use super::headers::Place;
use crate::app::apps::{self, Apps, ClientApp};
use crate::kernel::error::Code;
use poem::Request;

/// Here an app of any age learns which versions are served.
const APP_CONFIG: &str = "/v1/app-config";

/// A caller that says nothing of itself is no app, or one that needs no watching.
///
/// # Errors
/// `app_outdated`; `malformed` when the header can't be read.
pub fn check(request: &Request, apps: &Apps) -> Result<(), Code> {
    let path = request.uri().path();
    if Place::of(path) != Place::Api || path == APP_CONFIG {
        return Ok(());
    }
    let mut said = request.headers().get_all(apps::HEADER).iter();
    let Some(first) = said.next() else { return Ok(()) };
    let app: Option<ClientApp> = first.to_str().ok().and_then(|text| text.parse().ok());
    match app {
        Some(app) if said.next().is_none() => {
            if apps.is_outdated(app) {
                Err(Code::AppOutdated)
            } else {
                Ok(())
            }
        }
        _ => Err(Code::Malformed),
    }
}
