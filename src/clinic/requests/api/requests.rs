//! A person's own requests.

use super::super::{reading, request};
use super::Tag;
use super::views::{EnteredRequest, NewRequestBody, RequestPage, RequestView};
use crate::app::App;
use crate::app::wire::{AskedLang, Body, Created, Cursor, Failure, Limit, NoContent, Paging, Reply};
use crate::clinic::identity::Session;
use crate::kernel::db::Tx;
use crate::kernel::error::Result;
use poem::web::Data;
use poem_openapi::OpenApi;
use poem_openapi::param::{Header, Path, Query};
use uuid::Uuid;

pub struct RequestsApi;

#[OpenApi(prefix_path = "/v1/me", tag = "Tag::Requests")]
impl RequestsApi {
    /// Ask something about one's data
    ///
    /// Answered or refused, with reasons, until `dueAt`. Also possible where a cabinet is one to read.
    #[oai(path = "/requests", method = "post", operation_id = "createRequest")]
    async fn create(
        &self,
        app: Data<&App>,
        session: Session,
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] key: Header<String>,
        body: Body<NewRequestBody>,
    ) -> Result<Created<EnteredRequest>, Failure> {
        let caller = session.patient()?.sees_clinical()?;
        let new = body.0.to_new();
        let said = new.check()?;
        new.check_document(&app, caller.id).await?;
        let entered = app
            .write_once(&caller.actor("createRequest"), &caller.keys, &key, &body.0, async |tx: &mut Tx| {
                Ok(EnteredRequest::from(request::make(tx, &app, &caller, &new, &said).await?))
            })
            .await?;
        Ok(Created::at(format!("/v1/me/requests/{}", entered.id), entered))
    }

    /// List one's requests
    ///
    /// Newest first, with what was done about each, and whom one may complain to.
    #[oai(path = "/requests", method = "get", operation_id = "listRequests")]
    async fn list(
        &self,
        app: Data<&App>,
        session: Session,
        lang: AskedLang,
        limit: Query<Option<Limit>>,
        cursor: Query<Option<Cursor>>,
    ) -> Result<Reply<RequestPage>, Failure> {
        let caller = session.patient()?.sees_clinical()?;
        let page = Paging::of(caller.id, limit.0, cursor.0)?;
        let (requests, next_cursor) = reading::own_page(&app, &caller, "listRequests", &page).await?;
        let items: Result<Vec<_>> = requests.into_iter().map(|opened| RequestView::of(opened, &app, lang.0)).collect();
        Ok(Reply::new(RequestPage { items: items?, next_cursor }))
    }

    /// Read one of one's requests
    #[oai(path = "/requests/:id", method = "get", operation_id = "getRequest")]
    async fn get(
        &self,
        app: Data<&App>,
        session: Session,
        lang: AskedLang,
        id: Path<Uuid>,
    ) -> Result<Reply<RequestView>, Failure> {
        let caller = session.patient()?.sees_clinical()?;
        let opened = reading::own(&app, &caller, "getRequest", id.0).await?;
        Ok(Reply::new(RequestView::of(opened, &app, lang.0)?))
    }

    /// Withdraw a request
    ///
    /// As long as it is not answered (`state_conflict`).
    #[oai(path = "/requests/:id", method = "delete", operation_id = "withdrawRequest")]
    async fn withdraw(&self, app: Data<&App>, session: Session, id: Path<Uuid>) -> Result<NoContent, Failure> {
        let caller = session.patient()?.sees_clinical()?;
        let rule = async |tx: &mut Tx| request::withdraw(tx, &caller, id.0).await;
        app.write(&caller.actor("withdrawRequest"), rule).await?;
        Ok(NoContent)
    }
}
