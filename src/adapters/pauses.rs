//! Peers that asked to be left alone for a while: nobody on this node calls them before.

use super::SendFault;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// A peer may not put us off for longer than this.
const LONGEST: TimeDelta = TimeDelta::hours(24);

/// Until when which peer is left alone. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Pauses(Arc<Mutex<HashMap<&'static str, DateTime<Utc>>>>);

impl Pauses {
    /// # Errors
    /// `Retry`, with the seconds that are left, while `peer` wants to be left alone.
    pub fn check(&self, peer: &'static str, now: DateTime<Utc>) -> Result<(), SendFault> {
        let until = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(peer).copied();
        match until.filter(|until| *until > now) {
            None => Ok(()),
            Some(until) => {
                let left_s = (until - now).num_seconds() + 1;
                Err(SendFault::Retry { after_s: u32::try_from(left_s).ok(), why: "the peer asked to be left alone" })
            }
        }
    }

    /// Notes what a peer answered: a slow-down with its seconds holds for every message to it.
    pub fn note(&self, peer: &'static str, fault: &SendFault, now: DateTime<Utc>) {
        if let SendFault::Retry { after_s: Some(after_s), .. } = fault {
            let until = now + TimeDelta::seconds(i64::from(*after_s)).min(LONGEST);
            self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(peer, until);
        }
    }
}
