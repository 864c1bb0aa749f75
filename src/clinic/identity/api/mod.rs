//! What identity offers over HTTP.

mod auth;
mod desk;
mod me;
mod staff;

pub use auth::AuthApi;
pub use desk::DeskApi;
pub use me::MeApi;
pub use staff::{SpokenLanguage, StaffApi};
