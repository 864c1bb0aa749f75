//! What privacy owes the house: its columns, its part of an erasure, its tasks and duties.

use super::export::{self, BuildExport};
use super::publication;
use super::reviews;
use super::rows::{self, change};
use super::tasks::{self, DestroyClasses, Erase};
use crate::app::App;
use crate::app::room::{Duty, Forget, Room, Runner};
use crate::app::stored::DeleteObject;
use crate::clinic::identity::ContinuedUse;
use crate::kernel::db::Tx;
use crate::kernel::error::Result;
use crate::kernel::queue::Task;
use crate::kernel::vault::{Class, Column, Holds};
use chrono::TimeDelta;
use uuid::Uuid;

pub const ROOM: Room = Room {
    name: "privacy",
    columns,
    forget: |tx, who| Box::pin(forget(tx, who)),
    holdings: None,
    objects: Some(|app, objects| Box::pin(objects_named(app, objects))),
    export: Some(|app, keys| Box::pin(export::of_privacy(app, keys))),
    runners: &[
        Runner { kind: Erase::KIND, run: |app, task| Box::pin(tasks::erase(app, task)) },
        Runner { kind: DestroyClasses::KIND, run: |app, task| Box::pin(tasks::destroy_classes(app, task)) },
        Runner { kind: ContinuedUse::KIND, run: |app, task| Box::pin(publication::went_on(app, task)) },
        Runner { kind: BuildExport::KIND, run: |app, task| Box::pin(export::run(app, task)) },
    ],
    duties: &[
        Duty { name: "privacy.erase", every: TimeDelta::minutes(5), run: |app| Box::pin(tasks::find_due(app)) },
        Duty { name: "privacy.ruleReviews", every: TimeDelta::days(1), run: |app| Box::pin(reviews::tell_overdue(app)) },
        Duty { name: "privacy.exports", every: TimeDelta::minutes(10), run: |app| Box::pin(export::sweep(app)) },
        Duty { name: "privacy.retention", every: TimeDelta::days(1), run: |app| Box::pin(tasks::retention(app)) },
    ],
};

fn columns() -> Vec<Column> {
    use Holds::{Office, Plain, Sealed, Subject};
    [
        Column::of(
            "acceptance",
            &[("id", Plain), ("subject", Subject), ("version", Plain), ("at", Plain), ("sealed", Sealed(Class::Evidence))],
        ),
        Column::of(
            "consent",
            &[
                ("id", Plain),
                ("subject", Subject),
                ("item", Plain),
                ("state", Plain),
                ("given_at", Plain),
                ("withdrawn_at", Plain),
                ("sealed", Sealed(Class::Evidence)),
            ],
        ),
        // The house's own words, addressed to nobody.
        Column::of(
            "policy_version",
            &[
                ("id", Plain),
                ("version", Plain),
                ("effective_from", Plain),
                ("acceptance", Plain),
                ("texts", Office),
                ("published_at", Plain),
                ("state", Plain),
                ("told_up_to", Plain),
                ("slices", Plain),
                ("told", Plain),
                ("told_at", Plain),
            ],
        ),
        Column::of("policy_notice", &[("id", Plain), ("subject", Subject), ("version", Plain), ("at", Plain)]),
        Column::of(
            "freeze_act",
            &[
                ("id", Plain),
                ("subject", Subject),
                ("act", Plain),
                ("origin", Plain),
                ("scopes", Plain),
                ("staff", Office),
                ("identity_check", Plain),
                ("at", Plain),
                ("sealed", Sealed(Class::Evidence)),
            ],
        ),
        Column::of(
            "identity_check",
            &[
                ("id", Plain),
                ("subject", Subject),
                ("staff", Office),
                ("at", Plain),
                ("until", Plain),
                ("sealed", Sealed(Class::Evidence)),
            ],
        ),
        Column::of(
            "personal_export",
            &[
                ("id", Plain),
                ("subject", Subject),
                ("state", Plain),
                ("lang", Plain),
                ("created_at", Plain),
                ("finished_at", Plain),
                ("expires_at", Plain),
                ("parts_done", Plain),
                ("parts", Plain),
                ("object", Plain),
                ("content", Plain),
                ("asked_by", Office),
                ("step", Plain),
                ("sealed", Sealed(Class::Security)),
            ],
        ),
        Column::of(
            "erasure",
            &[
                ("id", Plain),
                ("subject", Subject),
                ("number", Plain),
                ("state", Plain),
                ("step", Plain),
                ("asked_at", Plain),
                ("due_at", Plain),
                ("plan", Plain),
                ("receipts", Plain),
                ("certificate", Plain),
            ],
        ),
        Column::of(
            "certificate",
            &[("id", Subject), ("number", Plain), ("at", Plain), ("until", Plain), ("sealed", Sealed(Class::Evidence))],
        ),
        Column::of(
            "held_record",
            &[
                ("id", Plain),
                ("number", Plain),
                ("subject", Subject),
                ("classes", Plain),
                ("next_at", Plain),
                ("created_at", Plain),
                ("destroyed_at", Plain),
            ],
        ),
        Column::of(
            "break_glass",
            &[
                ("id", Plain),
                ("subject", Subject),
                ("staff", Office),
                ("at", Plain),
                ("until", Plain),
                ("sealed", Sealed(Class::Staff)),
            ],
        ),
        Column::of(
            "legal_hold",
            &[
                ("id", Plain),
                ("subject", Subject),
                ("classes", Plain),
                ("rule", Office),
                ("told", Plain),
                ("officer", Office),
                ("set_at", Plain),
                ("until", Plain),
                ("lifted_at", Plain),
                ("lifted_by", Office),
                ("sealed", Sealed(Class::Staff)),
            ],
        ),
        Column::of(
            "rule_review",
            &[
                ("id", Plain),
                ("rule", Plain),
                ("review_by", Plain),
                ("outcome", Plain),
                ("note", Office),
                ("next_review_by", Plain),
                ("officer", Office),
                ("at", Plain),
            ],
        ),
        Column::of("rule_told", &[("rule", Plain), ("due", Plain), ("at", Plain)]),
        Column::of(
            "held_opening",
            &[
                ("id", Plain),
                ("number", Plain),
                ("staff", Office),
                ("at", Plain),
                ("until", Plain),
                ("sealed", Sealed(Class::Staff)),
            ],
        ),
    ]
    .concat()
}

/// Archives go at once. What was accepted, consented to, frozen and checked stays as evidence while that is held. The erasure's own row, its certificate and
/// what it holds are the steps' matter.
async fn forget(tx: &mut Tx, who: &Forget) -> Result<()> {
    for object in rows::objects_of(tx, who.subject).await? {
        tx.enqueue(DeleteObject { object }.task().once(format!("deleteObject:{object}")));
    }
    change(tx, "DELETE FROM personal_export WHERE subject = $1", [who.subject.into()]).await?;
    // That a doctor broke the glass stays; a ground tells of whom it was about.
    let sql = "UPDATE break_glass SET subject = $2, sealed = NULL WHERE subject = $1";
    change(tx, sql, [who.subject.into(), who.stand_in.into()]).await?;
    // That something was held stays; why tells of whom it was about.
    let sql = "UPDATE legal_hold SET subject = $2, sealed = NULL \
               WHERE subject = $1 AND (lifted_at IS NOT NULL OR until <= $3)";
    change(tx, sql, [who.subject.into(), who.stand_in.into(), tx.now().into()]).await?;
    if who.held.contains(&Class::Evidence) {
        return Ok(());
    }
    for sql in [
        "DELETE FROM policy_notice WHERE subject = $1",
        "DELETE FROM acceptance WHERE subject = $1",
        "DELETE FROM consent WHERE subject = $1",
        "DELETE FROM freeze_act WHERE subject = $1",
        "DELETE FROM identity_check WHERE subject = $1",
    ] {
        change(tx, sql, [who.subject.into()]).await?;
    }
    Ok(())
}

async fn objects_named(app: &App, objects: &[Uuid]) -> Result<Vec<Uuid>> {
    rows::export_objects(&app.db.reader(), objects).await
}
