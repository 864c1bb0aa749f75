//! What scheduling owes the house: its columns, its part of an erasure, what it knows for the plan of one.

use super::export;
use super::offers::{self, Present};
use super::reminders::{self, Remind};
use super::rows;
use super::tasks::{self, GiveBack};
use super::times;
use super::visitor::{self, TellVisitor};
use super::{relation, statistics, waiting};
use crate::app::App;
use crate::app::room::{Duty, Forget, Holdings, Room, Runner};
use crate::clinic::billing::Paid;
use crate::kernel::db::Tx;
use crate::kernel::error::Result;
use crate::kernel::queue::Task;
use crate::kernel::vault::{Class, Column, Holds};
use chrono::TimeDelta;
use uuid::Uuid;

pub const ROOM: Room = Room {
    name: "scheduling",
    columns,
    forget: |tx, who| Box::pin(forget(tx, who)),
    holdings: Some(|app, subject| Box::pin(holdings(app, subject))),
    objects: None,
    export: Some(|app, keys| Box::pin(export::export(app, keys))),
    runners: &[
        Runner { kind: Paid::KIND, run: |app, task| Box::pin(tasks::paid(app, task)) },
        Runner { kind: TellVisitor::KIND, run: |app, task| Box::pin(visitor::tell(app, task)) },
        Runner { kind: GiveBack::KIND, run: |app, task| Box::pin(tasks::give_back(app, task)) },
        Runner { kind: Present::KIND, run: |app, task| Box::pin(offers::present(app, task)) },
        Runner { kind: Remind::KIND, run: |app, task| Box::pin(reminders::remind(app, task)) },
    ],
    duties: &[
        Duty { name: "scheduling.holds", every: TimeDelta::minutes(1), run: |app| Box::pin(tasks::expire(app)) },
        Duty { name: "scheduling.visits", every: TimeDelta::minutes(5), run: |app| Box::pin(tasks::end_visits(app)) },
        Duty { name: "scheduling.statistics", every: TimeDelta::days(1), run: |app| Box::pin(statistics::close_months(app)) },
        Duty { name: "scheduling.waiting", every: TimeDelta::days(1), run: |app| Box::pin(waiting::sweep(app)) },
    ],
};

fn columns() -> Vec<Column> {
    use Holds::{Digest, Office, Plain, Sealed, Subject};
    [
        Column::of(
            "clinic",
            &[
                ("id", Plain),
                ("names", Office),
                ("zone", Plain),
                ("addresses", Office),
                ("phone", Office),
                ("active", Plain),
                ("created_at", Plain),
                ("languages", Plain),
                ("card", Office),
                ("version", Plain),
            ],
        ),
        Column::of(
            "doctor",
            &[
                ("id", Office),
                ("clinic", Plain),
                ("speciality", Plain),
                ("names", Office),
                ("sorting", Office),
                ("active", Plain),
                ("created_at", Plain),
                ("languages", Plain),
                ("qualifications", Office),
                ("version", Plain),
            ],
        ),
        Column::of("doctor_clinic", &[("doctor", Office), ("clinic", Plain), ("place", Plain)]),
        Column::of("doctor_word", &[("word", Office), ("doctor", Office)]),
        Column::of(
            "service",
            &[
                ("id", Plain),
                ("clinic", Plain),
                ("names", Office),
                ("speciality", Plain),
                ("duration_min", Plain),
                ("active", Plain),
                ("created_at", Plain),
                ("mode", Plain),
                ("preparation", Office),
                ("buffer_before_min", Plain),
                ("buffer_after_min", Plain),
                ("lead_min", Plain),
                ("confirmation", Plain),
                ("min_age", Plain),
                ("max_age", Plain),
                ("sex", Plain),
                ("equipment", Plain),
                ("version", Plain),
                ("programme", Plain),
            ],
        ),
        Column::of("service_price", &[("service", Plain), ("payer", Plain), ("amount", Plain), ("currency", Plain)]),
        Column::of(
            "equipment",
            &[
                ("id", Plain),
                ("clinic", Plain),
                ("kind", Plain),
                ("names", Office),
                ("active", Plain),
                ("version", Plain),
                ("created_at", Plain),
            ],
        ),
        Column::of(
            "hours",
            &[
                ("id", Plain),
                ("doctor", Office),
                ("weekday", Plain),
                ("from_min", Plain),
                ("to_min", Plain),
                ("valid_from", Plain),
                ("valid_until", Plain),
                ("clinic", Plain),
                ("room", Plain),
                ("breaks", Plain),
                ("on_holidays", Plain),
            ],
        ),
        Column::of(
            "hours_exception",
            &[
                ("id", Plain),
                ("doctor", Office),
                ("change", Plain),
                ("first_day", Plain),
                ("last_day", Plain),
                ("clinic", Plain),
                ("room", Plain),
                ("stretches", Plain),
                ("created_at", Plain),
            ],
        ),
        Column::of(
            "closure",
            &[("id", Plain), ("clinic", Plain), ("room", Plain), ("starts_at", Plain), ("ends_at", Plain), ("created_at", Plain)],
        ),
        Column::of(
            "booking",
            &[
                ("id", Plain),
                ("subject", Subject),
                ("doctor", Office),
                ("clinic", Plain),
                ("service", Plain),
                ("starts_at", Plain),
                ("ends_at", Plain),
                ("state", Plain),
                ("booked_by", Subject),
                ("created_at", Plain),
                ("cancelled_at", Plain),
                ("complaint", Sealed(Class::Clinical)),
                ("held_until", Plain),
                ("charge", Plain),
                ("booked_how", Plain),
                ("channel", Plain),
                ("visitor", Sealed(Class::Identity)),
                ("payer", Plain),
                ("equipment", Plain),
                ("blocks_from", Plain),
                ("blocks_until", Plain),
                ("series", Plain),
                ("episode", Plain),
                ("arrived_at", Plain),
                ("begun_at", Plain),
                ("finished_at", Plain),
                ("ground", Plain),
                ("counts_from", Plain),
            ],
        ),
        Column::of(
            "booking_move",
            &[
                ("id", Plain),
                ("booking", Plain),
                ("from_doctor", Office),
                ("from_starts_at", Plain),
                ("to_doctor", Office),
                ("to_starts_at", Plain),
                ("how", Plain),
                ("at", Plain),
            ],
        ),
        Column::of(
            "episode",
            &[
                ("id", Plain),
                ("subject", Subject),
                ("doctor", Office),
                ("clinic", Plain),
                ("opened_at", Plain),
                ("closed_at", Plain),
            ],
        ),
        Column::of(
            "booking_wish",
            &[
                ("id", Plain),
                ("subject", Subject),
                ("clinic", Plain),
                ("doctor", Office),
                ("service", Plain),
                ("first_day", Plain),
                ("last_day", Plain),
                ("part", Plain),
                ("state", Plain),
                ("booking", Plain),
                ("created_at", Plain),
                ("closed_at", Plain),
                ("text", Sealed(Class::Clinical)),
            ],
        ),
        Column::of(
            "waiting",
            &[
                ("id", Plain),
                ("subject", Subject),
                ("clinic", Plain),
                ("service", Plain),
                ("doctor", Office),
                ("from_day", Plain),
                ("to_day", Plain),
                ("part", Plain),
                ("state", Plain),
                ("added_by", Subject),
                ("added_how", Plain),
                ("created_at", Plain),
                ("ended_at", Plain),
            ],
        ),
        Column::of(
            "waiting_offer",
            &[
                ("id", Plain),
                ("waiting", Plain),
                ("subject", Subject),
                ("doctor", Office),
                ("starts_at", Plain),
                ("ends_at", Plain),
                ("state", Plain),
                ("until", Plain),
                ("created_at", Plain),
            ],
        ),
        Column::of(
            "reminder",
            &[
                ("id", Plain),
                ("subject", Subject),
                ("booking", Plain),
                ("channel", Plain),
                ("starts_at", Plain),
                ("due_at", Plain),
                ("state", Plain),
                ("notification", Plain),
            ],
        ),
        Column::of(
            "visit_total",
            &[
                ("month", Plain),
                ("clinic", Plain),
                ("speciality", Plain),
                ("service", Plain),
                ("visits", Plain),
                ("people", Plain),
            ],
        ),
        Column::of("visit_month", &[("month", Plain), ("closed_at", Plain), ("suppressed", Plain)]),
        Column::of(
            "calendar_feed",
            &[("id", Plain), ("owner", Subject), ("lang", Plain), ("hash", Digest), ("created_at", Plain)],
        ),
    ]
    .concat()
}

/// What is to come is cancelled, and paid back by the rule; courses of treatment end. What was stays as rows that lead to
/// nobody, or, where the clinical class is held, as it is.
async fn forget(tx: &mut Tx, who: &Forget) -> Result<()> {
    // What is kept for him is no visit to come: it goes to the next.
    waiting::forget(tx, who.subject, who.stand_in).await?;
    rows::forget_reminders(tx, who.subject).await?;
    rows::forget_feeds(tx, who.subject).await?;
    for cancelled in rows::cancel_coming(tx, who.subject, tx.now()).await? {
        if let Some(charge) = cancelled.charge {
            let starts_at = cancelled.counts_from.map_or(cancelled.starts_at, |from| from.min(cancelled.starts_at));
            let back = GiveBack { charge, starts_at, cancelled_at: tx.now() };
            tx.enqueue(back.task().once(format!("{}:{charge}", GiveBack::KIND)));
        }
        reminders::drop(tx, cancelled.id).await?;
        if let Some(booking) = rows::find(tx, cancelled.id).await? {
            times::taken_changed(tx, &booking);
            relation::freed(tx, &booking).await?;
        }
    }
    let now = tx.now();
    rows::close_episodes_of(tx, who.subject, now).await?;
    rows::forget_booker(tx, who.subject, who.stand_in).await?;
    if !who.held.contains(&Class::Clinical) {
        rows::depersonalise(tx, who.subject, who.stand_in).await?;
        rows::depersonalise_episodes(tx, who.subject, who.stand_in).await?;
        rows::depersonalise_wishes(tx, who.subject, who.stand_in, now).await?;
    } else {
        rows::close_wishes_of(tx, who.subject, now).await?;
    }
    Ok(())
}

async fn holdings(app: &App, subject: Uuid) -> Result<Holdings> {
    let now = app.ambient.now();
    let last_visit = rows::last_visit(&app.db.reader(), subject, now).await?;
    // A course that goes on ends with the account: what is held of it is kept from that day.
    let last_course = rows::last_course(&app.db.reader(), subject, now).await?;
    let last_encounter = last_visit.max(last_course);
    Ok(Holdings { last_encounter, ..Holdings::default() })
}
