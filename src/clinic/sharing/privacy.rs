//! What sharing owes the house: its columns, its part of an erasure and of an export.

use super::blocks::Words as BlockWords;
use super::disclosure::Words as DisclosureWords;
use super::listing;
use super::rows::{self, change};
use crate::app::App;
use crate::app::room::{Exported, Forget, Room};
use crate::kernel::block;
use crate::kernel::db::Tx;
use crate::kernel::error::Result;
use crate::kernel::vault::{Class, Column, Holds, SubjectKeys};
use serde_json::{Value, json};

pub const ROOM: Room = Room {
    name: "sharing",
    columns,
    forget: |tx, who| Box::pin(forget(tx, who)),
    holdings: None,
    objects: None,
    export: Some(|app, keys| Box::pin(export(app, keys))),
    runners: &[],
    duties: &[],
};

fn columns() -> Vec<Column> {
    use Holds::{Office, Plain, Sealed, Subject};
    [
        Column::of(
            "shared_access",
            &[
                ("id", Plain),
                ("subject", Subject),
                ("kind", Plain),
                ("doctor", Office),
                ("clinic", Plain),
                ("insurer", Office),
                ("by_staff", Office),
                ("scope", Plain),
                ("created_at", Plain),
                ("valid_from", Plain),
                ("valid_until", Plain),
                ("ended_at", Plain),
                ("sealed", Sealed(Class::Evidence)),
            ],
        ),
        Column::of(
            "disclosure",
            &[
                ("id", Plain),
                ("subject", Subject),
                ("recipient", Office),
                ("basis", Plain),
                ("fields", Plain),
                ("staff", Office),
                ("at", Plain),
                ("refused", Plain),
                ("acknowledged_at", Plain),
                ("sealed", Sealed(Class::Evidence)),
            ],
        ),
        Column::of(
            "block_opening",
            &[
                ("id", Plain),
                ("block", Plain),
                ("subject", Subject),
                ("staff", Office),
                ("at", Plain),
                ("until", Plain),
                ("sealed", Sealed(Class::Staff)),
            ],
        ),
    ]
    .concat()
}

/// Whatever was shared ends with its reasons, which the kernel drops. What was shared and disclosed stays as evidence while that
/// is held; why somebody opened what was blocked tells of whom it was about.
async fn forget(tx: &mut Tx, who: &Forget) -> Result<()> {
    change(tx, "DELETE FROM block_opening WHERE subject = $1", [who.subject.into()]).await?;
    if who.held.contains(&Class::Evidence) {
        return Ok(());
    }
    for sql in ["DELETE FROM shared_access WHERE subject = $1", "DELETE FROM disclosure WHERE subject = $1"] {
        change(tx, sql, [who.subject.into()]).await?;
    }
    Ok(())
}

async fn export(app: &App, keys: &SubjectKeys) -> Result<Vec<Exported>> {
    let part = |name, rows| Exported { name, rows, files: Vec::new() };
    Ok(vec![
        part("sharedAccess", shared(app, keys).await?),
        part("disclosures", disclosures(app, keys).await?),
        part("blocks", blocks(app, keys).await?),
    ])
}

async fn shared(app: &App, keys: &SubjectKeys) -> Result<Vec<Value>> {
    let rows = rows::all_of(&app.db.reader(), keys.subject).await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let grant = app.own_grant(keys, Class::Evidence).await?;
    let listed = listing::opened(app, &grant, keys.mark, rows, app.profile.default_language).await?;
    let view = |listed: listing::Listed| {
        let row = listed.row;
        json!({
            "id": row.id, "kind": row.kind, "recipient": listed.recipient_name, "by": listed.by_name, "scope": listed.scope,
            "clinic": listed.clinic_name, "words": listed.words, "from": row.valid_from, "until": row.valid_until,
            "endedAt": row.ended_at, "createdAt": row.created_at,
        })
    };
    Ok(listed.into_iter().map(view).collect())
}

/// Refusals too: that somebody asked is about him as well.
async fn disclosures(app: &App, keys: &SubjectKeys) -> Result<Vec<Value>> {
    let found = rows::all_disclosures_of(&app.db.reader(), keys.subject).await?;
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let grant = app.own_grant(keys, Class::Evidence).await?;
    let view = |row: rows::Disclosure| {
        let words: DisclosureWords = grant.open(row.id, &row.sealed)?;
        Ok(json!({
            "id": row.id, "recipient": row.recipient, "basis": row.basis, "fields": row.fields()?, "at": row.at,
            "refused": row.refused, "acknowledgedAt": row.acknowledged_at, "words": words,
        }))
    };
    found.into_iter().map(view).collect()
}

async fn blocks(app: &App, keys: &SubjectKeys) -> Result<Vec<Value>> {
    let found = block::of(&app.db.reader(), keys.subject).await?;
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let grant = app.own_grant(keys, Class::Evidence).await?;
    let view = |row: block::Block| {
        let words: BlockWords = grant.open(row.id, &row.sealed)?;
        Ok(json!({
            "id": row.id, "class": row.class, "documentId": row.document, "requestId": row.request, "setAt": row.set_at,
            "liftedAt": row.lifted_at, "words": words,
        }))
    };
    found.into_iter().map(view).collect()
}
