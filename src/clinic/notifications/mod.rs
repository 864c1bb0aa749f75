//! Notifications: what the house tells people, in their inbox and on their phones.

mod notice;

pub use notice::{Kind, tell};
