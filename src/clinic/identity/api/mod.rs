//! What identity offers over HTTP.

mod accounts;
mod auth;
mod desk;
mod identifiers;
mod insurance;
mod matrix;
mod me;
mod passkeys;
mod staff;

pub use accounts::StaffAccountsApi;
pub use auth::AuthApi;
pub use desk::{DeskApi, PatientSearch, sought_subject};
pub use identifiers::{IdentifierSystem, NewIdentifier};
pub use insurance::{InsuranceApi, InsurancePolicyList, InsurancePolicyView};
pub use matrix::AccessMatrixApi;
pub use me::{MeApi, NewProfile};
pub use passkeys::PasskeysApi;
pub use staff::{SpokenLanguage, StaffApi};
