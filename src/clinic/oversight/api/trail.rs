//! The trail, for officers and auditors.

use super::super::engagement;
use super::Tag;
use super::files::LinesFile;
use crate::app::App;
use crate::app::wire::{Cursor, Failure, Instant, Limit, Paging, Reply};
use crate::clinic::identity::{Caller, Session};
use crate::kernel::audit::{self, Asked, Line, Scope, TrailLine};
use crate::kernel::db::Tx;
use crate::kernel::error::{Error, Fault, Result};
use crate::page_of;
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::stream::{self, StreamExt};
use poem::Body;
use poem::web::Data;
use poem_openapi::param::Query;
use poem_openapi::{Object, OpenApi};
use sha2::{Digest, Sha256};
use std::io;
use uuid::Uuid;

/// Without `from`: so far back.
const USUAL: TimeDelta = TimeDelta::days(1);

/// What somebody did. Whose data it concerned is not told.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct AuditLineView {
    id: Uuid,
    at: Instant,
    /// `staff`, `patient`, `representative`, `anonymous`, `house`; new words may come.
    actor: String,
    staff_id: Option<Uuid>,
    /// The `operationId` of the contract, or the house's own name of what it did.
    operation: String,
    request_id: Uuid,
    /// `open`, `create`, `withdraw`, …
    action: String,
    object_kind: Option<String>,
    object_id: Option<Uuid>,
    /// The class of data that was opened or changed.
    class: Option<String>,
    basis: Option<String>,
}

impl From<TrailLine> for AuditLineView {
    fn from(line: TrailLine) -> Self {
        Self {
            staff_id: line.staff(),
            actor: line.actor().to_owned(),
            id: line.id,
            at: line.at.into(),
            operation: line.operation,
            request_id: line.request,
            action: line.action,
            object_kind: line.object_kind,
            object_id: line.object_id,
            class: line.class,
            basis: line.basis,
        }
    }
}

page_of!(
    /// Lines of the trail, newest first. A page may hold few lines, or none, and have a `nextCursor` all the same.
    AuditTrailPage of AuditLineView
);

pub struct AuditTrailApi;

#[OpenApi(prefix_path = "/v1/staff", tag = "Tag::Oversight")]
impl AuditTrailApi {
    /// Read the trail
    ///
    /// Who did what to which object and when, newest first; from the last day on without `from`. An auditor sees what his contract
    /// says while it runs, and gets `forbidden` without one. No data of anybody is opened.
    #[oai(path = "/audit-trail", method = "get", operation_id = "listAuditTrail")]
    #[expect(clippy::too_many_arguments, reason = "each is a parameter of the query")]
    async fn list(
        &self,
        app: Data<&App>,
        session: Session,
        from: Query<Option<Instant>>,
        to: Query<Option<Instant>>,
        #[oai(name = "staffId")] staff_id: Query<Option<Uuid>>,
        #[oai(validator(max_length = 64))] action: Query<Option<String>>,
        #[oai(name = "objectKind", validator(max_length = 64))] object_kind: Query<Option<String>>,
        #[oai(name = "objectId")] object_id: Query<Option<Uuid>>,
        limit: Query<Option<Limit>>,
        cursor: Query<Option<Cursor>>,
    ) -> Result<Reply<AuditTrailPage>, Failure> {
        let caller = session.staff_for("listAuditTrail")?;
        let scope = scope(&app, &caller, from.0, to.0).await?;
        let page: Paging<Uuid> = Paging::of(caller.id, limit.0, cursor.0)?;
        let asked = Asked { staff: staff_id.0, action: action.0, object_kind: object_kind.0, object: object_id.0 };
        let limit = usize::try_from(page.rows()).unwrap_or(1).saturating_sub(1);
        let trail = audit::trail(&app.db.reader(), &scope, &asked, page.place, limit).await?;
        let next_cursor = trail.next.map(|place| page.after(&place)).transpose()?;
        Ok(Reply::new(AuditTrailPage { items: trail.lines.into_iter().map(Into::into).collect(), next_cursor }))
    }

    /// Export the trail
    ///
    /// Lines of JSON with their numbers and links, oldest first, within the same scope; the last line signs the hash of all before
    /// it with the key of this installation. `feldsher audit verify --export FILE` checks it. That it was exported stands in the
    /// trail.
    #[oai(path = "/audit-trail/export", method = "get", operation_id = "exportAuditTrail")]
    async fn export(
        &self,
        app: Data<&App>,
        session: Session,
        from: Query<Option<Instant>>,
        to: Query<Option<Instant>>,
    ) -> Result<LinesFile, Failure> {
        let caller = session.staff_for("exportAuditTrail")?;
        let scope = scope(&app, &caller, from.0, to.0).await?;
        app.write(&caller.actor("exportAuditTrail"), async |tx: &mut Tx| -> Result<()> {
            tx.audit(Line::new("exportTrail"));
            Ok(())
        })
        .await?;
        Ok(LinesFile(lines(app.0.clone(), scope)?))
    }
}

async fn scope(app: &App, caller: &Caller, from: Option<Instant>, to: Option<Instant>) -> Result<Scope> {
    let now = app.ambient.now();
    // What happens in this very millisecond is part of it.
    let to: DateTime<Utc> = to.map_or(now + TimeDelta::seconds(1), Instant::get);
    let from = from.map_or(to - USUAL, Instant::get);
    if to <= from {
        return Err(Error::field("?to", Fault::OutOfRange));
    }
    engagement::scope(app, caller, from, to).await
}

/// The file, page by page: however long the trail is, a page of it is in memory.
fn lines(app: App, scope: Scope) -> Result<Body> {
    let head = audit::export_head(&scope, app.ambient.now())?;
    let mut hash = Sha256::new();
    hash.update(head.as_bytes());
    let begun = Some((app, scope, hash, 0_u64, None::<Uuid>));
    let rest = stream::try_unfold(begun, async |state| {
        let Some((app, scope, mut hash, lines, after)) = state else { return Ok(None) };
        let page = audit::export_page(&app.db.reader(), &scope, after).await.map_err(broken)?;
        let Some(last) = page.last else {
            let tail = audit::export_tail(&app.sealer, lines, hash).map_err(broken)?;
            return Ok(Some((tail, None)));
        };
        hash.update(page.text.as_bytes());
        Ok(Some((page.text, Some((app, scope, hash, lines + page.lines, Some(last))))))
    });
    Ok(Body::from_bytes_stream(stream::iter([Ok::<String, io::Error>(head)]).chain(rest)))
}

fn broken(error: Error) -> io::Error {
    tracing::error!(%error, "an export of the trail was broken off");
    io::Error::other("an export was broken off")
}
