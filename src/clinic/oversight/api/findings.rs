//! What audits found, and what came of it.

use super::super::engagement;
use super::super::findings::{self, FindingSeverity, FindingStep, NewStep, Reviewed, ReviewedStep};
use super::super::words;
use super::{EnteredRecord, Tag};
use crate::app::App;
use crate::app::wire::{Body, Created, Cursor, Date, Failure, Instant, Limit, NoContent, Paging, Reply};
use crate::clinic::identity::Session;
use crate::kernel::db::Tx;
use crate::kernel::error::Result;
use crate::page_of;
use poem::web::Data;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::types::ToJSON;
use poem_openapi::{Object, OpenApi};
use uuid::Uuid;

#[derive(Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct NewAuditFinding {
    severity: FindingSeverity,
    #[oai(validator(min_length = 1, max_length = 4000))]
    text: String,
}

/// What followed from a finding.
#[derive(Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct NewFindingStep {
    step: FindingStep,
    #[oai(validator(min_length = 1, max_length = 4000))]
    text: String,
    /// Of `policy`, and of nothing else: a version that was published.
    #[oai(validator(min_length = 1, max_length = 64))]
    policy_version: Option<String>,
    /// By when a measure is to be taken.
    due_on: Option<Date>,
}

#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct FindingStepView {
    id: Uuid,
    step: FindingStep,
    text: String,
    policy_version: Option<String>,
    due_on: Option<Date>,
    at: Instant,
    author_name: Option<String>,
}

/// A finding, with the assessment, the measures and the version of the policy that followed, oldest first.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct AuditFindingView {
    id: Uuid,
    severity: FindingSeverity,
    text: String,
    at: Instant,
    author_name: Option<String>,
    closed_at: Option<Instant>,
    steps: Vec<FindingStepView>,
}

page_of!(
    /// Findings, newest first.
    AuditFindingPage of AuditFindingView
);

impl AuditFindingView {
    fn of(reviewed: Reviewed) -> Result<Self> {
        let steps: Result<Vec<_>> = reviewed.steps.into_iter().map(FindingStepView::of).collect();
        let row = reviewed.row;
        Ok(Self {
            id: row.id,
            severity: FindingSeverity::parse(&row.severity)?,
            text: reviewed.text,
            at: row.at.into(),
            author_name: reviewed.author,
            closed_at: row.closed_at.map(Into::into),
            steps: steps?,
        })
    }
}

impl FindingStepView {
    fn of(reviewed: ReviewedStep) -> Result<Self> {
        let row = reviewed.row;
        Ok(Self {
            id: row.id,
            step: FindingStep::parse(&row.step)?,
            text: reviewed.text,
            policy_version: row.policy_version,
            due_on: row.due_on.map(Date),
            at: row.at.into(),
            author_name: reviewed.author,
        })
    }
}

pub struct FindingsApi;

#[OpenApi(prefix_path = "/v1/staff", tag = "Tag::Oversight")]
impl FindingsApi {
    /// Enter a finding
    ///
    /// By an officer, or by an auditor whose contract runs.
    #[oai(path = "/audit-findings", method = "post", operation_id = "createAuditFinding")]
    async fn create(
        &self,
        app: Data<&App>,
        session: Session,
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] key: Header<String>,
        body: Body<NewAuditFinding>,
    ) -> Result<Created<EnteredRecord>, Failure> {
        let caller = session.staff_for("createAuditFinding")?;
        engagement::check(&app, &caller).await?;
        let text = words::said("/text", &body.0.text)?;
        let entered = app
            .write_once(&caller.actor("createAuditFinding"), &caller.keys, &key.0, &body.0, async |tx: &mut Tx| {
                Ok(EnteredRecord { id: findings::enter(tx, &caller, body.0.severity, &text).await? })
            })
            .await?;
        Ok(Created::at(format!("/v1/staff/audit-findings/{}", entered.id), entered))
    }

    /// List findings
    ///
    /// With what followed from each.
    #[oai(path = "/audit-findings", method = "get", operation_id = "listAuditFindings")]
    async fn list(
        &self,
        app: Data<&App>,
        session: Session,
        limit: Query<Option<Limit>>,
        cursor: Query<Option<Cursor>>,
    ) -> Result<Reply<AuditFindingPage>, Failure> {
        let caller = session.staff_for("listAuditFindings")?;
        engagement::check(&app, &caller).await?;
        let page = Paging::of(caller.id, limit.0, cursor.0)?;
        let (found, next_cursor) = findings::list(&app, &caller, "listAuditFindings", &page).await?;
        let items: Result<Vec<_>> = found.into_iter().map(AuditFindingView::of).collect();
        Ok(Reply::new(AuditFindingPage { items: items?, next_cursor }))
    }

    /// Read a finding
    #[oai(path = "/audit-findings/:id", method = "get", operation_id = "getAuditFinding")]
    async fn get(&self, app: Data<&App>, session: Session, id: Path<Uuid>) -> Result<Reply<AuditFindingView>, Failure> {
        let caller = session.staff_for("getAuditFinding")?;
        engagement::check(&app, &caller).await?;
        let found = findings::get(&app, &caller, "getAuditFinding", id.0).await?;
        Ok(Reply::new(AuditFindingView::of(found)?))
    }

    /// Write what followed from a finding
    ///
    /// An assessment of the harm first, then measures, then the version of the policy in which they stand; `state_conflict` for what
    /// would skip one.
    #[oai(path = "/audit-findings/:id/steps", method = "post", operation_id = "addFindingStep")]
    async fn follow(
        &self,
        app: Data<&App>,
        session: Session,
        id: Path<Uuid>,
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] key: Header<String>,
        body: Body<NewFindingStep>,
    ) -> Result<Created<EnteredRecord>, Failure> {
        let caller = session.staff_for("addFindingStep")?;
        let asked = &body.0;
        let new = NewStep {
            step: asked.step,
            text: words::said("/text", &asked.text)?,
            policy_version: asked.policy_version.clone(),
            due_on: asked.due_on.map(|date| date.0),
        };
        findings::check_policy(&app, &new).await?;
        let request = serde_json::json!({ "finding": id.0, "step": asked.to_json() });
        let entered = app
            .write_once(&caller.actor("addFindingStep"), &caller.keys, &key.0, &request, async |tx: &mut Tx| {
                Ok(EnteredRecord { id: findings::follow(tx, &caller, id.0, &new).await? })
            })
            .await?;
        Ok(Created::at(format!("/v1/staff/audit-findings/{}", id.0), entered))
    }

    /// Close a finding
    ///
    /// Whose harm was assessed; `state_conflict` before, and once it is closed.
    #[oai(path = "/audit-findings/:id/closing", method = "put", operation_id = "closeAuditFinding")]
    async fn close(&self, app: Data<&App>, session: Session, id: Path<Uuid>) -> Result<NoContent, Failure> {
        let caller = session.staff_for("closeAuditFinding")?;
        let rule = async |tx: &mut Tx| findings::close(tx, id.0).await;
        app.write(&caller.actor("closeAuditFinding"), rule).await?;
        Ok(NoContent)
    }
}
