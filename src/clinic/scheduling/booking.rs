//! Bookings: taking a slot, and what its doctor may see meanwhile.

use super::checks::{self, Plan};
use super::offers;
use super::office::Offer;
use super::relation;
use super::reminders;
use super::rows::{self, BOOKED, Booking, HELD};
use super::state::REQUESTED;
use super::times;
use super::visitor::{TellVisitor, Visitor};
use crate::app::profile::{self, Payer, Profile};
use crate::app::wire::Money;
use crate::clinic::billing::{self, NewCharge};
use crate::clinic::identity::Caller;
use crate::clinic::notifications::{self, Kind};
use crate::clinic::programmes;
use crate::kernel::access::NewReason;
use crate::kernel::audit::Line;
use crate::kernel::db::{Tx, is_overlap};
use crate::kernel::error::{Code, Error, Reason, Result};
use crate::kernel::queue::Task;
use crate::kernel::text::check_text;
use crate::kernel::vault::{Class, Personal, SubjectKeys};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

const COMPLAINT_CHARS: usize = 2000;
/// Two who want different doctors may reach for one machine at once; who comes second looks for another so often.
const TRIES: usize = 4;

/// What a visit's doctor needs of its patient.
const FOR_THE_DOCTOR: [Class; 2] = [Class::Identity, Class::Clinical];

/// Why the patient comes, in his own words.
#[derive(Serialize, Deserialize)]
pub struct Complaint {
    pub text: String,
}

impl Personal for Complaint {
    const TABLE: &'static str = "booking";
    const COLUMN: &'static str = "complaint";
    const CLASS: Class = Class::Clinical;
}

impl Complaint {
    /// `None` when nothing is said.
    ///
    /// # Errors
    /// `invalid` at `/complaint`; `class_refused` where the service takes no clinical data.
    pub fn check(profile: &Profile, text: Option<&str>) -> Result<Option<Self>> {
        let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else { return Ok(None) };
        if profile.refuses(Class::Clinical) {
            return Err(Error::refused(Code::ClassRefused));
        }
        let text = check_text(text, COMPLAINT_CHARS).map_err(|fault| Error::field("/complaint", fault))?;
        Ok(Some(Self { text }))
    }
}

/// Who books.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    Patient,
    /// Somebody who acts for him by representation.
    Representative(Uuid),
    /// The staff account that books for whom the desk has found.
    Desk(Uuid),
}

impl By {
    pub fn of(caller: &Caller) -> Self {
        caller.acting.map_or(By::Patient, |acting| By::Representative(acting.representative))
    }

    pub(super) fn columns(self, subject: Uuid) -> (Uuid, &'static str) {
        match self {
            By::Patient => (subject, "self"),
            By::Representative(id) => (id, "representative"),
            By::Desk(staff) => (staff, "desk"),
        }
    }
}

/// When, by whom, why, who comes and who pays.
pub struct Wish<'a> {
    pub starts_at: DateTime<Utc>,
    pub by: By,
    pub complaint: Option<&'a Complaint>,
    /// Somebody without an account, instead of the patient.
    pub visitor: Option<&'a Visitor>,
    pub payer: Payer,
    /// What of the service's limits does not fit who comes: see `limits::misfits`.
    pub misfits: &'a [Reason],
    /// How he came to the desk that books for him.
    pub channel: Option<&'a str>,
    /// Which others are booked in the same go.
    pub series: Option<Uuid>,
}

impl<'a> Wish<'a> {
    /// A time, and nothing special about it.
    pub fn at(starts_at: DateTime<Utc>, by: By) -> Wish<'a> {
        let payer = Payer::Own;
        Wish { starts_at, by, complaint: None, visitor: None, payer, misfits: &[], channel: None, series: None }
    }
}

/// What the patient has to pay for the service where this payer stands for it: nothing where it is free, or where no payments
/// are taken.
pub fn price(profile: &Profile, offer: &Offer, payer: Payer) -> Option<Money> {
    offer.service.prices.price(payer).filter(|price| price.amount > 0 && !profile.refuses(Class::Billing))
}

/// How a new booking begins, as its service says: at once, by payment where there is a price, or by an answer of
/// reception, which needs none of its own.
enum Beginning {
    Booked,
    Held(Money),
    Requested,
}

fn beginning(profile: &Profile, offer: &Offer, payer: Payer, by: By) -> Beginning {
    match offer.service.confirmation.as_str() {
        "reception" if !matches!(by, By::Desk(_)) => Beginning::Requested,
        "atOnce" => Beginning::Booked,
        _ => price(profile, offer, payer).map_or(Beginning::Booked, Beginning::Held),
    }
}

/// Books the patient whose keys these are, and gives the doctor his reasons. A service with a price is held for him
/// until he has paid its charge, one that reception confirms waits for its answer, and the doctor learns nothing yet; where
/// there is a price the keys must hold the billing class.
///
/// # Errors
/// `not_found` for a doctor or service that is not there; `invalid` in the past; `slot_not_offered`, `slot_taken`,
/// `state_conflict` when the patient himself is booked elsewhere then, `booking_refused` for all else: each with every
/// reason, and with alternatives once `alternatives::named` has looked for them; `frozen`.
pub async fn book(tx: &mut Tx, profile: &Profile, keys: &SubjectKeys, offer: Option<&Offer>, wish: Wish<'_>) -> Result<Booking> {
    let offer = offer.ok_or_else(Error::not_found)?;
    let plan = Plan::of(profile, offer, wish.starts_at, tx.now())?;
    let against = checks::standing_against(tx, profile, offer, keys.subject, &plan, &wish).await?;
    if !against.is_empty() {
        return Err(checks::refusal(tx, offer, keys.subject, &plan, against, None).await?);
    }
    let beginning = beginning(profile, offer, wish.payer, wish.by);
    let mut row = new_row(tx, profile, keys, offer, &plan, &wish, &beginning)?;
    for _ in 0..TRIES {
        let mut gone = Vec::new();
        let mut booked = try_insert(tx, offer, row).await?;
        if let Err(refused) = booked {
            let expired = expire_within(tx, offer, keys.subject, &plan).await?;
            let any = !expired.is_empty();
            gone = offers::run_out(tx, expired).await?;
            booked =
                if !any && offer.service.equipment.is_none() { Err(refused) } else { try_insert(tx, offer, refused).await? };
        }
        match booked {
            Ok(booking) => {
                let_go(tx, gone).await?;
                hang(tx, offer, &booking).await?;
                return begin(tx, profile, keys, booking, beginning).await;
            }
            Err(refused) => row = refused,
        }
        let against = checks::taken(tx, offer, keys.subject, &plan, None).await?;
        if !against.is_empty() {
            return Err(checks::refusal(tx, offer, keys.subject, &plan, against, None).await?);
        }
    }
    Err(Error::refused(Code::SlotTaken))
}

/// A booking of a programme's service hangs on the enrolment by which its patient may have it.
async fn hang(tx: &Tx, offer: &Offer, booking: &Booking) -> Result<()> {
    let Some(programme) = offer.service.programme else { return Ok(()) };
    match programmes::standing_enrolment(tx, booking.subject, programme).await? {
        Some(enrolment) => programmes::hang_booking(tx, enrolment, booking.id).await,
        None => Ok(()),
    }
}

fn new_row(
    tx: &Tx,
    profile: &Profile,
    keys: &SubjectKeys,
    offer: &Offer,
    plan: &Plan,
    wish: &Wish<'_>,
    beginning: &Beginning,
) -> Result<Booking> {
    let id = tx.id();
    let (booked_by, booked_how) = wish.by.columns(keys.subject);
    let (state, held_until) = match beginning {
        Beginning::Booked => (BOOKED, None),
        Beginning::Held(_) => (HELD, Some(profile.billing.hold)),
        Beginning::Requested => (REQUESTED, Some(profile.booking.request_lives)),
    };
    Ok(Booking {
        id,
        subject: keys.subject,
        doctor: offer.doctor.id,
        doctor_names: offer.doctor.names.clone(),
        clinic: offer.doctor.clinic,
        clinic_names: offer.doctor.clinic_names.clone(),
        zone: offer.doctor.zone.clone(),
        service: offer.service.id,
        service_names: offer.service.names.clone(),
        starts_at: plan.visit.starts_at,
        ends_at: plan.visit.ends_at,
        blocks_from: plan.blocks.starts_at,
        blocks_until: plan.blocks.ends_at,
        state: state.to_owned(),
        created_at: tx.now(),
        complaint: wish.complaint.map(|complaint| keys.seal(id, complaint)).transpose()?,
        booked_by,
        booked_how: booked_how.to_owned(),
        visitor: wish.visitor.map(|visitor| keys.seal(id, visitor)).transpose()?,
        held_until: held_until.map(|lives| lives.after(tx.now()).min(plan.visit.starts_at)),
        charge: matches!(beginning, Beginning::Held(_)).then(|| tx.id()),
        channel: wish.channel.map(str::to_owned),
        payer: wish.payer.as_str().to_owned(),
        equipment: None,
        series: wish.series,
        episode: None,
        arrived_at: None,
        begun_at: None,
        finished_at: None,
        ground: None,
        counts_from: None,
    })
}

/// Answers the row as it stands, or the one that does not.
async fn try_insert(tx: &Tx, offer: &Offer, mut row: Booking) -> Result<std::result::Result<Booking, Booking>> {
    if let Some(kind) = &offer.service.equipment {
        row.equipment = rows::free_machine(tx, row.clinic, kind, row.blocks(), None).await?;
        if row.equipment.is_none() {
            return Ok(Err(row));
        }
    }
    let stands = rows::insert(tx, row.clone()).await.map_err(|error| match is_overlap(&error) {
        true => Error::refused(Code::SlotTaken),
        false => error.into(),
    })?;
    Ok(stands.ok_or(row))
}

/// What follows the row: the charge, or that it is booked.
async fn begin(tx: &mut Tx, profile: &Profile, keys: &SubjectKeys, booking: Booking, beginning: Beginning) -> Result<Booking> {
    times::taken_changed(tx, &booking);
    tx.audit(Line::new("book").on("booking", booking.id).about(keys).of(Class::Clinical));
    match beginning {
        Beginning::Booked => settle(tx, profile, &booking).await?,
        Beginning::Held(price) => charge(tx, keys, &booking, price).await?,
        Beginning::Requested => {}
    }
    Ok(booking)
}

/// Opens the charge of what is held.
pub(super) async fn charge(tx: &mut Tx, keys: &SubjectKeys, booking: &Booking, price: Money) -> Result<()> {
    let (Some(id), Some(due_at)) = (booking.charge, booking.held_until) else { return Ok(()) };
    let new = NewCharge { id, object: booking.id, clinic: booking.clinic, price, due_at };
    billing::open_charge(tx, keys, new).await
}

/// Lets go of holds that have ended and stand in this booking's way, whether or not a duty was on time. What becomes of them
/// is said by `let_go`, once the time has its new owner: nobody shall be offered what is about to be taken.
pub(super) async fn expire_within(tx: &mut Tx, offer: &Offer, subject: Uuid, plan: &Plan) -> Result<Vec<Uuid>> {
    let machines_of = offer.service.equipment.as_ref().map(|_| offer.doctor.clinic);
    let wanted = rows::Wanted { doctor: offer.doctor.id, subject, machines_of, blocks: plan.blocks };
    rows::expire_within(tx, &wanted, tx.now()).await
}

/// What is not held any more shall not be paid either, and its time is free. Who asked and was not answered is told.
pub(super) async fn let_go(tx: &mut Tx, gone: Vec<Uuid>) -> Result<()> {
    for id in offers::run_out(tx, gone).await? {
        tx.audit(Line::new("expire").on("booking", id));
        let Some(booking) = rows::find(tx, id).await? else { continue };
        match booking.charge {
            Some(charge) => billing::abandon(tx, charge).await?,
            None => notifications::tell(tx, booking.subject, Kind::BookingCancelled, id).await?,
        }
        reminders::drop(tx, id).await?;
        relation::freed(tx, &booking).await?;
    }
    Ok(())
}

/// Gives the doctor of a booking what he needs of its patient, until the treatment is over.
pub(super) fn admit_doctor(tx: &mut Tx, rules: &profile::Booking, booking: &Booking) {
    for class in FOR_THE_DOCTOR {
        tx.allow(NewReason {
            subject: booking.subject,
            party: booking.doctor,
            class,
            basis: "booking",
            object: booking.id,
            from: tx.now(),
            until: Some(rules.treatment.after(booking.ends_at)),
        });
    }
}

/// It is booked: its doctor gets his reasons, the patient is told.
pub(super) async fn settle(tx: &mut Tx, profile: &Profile, booking: &Booking) -> Result<()> {
    admit_doctor(tx, &profile.booking, booking);
    for party in [booking.subject, booking.doctor] {
        notifications::tell(tx, party, Kind::BookingConfirmed, booking.id).await?;
    }
    if booking.visitor.is_some() {
        tx.enqueue(TellVisitor { booking: booking.id, is_cancelled: false }.task());
    }
    reminders::plan(tx, profile, booking)
}
