//! What identity owes the house: its columns, its part of an erasure, its tasks and duties.

use super::claim_rows;
use super::contacts::{self, TellFormer};
use super::export;
use super::representation;
use super::rows::change;
use super::sessions;
use super::tasks::{self, SendCode};
use crate::app::room::{Duty, Forget, Room, Runner};
use crate::kernel::db::Tx;
use crate::kernel::error::Result;
use crate::kernel::queue::Task;
use crate::kernel::vault::{Class, Column, Holds};
use chrono::TimeDelta;

pub const ROOM: Room = Room {
    name: "identity",
    columns,
    forget: |tx, who| Box::pin(forget(tx, who)),
    holdings: None,
    objects: None,
    export: Some(|app, keys| Box::pin(export::export(app, keys))),
    runners: &[
        Runner { kind: SendCode::KIND, run: |app, task| Box::pin(tasks::send_code(app, task)) },
        Runner { kind: contacts::Tidy::KIND, run: |app, task| Box::pin(contacts::run_tidy(app, task)) },
        Runner { kind: TellFormer::KIND, run: |app, task| Box::pin(contacts::tell_former(app, task)) },
    ],
    duties: &[
        Duty { name: "identity.sweep", every: TimeDelta::minutes(10), run: |app| Box::pin(tasks::sweep(app)) },
        Duty { name: "identity.orphans", every: TimeDelta::minutes(30), run: |app| Box::pin(tasks::sweep_orphans(app)) },
        Duty { name: "identity.comeOfAge", every: TimeDelta::days(1), run: |app| Box::pin(representation::come_of_age(app)) },
        Duty { name: "identity.epoch", every: TimeDelta::days(1), run: |app| Box::pin(tasks::end_epoch(app)) },
    ],
};

fn columns() -> Vec<Column> {
    use Holds::{Digest, Office, Plain, Sealed, Subject};
    [
        Column::of(
            "patient",
            &[
                ("subject", Subject),
                ("state", Plain),
                ("identity", Sealed(Class::Identity)),
                ("contact", Sealed(Class::Contact)),
                ("accepted_version", Plain),
                ("version", Plain),
                ("created_at", Plain),
                ("leaving_since", Plain),
                ("erase_at", Plain),
            ],
        ),
        Column::of(
            "staff",
            &[
                ("id", Office),
                ("role", Plain),
                ("state", Plain),
                ("sealed", Sealed(Class::Staff)),
                ("totp_step", Plain),
                ("created_at", Plain),
            ],
        ),
        Column::of("staff_clinic", &[("staff", Office), ("clinic", Plain)]),
        Column::of("staff_insurer", &[("staff", Office), ("insurer", Plain), ("set_at", Plain)]),
        Column::of("staff_invitation", &[("hash", Digest), ("staff", Office), ("until", Plain)]),
        Column::of(
            "passkey",
            &[
                ("id", Plain),
                ("staff", Office),
                ("credential", Digest),
                ("sealed", Sealed(Class::Staff)),
                ("counter", Plain),
                ("created_at", Plain),
                ("used_at", Plain),
            ],
        ),
        Column::of("passkey_ceremony", &[("id", Plain), ("staff", Office), ("challenge", Plain), ("until", Plain)]),
        Column::of(
            "session",
            &[
                ("id", Plain),
                ("owner", Subject),
                ("kind", Plain),
                ("created_at", Plain),
                ("used_at", Plain),
                ("absolute_until", Plain),
                ("ended_at", Plain),
                ("device", Sealed(Class::Contact)),
                ("is_provisional", Plain),
                ("representation", Plain),
                ("opened_by", Plain),
            ],
        ),
        Column::of(
            "session_token",
            &[
                ("hash", Digest),
                ("session", Plain),
                ("kind", Plain),
                ("issued_at", Plain),
                ("until", Plain),
                ("used_at", Plain),
                ("parent", Digest),
            ],
        ),
        Column::of(
            "number_claim",
            &[
                ("id", Plain),
                ("subject", Subject),
                ("system", Plain),
                ("state", Plain),
                ("holder", Subject),
                ("sealed", Sealed(Class::Identity)),
                ("created_at", Plain),
                ("settled_at", Plain),
                ("settled_by", Office),
            ],
        ),
        Column::of(
            "challenge",
            &[
                ("id", Subject),
                ("channel", Plain),
                ("lang", Plain),
                ("target", Sealed(Class::Contact)),
                ("attempts", Plain),
                ("expires_at", Plain),
                ("used_at", Plain),
                ("created_at", Plain),
                ("flow", Plain),
                ("bound_to", Subject),
            ],
        ),
        Column::of("former_address", &[("id", Plain), ("subject", Subject), ("at", Plain), ("sealed", Sealed(Class::Contact))]),
        Column::of(
            "attestation",
            &[
                ("id", Plain),
                ("subject", Subject),
                ("version", Plain),
                ("at", Plain),
                ("staff", Office),
                ("sealed", Sealed(Class::Evidence)),
            ],
        ),
        Column::of(
            "patient_credential",
            &[
                ("subject", Subject),
                ("state", Plain),
                ("version", Plain),
                ("login", Sealed(Class::Contact)),
                ("password", Sealed(Class::Security)),
                ("issued_at", Plain),
                ("issued_until", Plain),
                ("issued_by", Office),
                ("issued_clinic", Plain),
                ("identity_check", Plain),
                ("changed_at", Plain),
            ],
        ),
        Column::of(
            "undertaking",
            &[("id", Plain), ("staff", Office), ("version", Plain), ("at", Plain), ("sealed", Sealed(Class::Staff))],
        ),
        representation::columns(),
    ]
    .concat()
}

/// Nothing of an account stays: sessions end on every node, then the rows go. What was attested stays as evidence while that
/// is held. A challenge has keys of its own, which the sweep of orphans takes.
async fn forget(tx: &mut Tx, who: &Forget) -> Result<()> {
    representation::forget(tx, who).await?;
    sessions::end_all(tx, who.subject, None).await?;
    change(tx, "DELETE FROM session WHERE owner = $1", [who.subject.into()]).await?;
    claim_rows::forget(tx, who.subject).await?;
    for sql in [
        "DELETE FROM patient_credential WHERE subject = $1",
        "DELETE FROM patient WHERE subject = $1",
        "DELETE FROM former_address WHERE subject = $1",
        "DELETE FROM challenge WHERE bound_to = $1",
    ] {
        change(tx, sql, [who.subject.into()]).await?;
    }
    if !who.held.contains(&Class::Evidence) {
        change(tx, "DELETE FROM attestation WHERE subject = $1", [who.subject.into()]).await?;
    }
    Ok(())
}
