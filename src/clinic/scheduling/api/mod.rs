//! What scheduling offers over HTTP.

mod bookings;
mod calendars;
mod catalogue;
mod diary;
mod office;
mod waiting;

pub use bookings::{BookingView, BookingsApi};
pub use calendars::CalendarsApi;
pub use catalogue::CatalogueApi;
pub use diary::DiaryApi;
pub use office::OfficeApi;
pub use waiting::{NewWaiting, WaitingApi, WaitingList, WaitingView};
