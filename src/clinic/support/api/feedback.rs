//! Feedback after a visit, and what the ratings come to.

use super::super::calling;
use super::super::feedback::{self, Rated};
use super::Tag;
use crate::app::App;
use crate::app::wire::{Body, Created, Cursor, Failure, Limit, Paging, Reply};
use crate::clinic::identity::Session;
use crate::page_of;
use poem::web::Data;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::{Object, OpenApi};
use uuid::Uuid;

#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct NewFeedback {
    #[oai(validator(minimum(value = "1"), maximum(value = "5")))]
    rating: i32,
    /// Sealed. Staff reads it and decides whether others may.
    #[oai(validator(max_length = 2000))]
    text: Option<String>,
}

#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct FeedbackView {
    id: Uuid,
    booking_id: Uuid,
    rating: i32,
}

/// Whom to call.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
struct FeedbackCall {
    phone: String,
}

#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct RatingsView {
    doctor_id: Uuid,
    count: i64,
    /// 1 to 5, rounded to a tenth.
    average: f64,
}

impl From<Rated> for RatingsView {
    fn from(rated: Rated) -> Self {
        RatingsView { doctor_id: rated.doctor, count: rated.count, average: rated.average }
    }
}

page_of!(
    /// Doctors with enough ratings, in no order that means anything.
    RatingsPage of RatingsView
);

pub struct FeedbackApi;

#[OpenApi(prefix_path = "/v1", tag = "Tag::Feedback")]
impl FeedbackApi {
    /// Give feedback on a visit
    ///
    /// Once, after it has taken place; before, and for the second time, it is `state_conflict`.
    #[oai(path = "/bookings/:id/feedback", method = "post", operation_id = "createFeedback")]
    async fn create(
        &self,
        app: Data<&App>,
        session: Session,
        id: Path<Uuid>,
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] key: Header<String>,
        body: Body<NewFeedback>,
    ) -> Result<Created<FeedbackView>, Failure> {
        let caller = session.patient()?.may_write(&app, "createFeedback")?.accepted()?.sees_clinical()?;
        let new = &body.0;
        let given = (new, i64::from(new.rating), new.text.as_deref());
        let made = feedback::give(&app, &caller, "createFeedback", &key.0, id.0, given).await?;
        let view = FeedbackView { id: made, booking_id: id.0, rating: new.rating };
        Ok(Created::at(format!("/v1/bookings/{}/feedback", id.0), view))
    }

    /// Read what the ratings of doctors come to
    ///
    /// Without those who gave them. A doctor with fewer ratings than the profile says is left out. An administrator of a
    /// clinic reads those of that clinic.
    #[oai(path = "/staff/ratings", method = "get", operation_id = "listRatings")]
    async fn ratings(
        &self,
        app: Data<&App>,
        session: Session,
        limit: Query<Option<Limit>>,
        cursor: Query<Option<Cursor>>,
    ) -> Result<Reply<RatingsPage>, Failure> {
        let caller = session.staff_for("listRatings")?;
        let page = Paging::of(caller.id, limit.0, cursor.0)?;
        let (rated, next_cursor) = feedback::ratings(&app, &caller.clinics, &page).await?;
        Ok(Reply::new(RatingsPage { items: rated.into_iter().map(Into::into).collect(), next_cursor }))
    }

    /// Call a patient to ask how his visit was
    ///
    /// Answers the number, for a visit of the last days in the caller's clinics. Who wants no such question is not called
    /// (`consent_required`), whatever he says of advertising. He reads in his access log that he was to be called.
    #[oai(path = "/staff/bookings/:id/feedback-call", method = "post", operation_id = "callForFeedback")]
    async fn call(&self, app: Data<&App>, session: Session, id: Path<Uuid>) -> Result<Reply<FeedbackCall>, Failure> {
        let caller = session.staff_for("callForFeedback")?;
        Ok(Reply::new(FeedbackCall { phone: calling::number(&app, &caller, "callForFeedback", id.0).await? }))
    }
}
