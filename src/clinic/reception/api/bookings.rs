//! Visits that the desk books for patients.

use super::super::{bookings, slip};
use super::Tag;
use crate::app::App;
use crate::app::profile::Payer;
use crate::app::wire::{AskedLang, Body, Created, Failure, Instant, Printed, Reply};
use crate::clinic::identity::Session;
use crate::clinic::privacy::DeskChannel;
use crate::clinic::scheduling::{BookingView, DeskVisit, coming_at_desk};
use crate::kernel::error::Result;
use poem::web::Data;
use poem_openapi::param::{Header, Path};
use poem_openapi::types::ToJSON;
use poem_openapi::{Object, OpenApi};
use uuid::Uuid;

#[derive(Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct PatientVisit {
    /// How the patient came.
    channel: DeskChannel,
    doctor_id: Uuid,
    service_id: Uuid,
    /// The beginning of a slot that is offered.
    starts_at: Instant,
    /// In the patient's words. Only the doctor and he read it.
    #[oai(validator(max_length = 2000))]
    complaint: Option<String>,
    /// Who pays, of those whom the service takes. Without it the patient himself.
    payer: Option<Payer>,
}

/// The visits to come.
#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct PatientVisits {
    items: Vec<BookingView>,
}

pub struct DeskBookingsApi;

#[OpenApi(prefix_path = "/v1/staff", tag = "Tag::Reception")]
impl DeskBookingsApi {
    /// Book a slot for a patient
    ///
    /// For a patient whom this desk has found, with a doctor of its clinic, by the rules of his own booking. Where the
    /// profile wants it he was told his rights before (`rights_notice_required`).
    #[oai(path = "/patients/:id/bookings", method = "post", operation_id = "createPatientBooking")]
    async fn create(
        &self,
        app: Data<&App>,
        session: Session,
        lang: AskedLang,
        id: Path<Uuid>,
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] key: Header<String>,
        body: Body<PatientVisit>,
    ) -> Result<Created<BookingView>, Failure> {
        let caller = session.staff_for("createPatientBooking")?;
        let asked = serde_json::json!({ "patient": id.0, "visit": body.0.to_json() });
        let PatientVisit { channel, doctor_id, service_id, starts_at, complaint, payer } = body.0;
        let complaint = complaint.as_deref();
        let (starts_at, payer) = (starts_at.get(), payer.unwrap_or(Payer::Own));
        let visit = DeskVisit { doctor: doctor_id, service: service_id, starts_at, complaint, payer };
        let request = ("createPatientBooking", key.as_str(), &asked);
        let view = bookings::book(&app, &caller, request, id.0, (visit, channel, lang.0)).await?;
        Ok(Created::at(format!("/v1/staff/patients/{}/bookings/{}", id.0, view.id()), view))
    }

    /// List the visits to come of a patient
    ///
    /// In the caller's clinics, of a patient whom this desk has found: when, with whom and for what, and not why.
    #[oai(path = "/patients/:id/bookings", method = "get", operation_id = "listPatientBookings")]
    async fn list(
        &self,
        app: Data<&App>,
        session: Session,
        lang: AskedLang,
        id: Path<Uuid>,
    ) -> Result<Reply<PatientVisits>, Failure> {
        let caller = session.staff_for("listPatientBookings")?;
        super::super::patients::check_found(&app, &caller, id.0).await?;
        Ok(Reply::new(PatientVisits { items: coming_at_desk(&app, &caller, id.0, lang.0).await? }))
    }

    /// Cancel a visit for a patient
    ///
    /// For a patient whom this desk has found, by the rule of his own cancellation.
    #[oai(path = "/patients/:id/bookings/:bookingId/cancel", method = "post", operation_id = "cancelPatientBooking")]
    async fn cancel(
        &self,
        app: Data<&App>,
        session: Session,
        lang: AskedLang,
        id: Path<Uuid>,
        #[oai(name = "bookingId")] booking: Path<Uuid>,
    ) -> Result<Reply<BookingView>, Failure> {
        let caller = session.staff_for("cancelPatientBooking")?;
        Ok(Reply::new(bookings::cancel(&app, &caller, "cancelPatientBooking", id.0, (booking.0, lang.0)).await?))
    }

    /// Print a visit
    ///
    /// A page with who comes, when, to whom and where, in the asked language. It does not say why.
    #[oai(path = "/patients/:id/bookings/:bookingId/slip", method = "get", operation_id = "getVisitSlip")]
    async fn slip(
        &self,
        app: Data<&App>,
        session: Session,
        lang: AskedLang,
        id: Path<Uuid>,
        #[oai(name = "bookingId")] booking: Path<Uuid>,
    ) -> Result<Printed, Failure> {
        let caller = session.staff_for("getVisitSlip")?;
        Ok(Printed(slip::page(&app, &caller, "getVisitSlip", id.0, (booking.0, lang.0)).await?))
    }
}
