//! What scheduling offers over HTTP.

mod board;
mod booking_views;
mod bookings;
mod calendars;
mod cards;
mod catalogue;
mod clinics;
mod diary;
mod doctors;
mod equipment;
mod office;
mod series;
mod services;
mod visits;
mod waiting;
mod wishes;

pub use board::BoardApi;
pub use booking_views::BookingView;
pub use bookings::BookingsApi;
pub use calendars::CalendarsApi;
pub use catalogue::CatalogueApi;
pub use clinics::ClinicsApi;
pub use diary::DiaryApi;
pub use doctors::DoctorsApi;
pub use equipment::EquipmentApi;
pub use office::OfficeApi;
pub use series::SeriesApi;
pub use services::ServicesApi;
pub use visits::VisitsApi;
pub use waiting::{NewWaiting, WaitingApi, WaitingList, WaitingView};
pub use wishes::WishesApi;
