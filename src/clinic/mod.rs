//! The rooms of the clinic, lowest first; a room may call only those before it.

pub mod billing;
pub mod carriers;
pub mod consultations;
pub mod contracts;
pub mod devices;
pub mod documents;
pub mod identity;
pub mod notifications;
pub mod oversight;
pub mod privacy;
pub mod programmes;
pub mod reception;
pub mod recordings;
pub mod requests;
pub mod scheduling;
pub mod sharing;
pub mod support;

use crate::app::room::Room;

/// Every room, in the order in which they may call each other.
pub static ROOMS: &[Room] = &[
    identity::ROOM,
    privacy::ROOM,
    devices::ROOM,
    notifications::ROOM,
    documents::ROOM,
    programmes::ROOM,
    contracts::ROOM,
    carriers::ROOM,
    billing::ROOM,
    scheduling::ROOM,
    consultations::ROOM,
    support::ROOM,
    requests::ROOM,
    sharing::ROOM,
    reception::ROOM,
    oversight::ROOM,
    recordings::ROOM,
];
