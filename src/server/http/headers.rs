//! Headers that every answer carries, whatever it answers.

use crate::app::wire::RequestId;
use poem::Response;
use poem::http::HeaderValue;
use poem::http::header::{self, HeaderMap, HeaderName};

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// A year. Without subdomains, for they may not be ours.
const HSTS: HeaderValue = HeaderValue::from_static("max-age=31536000");
/// An answer of the API is data: nothing in it may run, load or be framed.
const CSP_DATA: HeaderValue = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'; sandbox");

/// Swagger UI holds its script and style inline and asks nothing of any other host.
const CSP_DOCS: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src 'self' data:; font-src data:; \
     connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// Which part of the server answers, as far as headers differ by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The versioned API: personal data as a rule.
    Api,
    /// The page with Swagger UI.
    Docs,
    Other,
}

impl Place {
    pub fn of(path: &str) -> Place {
        match path.split('/').nth(1) {
            Some("v1") => Place::Api,
            Some("docs") => Place::Docs,
            _ => Place::Other,
        }
    }
}

/// Adds what the answer doesn't say itself; the id, `nosniff` and HSTS are ours to say alone.
pub fn put(response: &mut Response, place: Place, by_tls: bool, id: RequestId) {
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::try_from(id.0.to_string()) {
        headers.insert(X_REQUEST_ID, id);
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    default(headers, header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    default(headers, header::CONTENT_SECURITY_POLICY, if place == Place::Docs { CSP_DOCS } else { CSP_DATA });
    if place == Place::Api {
        default(headers, header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    if by_tls {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HSTS);
    }
}

fn default(headers: &mut HeaderMap, name: HeaderName, value: HeaderValue) {
    headers.entry(name).or_insert(value);
}
