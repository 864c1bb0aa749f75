//! Reception: what the desk settles for a person who stands there, with a check of who he is. It owns no table: it puts the
//! rooms below together.

pub mod api;
mod number_claims;
mod patient_policies;
