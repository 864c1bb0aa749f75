//! The hours of a doctor and what differs on some dates. Every change says whom it affects, and can be tried first.

use super::super::exceptions::{self, NewException};
use super::super::hours::{self, NewOpening, Plan};
use super::super::timetable::{Exception, Opening, Stretch};
use super::hours_views::{
    AffectedBookings, HoursException, HoursExceptionList, HoursView, NewHoursException, OpeningHours, Timetable,
};
use super::office::Tag;
use crate::app::App;
use crate::app::wire::{Body, Created, Failure, Reply};
use crate::clinic::identity::{Caller, Session};
use crate::kernel::db::Tx;
use crate::kernel::error::Result;
use poem::web::Data;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::{Object, OpenApi};
use uuid::Uuid;

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
