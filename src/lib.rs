//! Feldsher: an open telemedicine backend. Five floors, lowest first; imports go down.

pub mod adapters;
pub mod clinic;
pub mod kernel;
