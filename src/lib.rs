//! Feldsher: an open telemedicine backend. Five floors, lowest first; imports go down.

pub mod kernel;

pub mod adapters;

pub mod app;

pub mod clinic;

pub mod server;
