//! What identity offers over HTTP.

mod auth;
mod me;
mod staff;

pub use auth::AuthApi;
pub use me::MeApi;
pub use staff::StaffApi;
