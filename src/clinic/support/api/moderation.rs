//! What was said of visits: decided on by staff, then read by others.

use super::super::feedback::TEXT_CHARS;
use super::super::moderation::{self, Review};
use super::super::rows::moderation::{PENDING, PUBLISHED, REFUSED};
use super::Tag;
use crate::app::App;
use crate::app::wire::{Body, Cursor, Failure, Instant, Limit, NoContent, Paging, Reply};
use crate::clinic::identity::Session;
use crate::clinic::scheduling;
use crate::kernel::error::{Error, Fault, Result};
use crate::kernel::text::check_text;
use crate::page_of;
use poem::web::Data;
use poem_openapi::param::{Path, Query};
use poem_openapi::{Enum, Object, OpenApi};
use uuid::Uuid;

#[derive(Enum, Debug, Clone, Copy, PartialEq)]
#[oai(rename_all = "camelCase")]
pub enum FeedbackState {
    /// Only staff reads it.
    Pending,
    Published,
    Refused,
}

impl FeedbackState {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => PENDING,
            Self::Published => PUBLISHED,
            Self::Refused => REFUSED,
        }
    }
}

#[derive(Enum, Debug, Clone, Copy, PartialEq)]
#[oai(rename_all = "camelCase")]
enum FeedbackVerdict {
    Publish,
    Refuse,
}

#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct FeedbackDecision {
    verdict: FeedbackVerdict,
    /// What the clinic says to it, for everybody who reads it. Only with `publish`.
    #[oai(validator(max_length = 2000))]
    answer: Option<String>,
}

/// What was said of a visit, for whoever decides on it: without its author.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct StaffFeedbackView {
    id: Uuid,
    doctor_id: Uuid,
    clinic_id: Uuid,
    rating: i64,
    text: String,
    at: Instant,
}

page_of!(
    /// What was said of visits, oldest first.
    StaffFeedbackPage of StaffFeedbackView
);

/// What somebody said of a visit.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct PublishedFeedbackView {
    rating: i64,
    text: String,
    published_at: Option<Instant>,
    /// What the clinic says to it.
    answer: Option<String>,
}

page_of!(
    /// What was said of a doctor's visits, newest first.
    PublishedFeedbackPage of PublishedFeedbackView
);

pub struct ModerationApi;

#[OpenApi(prefix_path = "/v1", tag = "Tag::Feedback")]
impl ModerationApi {
    /// List what was said of visits, to decide on it
    ///
    /// Oldest first, of the caller's clinics; of all where he belongs to none. Its authors read in their access logs who
    /// looked. What an author has frozen is left out.
    #[oai(path = "/staff/feedback", method = "get", operation_id = "listStaffFeedback")]
    async fn list(
        &self,
        app: Data<&App>,
        session: Session,
        /// Default `pending`.
        state: Query<Option<FeedbackState>>,
        limit: Query<Option<Limit>>,
        cursor: Query<Option<Cursor>>,
    ) -> Result<Reply<StaffFeedbackPage>, Failure> {
        let caller = session.staff_for("listStaffFeedback")?;
        let state = state.0.unwrap_or(FeedbackState::Pending).as_str();
        let page = Paging::of(caller.id, limit.0, cursor.0)?;
        let (reviews, next_cursor) = moderation::list(&app, &caller, "listStaffFeedback", state, &page).await?;
        let view = |Review { row, text }| StaffFeedbackView {
            id: row.id,
            doctor_id: row.doctor,
            clinic_id: row.clinic,
            rating: row.rating,
            text,
            at: row.at.into(),
        };
        Ok(Reply::new(StaffFeedbackPage { items: reviews.into_iter().map(view).collect(), next_cursor }))
    }

    /// Decide on what was said of a visit
    ///
    /// Once: then it is `state_conflict`. The rating counts either way.
    #[oai(path = "/staff/feedback/:id/decision", method = "post", operation_id = "decideFeedback")]
    async fn decide(
        &self,
        app: Data<&App>,
        session: Session,
        id: Path<Uuid>,
        body: Body<FeedbackDecision>,
    ) -> Result<NoContent, Failure> {
        let caller = session.staff_for("decideFeedback")?;
        let at_fault = |fault| Error::field("/answer", fault);
        let answer = body.0.answer.as_deref().map(str::trim).filter(|answer| !answer.is_empty());
        let answer = answer.map(|answer| check_text(answer, TEXT_CHARS)).transpose().map_err(at_fault)?;
        let state = match body.0.verdict {
            FeedbackVerdict::Publish => PUBLISHED,
            FeedbackVerdict::Refuse if answer.is_some() => return Err(at_fault(Fault::NotAsked).into()),
            FeedbackVerdict::Refuse => REFUSED,
        };
        moderation::decide(&app, &caller, "decideFeedback", id.0, (state, answer.as_deref())).await?;
        Ok(NoContent)
    }

    /// Read what was said of a doctor's visits
    ///
    /// What staff has published, without its authors. For whoever is signed in.
    #[oai(path = "/doctors/:id/feedback", method = "get", operation_id = "listDoctorFeedback")]
    async fn published(
        &self,
        app: Data<&App>,
        session: Session,
        id: Path<Uuid>,
        limit: Query<Option<Limit>>,
        cursor: Query<Option<Cursor>>,
    ) -> Result<Reply<PublishedFeedbackPage>, Failure> {
        session.patient_or_staff_for("listDoctorFeedback")?;
        scheduling::doctor_names(&app.db.reader(), id.0).await?.ok_or_else(Error::not_found)?;
        let page = Paging::of(id.0, limit.0, cursor.0)?;
        let (reviews, next_cursor) = moderation::published(&app, id.0, &page).await?;
        let view = |Review { row, text }| PublishedFeedbackView {
            rating: row.rating,
            text,
            published_at: row.decided_at.map(Into::into),
            answer: row.answer,
        };
        Ok(Reply::new(PublishedFeedbackPage { items: reviews.into_iter().map(view).collect(), next_cursor }))
    }
}
