//! Where the `Memory` variants leave their messages: what the sandbox shows, and what tests read.

use super::SendFault;
use std::collections::{HashSet, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The oldest message gives way to the 10,001st.
pub const CAPACITY: usize = 10_000;

/// How a message would have travelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Channel {
    Sms,
    Mail,
    Push,
}

impl Channel {
    pub const fn as_str(self) -> &'static str {
        match self {
            Channel::Sms => "sms",
            Channel::Mail => "mail",
            Channel::Push => "push",
        }
    }
}

/// One message as the peer would have got it. A repetition with the same key stands here twice, so that a test can
/// see it; a real peer would drop the second.
#[derive(Clone, PartialEq, Eq, serde::Serialize)]
pub struct Message {
    /// Counts from 1 and is never reused, not even after `clear`.
    pub number: u64,
    pub channel: Channel,
    /// A phone in E.164, an address, or a push token.
    pub to: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    pub text: String,
    /// The idempotency key of the sending.
    pub key: String,
}

/// The receiver and the text stay out, because a debug print may end in a log.
impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message").field("number", &self.number).field("channel", &self.channel).finish_non_exhaustive()
    }
}

/// A bounded list of messages. Clones share it.
#[derive(Clone, Default)]
pub struct Outbox(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    last_number: u64,
    messages: VecDeque<Message>,
    faults: VecDeque<SendFault>,
    dead: HashSet<String>,
}

impl Outbox {
    /// Takes one message, or fails as [`Outbox::fail_next`] ordered. After an ordered `Unknown` the message is here
    /// all the same: it arrived, and only the answer was lost.
    pub fn post(&self, channel: Channel, to: &str, subject: Option<&str>, text: &str, key: &str) -> Result<(), SendFault> {
        let mut inner = self.lock();
        let fault = inner.faults.pop_front();
        if let Some(fault @ (SendFault::Retry { .. } | SendFault::Reject { .. })) = fault {
            return Err(fault);
        }
        if inner.messages.len() == CAPACITY {
            inner.messages.pop_front();
        }
        inner.last_number += 1;
        let message = Message {
            number: inner.last_number,
            channel,
            to: to.to_owned(),
            subject: subject.map(str::to_owned),
            text: text.to_owned(),
            key: key.to_owned(),
        };
        inner.messages.push_back(message);
        fault.map_or(Ok(()), Err)
    }

    /// Every message, oldest first.
    pub fn all(&self) -> Vec<Message> {
        self.lock().messages.iter().cloned().collect()
    }

    /// Forgets the messages and the faults that were ordered.
    pub fn clear(&self) {
        let mut inner = self.lock();
        inner.messages.clear();
        inner.faults.clear();
    }

    /// Makes the next `times` sendings fail, after those ordered before.
    pub fn fail_next(&self, times: usize, fault: SendFault) {
        self.lock().faults.extend(std::iter::repeat_n(fault, times));
    }

    /// From now on this push token belongs to no phone.
    pub fn bury(&self, token: &str) {
        self.lock().dead.insert(token.to_owned());
    }

    pub fn is_buried(&self, token: &str) -> bool {
        self.lock().dead.contains(token)
    }

    /// A panic elsewhere can't leave the list half-written, so a poisoned lock is as good as any.
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Outbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Outbox({} messages)", self.lock().messages.len())
    }
}
