//! What scheduling offers over HTTP.

mod bookings;
mod calendars;
mod cards;
mod catalogue;
mod clinics;
mod diary;
mod doctors;
mod equipment;
mod office;
mod waiting;
mod services;

pub use bookings::{BookingView, BookingsApi};
pub use calendars::CalendarsApi;
pub use catalogue::CatalogueApi;
pub use clinics::ClinicsApi;
pub use diary::DiaryApi;
pub use doctors::DoctorsApi;
pub use equipment::EquipmentApi;
pub use office::OfficeApi;
pub use waiting::{NewWaiting, WaitingApi, WaitingList, WaitingView};
pub use services::ServicesApi;
