//! What carriers owe the house: their columns, their part of an erasure and of an export.

use super::carrier::Description;
use super::rows::{self, change};
use crate::app::App;
use crate::app::room::{Exported, Forget, Room};
use crate::clinic::identity::staff_name;
use crate::kernel::db::Tx;
use crate::kernel::error::Result;
use crate::kernel::vault::{Class, Column, Holds, SubjectKeys};
use serde_json::json;

pub const ROOM: Room = Room {
    name: "carriers",
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
            "carrier",
            &[
                ("id", Plain),
                ("subject", Subject),
                ("clinic", Plain),
                ("kind", Plain),
                ("number", Office),
                ("keeper", Office),
                ("state", Plain),
                ("staff", Office),
                ("entered_at", Plain),
                ("destroyed_at", Plain),
                ("sealed", Sealed(Class::Evidence)),
            ],
        ),
        Column::of(
            "carrier_act",
            &[
                ("id", Plain),
                ("carrier", Plain),
                ("act", Plain),
                ("staff", Office),
                ("at", Plain),
                ("receiver", Plain),
                ("method", Plain),
                ("keeper", Office),
            ],
        ),
    ]
    .concat()
}

/// The thing is still somewhere, whoever is forgotten: it stays in the register, as one of nobody. Whose it was stays as evidence
/// while that is held.
async fn forget(tx: &mut Tx, who: &Forget) -> Result<()> {
    if who.held.contains(&Class::Evidence) {
        return Ok(());
    }
    change(tx, "UPDATE carrier SET subject = NULL, sealed = NULL WHERE subject = $1", [who.subject.into()]).await.map(drop)
}

async fn export(app: &App, keys: &SubjectKeys) -> Result<Vec<Exported>> {
    let reader = app.db.reader();
    let rows = rows::all_of(&reader, keys.subject).await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let grant = app.own_grant(keys, Class::Evidence).await?;
    let mut copies = Vec::with_capacity(rows.len());
    for row in rows {
        let Some(sealed) = &row.sealed else { continue };
        let description: Description = grant.open(row.id, sealed)?;
        let mut acts = Vec::new();
        for act in rows::acts(&reader, row.id).await? {
            acts.push(json!({
                "act": act.act, "at": act.at, "staffName": staff_name(app, act.staff).await?, "receiver": act.receiver,
                "method": act.method, "keeper": act.keeper,
            }));
        }
        copies.push(json!({
            "id": row.id, "medium": row.kind, "number": row.number, "description": description.text, "state": row.state,
            "acts": acts,
        }));
    }
    Ok(vec![Exported { name: "copies", rows: copies, files: Vec::new() }])
}
