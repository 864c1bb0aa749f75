//! The day of a doctor, with the names of his patients; the day of a clinic, without.

use super::super::booking::Complaint;
use super::super::office;
use super::super::rows::{self, ARRIVED, BOOKED, Booking, DONE, Diary, IN_PROGRESS};
use super::super::visitor::Visitor as SomebodyElse;
use super::booking_views::BookingState;
use crate::app::App;
use crate::app::disagreement::{DisagreementView, views as disagreement_views};
use crate::app::wire::{AskedLang, Cursor, Date, Failure, Instant, Limit, Paging, Reply};
use crate::clinic::identity::{Caller, Role, Session, display_name, open_person_by};
use crate::kernel::access::Openings;
use crate::kernel::disagreement::{self, Disagreement};
use crate::kernel::error::{Code, Error, Fault, Result};
use crate::kernel::lang::Lang;
use crate::kernel::vault::Class;
use crate::page_of;
use chrono::{DateTime, Utc};
use poem::web::Data;
use poem_openapi::param::Query;
use poem_openapi::{Object, OpenApi, Tags};
use uuid::Uuid;

#[derive(Tags)]
enum Tag {
    /// The day of a doctor and of a clinic
    Diary,
}

#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct DiaryEntry {
    /// The booking's id.
    id: Uuid,
    state: BookingState,
    starts_at: Instant,
    ends_at: Instant,
    doctor_id: Uuid,
    doctor_name: String,
    service_id: Uuid,
    service_name: String,
    /// For the doctor, while he has a reason, as the name and the complaint are.
    patient_id: Option<Uuid>,
    patient_name: Option<String>,
    /// What he says against what his profile says.
    disagreements: Option<Vec<DisagreementView>>,
    /// Somebody without an account who comes instead of the patient: what is found out belongs to no record here.
    visitor_name: Option<String>,
    complaint: Option<String>,
    /// What was to be paid, for reception: money is given back there.
    charge_id: Option<Uuid>,
    /// The visit has begun, and its patient is not there.
    late: Option<bool>,
    /// Since when the patient is there.
    arrived_at: Option<Instant>,
    /// The course of treatment that the visit belongs to, for its doctor.
    episode_id: Option<Uuid>,
}

page_of! {
    /// Bookings, in order of time.
    DiaryPage of DiaryEntry
}

/// What the doctor may know of who comes.
#[derive(Default)]
struct Visitor {
    id: Option<Uuid>,
    name: Option<String>,
    disagreements: Vec<Disagreement>,
    instead: Option<String>,
    complaint: Option<String>,
}

impl DiaryEntry {
    fn of(row: Booking, visitor: Visitor, charge_id: Option<Uuid>, lang: Lang, now: DateTime<Utc>) -> Self {
        Self {
            id: row.id,
            state: BookingState::of(row.state_at(now)),
            starts_at: row.starts_at.into(),
            ends_at: row.ends_at.into(),
            doctor_id: row.doctor,
            doctor_name: row.doctor_names.in_lang(lang).to_owned(),
            service_id: row.service,
            service_name: row.service_names.in_lang(lang).to_owned(),
            patient_id: visitor.id,
            patient_name: visitor.name,
            disagreements: disagreement_views(visitor.disagreements),
            visitor_name: visitor.instead,
            complaint: visitor.complaint,
            charge_id,
            late: row.is_late(now).then_some(true),
            arrived_at: row.arrived_at.map(Into::into),
            episode_id: row.episode.filter(|_| visitor.id.is_some()),
        }
    }
}

pub struct DiaryApi;

#[OpenApi(prefix_path = "/v1/staff", tag = "Tag::Diary")]
impl DiaryApi {
    /// List the bookings of some days
    ///
    /// A doctor gets his own, with his patients' names, and each opening is written down. Reception gets those of its
    /// clinic: when, with whom and for what, and not who comes.
    #[oai(path = "/bookings", method = "get", operation_id = "listStaffBookings")]
    async fn list(
        &self,
        app: Data<&App>,
        session: Session,
        lang: AskedLang,
        /// The first day, on the clinic's calendar.
        from: Query<Date>,
        /// The last day. At most 31 days are answered.
        to: Query<Date>,
        /// Required of reception that belongs to no clinic; otherwise one's own.
        #[oai(name = "clinicId")]
        clinic: Query<Option<Uuid>>,
        limit: Query<Option<Limit>>,
        cursor: Query<Option<Cursor>>,
    ) -> Result<Reply<DiaryPage>, Failure> {
        let caller = session.staff_for("listStaffBookings")?;
        let (diary, zone) = diary(&app, &caller, clinic.0).await?;
        let within = office::days(office::zone(&zone)?, from.0.0, to.0.0)?;
        let page = Paging::of(caller.id, limit.0, cursor.0)?;
        let mut rows = rows::diary(&app.db.reader(), diary, &within, page.place, page.rows()).await?;
        let next_cursor = page.cut(&mut rows, |row| (row.starts_at, row.id))?;
        let openings = app.openings(caller.actor("listStaffBookings"), caller.asker());
        let mut items = Vec::with_capacity(rows.len());
        for row in rows {
            let (visitor, charge) = match diary {
                Diary::Doctor(_) => (visitor(&app, &openings, &row).await?, None),
                Diary::Clinic(_) => (Visitor::default(), row.charge),
            };
            items.push(DiaryEntry::of(row, visitor, charge, lang.0, app.ambient.now()));
        }
        Ok(Reply::new(openings.answer(DiaryPage { items, next_cursor }).await?))
    }
}

/// Whose day the caller may see, and the zone of its calendar.
pub(super) async fn diary(app: &App, caller: &Caller, clinic: Option<Uuid>) -> Result<(Diary, String)> {
    let reader = app.db.reader();
    if caller.role == Role::Doctor {
        // Who receives no more, or whose clinic is closed, still sees what is booked with him.
        let own = rows::doctor_of_office(&reader, caller.id).await?.ok_or_else(Error::not_found)?;
        let zone = match clinic {
            Some(asked) => office::clinic_for(&reader, caller, asked).await?.zone,
            None => own.zone,
        };
        return Ok((Diary::Doctor(own.id), zone));
    }
    let id = clinic.or(caller.clinic).ok_or_else(|| Error::field("?clinicId", Fault::Required))?;
    let clinic = office::clinic_for(&reader, caller, id).await?;
    Ok((Diary::Clinic(clinic.id), clinic.zone))
}

/// Who comes and why, by the reason that the booking gave. Without one (it is over, frozen, erased) the entry stays and
/// says nothing of him.
async fn visitor(app: &App, openings: &Openings<'_>, row: &Booking) -> Result<Visitor> {
    if !matches!(row.state.as_str(), BOOKED | ARRIVED | IN_PROGRESS | DONE) {
        return Ok(Visitor::default());
    }
    match opened(app, openings, row).await {
        Err(error) if error.code() == Code::NotFound => Ok(Visitor::default()),
        visitor => visitor,
    }
}

async fn opened(app: &App, openings: &Openings<'_>, row: &Booking) -> Result<Visitor> {
    let object = ("booking", row.id);
    let grant = openings.grant(row.subject, Class::Identity, object).await?;
    let person = open_person_by(app, &grant).await?;
    let disagreements = disagreement::standing(&app.db.reader(), &grant).await?;
    let complaint = match &row.complaint {
        // What is clinical may be blocked while his name is not: the visit takes place all the same.
        Some(sealed) => match openings.grant(row.subject, Class::Clinical, object).await {
            Err(error) if error.code() == Code::NotFound => None,
            grant => Some(grant?.open::<Complaint>(row.id, sealed)?.text),
        },
        None => None,
    };
    let instead = match &row.visitor {
        Some(sealed) => Some(grant.open::<SomebodyElse>(row.id, sealed)?.name),
        None => None,
    };
    Ok(Visitor { disagreements, instead, id: Some(row.subject), name: person.as_ref().map(display_name), complaint })
}
