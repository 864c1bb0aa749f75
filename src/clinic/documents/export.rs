//! What this room knows of somebody, for his export: his documents, with their bytes, whoever wrote them.

use super::document::{Body, DocumentKind};
use super::snapshot::Identity;
use super::{reading, rows};
use crate::app::App;
use crate::app::room::{Exported, ExportedFile};
use crate::kernel::access::Grant;
use crate::kernel::block;
use crate::kernel::disagreement::{self, Disagreement};
use crate::kernel::error::Result;
use crate::kernel::vault::{Class, SubjectKeys};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use uuid::Uuid;

pub async fn export(app: &App, keys: &SubjectKeys) -> Result<Vec<Exported>> {
    let rows = rows::all(&app.db.reader(), keys.subject).await?;
    let identities = rows::identities(&app.db.reader(), keys.subject).await?;
    if rows.is_empty() && identities.is_empty() {
        return Ok(Vec::new());
    }
    let grant = app.own_grant(keys, Class::Clinical).await?;
    let mut said = beside(app, &grant).await?;
    let blocks = block::of(&app.db.reader(), keys.subject).await?;
    let is_blocked = |id: Uuid| blocks.iter().any(|block| block.lifted_at.is_none() && block.document == Some(id));
    let mut names = reading::Names::default();
    let (mut documents, mut files) = (Vec::new(), Vec::new());
    // What a doctor has declared and not uploaded is no document yet; what he declared himself is his own word.
    for row in rows.into_iter().filter(|row| row.state == rows::COMPLETE || row.author.is_none()) {
        let body: Body = grant.open(row.id, &row.sealed)?;
        let bytes = i64::try_from(body.size_bytes).unwrap_or(i64::MAX);
        documents.push(json!({
            "id": row.id, "kind": DocumentKind::parse(&row.kind)?.as_str(), "state": row.state, "title": body.title,
            "fileName": body.file_name, "mediaType": body.media_type, "sizeBytes": bytes, "sha256": body.sha256,
            "authorId": row.author, "authorName": names.of(app, row.author).await?, "createdAt": row.created_at, "completedAt": row.completed_at,
            "correctsId": row.corrects, "disagreements": said.remove(&row.id).unwrap_or_default(),
            "blocked": is_blocked(row.id),
        }));
        if let (Some(object), Some(key)) = (row.object, body.file_key) {
            files.push(ExportedFile { row: row.id, object, key, bytes, media_type: body.media_type });
        }
    }
    let mut kept = Vec::with_capacity(identities.len());
    for row in identities {
        let identity: Identity = grant.open(row.id, &row.sealed)?;
        kept.push(json!({ "id": row.id, "at": row.at, "identity": identity.exported() }));
    }
    Ok(vec![
        Exported { name: "documents", rows: documents, files },
        Exported { name: "recordIdentities", rows: kept, files: Vec::new() },
    ])
}

/// What he says against them, by document.
async fn beside(app: &App, grant: &Grant) -> Result<BTreeMap<Uuid, Vec<Value>>> {
    let statements = disagreement::beside_documents(&app.db.reader(), grant).await?;
    let view = |statement: Disagreement| json!({ "id": statement.id, "text": statement.text, "at": statement.at });
    Ok(statements.into_iter().map(|(id, said)| (id, said.into_iter().map(view).collect())).collect())
}
