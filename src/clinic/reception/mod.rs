//! Reception: what the desk does in a patient's name, once it has found him and checked who he is.

pub mod api;
