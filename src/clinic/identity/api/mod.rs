//! What identity offers over HTTP.

mod auth;
mod desk;
mod me;
mod representations;
mod staff;
mod staff_representations;

pub use auth::AuthApi;
pub use desk::DeskApi;
pub use me::MeApi;
pub use representations::RepresentationsApi;
pub use staff::StaffApi;
pub use staff_representations::StaffRepresentationsApi;
