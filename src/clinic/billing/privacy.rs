//! What billing owes the house: its columns, its part of an erasure and of an export, its tasks and duties.

use super::charge::{self, Details};
use super::payers;
use super::rows::{self, ChargeRow, RefundRow, change};
use super::tasks::{self, AskRefund, Begin, Cancel, LookUp, RemovePayer};
use crate::app::App;
use crate::app::room::{Duty, Exported, Forget, Holdings, Room, Runner};
use crate::kernel::db::Tx;
use crate::kernel::error::Result;
use crate::kernel::queue::Task;
use crate::kernel::vault::{Class, Column, Holds, SubjectKeys};
use chrono::TimeDelta;
use serde_json::{Value, json};
use uuid::Uuid;

pub const ROOM: Room = Room {
    name: "billing",
    columns,
    forget: |tx, who| Box::pin(forget(tx, who)),
    holdings: Some(|app, subject| Box::pin(holdings(app, subject))),
    objects: None,
    export: Some(|app, keys| Box::pin(export(app, keys))),
    runners: &[
        Runner { kind: Begin::KIND, run: |app, task| Box::pin(tasks::begin(app, task)) },
        Runner { kind: LookUp::KIND, run: |app, task| Box::pin(tasks::look_up(app, task)) },
        Runner { kind: Cancel::KIND, run: |app, task| Box::pin(tasks::cancel(app, task)) },
        Runner { kind: AskRefund::KIND, run: |app, task| Box::pin(tasks::ask_refund(app, task)) },
        Runner { kind: RemovePayer::KIND, run: |app, task| Box::pin(tasks::remove_payer(app, task)) },
    ],
    duties: &[
        Duty { name: "billing.reconcile", every: TimeDelta::minutes(1), run: |app| Box::pin(tasks::reconcile(app)) },
        Duty { name: "billing.callbacks", every: TimeDelta::days(1), run: |app| Box::pin(tasks::sweep_callbacks(app)) },
    ],
};

fn columns() -> Vec<Column> {
    use Holds::{Office, Plain, Sealed, Subject};
    [
        Column::of(
            "charge",
            &[
                ("id", Plain),
                ("subject", Subject),
                ("clinic", Plain),
                ("object", Plain),
                ("attempt", Plain),
                ("amount", Plain),
                ("currency", Plain),
                ("state", Plain),
                ("abandoned", Plain),
                ("paid_amount", Plain),
                ("reserved_amount", Plain),
                ("refunded_amount", Plain),
                ("created_at", Plain),
                ("due_at", Plain),
                ("begun_at", Plain),
                ("paid_at", Plain),
                ("check_at", Plain),
                ("checks", Plain),
                ("version", Plain),
                ("sealed", Sealed(Class::Billing)),
                ("parked", Plain),
                ("parked_at", Plain),
            ],
        ),
        Column::of(
            "refund",
            &[
                ("id", Plain),
                ("charge", Plain),
                ("amount", Plain),
                ("state", Plain),
                ("staff", Office),
                ("asked_at", Plain),
                ("settled_at", Plain),
                ("sealed", Sealed(Class::Billing)),
            ],
        ),
        Column::of("payer", &[("id", Subject), ("subject", Subject), ("created_at", Plain), ("sealed", Sealed(Class::Billing))]),
        Column::of("callback", &[("provider", Plain), ("outcome", Plain), ("at", Plain), ("times", Plain)]),
    ]
    .concat()
}

/// The provider forgets the payer in any case, and nobody pays any more. What was charged stays as it is where the law
/// holds it, and otherwise as sums that lead to nobody.
async fn forget(tx: &mut Tx, who: &Forget) -> Result<()> {
    payers::forget(tx, who.subject, who.stand_in).await?;
    for row in rows::all_charges_of(tx, who.subject).await? {
        charge::abandon(tx, row.id).await?;
    }
    if who.held.contains(&Class::Billing) {
        return Ok(());
    }
    let sql = "UPDATE refund SET sealed = NULL WHERE charge IN (SELECT id FROM charge WHERE subject = $1)";
    change(tx, sql, [who.subject.into()]).await?;
    let sql = "UPDATE charge SET subject = $2, sealed = NULL, version = version + 1 WHERE subject = $1";
    change(tx, sql, [who.subject.into(), who.stand_in.into()]).await.map(drop)
}

async fn holdings(app: &App, subject: Uuid) -> Result<Holdings> {
    Ok(Holdings { last_payment: rows::last_payment(&app.db.reader(), subject).await?, ..Holdings::default() })
}

/// Charges with their refunds, and what is saved at the provider.
async fn export(app: &App, keys: &SubjectKeys) -> Result<Vec<Exported>> {
    let mut charges = Vec::new();
    for row in rows::all_charges_of(&app.db.reader(), keys.subject).await? {
        let details = charge::details(app, &row).await?.unwrap_or_default();
        let refunds = rows::refunds(&app.db.reader(), row.id).await?;
        charges.push(charge_of(&row, &details, &refunds));
    }
    // A provider that is down must not hold up somebody's data: the methods are the provider's, and listed by their own call.
    let methods = payers::methods(app, keys).await.unwrap_or_default();
    let methods = methods.into_iter().map(|saved| json!({ "brand": saved.method.brand, "last4": saved.method.last4 })).collect();
    Ok(vec![
        Exported { name: "charges", rows: charges, files: Vec::new() },
        Exported { name: "paymentMethods", rows: methods, files: Vec::new() },
    ])
}

fn charge_of(row: &ChargeRow, details: &Details, refunds: &[RefundRow]) -> Value {
    let refunds: Vec<Value> = refunds
        .iter()
        .map(|refund| json!({ "id": refund.id, "amount": refund.amount, "state": refund.state, "askedAt": refund.asked_at }))
        .collect();
    json!({
        "id": row.id, "bookingId": row.object, "clinicId": row.clinic, "amount": row.amount, "currency": row.currency,
        "state": row.state, "paidAmount": row.paid_amount, "refundedAmount": row.refunded_amount, "createdAt": row.created_at,
        "dueAt": row.due_at, "parked": row.parked, "parkedAt": row.parked_at, "begunAt": row.begun_at, "paidAt": row.paid_at, "payment": details.payment,
        "customer": details.customer, "returnUrl": details.return_url, "saveMethod": details.save_method, "refunds": refunds,
    })
}
