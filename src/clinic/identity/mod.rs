//! Identity, the lowest room: who somebody is, how he signs in, and what he may be asked for.
//!
//! Tables: `patient`, `staff`, `staff_clinic`, `staff_insurer`, `staff_invitation`, `passkey`, `passkey_ceremony`, `session`, `session_token`,
//! `challenge`, `number_claim`, `patient_credential`, `undertaking`, `former_address`, `attestation`, `representation`; in the register the kinds `phone`, `email`,
//! `login` and one per national number. Invariants: a number belongs to one living subject; a session belongs to one
//! patient or one staff account; a token is known by its hash alone; a code is taken in the flow and from the person that asked
//! for it. This room announces nothing by itself: it enqueues
//! tasks, and the rooms above tell people.

mod account;
pub mod api;
mod arrival;
mod attestation;
mod caller;
mod candidates;
mod claim_rows;
pub mod claims;
mod clinics;
mod codes;
mod contact_rows;
mod contacts;
mod credential_rows;
pub mod credentials;
mod desk;
mod employment;
mod export;
mod holding;
mod identifier;
mod insurers;
mod invitation;
mod limits;
pub mod matrix;
pub mod numbers;
mod passkeys;
mod password;
mod person;
pub mod person_name;
pub mod phone;
pub mod policies;
mod privacy;
mod reach;
mod registering;
pub mod representation;
mod rows;
mod sessions;
pub mod skeleton;
mod staff;
mod staff_rows;
mod tasks;
mod undertaking;
mod webauthn;

pub use account::{Account, account, close_merged, erase_at_once, reopen_merged};
pub use api::{NewIdentifier, PatientSearch, Sex, sought_subject};
pub use attestation::{AttestationChannel, Attested, attest};
pub use caller::{Caller, Role, Session};
pub use candidates::listings as person_listings;
pub use clinics::Clinics;
pub use codes::{Channel as AddressChannel, Target};
pub use contacts::recover as recover_contact;
pub use desk::{DESK, count as count_search, take_in as take_found};
pub use holding::{Known as KnownPerson, put as put_person, rewrite as rewrite_person};
pub use identifier::{Identifier, Judgement, PolicyRecord};
pub use insurers::{insurer_of, put_insurer};
pub use person::{
    Contact, Form as PersonForm, Person, Point, accept, accepts_still, ask_to_leave, check as check_person,
    check_from as check_person_from, display_name, due_to_leave, is_known, leaving, open as open_person,
    open_by as open_person_by, stay,
};
pub use privacy::ROOM;
pub use reach::{
    ContinuedUse, Event, Happened, accepted_versions, accounts, addresses, addresses_on, is_open, patients_after, staff_among,
};
pub use registering::{Addresses, Newcomer};
pub use sessions::{end_all as end_sessions, is_signed_in, living as living_sessions, living_among as sessions_living_among};
pub use staff::{NewStaff, StaffBody, add_staff, add_staff_with, ensure_claim_token, reception_of, staff_member, staff_name};
pub use staff_rows::{
    are_there as are_clinics, clinics_of_all as clinics_of_staff, officers, put_clinics as put_staff_clinics,
    roles_of as roles_of_staff, staff_of, suspend,
};

use crate::kernel::vault::Class;

/// The classes for which a patient has keys from his first sign-in on. Others are added when they are needed.
pub const PATIENT_CLASSES: &[Class] = &[Class::Identity, Class::Contact, Class::Clinical, Class::Evidence, Class::Security];
