//! The screenshots of one's own tickets.

use super::super::screenshot::{self, Body as Sealed, NewScreenshot};
use super::super::stored::{self, Permit};
use super::super::upload;
use super::Tag;
use super::views::{ScreenshotMarking, ScreenshotRegion, ScreenshotView, regions};
use crate::app::App;
use crate::app::wire::{Body, Created, Download, Failure, Reply, Upload};
use crate::clinic::identity::{Caller, Session};
use crate::kernel::error::{Code, Error, Result};
use crate::kernel::vault::Class;
use poem::web::Data;
use poem_openapi::param::{Header, Path};
use poem_openapi::{Object, OpenApi};
use uuid::Uuid;

#[derive(Debug, Object)]
#[oai(rename = "NewScreenshot", rename_all = "camelCase", deny_unknown_fields)]
struct NewScreenshotBody {
    /// `image/png`, `image/jpeg` or `image/webp`. HEIC is refused: send it as JPEG.
    #[oai(validator(min_length = 3, max_length = 100))]
    media_type: String,
    /// Exactly so many bytes will be uploaded.
    #[oai(validator(minimum(value = "1")))]
    size_bytes: i64,
    /// SHA-256 of the content in hexadecimal, checked over what is sent. What is kept has no metadata any more.
    #[oai(validator(pattern = "^[0-9A-Fa-f]{64}$"))]
    sha256: String,
    /// What is private in it, to be blacked out before support sees it.
    #[oai(validator(max_items = 50))]
    regions: Option<Vec<ScreenshotRegion>>,
    /// The sender has marked all that is private, or nothing is. Otherwise support does not get it until somebody has.
    reviewed: Option<bool>,
}

pub struct ScreenshotsApi;

#[OpenApi(prefix_path = "/v1", tag = "Tag::Support")]
impl ScreenshotsApi {
    /// Declare a screenshot of one's ticket
    ///
    /// Its content follows by `putScreenshotContent`.
    #[oai(path = "/tickets/:id/screenshots", method = "post", operation_id = "createScreenshot")]
    async fn create(
        &self,
        app: Data<&App>,
        session: Session,
        id: Path<Uuid>,
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] key: Header<String>,
        body: Body<NewScreenshotBody>,
    ) -> Result<Created<ScreenshotView>, Failure> {
        let caller = session.patient()?.may_write(&app, "createScreenshot")?.accepted()?;
        let new = NewScreenshot {
            media_type: &body.0.media_type,
            size_bytes: body.0.size_bytes,
            sha256: &body.0.sha256,
            regions: regions(body.0.regions.as_deref().unwrap_or_default()),
            reviewed: body.0.reviewed.unwrap_or(false),
        };
        let made = screenshot::declare(&app, &caller, "createScreenshot", &key.0, id.0, (&body.0, new)).await?;
        let view = view(&app, &caller, "createScreenshot", (id.0, made)).await?;
        Ok(Created::at(format!("/v1/tickets/{}/screenshots/{made}/content", id.0), view))
    }

    /// Upload a screenshot's content
    ///
    /// The raw bytes, once: of the declared size, hash and type. Metadata is taken out, the pixels stay as they are.
    #[oai(path = "/tickets/:id/screenshots/:screenshotId/content", method = "put", operation_id = "putScreenshotContent")]
    async fn put_content(
        &self,
        app: Data<&App>,
        session: Session,
        id: Path<Uuid>,
        #[oai(name = "screenshotId")] screenshot: Path<Uuid>,
        content: Upload,
    ) -> Result<Reply<ScreenshotView>, Failure> {
        let caller = session.patient()?.may_write(&app, "putScreenshotContent")?;
        let place = (id.0, screenshot.0);
        upload::put(&app, &caller, "putScreenshotContent", place, content).await?;
        Ok(Reply::new(view(&app, &caller, "putScreenshotContent", place).await?))
    }

    /// Download one's screenshot
    ///
    /// As it was sent, without its metadata and with nothing blacked out.
    #[oai(path = "/tickets/:id/screenshots/:screenshotId/content", method = "get", operation_id = "getScreenshotContent")]
    async fn content(
        &self,
        app: Data<&App>,
        session: Session,
        id: Path<Uuid>,
        #[oai(name = "screenshotId")] screenshot: Path<Uuid>,
    ) -> Result<Download, Failure> {
        let caller = session.patient()?;
        let openings = app.openings(caller.actor("getScreenshotContent"), caller.asker());
        let (row, grant) = screenshot::own(&app, &caller, &openings, id.0, screenshot.0).await?;
        let body: Sealed = grant.open(row.id, &row.sealed)?;
        let (Some(object), Some(file)) = (row.object, body.original) else {
            return Err(Error::refused(Code::ContentMissing).into());
        };
        let permit = Permit {
            actor: caller.actor("getScreenshotContent"),
            asker: caller.asker(),
            subject: row.subject,
            class: Class::Support,
            screenshot: row.id,
        };
        Ok(openings.answer(stored::download(&app, object, file, permit).await?).await?)
    }

    /// Mark what is private in one's screenshot
    ///
    /// For one that was not declared as reviewed: support then gets a copy with the regions blacked out.
    #[oai(path = "/tickets/:id/screenshots/:screenshotId/review", method = "post", operation_id = "reviewScreenshot")]
    async fn review(
        &self,
        app: Data<&App>,
        session: Session,
        id: Path<Uuid>,
        #[oai(name = "screenshotId")] screenshot: Path<Uuid>,
        body: Body<ScreenshotMarking>,
    ) -> Result<Reply<ScreenshotView>, Failure> {
        let caller = session.patient()?.may_write(&app, "reviewScreenshot")?;
        let place = (id.0, screenshot.0);
        screenshot::mark_own(&app, &caller, "reviewScreenshot", place, regions(&body.0.regions)).await?;
        Ok(Reply::new(view(&app, &caller, "reviewScreenshot", place).await?))
    }
}

async fn view(app: &App, caller: &Caller, operation: &'static str, (ticket, id): (Uuid, Uuid)) -> Result<ScreenshotView> {
    let openings = app.openings(caller.actor(operation), caller.asker());
    let (row, grant) = screenshot::own(app, caller, &openings, ticket, id).await?;
    let view = ScreenshotView::of(&row, &grant.open(row.id, &row.sealed)?);
    openings.answer(view).await
}
