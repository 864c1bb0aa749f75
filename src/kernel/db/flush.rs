//! The effects that a transaction gathered and nobody reads back: the answer to an idempotent request, rows that were put,
//! audit lines, tasks, reasons, news for the other nodes.
//! They go to the engine at once: as one text of several statements on SQLite, as one statement on PostgreSQL, which takes no
//! more of them with values.

use super::super::error::Result;
use super::connect::Engine;
use super::tx::{Answered, Insert, Tx, Who};
use sea_orm::{ConnectionTrait, Statement, Value};
use std::fmt::Write;

pub(super) async fn flush(tx: &mut Tx, engine: Engine) -> Result<()> {
    if tx.lines.is_empty() && tx.actor.who != Who::House {
        // Every transaction of somebody leaves a line, also where a rule had nothing special to say.
        tx.audit(super::super::audit::Line::new("write"));
    }
    let put = std::mem::take(&mut tx.rows);
    let gathered = put.into_iter().chain([lines(tx), tasks(tx), reasons(tx), news(tx)]);
    let inserts = gathered.filter(|insert| !insert.rows.is_empty()).map(Effect::Insert);
    let effects: Vec<Effect> = tx.answer.take().map(Effect::Answer).into_iter().chain(inserts).collect();
    if effects.is_empty() {
        return Ok(());
    }
    let (sql, values) = match engine {
        Engine::Sqlite => statements(&effects),
        Engine::Postgres => statement(&effects),
    };
    tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), &sql, values)).await?;
    Ok(())
}

/// What is written in one statement, or in a part of one.
enum Effect {
    Insert(Insert),
    Answer(Answered),
}

impl Effect {
    /// Its text, whose places follow those of `values`.
    fn text(&self, values: &mut Vec<Value>) -> String {
        match self {
            Effect::Insert(insert) => insert_text(insert, values),
            Effect::Answer((subject, key, answer)) => {
                let first = values.len();
                values.extend([answer.clone().into(), (*subject).into(), key.to_vec().into()]);
                format!("UPDATE once SET answer = ${} WHERE subject = ${} AND key = ${}", first + 1, first + 2, first + 3)
            }
        }
    }
}

/// `INSERT …; INSERT …`: the places of all count through.
fn statements(effects: &[Effect]) -> (String, Vec<Value>) {
    let mut values = Vec::new();
    let texts: Vec<String> = effects.iter().map(|effect| effect.text(&mut values)).collect();
    (texts.join("; "), values)
}

/// `INSERT …` for one effect; `WITH e0 AS (INSERT …), … INSERT …` for several.
fn statement(effects: &[Effect]) -> (String, Vec<Value>) {
    let mut sql = String::new();
    let mut values = Vec::new();
    let last = effects.len().saturating_sub(1);
    for (index, effect) in effects.iter().enumerate() {
        let text = effect.text(&mut values);
        match (index, index == last) {
            (0, true) => sql.push_str(&text),
            (0, false) => _ = write!(sql, "WITH e0 AS ({text})"),
            (_, false) => _ = write!(sql, ", e{index} AS ({text})"),
            (_, true) => _ = write!(sql, " {text}"),
        }
    }
    (sql, values)
}

fn insert_text(insert: &Insert, values: &mut Vec<Value>) -> String {
    let mut sql = format!("INSERT INTO {} ({}) VALUES ", insert.table, insert.columns.join(", "));
    for (index, row) in insert.rows.iter().enumerate() {
        sql.push_str(if index == 0 { "(" } else { ", (" });
        for (column, value) in row.iter().enumerate() {
            values.push(value.clone());
            _ = write!(sql, "{}${}", if column == 0 { "" } else { ", " }, values.len());
        }
        sql.push(')');
    }
    sql.push_str(" ON CONFLICT DO NOTHING");
    sql
}

fn lines(tx: &mut Tx) -> Insert {
    let who = match tx.actor.who {
        Who::House => "house".to_owned(),
        Who::Anonymous => "anonymous".to_owned(),
        Who::Patient { .. } => "patient".to_owned(),
        // By the mark, which leads to nobody once his audit key is gone.
        Who::Representative { by, .. } => format!("representative:{}", hex::encode(by)),
        Who::Staff { id } => format!("staff:{id}"),
    };
    let rows = std::mem::take(&mut tx.lines)
        .into_iter()
        .map(|line| {
            vec![
                tx.id().into(),
                tx.now().into(),
                who.clone().into(),
                tx.actor.operation.into(),
                tx.actor.request.into(),
                line.action.into(),
                line.object.map(|(kind, _)| kind).into(),
                line.object.and_then(|(_, id)| id).into(),
                line.about.map(|mark| mark.to_vec()).into(),
                line.class.map(|class| class.as_str()).into(),
                line.basis.into(),
                false.into(),
            ]
        })
        .collect();
    let columns =
        &["id", "at", "who", "operation", "request", "action", "object_kind", "object_id", "about", "class", "basis", "chained"];
    Insert { table: "audit_line", columns, rows }
}

fn tasks(tx: &mut Tx) -> Insert {
    tx.has_work = !tx.tasks.is_empty();
    let rows = std::mem::take(&mut tx.tasks)
        .into_iter()
        .map(|task| {
            let run_at = task.run_at.unwrap_or(tx.now());
            vec![
                tx.id().into(),
                task.kind.into(),
                task.payload.into(),
                run_at.into(),
                "waiting".into(),
                task.dedup.into(),
                0.into(),
                task.attempts.into(),
                tx.now().into(),
            ]
        })
        .collect();
    let columns = &["id", "kind", "payload", "run_at", "state", "dedup", "attempt", "attempts_max", "created_at"];
    Insert { table: "task", columns, rows }
}

fn reasons(tx: &mut Tx) -> Insert {
    let rows = std::mem::take(&mut tx.reasons)
        .into_iter()
        .map(|reason| {
            vec![
                tx.id().into(),
                reason.subject.into(),
                reason.party.into(),
                reason.class.as_str().into(),
                reason.basis.into(),
                reason.object.into(),
                reason.from.into(),
                reason.until.into(),
            ]
        })
        .collect();
    let columns = &["id", "subject", "party", "class", "basis", "object", "valid_from", "valid_until"];
    Insert { table: "reason", columns, rows }
}

fn news(tx: &mut Tx) -> Insert {
    let told = tx.told.clone();
    let rows =
        told.into_iter().map(|(topic, key)| vec![tx.id().into(), topic.as_str().into(), key.into(), tx.now().into()]).collect();
    Insert { table: "invalidation", columns: &["id", "topic", "key", "at"], rows }
}
