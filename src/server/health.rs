//! Whether the server lives, and whether it can serve.

use crate::app::App;
use poem::http::StatusCode;
use poem::{handler, web::Data};

/// The process answers.
#[handler]
pub fn alive() -> &'static str {
    "alive\n"
}

/// Both stores and the files answer.
#[handler]
pub async fn ready(app: Data<&App>) -> (StatusCode, &'static str) {
    if app.db.check().await.is_err() {
        return (StatusCode::SERVICE_UNAVAILABLE, "the record does not answer\n");
    }
    if app.vault.register().check().await.is_err() {
        return (StatusCode::SERVICE_UNAVAILABLE, "the register does not answer\n");
    }
    if app.adapters.files.check().await.is_err() {
        return (StatusCode::SERVICE_UNAVAILABLE, "the files do not answer\n");
    }
    (StatusCode::OK, "ready\n")
}
