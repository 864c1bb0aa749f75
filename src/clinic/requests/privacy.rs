//! What requests owe the house: their columns, their part of an erasure and of an export, their tasks.

use super::alarms::{self, Alarm};
use super::kind::RequestState;
use super::reading;
use super::rows::{self, change};
use crate::app::App;
use crate::app::room::{Exported, Forget, Room, Runner};
use crate::kernel::db::Tx;
use crate::kernel::disagreement;
use crate::kernel::error::Result;
use crate::kernel::queue::Task;
use crate::kernel::vault::{Class, Column, Holds, SubjectKeys};
use serde_json::{Value, json};

pub const ROOM: Room = Room {
    name: "requests",
    columns,
    forget: |tx, who| Box::pin(forget(tx, who)),
    holdings: None,
    objects: None,
    export: Some(|app, keys| Box::pin(export(app, keys))),
    runners: &[Runner { kind: Alarm::KIND, run: |app, task| Box::pin(alarms::run(app, task)) }],
    duties: &[],
};

fn columns() -> Vec<Column> {
    use Holds::{Office, Plain, Sealed, Subject};
    [
        Column::of(
            "person_request",
            &[
                ("id", Plain),
                ("subject", Subject),
                ("kind", Plain),
                ("channel", Plain),
                ("state", Plain),
                ("document", Plain),
                ("staff", Office),
                ("identity_check", Plain),
                ("officer", Office),
                ("rule", Plain),
                ("received_at", Plain),
                ("entered_at", Plain),
                ("due_at", Plain),
                ("extend_to", Plain),
                ("extended_at", Plain),
                ("closed_at", Plain),
                ("sealed", Sealed(Class::Evidence)),
            ],
        ),
        Column::of(
            "request_act",
            &[
                ("id", Plain),
                ("request", Plain),
                ("subject", Subject),
                ("act", Plain),
                ("staff", Office),
                ("at", Plain),
                ("sealed", Sealed(Class::Evidence)),
            ],
        ),
    ]
    .concat()
}

/// Requests stay as evidence while that is held; those that still wait end with the account. Statements go with the values
/// that they stand beside.
async fn forget(tx: &mut Tx, who: &Forget) -> Result<()> {
    disagreement::forget(tx, who.subject, &who.held).await?;
    if who.held.contains(&Class::Evidence) {
        let sql = "UPDATE person_request SET state = $2, closed_at = $3 WHERE subject = $1 AND closed_at IS NULL";
        let withdrawn = RequestState::Withdrawn.as_str();
        return change(tx, sql, [who.subject.into(), withdrawn.into(), tx.now().into()]).await.map(drop);
    }
    for sql in ["DELETE FROM request_act WHERE subject = $1", "DELETE FROM person_request WHERE subject = $1"] {
        change(tx, sql, [who.subject.into()]).await?;
    }
    Ok(())
}

async fn export(app: &App, keys: &SubjectKeys) -> Result<Vec<Exported>> {
    Ok(vec![
        Exported { name: "requests", rows: requests(app, keys).await?, files: Vec::new() },
        Exported { name: "disagreements", rows: disagreements(app, keys).await?, files: Vec::new() },
    ])
}

async fn requests(app: &App, keys: &SubjectKeys) -> Result<Vec<Value>> {
    let rows = rows::all_of(&app.db.reader(), keys.subject).await?;
    let mut requests = Vec::with_capacity(rows.len());
    if rows.is_empty() {
        return Ok(requests);
    }
    let grant = app.own_grant(keys, Class::Evidence).await?;
    for row in rows {
        let opened = reading::open(app, &grant, row).await?;
        let acts = opened.acts.into_iter().map(|act| {
            let (text, rule) = act.words.map(|words| (words.text, words.rule)).unzip();
            json!({
                "act": act.act.act, "at": act.act.at, "staffName": act.staff_name, "text": text, "rule": rule.flatten(),
            })
        });
        let row = opened.row;
        requests.push(json!({
            "id": row.id, "kind": row.kind, "channel": row.channel, "state": row.state, "documentId": row.document,
            "text": opened.said.text, "ground": opened.said.ground, "rule": row.rule, "receivedAt": row.received_at,
            "dueAt": row.due_at, "extendedAt": row.extended_at, "closedAt": row.closed_at, "acts": acts.collect::<Vec<_>>(),
        }));
    }
    Ok(requests)
}

async fn disagreements(app: &App, keys: &SubjectKeys) -> Result<Vec<Value>> {
    let mut statements = Vec::new();
    for class in [Class::Identity, Class::Clinical].into_iter().filter(|class| keys.has(*class)) {
        let grant = app.own_grant(keys, class).await?;
        statements.extend(disagreement::standing(&app.db.reader(), &grant).await?);
    }
    statements.sort_by_key(|statement| statement.id);
    let views = statements.into_iter().map(|statement| {
        json!({
            "id": statement.id, "field": statement.field, "documentId": statement.document, "requestId": statement.request,
            "text": statement.text, "at": statement.at,
        })
    });
    Ok(views.collect())
}
