//! What is told. A rule tells it in its transaction; delivery is a task's matter.

use crate::kernel::db::Tx;
use crate::kernel::error::Result;
use crate::kernel::queue::Task;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What happened. The phone learns a constant key of it and an opaque id, nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Kind {
    BookingConfirmed,
    BookingCancelled,
    PaymentNeeded,
    PaymentFailed,
    RefundMade,
    MessageReceived,
    DocumentAdded,
    TicketAnswered,
    ExportReady,
    FreezeChanged,
    FeedbackAsked,
    Marketing,
}

#[derive(Serialize, Deserialize)]
struct Deliver {
    subject: Uuid,
    kind: Kind,
    object: Uuid,
}

impl Task for Deliver {
    const KIND: &'static str = "notifications.deliver";
}

/// Tells somebody (a patient or a staff account) that something happened to `object`.
pub async fn tell(tx: &mut Tx, subject: Uuid, kind: Kind, object: Uuid) -> Result<()> {
    tx.enqueue(Deliver { subject, kind, object }.task());
    Ok(())
}
