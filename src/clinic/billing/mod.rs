//! Billing: what a service costs, whether it is paid, and what goes back.
//!
//! Tables: `charge`, `refund`, `payer`, `callback`. Invariants: a charge has one object (a booking) and at most one living
//! payment at the provider, made under the key `attempt`; its state is what the provider said when it was looked up last,
//! and what was paid never becomes unpaid; more never goes back than was paid, and the schema says so; the provider's own
//! ids lie sealed, and the secrets of a payment sheet lie nowhere. A callback is a hint: it changes nothing by itself.
//! That something was paid is told to the room above by the task [`Paid`].

pub mod api;
mod callbacks;
mod charge;
mod invoice;
mod lookup;
mod parked;
mod payers;
mod payment;
mod privacy;
mod refund;
mod rows;
mod tasks;

pub use charge::{NewCharge, abandon, open_charge, owes};
pub use invoice::{Invoice, invoice_of};
pub use privacy::ROOM;
pub use refund::{give_back, give_back_all};
pub use tasks::Paid;
