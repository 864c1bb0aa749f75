//! What identity offers over HTTP.

mod attestations;
mod auth;
mod contacts;
mod desk;
mod identifiers;
mod insurance;
mod me;
mod representations;
mod sessions;
mod staff;
mod staff_representations;

pub use attestations::AttestationsApi;
pub use auth::AuthApi;
pub use contacts::ContactsApi;
pub use desk::DeskApi;
pub use identifiers::{IdentifierSystem, NewIdentifier};
pub use insurance::{InsuranceApi, InsurancePolicyList, InsurancePolicyView};
pub use me::{MeApi, NewProfile};
pub use representations::RepresentationsApi;
pub use sessions::SessionsApi;
pub use staff::{SpokenLanguage, StaffApi};
pub use staff_representations::StaffRepresentationsApi;
