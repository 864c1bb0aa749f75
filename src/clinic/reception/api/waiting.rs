//! Patients whom the desk puts on the waiting list.

use super::super::waiting;
use super::Tag;
use crate::app::App;
use crate::app::wire::{AskedLang, Body, Created, Failure, NoContent, Reply};
use crate::clinic::identity::Session;
use crate::clinic::scheduling::{NewWaiting, WaitingList, WaitingView, waiting_at_desk};
use crate::kernel::error::Result;
use poem::web::Data;
use poem_openapi::OpenApi;
use poem_openapi::param::{Header, Path};
use poem_openapi::types::ToJSON;
use uuid::Uuid;

pub struct PatientWaitingApi;

#[OpenApi(prefix_path = "/v1/staff", tag = "Tag::Reception")]
impl PatientWaitingApi {
    /// Put a patient on the waiting list
    ///
    /// A patient whom this desk has found, in its clinic, by the rules of his own. He is offered what becomes free, and takes or
    /// declines it in his app.
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
}
