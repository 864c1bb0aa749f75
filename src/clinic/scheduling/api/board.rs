//! A visit's day as it goes: the desk's board, the queue at a doctor's door, the way into a video visit.

use super::super::office;
use super::super::queue::{self, Place};
use super::super::rows::{self, ARRIVED, BOOKED, Booking, DONE, Diary, IN_PROGRESS};
use super::super::state::NO_SHOW;
use super::super::video;
use super::booking_views::{BookingState, is_shown};
use super::diary::diary;
use crate::app::App;
use crate::app::wire::{AskedLang, Date, Failure, Instant, Reply};
use crate::clinic::identity::{Caller, Role, Session};
use crate::kernel::error::{Code, Error, Result};
use crate::kernel::lang::Lang;
use chrono::{DateTime, Utc};
use poem::web::Data;
use poem_openapi::param::{Path, Query};
use poem_openapi::{Object, OpenApi, Tags};
use std::ops::Range;
use uuid::Uuid;

/// Most visits of one board: more than a clinic of a hundred doctors has in a day.
const VISITS_MAX: u64 = 3_000;

#[derive(Tags)]
enum Tag {
    /// The day of a doctor and of a clinic
    Diary,
    /// Bookings
    Bookings,
}

/// One visit of the day. Who comes it does not say.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct BoardEntry {
    /// The booking's id.
    id: Uuid,
    /// `booked`, `arrived`, `inProgress`, `done` or `noShow`.
    state: BookingState,
    starts_at: Instant,
    ends_at: Instant,
    doctor_id: Uuid,
    doctor_name: String,
    service_name: String,
    /// The visit should have begun, and its patient is not there.
    late: Option<bool>,
    arrived_at: Option<Instant>,
    begun_at: Option<Instant>,
    /// Of one who waits: how many are before him, whoever is inside included.
    before: Option<i64>,
    /// Of one who waits, rounded up.
    expected_wait_minutes: Option<i64>,
}

/// The visits of a day, in order of time.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct Board {
    /// The IANA name of the clinic's time zone.
    zone: String,
    /// How many are there and wait.
    waiting: i64,
    /// How many are late.
    late: i64,
    /// How many are inside.
    inside: i64,
    items: Vec<BoardEntry>,
}

/// One's place at the doctor's door.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct QueuePlace {
    /// How many are before one, whoever is inside included.
    before: i64,
    /// As long as those before one take by the average of the doctor's visits of today, and not before one's own hour.
    expected_wait_minutes: i64,
}

/// The way into a video visit.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct VisitJoin {
    /// On the clinic's own server. Nothing of a person stands in it.
    url: String,
    opens_at: Instant,
    closes_at: Instant,
}

impl BoardEntry {
    fn of(row: &Booking, place: Option<Place>, lang: Lang, now: DateTime<Utc>) -> Self {
        Self {
            id: row.id,
            state: BookingState::of(row.state_at(now)),
            starts_at: row.starts_at.into(),
            ends_at: row.ends_at.into(),
            doctor_id: row.doctor,
            doctor_name: row.doctor_names.in_lang(lang).to_owned(),
            service_name: row.service_names.in_lang(lang).to_owned(),
            late: row.is_late(now).then_some(true),
            arrived_at: row.arrived_at.map(Into::into),
            begun_at: row.begun_at.map(Into::into),
            before: place.map(|place| count(place.before)),
            expected_wait_minutes: place.map(|place| queue::minutes(place.wait)),
        }
    }
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub struct BoardApi;

#[OpenApi(prefix_path = "/v1")]
impl BoardApi {
    /// See how the day goes
    ///
    /// Who has arrived, who is late, who is inside, and how long those who wait may have to: of a clinic for its desk, of his own
    /// for a doctor.
    #[oai(path = "/staff/board", method = "get", operation_id = "getBoard", tag = "Tag::Diary")]
    async fn board(
        &self,
        app: Data<&App>,
        session: Session,
        lang: AskedLang,
        /// On the clinic's calendar. Absent: today.
        date: Query<Option<Date>>,
        /// Required of staff that belong to no clinic; otherwise one's own.
        #[oai(name = "clinicId")]
        clinic: Query<Option<Uuid>>,
    ) -> Result<Reply<Board>, Failure> {
        let caller = session.staff_for("getBoard")?;
        let (diary, zone) = diary(&app, &caller, clinic.0).await?;
        let now = app.ambient.now();
        let tz = office::zone(&zone)?;
        let date = date.0.map_or_else(|| now.with_timezone(&tz).date_naive(), |date| date.0);
        let day = day_of(&app, diary, &office::days(tz, date, date)?).await?;
        let is_in = |row: &&Booking, state: &str| row.state_at(now) == state;
        let shown = |row: &&Booking| matches!(row.state_at(now), BOOKED | ARRIVED | IN_PROGRESS | DONE | NO_SHOW);
        let board = Board {
            zone,
            waiting: count(day.iter().filter(|row| is_in(row, ARRIVED)).count()),
            late: count(day.iter().filter(|row| row.is_late(now)).count()),
            inside: count(day.iter().filter(|row| is_in(row, IN_PROGRESS)).count()),
            items: day.iter().filter(shown).map(|row| BoardEntry::of(row, queue::place(&day, row, now), lang.0, now)).collect(),
        };
        Ok(Reply::new(board))
    }

    /// See one's place in the queue
    ///
    /// For who has arrived and waits at the doctor's door; otherwise it is `state_conflict`.
    #[oai(path = "/bookings/:id/queue", method = "get", operation_id = "getQueuePlace", tag = "Tag::Bookings")]
    async fn place(&self, app: Data<&App>, session: Session, id: Path<Uuid>) -> Result<Reply<QueuePlace>, Failure> {
        let caller = session.patient()?;
        let row = own(&app, &caller, id.0).await?;
        let zone = office::zone(&row.zone)?;
        let date = row.starts_at.with_timezone(&zone).date_naive();
        let day = day_of(&app, Diary::Doctor(row.doctor), &office::days(zone, date, date)?).await?;
        let place = queue::place(&day, &row, app.ambient.now()).ok_or_else(|| Error::refused(Code::StateConflict))?;
        Ok(Reply::new(QueuePlace { before: count(place.before), expected_wait_minutes: queue::minutes(place.wait) }))
    }

    /// Join a video visit
    ///
    /// For its patient and its doctor, from some minutes before it begins until it ends. Outside that time it is `state_conflict`;
    /// `Retry-After` says when the room opens.
    #[oai(path = "/bookings/:id/join", method = "get", operation_id = "getJoin", tag = "Tag::Bookings")]
    async fn join(&self, app: Data<&App>, session: Session, id: Path<Uuid>) -> Result<Reply<VisitJoin>, Failure> {
        let caller = session.patient_or_staff_for("getJoin")?;
        let row = match caller.role {
            Role::Patient => own(&app, &caller, id.0).await?,
            _ => rows::find(&app.db.reader(), id.0).await?.filter(|row| row.doctor == caller.id).ok_or_else(Error::not_found)?,
        };
        let join = video::join(&app.db.reader(), &app.profile.video, &row, app.ambient.now()).await?;
        Ok(Reply::new(VisitJoin { url: join.url, opens_at: join.opens_at.into(), closes_at: join.closes_at.into() }))
    }
}

async fn own(app: &App, caller: &Caller, id: Uuid) -> Result<Booking> {
    let row = rows::find_seen(&app.db.reader(), caller.id, id).await?.filter(|row| is_shown(caller, row));
    row.ok_or_else(Error::not_found)
}

async fn day_of(app: &App, diary: Diary, within: &Range<DateTime<Utc>>) -> Result<Vec<Booking>> {
    rows::diary(&app.db.reader(), diary, within, None, VISITS_MAX).await
}
