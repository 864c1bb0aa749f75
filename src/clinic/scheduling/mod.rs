//! Scheduling: where people are seen, by whom, for what, and when; and the bookings.
//!
//! Tables: `clinic`, `doctor`, `doctor_clinic`, `doctor_word`, `service`, `service_price`, `equipment`, `hours`,
//! `hours_exception`, `closure`, `booking`, `booking_move`, `booking_wish`, `episode`, `waiting`, `waiting_offer`, `reminder`,
//! `calendar_feed`, `visit_total`, `visit_month`. Invariants: two bookings of one doctor or one machine never overlap with their buffers, nor do two of one
//! patient, and a constraint says so; where a booking may go from where it stands says the table in `state`; a booking lasts at
//! most eight hours; a change of hours moves no booking; a doctor is the staff account of the same id. A booking gives its
//! doctor the reason to open who comes and why, and ends it with the treatment. What has a
//! price is held until its charge is paid; a hold that has ended is in nobody's way, whether or not a duty was on time.

mod affected;
mod alternatives;
pub mod api;
mod attendance;
mod booking;
mod calendars;
mod checks;
mod clinics;
mod closures;
mod consent;
mod course;
mod desk;
mod desk_waiting;
mod doctors;
mod ending;
mod equipment;
mod exceptions;
mod export;
mod find;
mod hours;
mod invoices;
mod languages;
mod limits;
mod moving;
mod offer;
mod offers;
mod office;
mod privacy;
mod queue;
mod relation;
mod reminders;
mod rows;
mod search;
mod series;
mod services;
pub mod slots;
pub mod speciality;
pub mod state;
mod statistics;
mod tasks;
mod times;
pub mod timetable;
mod video;
mod visit;
mod visitor;
mod waiting;
mod wishes;

pub use api::{BookingView, NewWaiting, WaitingList, WaitingView};
pub use desk::{
    DeskOffer, DeskVisit, PreparedVisit, Slip, book_at_desk, cancel_at_desk, coming_at_desk, decline_at_desk, prepare_offer,
    prepare_visit, slip_of,
};
pub use desk_waiting::{leave_at_desk, prepare_wait, wait_at_desk, waiting_at_desk};
pub use privacy::ROOM;
pub use relation::{VisitCancelled, clinic_names, doctor_names, doctors_of, is_receiving, last_visit_with};
pub use visit::{Visit, VisitEnded, visit_at, visit_of};
