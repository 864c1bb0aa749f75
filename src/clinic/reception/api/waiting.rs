//! Patients whom the desk puts on the waiting list.

use super::super::{bookings, waiting};
use super::Tag;
use crate::app::App;
use crate::app::profile::Payer;
use crate::app::wire::{AskedLang, Body, Created, Failure, NoContent, Reply};
use crate::clinic::identity::Session;
use crate::clinic::privacy::DeskChannel;
use crate::clinic::scheduling::{BookingView, DeskOffer, NewWaiting, WaitingList, WaitingView, waiting_at_desk};
use crate::kernel::error::Result;
use poem::web::Data;
use poem_openapi::param::{Header, Path};
use poem_openapi::types::ToJSON;
use poem_openapi::{Object, OpenApi};
use uuid::Uuid;

#[derive(Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct PatientOfferAcceptance {
    /// How the patient came.
    channel: DeskChannel,
    /// In the patient's words. Only the doctor and he read it.
    #[oai(validator(max_length = 2000))]
    complaint: Option<String>,
    /// Who pays, of those whom the service takes. Without it the patient himself.
    payer: Option<Payer>,
}

pub struct PatientWaitingApi;

#[OpenApi(prefix_path = "/v1/staff", tag = "Tag::Reception")]
impl PatientWaitingApi {
    /// Put a patient on the waiting list
    ///
    /// A patient whom this desk has found, in its clinic, by the rules of his own. He is offered what becomes free, and takes or
    /// declines it in his app, or asks a desk to.
    #[oai(path = "/patients/:id/waiting-list", method = "post", operation_id = "createPatientWaiting")]
    async fn create(
        &self,
        app: Data<&App>,
        session: Session,
        lang: AskedLang,
        id: Path<Uuid>,
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] key: Header<String>,
        body: Body<NewWaiting>,
    ) -> Result<Created<WaitingView>, Failure> {
        let caller = session.staff_for("createPatientWaiting")?;
        let asked = serde_json::json!({ "patient": id.0, "waiting": body.0.to_json() });
        let request = ("createPatientWaiting", key.as_str(), &asked);
        let view = waiting::join(&app, &caller, request, id.0, (&body.0, lang.0)).await?;
        Ok(Created::at(format!("/v1/staff/patients/{}/waiting-list/{}", id.0, view.id()), view))
    }

    /// List what a patient waits for
    ///
    /// In the caller's clinics, of a patient whom this desk has found.
    #[oai(path = "/patients/:id/waiting-list", method = "get", operation_id = "listPatientWaiting")]
    async fn list(
        &self,
        app: Data<&App>,
        session: Session,
        lang: AskedLang,
        id: Path<Uuid>,
    ) -> Result<Reply<WaitingList>, Failure> {
        let caller = session.staff_for("listPatientWaiting")?;
        super::super::patients::check_found(&app, &caller, id.0).await?;
        Ok(Reply::new(WaitingList { items: waiting_at_desk(&app, &caller, id.0, lang.0).await? }))
    }

    /// Take a patient off the waiting list
    #[oai(path = "/patients/:id/waiting-list/:waitingId", method = "delete", operation_id = "deletePatientWaiting")]
    async fn delete(
        &self,
        app: Data<&App>,
        session: Session,
        id: Path<Uuid>,
        #[oai(name = "waitingId")] waiting: Path<Uuid>,
    ) -> Result<NoContent, Failure> {
        let caller = session.staff_for("deletePatientWaiting")?;
        waiting::leave(&app, &caller, "deletePatientWaiting", id.0, waiting.0).await?;
        Ok(NoContent)
    }

    /// Take an offer for a patient
    ///
    /// What `listPatientWaiting` shows as offered to a patient whom this desk has found. Books its time by the rules of any
    /// booking; an offer that was taken, declined or has run out is `state_conflict`.
    #[oai(path = "/patients/:id/offers/:offerId/accept", method = "post", operation_id = "acceptPatientOffer")]
    async fn accept(
        &self,
        app: Data<&App>,
        session: Session,
        lang: AskedLang,
        id: Path<Uuid>,
        #[oai(name = "offerId")] offer: Path<Uuid>,
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] key: Header<String>,
        body: Body<PatientOfferAcceptance>,
    ) -> Result<Created<BookingView>, Failure> {
        let caller = session.staff_for("acceptPatientOffer")?;
        let asked = serde_json::json!({ "patient": id.0, "offer": offer.0, "acceptance": body.0.to_json() });
        let PatientOfferAcceptance { channel, complaint, payer } = body.0;
        let offer = DeskOffer { id: offer.0, complaint: complaint.as_deref(), payer: payer.unwrap_or(Payer::Own) };
        let request = ("acceptPatientOffer", key.as_str(), &asked);
        let view = bookings::accept(&app, &caller, request, id.0, (offer, channel, lang.0)).await?;
        Ok(Created::at(format!("/v1/staff/patients/{}/bookings/{}", id.0, view.id()), view))
    }

    /// Decline an offer for a patient
    ///
    /// It goes to the next, and he keeps his place for other times. To decline again changes nothing.
    #[oai(path = "/patients/:id/offers/:offerId/decline", method = "post", operation_id = "declinePatientOffer")]
    async fn decline(
        &self,
        app: Data<&App>,
        session: Session,
        id: Path<Uuid>,
        #[oai(name = "offerId")] offer: Path<Uuid>,
    ) -> Result<NoContent, Failure> {
        let caller = session.staff_for("declinePatientOffer")?;
        waiting::decline(&app, &caller, "declinePatientOffer", id.0, offer.0).await?;
        Ok(NoContent)
    }
}
