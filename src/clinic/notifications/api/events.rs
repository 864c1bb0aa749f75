//! The stream of events.

use super::super::events;
use super::Tag;
use crate::app::App;
use crate::app::wire::{Events, Failure};
use crate::clinic::identity::Session;
use poem::web::Data;
use poem_openapi::OpenApi;
use poem_openapi::param::{Header, Query};
use std::time::Duration;
use uuid::Uuid;

pub struct EventsApi;

#[OpenApi(prefix_path = "/v1", tag = "Tag::Notifications")]
impl EventsApi {
    /// Listen for one's notices
    ///
    /// For an app in the foreground. Server-sent events, each `event: notification` with the notice's id as its `id` and
    /// `{"id", "kind"}` as its `data`; a comment every fifteen seconds. With `Last-Event-ID` comes what was told since, and
    /// perhaps once more what was told in the seconds before it. The stream ends when an access token would, a quarter of an hour as a rule, and at once with
    /// the session, on a freeze and when the server stops: come again with `Last-Event-ID`. A session has three at most: a fourth one ends the oldest.
    #[oai(path = "/events", method = "get", operation_id = "listenEvents")]
    async fn listen(
        &self,
        app: Data<&App>,
        session: Session,
        /// The id of the last event that was received.
        #[oai(name = "Last-Event-ID")]
        last: Header<Option<Uuid>>,
        /// How long the stream lasts at most, in seconds: for clients that can't wait for longer.
        #[oai(validator(minimum(value = "1"), maximum(value = "900")))]
        seconds: Query<Option<i32>>,
    ) -> Result<Events, Failure> {
        let caller = session.patient_or_staff_for("listenEvents")?;
        let now = app.ambient.now();
        let token_lives = (app.profile.sessions.access_lives.after(now) - now).to_std().unwrap_or_default();
        let asked = seconds.0.and_then(|seconds| u64::try_from(seconds).ok()).map(Duration::from_secs);
        let lasts = asked.map_or(token_lives, |asked| asked.min(token_lives));
        let parts = events::open(&app, &caller, last.0, lasts).await?;
        Ok(Events(parts))
    }
}
