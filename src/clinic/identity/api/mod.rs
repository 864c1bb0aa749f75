//! What identity offers over HTTP.

mod attestations;
mod auth;
mod contacts;
mod desk;
mod me;
mod sessions;
mod staff;

pub use attestations::AttestationsApi;
pub use auth::AuthApi;
pub use contacts::ContactsApi;
pub use desk::DeskApi;
pub use me::MeApi;
pub use sessions::SessionsApi;
pub use staff::StaffApi;
