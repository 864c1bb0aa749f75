//! What contracts owe the house: their columns, their part of an erasure and of an export, their duty.

use super::contract::{self, Terms};
use super::rows::{self, STANDING, change};
use crate::app::App;
use crate::app::room::{Duty, Exported, Forget, Holdings, Room};
use crate::kernel::db::Tx;
use crate::kernel::error::Result;
use crate::kernel::vault::{Class, Column, Holds, SubjectKeys};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use uuid::Uuid;

pub const ROOM: Room = Room {
    name: "contracts",
    columns,
    forget: |tx, who| Box::pin(forget(tx, who)),
    holdings: Some(|app, subject| Box::pin(holdings(app, subject))),
    objects: None,
    export: Some(|app, keys| Box::pin(export(app, keys))),
    runners: &[],
    duties: &[Duty { name: "contracts.end", every: TimeDelta::hours(1), run: |app| Box::pin(contract::end_over(app)) }],
};

fn columns() -> Vec<Column> {
    use Holds::{Office, Plain, Sealed, Subject};
    Column::of(
        "service_contract",
        &[
            ("id", Plain),
            ("subject", Subject),
            ("clinic", Plain),
            ("staff", Office),
            ("state", Plain),
            ("starts_on", Plain),
            ("ends_on", Plain),
            ("document", Plain),
            ("entered_at", Plain),
            ("ended_at", Plain),
            ("ended_by", Office),
            ("sealed", Sealed(Class::Evidence)),
        ],
    )
}

/// A contract ends with the account, and stays as evidence while that is held.
async fn forget(tx: &mut Tx, who: &Forget) -> Result<()> {
    for row in rows::all_of(tx, who.subject).await?.into_iter().filter(|row| row.state == STANDING) {
        rows::end(tx, row.id, None, tx.now()).await?;
    }
    if who.held.contains(&Class::Evidence) {
        return Ok(());
    }
    change(tx, "DELETE FROM service_contract WHERE subject = $1", [who.subject.into()]).await.map(drop)
}

async fn holdings(app: &App, subject: Uuid) -> Result<Holdings> {
    let rows = rows::all_of(&app.db.reader(), subject).await?;
    let ends = rows.into_iter().map(|row| row.ended_at.unwrap_or(DateTime::<Utc>::MAX_UTC));
    Ok(Holdings { contract_end: ends.max(), ..Holdings::default() })
}

async fn export(app: &App, keys: &SubjectKeys) -> Result<Vec<Exported>> {
    let rows = rows::all_of(&app.db.reader(), keys.subject).await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let grant = app.own_grant(keys, Class::Evidence).await?;
    let mut contracts = Vec::with_capacity(rows.len());
    for row in rows {
        let terms: Terms = grant.open(row.id, &row.sealed)?;
        contracts.push(json!({
            "id": row.id, "state": row.state, "number": terms.number, "party": terms.party, "signedBy": terms.signed_by,
            "startsOn": row.starts_on, "endsOn": row.ends_on, "endedAt": row.ended_at, "documentId": row.document,
        }));
    }
    Ok(vec![Exported { name: "contracts", rows: contracts, files: Vec::new() }])
}
