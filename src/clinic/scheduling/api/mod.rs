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
mod services;
mod waiting;

pub use bookings::{BookingView, BookingsApi};
pub use calendars::CalendarsApi;
pub use catalogue::CatalogueApi;
pub use clinics::ClinicsApi;
pub use diary::DiaryApi;
pub use doctors::DoctorsApi;
pub use equipment::EquipmentApi;
pub use office::OfficeApi;
pub use services::ServicesApi;
pub use waiting::{NewWaiting, WaitingApi, WaitingList, WaitingView};
