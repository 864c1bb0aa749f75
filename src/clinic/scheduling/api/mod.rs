//! What scheduling offers over HTTP.

mod bookings;
mod catalogue;
mod closures;
mod diary;
mod hours;
mod office;
mod slots;

pub use bookings::{BookingView, BookingsApi};
pub use catalogue::CatalogueApi;
pub use closures::ClosuresApi;
pub use diary::DiaryApi;
pub use hours::HoursApi;
pub use office::OfficeApi;
pub use slots::SlotsApi;
