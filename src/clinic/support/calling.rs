//! Feedback is asked for by telephone, too: a purpose apart from advertising. Whoever wants to be asked nothing is not called,
//! whatever else he wants; and the number is shown for a call that is made, which he reads in his access log.

use super::rows::moderation;
use crate::app::App;
use crate::clinic::identity::{self, AddressChannel, Caller};
use crate::clinic::notifications::{self, Kind};
use crate::clinic::scheduling;
use crate::kernel::access;
use crate::kernel::error::{Code, Error, Result};
use crate::kernel::vault::Class;
use chrono::TimeDelta;
use uuid::Uuid;

/// The basis on which somebody is called, as he reads it.
const FEEDBACK_CALL: &str = "feedbackCall";
/// Nobody is called about a visit of long ago.
const CALLED_WITHIN: TimeDelta = TimeDelta::days(14);

/// The number of the patient of a visit in the caller's clinics, to ask him how it was.
///
/// # Errors
/// `refused_by_profile` where nobody is asked; `class_refused`; `not_found`; `state_conflict` for a visit that did not take place,
/// was long ago, or has its feedback; `consent_required` for one who wants no such question; `frozen`.
pub async fn number(app: &App, caller: &Caller, operation: &'static str, booking: Uuid) -> Result<String> {
    if !app.profile.support.ask_feedback {
        return Err(Error::refused(Code::RefusedByProfile));
    }
    if app.profile.refuses(Class::Support) {
        return Err(Error::refused(Code::ClassRefused));
    }
    let (reader, now) = (app.db.reader(), app.ambient.now());
    let found = scheduling::visit_at(&reader, &caller.clinics, booking, now).await?;
    let (subject, visit) = found.ok_or_else(Error::not_found)?;
    access::check_own(&reader, subject).await?;
    let is_recent = visit.took_place && now - visit.ends_at < CALLED_WITHIN;
    if !is_recent || moderation::is_given(&reader, booking).await? {
        return Err(Error::refused(Code::StateConflict));
    }
    if !notifications::wants(app, subject, Kind::FeedbackAsked).await? {
        return Err(Error::refused(Code::ConsentRequired));
    }
    let openings = app.openings(caller.actor(operation), caller.asker());
    let addresses = identity::addresses_on(app, &openings, FEEDBACK_CALL, subject, ("booking", booking)).await?;
    let phone = addresses.into_iter().find(|target| target.channel == AddressChannel::Sms).map(|target| target.shown);
    openings.answer(phone).await?.ok_or_else(Error::not_found)
}
