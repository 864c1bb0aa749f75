//! Contracts of auditors.

use super::super::alerts::name;
use super::super::engagement::{self, NewEngagement, read_list};
use super::super::rows::findings::{self as rows, Engagement};
use super::{EnteredRecord, Tag};
use crate::app::App;
use crate::app::wire::{Body, Created, Cursor, Failure, Instant, Limit, NoContent, Paging, Reply};
use crate::clinic::identity::Session;
use crate::kernel::db::Tx;
use crate::kernel::error::Result;
use crate::page_of;
use poem::web::Data;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::{Object, OpenApi};
use uuid::Uuid;

/// A contract by which somebody audits, and what he may read by it.
#[derive(Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct NewAuditEngagement {
    /// An account of the role `auditor`.
    staff_id: Uuid,
    #[oai(validator(min_length = 1, max_length = 200))]
    firm: String,
    #[oai(validator(min_length = 1, max_length = 200))]
    contract_number: String,
    /// The clinics whose staff's acts he reads. Absent: everybody's.
    #[oai(validator(max_items = 100))]
    clinic_ids: Option<Vec<Uuid>>,
    /// The kinds of objects that he reads of, as the trail calls them. Absent: all.
    #[oai(validator(max_items = 100))]
    object_kinds: Option<Vec<String>>,
    /// From when on he reads the trail.
    period_from: Instant,
    /// Until when. Absent: up to the present, while the contract runs.
    period_to: Option<Instant>,
    /// When the contract ends: from then on he reads nothing, and his account is shut.
    until: Instant,
}

#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct AuditEngagementView {
    id: Uuid,
    staff_id: Uuid,
    /// Absent when the account is gone.
    staff_name: Option<String>,
    firm: String,
    contract_number: String,
    clinic_ids: Vec<Uuid>,
    object_kinds: Vec<String>,
    period_from: Instant,
    period_to: Option<Instant>,
    until: Instant,
    set_at: Instant,
    ended_at: Option<Instant>,
}

impl AuditEngagementView {
    async fn of(app: &App, row: Engagement) -> Result<Self> {
        Ok(Self {
            id: row.id,
            staff_id: row.staff,
            staff_name: name(app, Some(row.staff)).await?,
            clinic_ids: read_list(&row.clinics)?,
            object_kinds: read_list(&row.objects)?,
            firm: row.firm,
            contract_number: row.number,
            period_from: row.period_from.into(),
            period_to: row.period_to.map(Into::into),
            until: row.until.into(),
            set_at: row.set_at.into(),
            ended_at: row.ended_at.map(Into::into),
        })
    }
}

page_of!(
    /// Contracts of auditors, newest first.
    AuditEngagementPage of AuditEngagementView
);

pub struct AuditorsApi;

#[OpenApi(prefix_path = "/v1/staff", tag = "Tag::Oversight")]
impl AuditorsApi {
    /// Note an auditor's contract
    ///
    /// Without one that runs, an account of the role `auditor` reads nothing of the trail and of the findings.
    #[oai(path = "/audit-engagements", method = "post", operation_id = "createAuditEngagement")]
    async fn create(
        &self,
        app: Data<&App>,
        session: Session,
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] key: Header<String>,
        body: Body<NewAuditEngagement>,
    ) -> Result<Created<EnteredRecord>, Failure> {
        let caller = session.staff_for("createAuditEngagement")?;
        let asked = &body.0;
        let new = NewEngagement {
            staff: asked.staff_id,
            firm: asked.firm.clone(),
            number: asked.contract_number.clone(),
            clinics: asked.clinic_ids.clone().unwrap_or_default(),
            objects: asked.object_kinds.clone().unwrap_or_default(),
            period_from: asked.period_from.get(),
            period_to: asked.period_to.map(Instant::get),
            until: asked.until.get(),
        };
        let new = new.check(app.ambient.now())?;
        let entered = app
            .write_once(&caller.actor("createAuditEngagement"), &caller.keys, &key.0, asked, async |tx: &mut Tx| {
                Ok(EnteredRecord { id: engagement::begin(tx, &caller, &new).await? })
            })
            .await?;
        Ok(Created::at(format!("/v1/staff/audit-engagements/{}", entered.id), entered))
    }

    /// List auditors' contracts
    #[oai(path = "/audit-engagements", method = "get", operation_id = "listAuditEngagements")]
    async fn list(
        &self,
        app: Data<&App>,
        session: Session,
        limit: Query<Option<Limit>>,
        cursor: Query<Option<Cursor>>,
    ) -> Result<Reply<AuditEngagementPage>, Failure> {
        let caller = session.staff_for("listAuditEngagements")?;
        let page = Paging::of(caller.id, limit.0, cursor.0)?;
        let mut found = rows::engagements(&app.db.reader(), page.place, page.rows()).await?;
        let next_cursor = page.cut(&mut found, |row| row.id)?;
        let mut items = Vec::with_capacity(found.len());
        for row in found {
            items.push(AuditEngagementView::of(&app, row).await?);
        }
        Ok(Reply::new(AuditEngagementPage { items, next_cursor }))
    }

    /// End an auditor's contract before its day
    ///
    /// His account is shut at once if no other one runs. `state_conflict` once it is over.
    #[oai(path = "/audit-engagements/:id", method = "delete", operation_id = "endAuditEngagement")]
    async fn end(&self, app: Data<&App>, session: Session, id: Path<Uuid>) -> Result<NoContent, Failure> {
        let caller = session.staff_for("endAuditEngagement")?;
        let rule = async |tx: &mut Tx| engagement::end(tx, id.0).await;
        app.write(&caller.actor("endAuditEngagement"), rule).await?;
        Ok(NoContent)
    }
}
