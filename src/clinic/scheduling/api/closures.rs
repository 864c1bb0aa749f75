//! What is closed for a time, and the visits that have lost their time by it or otherwise.

use super::super::affected;
use super::super::closures;
use super::super::office;
use super::super::rows::{self, ComingFilter};
use super::super::timetable::Closure;
use super::hours_views::{AffectedBooking, AffectedBookings};
use super::office::Tag;
use crate::app::App;
use crate::app::wire::{Body, Created, Cursor, Failure, Instant, Limit, NoContent, Paging, Reply};
use crate::clinic::identity::{Role, Session};
use crate::kernel::db::Tx;
use crate::kernel::error::{Error, Fault, Result};
use crate::page_of;
use poem::web::Data;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::{Object, OpenApi};
use uuid::Uuid;

/// A clinic, or one room of it, is to be closed for a time.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none, deny_unknown_fields)]
struct NewClosure {
    starts_at: Instant,
    /// At most 366 days later.
    ends_at: Instant,
    /// As it stands in the hours of doctors. Absent: the whole clinic.
    #[oai(validator(max_length = 40))]
    room: Option<String>,
}

#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct ClosureView {
    /// Absent where it was only tried.
    id: Option<Uuid>,
    clinic_id: Uuid,
    /// Absent: the whole clinic.
    room: Option<String>,
    starts_at: Instant,
    ends_at: Instant,
    /// Absent in a list.
    affected: Option<AffectedBookings>,
}

#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct ClosureList {
    items: Vec<ClosureView>,
}

page_of! {
    /// Visits that have lost their time, in order of time. A page may hold none and yet have a next one.
    AffectedBookingPage of AffectedBooking
}

impl ClosureView {
    fn of(one: Closure) -> Self {
        let Closure { id, clinic, room, starts_at, ends_at } = one;
        Self { id: Some(id), clinic_id: clinic, room, starts_at: starts_at.into(), ends_at: ends_at.into(), affected: None }
    }
}

pub struct ClosuresApi;

#[OpenApi(prefix_path = "/v1/staff", tag = "Tag::Office")]
impl ClosuresApi {
    /// List what is closed in a clinic
    ///
    /// What is not over, the next first.
    #[oai(path = "/clinics/:id/closures", method = "get", operation_id = "listClosures")]
    async fn list(&self, app: Data<&App>, session: Session, id: Path<Uuid>) -> Result<Reply<ClosureList>, Failure> {
        let caller = session.staff_for("listClosures")?;
        let reader = app.db.reader();
        office::clinic_for(&reader, &caller, id.0).await?;
        let closures = rows::closures(&reader, &[id.0]).await?.remove(&id.0).unwrap_or_default();
        let now = app.ambient.now();
        let items = closures.into_iter().filter(|one| one.ends_at > now).map(ClosureView::of).collect();
        Ok(Reply::new(ClosureList { items }))
    }

    /// Close a clinic or a room for a time
    ///
    /// What is booked stays booked: the answer names the visits that have lost their time.
    #[oai(path = "/clinics/:id/closures", method = "post", operation_id = "createClosure")]
    async fn create(
        &self,
        app: Data<&App>,
        session: Session,
        id: Path<Uuid>,
        /// Answers what the change would do, and changes nothing. Default false.
        #[oai(name = "dryRun")]
        dry_run: Query<Option<bool>>,
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] key: Header<String>,
        body: Body<NewClosure>,
    ) -> Result<Created<ClosureView>, Failure> {
        let caller = session.staff_for("createClosure")?;
        let form = body.0;
        let new = Closure {
            id: app.ambient.id(),
            clinic: id.0,
            room: form.room.clone(),
            starts_at: form.starts_at.get(),
            ends_at: form.ends_at.get(),
        };
        let (rules, now) = (&app.profile.booking, app.ambient.now());
        let view = if dry_run.0 == Some(true) {
            let (closure, affected) = closures::plan_closure(&app.db.reader(), rules, &caller, &new, now).await?;
            ClosureView { id: None, affected: Some(affected.into()), ..ClosureView::of(closure) }
        } else {
            // The address is part of what was asked: the same key for another clinic is another body.
            let asked = AskedClosure { clinic_id: id.0, closure: form };
            app.write_once(
                &caller.actor("createClosure"),
                &caller.keys,
                &key.0,
                &asked,
                async |tx: &mut Tx| -> Result<ClosureView> {
                    tx.hold(&[id.0]).await?;
                    let (closure, affected) = closures::plan_closure(tx, rules, &caller, &new, now).await?;
                    closures::create_closure(tx, &closure).await?;
                    Ok(ClosureView { affected: Some(affected.into()), ..ClosureView::of(closure) })
                },
            )
            .await?
        };
        Ok(Created::at(format!("/v1/staff/clinics/{}/closures", id.0), view))
    }

    /// Open again what was to be closed
    ///
    /// It takes nobody's time: with `dryRun` it says only whether there is something to open.
    #[oai(path = "/closures/:id", method = "delete", operation_id = "deleteClosure")]
    async fn delete(
        &self,
        app: Data<&App>,
        session: Session,
        id: Path<Uuid>,
        /// Answers what the change would, and changes nothing. Default false.
        #[oai(name = "dryRun")]
        dry_run: Query<Option<bool>>,
    ) -> Result<NoContent, Failure> {
        let caller = session.staff_for("deleteClosure")?;
        if dry_run.0 == Some(true) {
            closures::closure_for(&app.db.reader(), &caller, id.0).await?;
            return Ok(NoContent);
        }
        app.write(&caller.actor("deleteClosure"), async |tx: &mut Tx| closures::delete_closure(tx, &caller, id.0).await).await?;
        Ok(NoContent)
    }

    /// List the visits that have lost their time
    ///
    /// By other hours, days off, closures or holidays: what is left to move or to cancel. A doctor gets his own, others those of
    /// one clinic.
    #[oai(path = "/affected-bookings", method = "get", operation_id = "listAffectedBookings")]
    async fn affected(
        &self,
        app: Data<&App>,
        session: Session,
        /// Required of staff that belongs to no clinic; otherwise one's own.
        #[oai(name = "clinicId")]
        clinic: Query<Option<Uuid>>,
        #[oai(name = "doctorId")] doctor: Query<Option<Uuid>>,
        limit: Query<Option<Limit>>,
        cursor: Query<Option<Cursor>>,
    ) -> Result<Reply<AffectedBookingPage>, Failure> {
        let caller = session.staff_for("listAffectedBookings")?;
        let (reader, now) = (app.db.reader(), app.ambient.now());
        let page = Paging::of(caller.id, limit.0, cursor.0)?;
        let (doctor, clinic) = if caller.role == Role::Doctor {
            if doctor.0.is_some_and(|asked| asked != caller.id) {
                return Err(Error::not_found().into());
            }
            (Some(caller.id), clinic.0)
        } else {
            let id = clinic.0.or(caller.clinic).ok_or_else(|| Error::field("?clinicId", Fault::Required))?;
            (doctor.0, Some(office::clinic_for(&reader, &caller, id).await?.id))
        };
        let filter = ComingFilter { doctor, clinic, from: now, until: None, after: page.place };
        let count = usize::try_from(page.rows() - 1).unwrap_or(usize::MAX);
        let (left, next) = affected::left_over(&reader, &app.profile.booking, &filter, count, now).await?;
        let next_cursor = next.map(|place| Cursor::after(&(Some(caller.id), place))).transpose()?;
        let items = left.into_iter().map(AffectedBooking::from).collect();
        Ok(Reply::new(AffectedBookingPage { items, next_cursor }))
    }
}

/// What an idempotency key stands for.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
struct AskedClosure {
    clinic_id: Uuid,
    closure: NewClosure,
}
