//! What identity offers over HTTP.

mod auth;
mod desk;
mod identifiers;
mod insurance;
mod me;
mod representations;
mod staff;
mod staff_representations;

pub use auth::AuthApi;
pub use desk::DeskApi;
pub use identifiers::{IdentifierSystem, NewIdentifier};
pub use insurance::{InsuranceApi, InsurancePolicyList, InsurancePolicyView};
pub use me::{MeApi, NewProfile};
pub use representations::RepresentationsApi;
pub use staff::{SpokenLanguage, StaffApi};
pub use staff_representations::StaffRepresentationsApi;
