//! The waiting list: who waits for a time that others may give back, and for what. What is freed is offered by `offers`.

use super::booking::By;
use super::offers;
use super::office::{self, Offer};
use super::rows::{self, Entry, NewEntry, OpenOffer};
use crate::app::App;
use crate::app::profile::{self, Profile};
use crate::clinic::identity::Caller;
use crate::kernel::access;
use crate::kernel::audit::Line;
use crate::kernel::db::Tx;
use crate::kernel::error::{Code, Error, Fault, Faults, Result};
use crate::kernel::vault::{Class, SubjectKeys};
use chrono::{DateTime, NaiveDate, TimeDelta, Timelike, Utc};
use chrono_tz::Tz;
use sea_orm::ConnectionTrait;
use uuid::Uuid;

/// Most days of one wait. Nothing further than the horizon of bookings can become free anyway.
const DAYS_MAX: i64 = 366;
/// How long after its last day an entry is kept, to be read by who waited.
const KEPT: TimeDelta = TimeDelta::days(30);

/// Part of a day on the clinic's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Any,
    /// Until noon.
    Morning,
    /// From noon to five.
    Afternoon,
    /// From five on.
    Evening,
}

impl Part {
    pub const fn as_str(self) -> &'static str {
        match self {
            Part::Any => "any",
            Part::Morning => "morning",
            Part::Afternoon => "afternoon",
            Part::Evening => "evening",
        }
    }

    pub fn parse(text: &str) -> Self {
        let known = [Part::Morning, Part::Afternoon, Part::Evening];
        known.into_iter().find(|part| part.as_str() == text).unwrap_or(Part::Any)
    }

    /// The part in which a visit begins.
    pub fn of(moment: DateTime<Utc>, zone: Tz) -> Self {
        match moment.with_timezone(&zone).hour() {
            0..12 => Part::Morning,
            12..17 => Part::Afternoon,
            _ => Part::Evening,
        }
    }
}

/// What somebody wants to wait for.
#[derive(Clone, Copy, Debug)]
pub struct Wait {
    /// None: any who does the service in its clinic.
    pub doctor: Option<Uuid>,
    /// None: the doctor's shortest, as his free times are shown.
    pub service: Option<Uuid>,
    pub from: NaiveDate,
    pub to: NaiveDate,
    pub part: Part,
}

/// A wait that was looked up.
pub struct Sought {
    clinic: Uuid,
    service: Uuid,
    zone: Tz,
    wait: Wait,
}

/// Looks up what is to be waited for.
///
/// # Errors
/// `refused_by_profile` where nobody waits; `invalid` without a doctor and a service, or with days that are none; `not_found`
/// for a doctor or a service that is not there.
pub async fn seek(app: &App, wait: Wait) -> Result<Sought> {
    if app.profile.waiting.entries_max == 0 {
        return Err(Error::refused(Code::RefusedByProfile));
    }
    let reader = app.db.reader();
    let (clinic, service, zone) = match (wait.doctor, wait.service) {
        (Some(doctor), service) => {
            let offer = Offer::find(&reader, doctor, service).await?.ok_or_else(Error::not_found)?;
            (offer.doctor.clinic, offer.service.id, offer.zone)
        }
        (None, Some(service)) => {
            let service = rows::service(&reader, service).await?.ok_or_else(Error::not_found)?;
            let clinic = rows::clinic(&reader, service.clinic).await?.ok_or_else(Error::not_found)?;
            (clinic.id, service.id, office::zone(&clinic.zone)?)
        }
        (None, None) => return Err(Error::field("/serviceId", Fault::Required)),
    };
    let today = app.ambient.now().with_timezone(&zone).date_naive();
    let mut faults = Faults::default();
    if wait.to < today {
        faults.add("/to", Fault::InThePast);
    } else if wait.to < wait.from || (wait.to - wait.from.max(today)).num_days() >= DAYS_MAX {
        faults.add("/to", Fault::OutOfRange);
    }
    faults.into_result()?;
    Ok(Sought { clinic, service, zone, wait: Wait { from: wait.from.max(today), ..wait } })
}

impl Sought {
    /// # Errors
    /// `not_found` for what is of a clinic that is not the caller's.
    pub fn of_clinic(self, caller: &Caller) -> Result<Self> {
        if caller.clinics.serve(self.clinic) { Ok(self) } else { Err(Error::not_found()) }
    }
}

/// The patient waits from now on.
///
/// # Errors
/// `state_conflict` for what he waits for already, or when he waits for as many things as the profile lets him; `frozen`.
pub async fn join(tx: &mut Tx, rules: &profile::Waiting, keys: &SubjectKeys, by: By, sought: &Sought) -> Result<Uuid> {
    access::check_own(tx, keys.subject).await?;
    // Two requests at once count one after the other.
    tx.hold(&[keys.subject]).await?;
    let (added_by, added_how) = by.columns(keys.subject);
    let id = tx.id();
    let new = NewEntry {
        id,
        subject: keys.subject,
        clinic: sought.clinic,
        service: sought.service,
        doctor: sought.wait.doctor,
        from_day: sought.wait.from,
        to_day: sought.wait.to,
        part: sought.wait.part.as_str(),
        added_by,
        added_how,
    };
    let today = tx.now().with_timezone(&sought.zone).date_naive();
    let (count, is_same) = rows::waits(tx, &new, today).await?;
    if is_same || count >= rules.entries_max {
        return Err(Error::refused(Code::StateConflict));
    }
    rows::insert_entry(tx, &new, tx.now()).await?;
    tx.audit(Line::new("wait").on("waiting", id).about(keys).of(Class::Clinical));
    Ok(id)
}

/// The patient waits no more; with `by`, for what that account entered. What was offered to him for it goes to the next.
///
/// # Errors
/// `not_found`, as for one that he has left; `frozen`.
pub async fn leave(tx: &mut Tx, keys: &SubjectKeys, (id, by): (Uuid, Option<Uuid>)) -> Result<()> {
    access::check_own(tx, keys.subject).await?;
    if !rows::leave(tx, keys.subject, id, by, tx.now()).await? {
        return Err(Error::not_found());
    }
    let standing = rows::offers_of(tx, id).await?;
    for offer in standing {
        offers::pass_on(tx, offer.id, offers::DECLINED).await?;
    }
    tx.audit(Line::new("leave").on("waiting", id).about(keys));
    Ok(())
}

/// What somebody waits for, with what is offered to him for it.
pub struct Waited {
    pub entry: Entry,
    pub offer: Option<OpenOffer>,
}

/// For what a patient waits, oldest first; with `by`, what that account entered.
pub async fn waited(
    db: &impl ConnectionTrait,
    profile: &Profile,
    subject: Uuid,
    by: Option<Uuid>,
    now: DateTime<Utc>,
) -> Result<Vec<Waited>> {
    // Days of clinics in several zones: the day that is yet to end is in the profile's own.
    let today = now.with_timezone(&profile.notices.zone).date_naive();
    let entries = rows::entries(db, subject, by, today).await?;
    if entries.is_empty() {
        return Ok(Vec::new());
    }
    let mut open = rows::open_offers(db, subject, now).await?;
    let take = |open: &mut Vec<OpenOffer>, entry: &Entry| {
        open.iter().position(|offer| offer.waiting == entry.id).map(|index| open.swap_remove(index))
    };
    Ok(entries.into_iter().map(|entry| Waited { offer: take(&mut open, &entry), entry }).collect())
}

/// Nobody of whom the list knew is on it any more, and what was kept for him goes to the next.
pub async fn forget(tx: &mut Tx, subject: Uuid, stand_in: Uuid) -> Result<()> {
    let standing = rows::standing_offers(tx, subject).await?;
    rows::end_waiting(tx, subject, tx.now()).await?;
    for offer in standing {
        offers::pass_on(tx, offer.id, offers::ENDED).await?;
    }
    rows::forget_waiting(tx, subject, stand_in).await
}

/// Drops entries whose days are over, and reminders of visits that were.
pub async fn sweep(app: &App) -> Result<()> {
    let before = app.ambient.now() - KEPT;
    app.write(&crate::kernel::db::Actor::house("sweepWaiting"), async |tx: &mut Tx| -> Result<()> {
        rows::sweep_waiting(tx, before.date_naive()).await?;
        rows::sweep_reminders(tx, before).await
    })
    .await
}
