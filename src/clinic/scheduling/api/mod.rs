//! What scheduling offers over HTTP.

mod bookings;
mod cards;
mod catalogue;
mod clinics;
mod closures;
mod diary;
mod doctors;
mod equipment;
mod hours;
mod office;
mod services;
mod slots;

pub use bookings::{BookingView, BookingsApi};
pub use catalogue::CatalogueApi;
pub use clinics::ClinicsApi;
pub use closures::ClosuresApi;
pub use diary::DiaryApi;
pub use doctors::DoctorsApi;
pub use equipment::EquipmentApi;
pub use hours::HoursApi;
pub use services::ServicesApi;
pub use slots::SlotsApi;
