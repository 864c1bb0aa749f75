//! Screenshots that wait for their first reader, for the doctors who treat those who sent them.

use super::super::rows;
use super::super::screenshot::{self, Body as Sealed};
use super::super::stored::{self, Permit};
use super::Tag;
use super::views::{ScreenshotMarking, WaitingScreenshotPage, WaitingScreenshotView, regions};
use crate::app::App;
use crate::app::wire::{Body, Cursor, Download, Failure, Limit, NoContent, Paging, Reply};
use crate::clinic::identity::Session;
use crate::kernel::error::{Code, Error};
use crate::kernel::vault::Class;
use poem::web::Data;
use poem_openapi::OpenApi;
use poem_openapi::param::{Path, Query};
use uuid::Uuid;

pub struct ReviewApi;

#[OpenApi(prefix_path = "/v1/staff", tag = "Tag::StaffSupport")]
impl ReviewApi {
    /// List screenshots that wait for a first reader
    ///
    /// Oldest first: those of patients whom the caller treats now.
    #[oai(path = "/screenshots", method = "get", operation_id = "listScreenshotsToReview")]
    async fn list(
        &self,
        app: Data<&App>,
        session: Session,
        limit: Query<Option<Limit>>,
        cursor: Query<Option<Cursor>>,
    ) -> Result<Reply<WaitingScreenshotPage>, Failure> {
        let caller = session.staff_for("listScreenshotsToReview")?;
        let page = Paging::of(caller.id, limit.0, cursor.0)?;
        let mut found = rows::to_review(&app.db.reader(), caller.id, app.ambient.now(), page.place, page.rows()).await?;
        let next_cursor = page.cut(&mut found, |row| row.id)?;
        let items = found.iter().map(WaitingScreenshotView::of).collect();
        Ok(Reply::new(WaitingScreenshotPage { items, next_cursor }))
    }

    /// Look at a screenshot that waits for a first reader
    ///
    /// As it was sent, without its metadata. Its sender reads in his access log who looked.
    #[oai(path = "/screenshots/:id/content", method = "get", operation_id = "getScreenshotToReview")]
    async fn content(&self, app: Data<&App>, session: Session, id: Path<Uuid>) -> Result<Download, Failure> {
        let caller = session.staff_for("getScreenshotToReview")?;
        let openings = app.openings(caller.actor("getScreenshotToReview"), caller.asker());
        let (row, grant) = screenshot::to_review(&app, &openings, id.0).await?;
        let body: Sealed = grant.open(row.id, &row.sealed)?;
        let (Some(object), Some(file)) = (row.object, body.original) else {
            return Err(Error::refused(Code::ContentMissing).into());
        };
        let permit = Permit {
            actor: caller.actor("getScreenshotToReview"),
            asker: caller.asker(),
            subject: row.subject,
            class: Class::Clinical,
            screenshot: row.id,
        };
        Ok(openings.answer(stored::download(&app, object, file, permit).await?).await?)
    }

    /// Mark what is private in a screenshot, as its first reader
    ///
    /// Support then gets a copy with these regions, and those of the sender, blacked out.
    #[oai(path = "/screenshots/:id/review", method = "post", operation_id = "reviewScreenshotFirst")]
    async fn review(
        &self,
        app: Data<&App>,
        session: Session,
        id: Path<Uuid>,
        body: Body<ScreenshotMarking>,
    ) -> Result<NoContent, Failure> {
        let caller = session.staff_for("reviewScreenshotFirst")?;
        screenshot::mark_first(&app, &caller, "reviewScreenshotFirst", id.0, regions(&body.0.regions)).await?;
        Ok(NoContent)
    }
}
