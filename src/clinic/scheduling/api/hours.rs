//! The hours of a doctor and what differs on some dates. Every change says whom it affects, and can be tried first.

use super::super::affected::{Affected, Misfit};
use super::super::exceptions::{self, NewException};
use super::super::hours::{self, NewOpening, Plan};
use super::super::timetable::{Change, Exception, Opening, Stretch};
use super::office::Tag;
use crate::app::App;
use crate::app::wire::{Body, Created, Date, Failure, FreeSpan, Instant, Reply};
use crate::clinic::identity::{Caller, Session};
use crate::kernel::db::Tx;
use crate::kernel::error::{Result, Span};
use poem::web::Data;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::{Enum, Object, OpenApi};
use uuid::Uuid;

/// Part of a day, on the clock of the clinic.
#[derive(Debug, Clone, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none, deny_unknown_fields)]
struct DayPart {
    #[oai(validator(pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$"))]
    from: String,
    /// `24:00` ends the day.
    #[oai(validator(pattern = "^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$"))]
    to: String,
}

/// One stretch of a weekday during which a doctor receives, on the clock of the clinic.
#[derive(Debug, Clone, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none, deny_unknown_fields)]
struct OpeningHours {
    /// Monday is 1, Sunday is 7.
    #[oai(validator(minimum(value = "1"), maximum(value = "7")))]
    weekday: i32,
    #[oai(validator(pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$"))]
    from: String,
    /// `24:00` ends the day.
    #[oai(validator(pattern = "^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$"))]
    to: String,
    /// The first day on which it holds. Absent: from the beginning.
    valid_from: Option<Date>,
    /// The last day on which it holds. Absent: for good.
    valid_until: Option<Date>,
    /// Where. Absent: in the doctor's first clinic.
    clinic_id: Option<Uuid>,
    /// What the door says. No other doctor may have it at the same time.
    #[oai(validator(max_length = 40))]
    room: Option<String>,
    /// During which he does not receive.
    #[oai(validator(max_items = 10))]
    breaks: Option<Vec<DayPart>>,
    /// Whether he receives on holidays too. Default false.
    on_holidays: Option<bool>,
}

/// All hours of a doctor.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct Timetable {
    #[oai(validator(max_items = 100))]
    hours: Vec<OpeningHours>,
}

/// A visit that has lost its time. It stands until it is moved or cancelled.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct AffectedBooking {
    pub id: Uuid,
    pub doctor_id: Uuid,
    pub clinic_id: Uuid,
    pub service_id: Uuid,
    pub starts_at: Instant,
    pub ends_at: Instant,
    /// Up to three free times of the same doctor for the same service, the nearest ones, in order.
    pub alternatives: Vec<FreeSpan>,
}

/// Whom a change affects: visits that fitted before and do not any more.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct AffectedBookings {
    /// How many there are; the first 50 are named.
    pub count: i64,
    /// More visits are to come than one change is compared with (2000): `listAffectedBookings` names all.
    pub is_partial: bool,
    pub items: Vec<AffectedBooking>,
}

/// The hours of a doctor as they are, or would be.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct HoursView {
    hours: Vec<OpeningHours>,
    /// Absent where nothing was changed.
    affected: Option<AffectedBookings>,
}

#[derive(Enum, Debug, Clone, Copy, PartialEq)]
#[oai(rename_all = "camelCase")]
enum HoursChange {
    /// He does not receive at all.
    DayOff,
    /// These hours in place of those of the week, holidays or not.
    OtherHours,
    /// These hours beside those of the week, holidays or not.
    ExtraHours,
}

/// Dates on which a doctor receives at other times. Why is not asked.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none, deny_unknown_fields)]
struct NewHoursException {
    change: HoursChange,
    /// The first day.
    from: Date,
    /// The last day. Absent: the first one.
    until: Option<Date>,
    /// Where. Absent: everywhere for a day off, otherwise in the doctor's first clinic.
    clinic_id: Option<Uuid>,
    #[oai(validator(max_length = 40))]
    room: Option<String>,
    /// None for a day off.
    #[oai(validator(max_items = 10))]
    hours: Option<Vec<DayPart>>,
}

#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct HoursException {
    /// Absent where it was only tried.
    id: Option<Uuid>,
    doctor_id: Uuid,
    change: HoursChange,
    from: Date,
    until: Date,
    /// Absent: everywhere.
    clinic_id: Option<Uuid>,
    room: Option<String>,
    hours: Option<Vec<DayPart>>,
    /// Absent in a list.
    affected: Option<AffectedBookings>,
}

#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct HoursExceptionList {
    items: Vec<HoursException>,
}

impl From<Affected> for AffectedBookings {
    fn from(affected: Affected) -> Self {
        let items = affected.named.into_iter().map(AffectedBooking::from).collect();
        Self { count: i64::try_from(affected.count).unwrap_or(i64::MAX), is_partial: affected.is_partial, items }
    }
}

impl From<Misfit> for AffectedBooking {
    fn from(misfit: Misfit) -> Self {
        let span = |span: Span| FreeSpan { starts_at: span.starts_at.into(), ends_at: span.ends_at.into() };
        let visit = misfit.visit;
        Self {
            id: visit.id,
            doctor_id: visit.doctor,
            clinic_id: visit.clinic,
            service_id: visit.service,
            starts_at: visit.starts_at.into(),
            ends_at: visit.ends_at.into(),
            alternatives: misfit.alternatives.into_iter().map(span).collect(),
        }
    }
}

impl From<&DayPart> for Stretch {
    fn from(part: &DayPart) -> Self {
        Stretch { from_min: minutes(&part.from), to_min: minutes(&part.to) }
    }
}

impl From<&Stretch> for DayPart {
    fn from(stretch: &Stretch) -> Self {
        DayPart { from: clock(stretch.from_min), to: clock(stretch.to_min) }
    }
}

impl From<&OpeningHours> for NewOpening {
    fn from(hours: &OpeningHours) -> Self {
        let opening = Opening {
            weekday: hours.weekday,
            hours: Stretch { from_min: minutes(&hours.from), to_min: minutes(&hours.to) },
            breaks: hours.breaks.iter().flatten().map(Stretch::from).collect(),
            valid_from: hours.valid_from.map(|date| date.0),
            valid_until: hours.valid_until.map(|date| date.0),
            on_holidays: hours.on_holidays.unwrap_or(false),
            // Which one is meant is looked up.
            clinic: hours.clinic_id.unwrap_or_default(),
            room: hours.room.clone(),
        };
        NewOpening { opening, clinic: hours.clinic_id }
    }
}

impl From<&Opening> for OpeningHours {
    fn from(opening: &Opening) -> Self {
        let breaks = Some(&opening.breaks).filter(|breaks| !breaks.is_empty());
        Self {
            weekday: opening.weekday,
            from: clock(opening.hours.from_min),
            to: clock(opening.hours.to_min),
            valid_from: opening.valid_from.map(Date),
            valid_until: opening.valid_until.map(Date),
            clinic_id: Some(opening.clinic),
            room: opening.room.clone(),
            breaks: breaks.map(|breaks| breaks.iter().map(DayPart::from).collect()),
            on_holidays: opening.on_holidays.then_some(true),
        }
    }
}

impl HoursChange {
    fn rule(self) -> Change {
        match self {
            HoursChange::DayOff => Change::DayOff,
            HoursChange::OtherHours => Change::OtherHours,
            HoursChange::ExtraHours => Change::ExtraHours,
        }
    }

    fn of(change: Change) -> Self {
        match change {
            Change::DayOff => HoursChange::DayOff,
            Change::OtherHours => HoursChange::OtherHours,
            Change::ExtraHours => HoursChange::ExtraHours,
        }
    }
}

impl HoursException {
    fn of(doctor_id: Uuid, one: &Exception) -> Self {
        let hours = Some(&one.stretches).filter(|stretches| !stretches.is_empty());
        Self {
            id: Some(one.id),
            doctor_id,
            change: HoursChange::of(one.change),
            from: Date(one.first_day),
            until: Date(one.last_day),
            clinic_id: one.clinic,
            room: one.room.clone(),
            hours: hours.map(|hours| hours.iter().map(DayPart::from).collect()),
            affected: None,
        }
    }
}

/// The minutes of `HH:MM`. What has another form was refused by the schema.
fn minutes(text: &str) -> i32 {
    let (hour, minute) = text.split_once(':').unwrap_or_default();
    hour.parse::<i32>().unwrap_or(0) * 60 + minute.parse::<i32>().unwrap_or(0)
}

fn clock(minutes: i32) -> String {
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

pub struct HoursApi;

#[OpenApi(prefix_path = "/v1/staff", tag = "Tag::Office")]
impl HoursApi {
    /// Read a doctor's hours
    ///
    /// Those in the caller's clinics. A doctor reads his own.
    #[oai(path = "/doctors/:id/hours", method = "get", operation_id = "getHours")]
    async fn get_hours(&self, app: Data<&App>, session: Session, id: Path<Uuid>) -> Result<Reply<HoursView>, Failure> {
        let caller = session.staff_for("getHours")?;
        let reader = app.db.reader();
        let reach = hours::Reach::find(&reader, &caller, id.0).await?;
        let (_, timetable) = reach.times(&reader).await?;
        let now = app.ambient.now();
        let holds = |one: &&Opening| {
            let today = hours::today(reach.zone_of(one.clinic), now);
            reach.serves(one.clinic) && one.valid_until.is_none_or(|last| last >= today)
        };
        let hours = timetable.weekly.iter().filter(holds).map(OpeningHours::from).collect();
        Ok(Reply::new(HoursView { hours, affected: None }))
    }

    /// Replace a doctor's hours
    ///
    /// All that he has in the caller's clinics; those elsewhere stay. What is booked stays booked: the answer names the visits
    /// that have lost their time.
    #[oai(path = "/doctors/:id/hours", method = "put", operation_id = "putHours")]
    async fn put_hours(
        &self,
        app: Data<&App>,
        session: Session,
        id: Path<Uuid>,
        /// Answers what the change would do, and changes nothing. Default false.
        #[oai(name = "dryRun")]
        dry_run: Query<Option<bool>>,
        body: Body<Timetable>,
    ) -> Result<Reply<HoursView>, Failure> {
        let caller = session.staff_for("putHours")?;
        let new: Vec<NewOpening> = body.0.hours.iter().map(NewOpening::from).collect();
        let (rules, now) = (&app.profile.booking, app.ambient.now());
        let plan = if dry_run.0 == Some(true) {
            hours::plan_hours(&app.db.reader(), rules, &caller, id.0, &new, now).await?
        } else {
            app.write(&caller.actor("putHours"), async |tx: &mut Tx| -> Result<Plan> {
                hours::hold(tx, id.0).await?;
                let plan = hours::plan_hours(tx, rules, &caller, id.0, &new, now).await?;
                hours::put_hours(tx, &plan).await?;
                Ok(plan)
            })
            .await?
        };
        Ok(Reply::new(HoursView { hours: body.0.hours, affected: Some(plan.affected.into()) }))
    }

    /// List the dates on which a doctor receives at other times
    ///
    /// Those that are not over, the next ones first.
    #[oai(path = "/doctors/:id/hours-exceptions", method = "get", operation_id = "listHoursExceptions")]
    async fn list_exceptions(
        &self,
        app: Data<&App>,
        session: Session,
        id: Path<Uuid>,
    ) -> Result<Reply<HoursExceptionList>, Failure> {
        let caller = session.staff_for("listHoursExceptions")?;
        let reader = app.db.reader();
        let reach = hours::Reach::find(&reader, &caller, id.0).await?;
        let (_, timetable) = reach.times(&reader).await?;
        let first_zone = reach.clinics.first().map_or(chrono_tz::UTC, |(_, zone)| *zone);
        let today = hours::today(first_zone, app.ambient.now());
        let shown = |one: &&Exception| one.last_day >= today && one.clinic.is_none_or(|clinic| reach.serves(clinic));
        let items = timetable.exceptions.iter().filter(shown).map(|one| HoursException::of(id.0, one)).collect();
        Ok(Reply::new(HoursExceptionList { items }))
    }

    /// Give a doctor a day off, other hours or extra hours on some dates
    ///
    /// What is booked stays booked: the answer names the visits that have lost their time.
    #[oai(path = "/doctors/:id/hours-exceptions", method = "post", operation_id = "createHoursException")]
    async fn create_exception(
        &self,
        app: Data<&App>,
        session: Session,
        id: Path<Uuid>,
        /// Answers what the change would do, and changes nothing. Default false.
        #[oai(name = "dryRun")]
        dry_run: Query<Option<bool>>,
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] key: Header<String>,
        body: Body<NewHoursException>,
    ) -> Result<Created<HoursException>, Failure> {
        let caller = session.staff_for("createHoursException")?;
        let form = body.0;
        let new = NewException {
            change: form.change.rule(),
            first_day: form.from.0,
            last_day: form.until.unwrap_or(form.from).0,
            clinic: form.clinic_id,
            room: form.room.clone(),
            stretches: form.hours.iter().flatten().map(Stretch::from).collect(),
        };
        let (rules, now) = (&app.profile.booking, app.ambient.now());
        let place = (id.0, app.ambient.id());
        let view = if dry_run.0 == Some(true) {
            let planned = exceptions::plan_exception(&app.db.reader(), rules, &caller, place, &new, now).await?;
            HoursException { id: None, ..exception_view(planned) }
        } else {
            // The address is part of what was asked: the same key for another doctor is another body.
            let asked = Asked { doctor_id: id.0, exception: form };
            app.write_once(
                &caller.actor("createHoursException"),
                &caller.keys,
                &key.0,
                &asked,
                async |tx: &mut Tx| -> Result<HoursException> {
                    hours::hold(tx, id.0).await?;
                    let (plan, one) = exceptions::plan_exception(tx, rules, &caller, place, &new, now).await?;
                    exceptions::create_exception(tx, &plan, &one).await?;
                    Ok(exception_view((plan, one)))
                },
            )
            .await?
        };
        Ok(Created::at(format!("/v1/staff/doctors/{}/hours-exceptions", id.0), view))
    }

    /// Take back an exception of a doctor's hours
    ///
    /// The answer names the visits that have lost their time by it.
    #[oai(path = "/hours-exceptions/:id", method = "delete", operation_id = "deleteHoursException")]
    async fn delete_exception(
        &self,
        app: Data<&App>,
        session: Session,
        id: Path<Uuid>,
        /// Answers what the change would do, and changes nothing. Default false.
        #[oai(name = "dryRun")]
        dry_run: Query<Option<bool>>,
    ) -> Result<Reply<AffectedBookings>, Failure> {
        let caller: Caller = session.staff_for("deleteHoursException")?;
        let (rules, now) = (&app.profile.booking, app.ambient.now());
        let plan = if dry_run.0 == Some(true) {
            exceptions::plan_removal(&app.db.reader(), rules, &caller, id.0, now).await?
        } else {
            app.write(&caller.actor("deleteHoursException"), async |tx: &mut Tx| -> Result<Plan> {
                let plan = exceptions::plan_removal(tx, rules, &caller, id.0, now).await?;
                exceptions::delete_exception(tx, &plan, id.0).await?;
                Ok(plan)
            })
            .await?
        };
        Ok(Reply::new(plan.affected.into()))
    }
}

/// What an idempotency key stands for.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
struct Asked {
    doctor_id: Uuid,
    exception: NewHoursException,
}

fn exception_view((plan, one): (Plan, Exception)) -> HoursException {
    HoursException { affected: Some(plan.affected.into()), ..HoursException::of(plan.doctor, &one) }
}
