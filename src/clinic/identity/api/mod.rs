//! What identity offers over HTTP.

mod accounts;
mod attestations;
mod auth;
mod contacts;
mod desk;
mod identifiers;
mod insurance;
mod matrix;
mod me;
mod passkeys;
mod representations;
mod sessions;
mod staff;
mod staff_representations;

pub use accounts::StaffAccountsApi;
pub use attestations::AttestationsApi;
pub use auth::AuthApi;
pub use contacts::ContactsApi;
pub use desk::{DeskApi, PatientSearch, sought_subject};
pub use identifiers::{IdentifierSystem, NewIdentifier};
pub use insurance::{InsuranceApi, InsurancePolicyList, InsurancePolicyView};
pub use matrix::AccessMatrixApi;
pub use me::{MeApi, NewProfile, Sex};
pub use passkeys::PasskeysApi;
pub use representations::RepresentationsApi;
pub use sessions::SessionsApi;
pub use staff::{SpokenLanguage, StaffApi};
pub use staff_representations::StaffRepresentationsApi;
