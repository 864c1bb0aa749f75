//! What scheduling offers over HTTP.

mod booking_views;
mod bookings;
mod catalogue;
mod diary;
mod office;
mod series;
mod visits;
mod wishes;

pub use booking_views::BookingView;
pub use bookings::BookingsApi;
pub use catalogue::CatalogueApi;
pub use diary::DiaryApi;
pub use office::OfficeApi;
pub use series::SeriesApi;
pub use visits::VisitsApi;
pub use wishes::WishesApi;
