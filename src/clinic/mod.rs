//! The rooms of the clinic, lowest first; a room may call only those before it.

pub mod identity;
