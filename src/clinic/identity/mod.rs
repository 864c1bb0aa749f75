//! Identity, the lowest room: who somebody is, how he signs in, and what he may be asked for.
//!
//! Tables: `patient`, `staff`, `staff_clinic`, `staff_invitation`, `passkey`, `passkey_ceremony`, `session`, `session_token`, `challenge`; in the register the kinds `phone`, `email`,
//! `login` and one per national number. Invariants: a number belongs to one living subject; a session belongs to one
//! patient or one staff account; a token is known by its hash alone. This room announces nothing by itself: it enqueues
//! tasks, and the rooms above tell people.

pub mod api;
mod caller;
mod clinics;
mod codes;
mod desk;
mod employment;
mod export;
mod invitation;
pub mod matrix;
pub mod numbers;
mod passkeys;
mod password;
mod person;
pub mod person_name;
pub mod phone;
mod privacy;
mod reach;
mod rows;
mod sessions;
pub mod skeleton;
mod staff;
mod staff_rows;
mod tasks;
mod webauthn;

pub use api::{NewIdentifier, PatientSearch, sought_subject};
pub use caller::{Caller, Role, Session};
pub use clinics::Clinics;
pub use codes::{Channel as AddressChannel, Target};
pub use desk::DESK;
pub use person::{
    Person, accept, ask_to_leave, display_name, due_to_leave, is_known, leaving, open as open_person, open_by as open_person_by,
    stay,
};
pub use privacy::ROOM;
pub use reach::{Event, Happened, accounts, addresses, is_open};
pub use sessions::{end_all as end_sessions, is_signed_in, living as living_sessions, living_among as sessions_living_among};
pub use staff::{NewStaff, StaffBody, add_staff, add_staff_with, ensure_claim_token, reception_of, staff_member, staff_name};
pub use staff_rows::officers;

use crate::kernel::vault::Class;

/// The classes for which a patient has keys from his first sign-in on. Others are added when they are needed.
pub const PATIENT_CLASSES: &[Class] = &[Class::Identity, Class::Contact, Class::Clinical, Class::Evidence, Class::Security];
