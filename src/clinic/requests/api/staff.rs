//! Requests about data, for those who take them in and for the officers who answer.

use super::super::kind::{RequestAct, RequestChannel, RequestState};
use super::super::request::{self, Arrival};
use super::super::{office, reading};
use super::Tag;
use super::views::{EnteredRequest, NewPatientRequest, OfficeRequestView, OfficerWords, QueuedRequest, QueuedRequestPage};
use crate::app::App;
use crate::app::wire::{AskedLang, Body, Created, Cursor, Failure, Limit, NoContent, Paging, Reply};
use crate::clinic::identity::{Caller, Session};
use crate::clinic::privacy;
use crate::kernel::db::Tx;
use crate::kernel::error::{Error, Fault, Result};
use poem::web::Data;
use poem_openapi::OpenApi;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::types::ToJSON;
use uuid::Uuid;

pub struct StaffRequestsApi;

#[OpenApi(prefix_path = "/v1/staff", tag = "Tag::StaffRequests")]
impl StaffRequestsApi {
    /// Take in what a patient asks about his data
    ///
    /// For a patient whom the caller has found, with a recorded check of who he is (`identity_check_required`). He is told that
    /// it was entered, and reads it beside his own.
    #[oai(path = "/patients/:id/requests", method = "post", operation_id = "createPatientRequest")]
    async fn take_in(
        &self,
        app: Data<&App>,
        session: Session,
        id: Path<Uuid>,
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] key: Header<String>,
        body: Body<NewPatientRequest>,
    ) -> Result<Created<EnteredRequest>, Failure> {
        let caller = session.staff_for("createPatientRequest")?;
        let now = app.ambient.now();
        privacy::check_found(&app.db.reader(), &caller, id.0, now).await?;
        if body.0.channel == RequestChannel::App {
            return Err(Error::field("/channel", Fault::UnknownValue).into());
        }
        let new = body.0.to_new();
        let said = new.check()?;
        let received_at = request::received(body.0.received_at.map(|at| at.get()), now)?;
        let arrival = Arrival { channel: body.0.channel, received_at };
        new.check_document(&app, id.0).await?;
        let keys = app.vault.keys(id.0).await?;
        let asked = serde_json::json!({ "patient": id.0, "request": body.0.to_json() });
        let entered = app
            .write_once(&caller.actor("createPatientRequest"), &caller.keys, &key, &asked, async |tx: &mut Tx| {
                let entered = request::take_in(tx, &app, &caller, &keys, (&new, &said), arrival).await?;
                Ok(EnteredRequest::from(entered))
            })
            .await?;
        Ok(Created::at(format!("/v1/staff/requests/{}", entered.id), entered))
    }

    /// List requests about data
    ///
    /// What ends first comes first; without `state` all that are not closed. Who asks stands in each request itself.
    #[oai(path = "/requests", method = "get", operation_id = "listStaffRequests")]
    async fn list(
        &self,
        app: Data<&App>,
        session: Session,
        state: Query<Option<RequestState>>,
        limit: Query<Option<Limit>>,
        cursor: Query<Option<Cursor>>,
    ) -> Result<Reply<QueuedRequestPage>, Failure> {
        let caller = session.staff_for("listStaffRequests")?;
        let page = Paging::of(caller.id, limit.0, cursor.0)?;
        let (rows, next_cursor) = reading::queue(&app, state.0, &page).await?;
        let now = app.ambient.now();
        let items: Result<Vec<_>> = rows.into_iter().map(|row| QueuedRequest::of(row, now)).collect();
        Ok(Reply::new(QueuedRequestPage { items: items?, next_cursor }))
    }

    /// Read a request about data
    ///
    /// Who asks, and what. That it was read stands in his access log.
    #[oai(path = "/requests/:id", method = "get", operation_id = "getStaffRequest")]
    async fn get(
        &self,
        app: Data<&App>,
        session: Session,
        lang: AskedLang,
        id: Path<Uuid>,
    ) -> Result<Reply<OfficeRequestView>, Failure> {
        let caller = session.staff_for("getStaffRequest")?;
        let found = reading::for_officer(&app, &caller, "getStaffRequest", id.0).await?;
        Ok(Reply::new(OfficeRequestView::of(found, &app, lang.0)?))
    }

    /// Take a request to work on
    ///
    /// `already_claimed` when another officer has it. To take one's own again changes nothing.
    #[oai(path = "/requests/:id/take", method = "post", operation_id = "takeRequest")]
    async fn take(&self, app: Data<&App>, session: Session, id: Path<Uuid>) -> Result<NoContent, Failure> {
        let caller = session.staff_for("takeRequest")?;
        let keys = reading::keys_of(&app, id.0).await?;
        let rule = async |tx: &mut Tx| office::take(tx, &caller, &keys, id.0).await;
        app.write(&caller.actor("takeRequest"), rule).await?;
        Ok(NoContent)
    }

    /// Extend the term of a request
    ///
    /// Once, before it ends (`too_late`), where the law lets it (`refused_by_profile`). The person is told the reasons.
    #[oai(path = "/requests/:id/extension", method = "post", operation_id = "extendRequest")]
    async fn extend(
        &self,
        app: Data<&App>,
        session: Session,
        id: Path<Uuid>,
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] key: Header<String>,
        body: Body<OfficerWords>,
    ) -> Result<NoContent, Failure> {
        let caller = session.staff_for("extendRequest")?;
        say(&app, &caller, "extendRequest", (id.0, &key.0), &body.0, None).await
    }

    /// Answer a request
    ///
    /// The person is told, and reads the answer beside what he asked.
    #[oai(path = "/requests/:id/answer", method = "post", operation_id = "answerRequest")]
    async fn answer(
        &self,
        app: Data<&App>,
        session: Session,
        id: Path<Uuid>,
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] key: Header<String>,
        body: Body<OfficerWords>,
    ) -> Result<NoContent, Failure> {
        let caller = session.staff_for("answerRequest")?;
        say(&app, &caller, "answerRequest", (id.0, &key.0), &body.0, Some(RequestAct::Answered)).await
    }

    /// Refuse a request
    ///
    /// With reasons. The person reads them, with the authority to which he may complain, and may state that he disagrees.
    #[oai(path = "/requests/:id/refusal", method = "post", operation_id = "refuseRequest")]
    async fn refuse(
        &self,
        app: Data<&App>,
        session: Session,
        id: Path<Uuid>,
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] key: Header<String>,
        body: Body<OfficerWords>,
    ) -> Result<NoContent, Failure> {
        let caller = session.staff_for("refuseRequest")?;
        say(&app, &caller, "refuseRequest", (id.0, &key.0), &body.0, Some(RequestAct::Refused)).await
    }
}

/// Extends a request or, with an act, closes it. The answer that is kept says nothing.
async fn say(
    app: &App,
    caller: &Caller,
    operation: &'static str,
    (id, key): (Uuid, &str),
    body: &OfficerWords,
    closing: Option<RequestAct>,
) -> Result<NoContent, Failure> {
    let words = office::words(&body.text, body.rule.as_deref())?;
    let keys = reading::keys_of(app, id).await?;
    let asked = serde_json::json!({ "request": id, "words": body.to_json() });
    let said = async |tx: &mut Tx| -> Result<bool> {
        match closing {
            None => office::extend(tx, caller, &keys, id, &words).await?,
            Some(act) => office::close(tx, caller, &keys, id, (act, &words)).await?,
        }
        Ok(true)
    };
    app.write_once(&caller.actor(operation), &caller.keys, key, &asked, said).await?;
    Ok(NoContent)
}
