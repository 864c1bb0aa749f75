//! What scheduling offers over HTTP.

mod bookings;
mod catalogue;
mod diary;
mod office;

pub use bookings::{BookingView, BookingsApi};
pub use catalogue::CatalogueApi;
pub use diary::DiaryApi;
pub use office::OfficeApi;
