//! A series: several visits in one go, all of them or none.

use super::alternatives::{self, Wanted};
use super::booking::{self, Wish};
use super::office::Offer;
use super::rows::Booking;
use crate::app::profile::Profile;
use crate::kernel::db::Tx;
use crate::kernel::error::{Conflict, Error, Reason, Refusal, Result};
use crate::kernel::vault::SubjectKeys;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Most visits of one series.
pub const SERIES_MAX: usize = 20;

/// Books every visit, or names each that can't be booked and why. The visits share an id.
///
/// # Errors
/// As `booking::book`, with the code of the first conflict and a list of all.
pub async fn book_all(
    tx: &mut Tx,
    profile: &Profile,
    keys: &SubjectKeys,
    visits: Vec<(Option<Offer>, Wish<'_>)>,
) -> Result<Vec<Booking>> {
    let series = tx.id();
    // Two series that cross would wait for each other in a circle.
    let doctors: BTreeSet<Uuid> = visits.iter().filter_map(|(offer, _)| offer.as_ref()).map(|offer| offer.doctor.id).collect();
    let parties: Vec<Uuid> = doctors.into_iter().chain([keys.subject]).collect();
    tx.hold(&parties).await?;
    let (mut booked, mut conflicts, mut first) = (Vec::with_capacity(visits.len()), Vec::new(), None);
    for (index, (offer, wish)) in visits.into_iter().enumerate() {
        let wanted = Wanted { subject: keys.subject, starts_at: wish.starts_at, but: None };
        match booking::book(tx, profile, keys, offer.as_ref(), Wish { series: Some(series), ..wish }).await {
            Ok(booking) => booked.push(booking),
            Err(Error::Refused(refusal)) if !refusal.reasons.is_empty() => {
                first = first.or(Some(refusal.code));
                let Refusal { reasons, .. } = *refusal;
                // Looked for here and not afterwards: they shall not meet the visits of the series itself.
                let alternatives = match &offer {
                    Some(offer) if alternatives::helps(&reasons) => {
                        alternatives::find(tx, &profile.booking, offer, wanted, tx.now()).await?
                    }
                    _ => Vec::new(),
                };
                conflicts.push(Conflict { index, reasons, alternatives });
            }
            Err(Error::Refused(refusal)) => return Err(Error::Refused(Box::new(at_visit(*refusal, index)))),
            Err(error) => return Err(error),
        }
    }
    match first {
        None => Ok(booked),
        Some(code) => {
            let mut reasons: Vec<Reason> = Vec::new();
            for reason in conflicts.iter().flat_map(|conflict| conflict.reasons.iter()) {
                if !reasons.contains(reason) {
                    reasons.push(*reason);
                }
            }
            Err(Error::Refused(Box::new(Refusal { reasons, conflicts, ..Refusal::new(code) })))
        }
    }
}

/// A fault of a field, told of the visit that has it.
fn at_visit(mut refusal: Refusal, index: usize) -> Refusal {
    for field in &mut refusal.fields {
        field.pointer = format!("/visits/{index}{}", field.pointer);
    }
    refusal
}
