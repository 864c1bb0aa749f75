//! The one test binary.

mod adapters;
