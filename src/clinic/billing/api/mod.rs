//! The room's operations.

mod callbacks;
mod charges;
mod methods;
mod parked;
mod refunds;
mod views;

pub use callbacks::CallbacksApi;
pub use charges::ChargesApi;
pub use methods::PaymentMethodsApi;
pub use parked::ParkedChargesApi;
pub use refunds::RefundsApi;
