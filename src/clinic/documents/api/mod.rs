//! The operations of the room. No rules and no queries here.

mod documents;
mod patients;
mod scans;
mod views;

pub use documents::DocumentsApi;
pub use patients::PatientDocumentsApi;
pub use scans::ScansApi;
pub use views::DocumentView;
