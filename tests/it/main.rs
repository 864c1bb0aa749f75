//! The one test binary.

mod catalogue;
mod contract;
mod http;
