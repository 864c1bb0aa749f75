//! What identity offers over HTTP.

mod accounts;
mod auth;
mod desk;
mod matrix;
mod me;
mod passkeys;
mod staff;

pub use accounts::StaffAccountsApi;
pub use auth::AuthApi;
pub use desk::{DeskApi, PatientSearch, sought_subject};
pub use matrix::AccessMatrixApi;
pub use me::{MeApi, NewIdentifier};
pub use passkeys::PasskeysApi;
pub use staff::StaffApi;
