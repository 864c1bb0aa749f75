//! What scheduling offers over HTTP.

mod booking_views;
mod bookings;
mod cards;
mod catalogue;
mod clinics;
mod closures;
mod diary;
mod doctors;
mod equipment;
mod hours;
mod hours_views;
mod office;
mod series;
mod services;
mod slots;
mod visits;
mod wishes;

pub use booking_views::BookingView;
pub use bookings::BookingsApi;
pub use catalogue::CatalogueApi;
pub use clinics::ClinicsApi;
pub use closures::ClosuresApi;
pub use diary::DiaryApi;
pub use doctors::DoctorsApi;
pub use equipment::EquipmentApi;
pub use hours::HoursApi;
pub use series::SeriesApi;
pub use services::ServicesApi;
pub use slots::SlotsApi;
pub use visits::VisitsApi;
pub use wishes::WishesApi;
