//! Alerts of unusual openings.

use super::super::alerts::{self, Reviewed};
use super::super::words;
use super::{OversightNote, Tag};
use crate::app::App;
use crate::app::wire::{Body, Cursor, Failure, Instant, Limit, NoContent, Paging, Reply};
use crate::clinic::identity::Session;
use crate::kernel::db::Tx;
use crate::kernel::error::Result;
use crate::page_of;
use poem::web::Data;
use poem_openapi::param::{Path, Query};
use poem_openapi::{Object, OpenApi};
use uuid::Uuid;

/// Somebody opened, or all who work for a clinic opened together, more different people within an hour than the profile expects.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct OpeningAlertView {
    id: Uuid,
    /// Who opened them; absent where it is a clinic.
    staff_id: Option<Uuid>,
    /// Absent when the account is gone.
    staff_name: Option<String>,
    clinic_id: Option<Uuid>,
    role: Option<String>,
    /// How many different people.
    people: i64,
    /// How many are expected at most.
    threshold: i64,
    /// When it was noticed: within a minute of the opening that was one too many.
    at: Instant,
    resolved_at: Option<Instant>,
    officer_name: Option<String>,
    note: Option<String>,
}

impl From<Reviewed> for OpeningAlertView {
    fn from(reviewed: Reviewed) -> Self {
        let row = reviewed.row;
        Self {
            id: row.id,
            staff_id: reviewed.staff,
            staff_name: reviewed.staff_name,
            clinic_id: reviewed.clinic,
            role: row.role,
            people: row.people,
            threshold: row.threshold,
            at: row.at.into(),
            resolved_at: row.resolved_at.map(Into::into),
            officer_name: reviewed.officer_name,
            note: reviewed.note,
        }
    }
}

page_of!(
    /// Alerts of unusual openings, newest first.
    OpeningAlertPage of OpeningAlertView
);

pub struct OpeningAlertsApi;

#[OpenApi(prefix_path = "/v1/staff", tag = "Tag::Oversight")]
impl OpeningAlertsApi {
    /// List alerts of unusual openings
    ///
    /// Newest first; with `open` those that nobody has resolved. They are counted from the trail, once in an hour for each member
    /// of staff and each clinic.
    #[oai(path = "/opening-alerts", method = "get", operation_id = "listOpeningAlerts")]
    async fn list(
        &self,
        app: Data<&App>,
        session: Session,
        open: Query<Option<bool>>,
        limit: Query<Option<Limit>>,
        cursor: Query<Option<Cursor>>,
    ) -> Result<Reply<OpeningAlertPage>, Failure> {
        let caller = session.staff_for("listOpeningAlerts")?;
        let page = Paging::of(caller.id, limit.0, cursor.0)?;
        let open = open.0.unwrap_or(false);
        let (found, next_cursor) = alerts::list(&app, &caller, "listOpeningAlerts", open, &page).await?;
        Ok(Reply::new(OpeningAlertPage { items: found.into_iter().map(Into::into).collect(), next_cursor }))
    }

    /// Resolve an alert of unusual openings
    ///
    /// With a note of what came of it. `state_conflict` once it is resolved.
    #[oai(path = "/opening-alerts/:id/resolution", method = "put", operation_id = "resolveOpeningAlert")]
    async fn resolve(
        &self,
        app: Data<&App>,
        session: Session,
        id: Path<Uuid>,
        body: Body<OversightNote>,
    ) -> Result<NoContent, Failure> {
        let caller = session.staff_for("resolveOpeningAlert")?;
        let note = words::said("/text", &body.0.text)?;
        let rule = async |tx: &mut Tx| alerts::resolve(tx, &caller, id.0, &note).await;
        app.write(&caller.actor("resolveOpeningAlert"), rule).await?;
        Ok(NoContent)
    }
}
