//! Identity: who somebody is, and how he may be reached and found.

pub mod numbers;
pub mod person_name;
pub mod phone;
pub mod skeleton;
