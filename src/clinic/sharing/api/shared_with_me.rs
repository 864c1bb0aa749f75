//! What is shared with whoever calls: a doctor, or somebody of an insurer.

use super::super::reading;
use super::Tag;
use super::views::{ReceivedAccess, ReceivedAccessPage, ReceivedAccessView};
use crate::app::App;
use crate::app::wire::{Cursor, Download, Failure, Limit, Paging, Reply};
use crate::clinic::identity::Session;
use crate::kernel::error::Result;
use poem::web::Data;
use poem_openapi::OpenApi;
use poem_openapi::param::{Header, Path, Query};
use uuid::Uuid;

pub struct SharedWithMeApi;

#[OpenApi(prefix_path = "/v1/staff", tag = "Tag::StaffSharing")]
impl SharedWithMeApi {
    /// List what is shared with one
    ///
    /// A doctor: what is shared with him or his clinic, or referred to them. Somebody of an insurer: its contracts. Only
    /// what has begun, has not ended and is not frozen.
    #[oai(path = "/shared-access", method = "get", operation_id = "listReceivedAccess")]
    async fn list(
        &self,
        app: Data<&App>,
        session: Session,
        limit: Query<Option<Limit>>,
        cursor: Query<Option<Cursor>>,
    ) -> Result<Reply<ReceivedAccessPage>, Failure> {
        let caller = session.staff_for("listReceivedAccess")?;
        let page = Paging::of(caller.id, limit.0, cursor.0)?;
        let (rows, next_cursor) = reading::list(&app, &caller, &page).await?;
        let items: Result<Vec<_>> = rows.iter().map(ReceivedAccess::of).collect();
        Ok(Reply::new(ReceivedAccessPage { items: items?, next_cursor }))
    }

    /// Read what is shared with one
    ///
    /// Each opening stands in the patient's access log. Before its beginning and after its end, under a freeze, and for anybody
    /// else it is not there.
    #[oai(path = "/shared-access/:id", method = "get", operation_id = "getReceivedAccess")]
    async fn get(&self, app: Data<&App>, session: Session, id: Path<Uuid>) -> Result<Reply<ReceivedAccessView>, Failure> {
        let caller = session.staff_for("getReceivedAccess")?;
        Ok(Reply::new(reading::open(&app, &caller, "getReceivedAccess", id.0).await?.into()))
    }

    /// Download a document that is shared with one
    ///
    /// As of `getDocumentContent`; what ends while it runs cuts it within a second.
    #[oai(path = "/shared-access/:id/documents/:document/content", method = "get", operation_id = "getReceivedContent")]
    async fn content(
        &self,
        app: Data<&App>,
        session: Session,
        id: Path<Uuid>,
        document: Path<Uuid>,
        /// One range: `bytes=0-1023`, `bytes=1024-` or `bytes=-512`. Several ranges are answered by the whole content.
        #[oai(name = "Range")]
        range: Header<Option<String>>,
    ) -> Result<Download, Failure> {
        let caller = session.staff_for("getReceivedContent")?;
        let place = (id.0, document.0);
        Ok(reading::download(&app, &caller, "getReceivedContent", place, range.0.as_deref()).await?)
    }
}
