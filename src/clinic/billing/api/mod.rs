//! The room's operations.

mod callbacks;
mod charges;
mod methods;
mod refunds;
mod views;

pub use callbacks::CallbacksApi;
pub use charges::ChargesApi;
pub use methods::PaymentMethodsApi;
pub use refunds::RefundsApi;
