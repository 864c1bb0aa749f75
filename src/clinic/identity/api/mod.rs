//! What identity offers over HTTP.

mod auth;
mod desk;
mod identifiers;
mod insurance;
mod me;
mod staff;

pub use auth::AuthApi;
pub use desk::DeskApi;
pub use identifiers::{IdentifierSystem, NewIdentifier};
pub use insurance::{InsuranceApi, InsurancePolicyList, InsurancePolicyView};
pub use me::{MeApi, NewProfile};
pub use staff::{SpokenLanguage, StaffApi};
