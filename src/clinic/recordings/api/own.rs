//! One's own calls.

use super::super::recording::check_taken;
use super::super::{listening, rows};
use super::Tag;
use super::views::{RecordingPage, RecordingView};
use crate::app::App;
use crate::app::wire::{Cursor, Download, Failure, Limit, Paging, Reply};
use crate::clinic::identity::Session;
use crate::kernel::error::Result;
use poem::web::Data;
use poem_openapi::OpenApi;
use poem_openapi::param::{Header, Path, Query};
use uuid::Uuid;

pub struct RecordingsApi;

#[OpenApi(prefix_path = "/v1/me", tag = "Tag::Recordings")]
impl RecordingsApi {
    /// List the recordings of one's calls
    ///
    /// Newest first, with who listened to each and why, and when it is destroyed.
    #[oai(path = "/recordings", method = "get", operation_id = "listRecordings")]
    async fn list(
        &self,
        app: Data<&App>,
        session: Session,
        limit: Query<Option<Limit>>,
        cursor: Query<Option<Cursor>>,
    ) -> Result<Reply<RecordingPage>, Failure> {
        let caller = session.patient()?.sees_clinical()?;
        check_taken(&app.profile)?;
        let page: Paging<Uuid> = Paging::of(caller.id, limit.0, cursor.0)?;
        let mut found = rows::page_of(&app.db.reader(), caller.id, page.place, page.rows()).await?;
        let next_cursor = page.cut(&mut found, |row| row.id)?;
        let mut items = Vec::with_capacity(found.len());
        for row in found {
            items.push(RecordingView::of(&app, row).await?);
        }
        Ok(Reply::new(RecordingPage { items, next_cursor }))
    }

    /// Listen to a recording of one's call
    ///
    /// Whole, or one range of its bytes. What was flagged is shut (`state_conflict`): its flag says why.
    #[oai(path = "/recordings/:id/content", method = "get", operation_id = "getRecordingContent")]
    async fn content(
        &self,
        app: Data<&App>,
        session: Session,
        id: Path<Uuid>,
        /// One range: `bytes=0-1023`, `bytes=1024-` or `bytes=-512`.
        #[oai(name = "Range")]
        range: Header<Option<String>>,
    ) -> Result<Download, Failure> {
        let caller = session.patient()?.sees_clinical()?;
        check_taken(&app.profile)?;
        Ok(listening::own(&app, &caller, "getRecordingContent", id.0, range.0.as_deref()).await?)
    }
}
