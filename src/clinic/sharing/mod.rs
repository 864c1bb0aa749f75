//! Who else may see a patient's data, and how that ends: what he shares himself, referrals of a treating doctor, insurers'
//! contracts; what was disclosed to recipients; what is blocked.
//!
//! Tables: `shared_access`, `disclosure`, `block_opening`; blocks themselves are the kernel's, since every opening asks for them.
//! A room above those that hold documents, doctors and requests. Invariants: whatever is shared ends on a day, and its reasons
//! are given to the share itself and not to its reader, so that it opens what it names and nothing else; nothing is shared by
//! a link; a recipient gets what the register of the profile lets him have, on the ground that it names, or the refusal is
//! written down; a block is set by a request and lifted with a reason.

pub mod api;
mod blocks;
mod contract;
mod disclosure;
mod given;
mod listing;
mod privacy;
mod reading;
mod referral;
mod rows;
mod share;
mod shared;
mod warning;

pub use privacy::ROOM;
