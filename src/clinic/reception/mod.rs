//! Reception: what the desk does for somebody who stands there.
//!
//! Invariant: credentials are issued to a patient whom this desk has found and whose identity it has just checked. The room
//! lies above all others whose work it does on somebody's behalf.

pub mod api;
mod credentials;
mod slip;
