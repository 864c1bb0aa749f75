//! The life of a booking: the time that it blocks with its buffers, its machine, who pays, its moves, series and course;
//! and wishes without a time. What keeps bookings apart is written anew over every state that takes the time.

use crate::step::{run, run_on};
use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

#[derive(DeriveMigrationName)]
pub struct Step;

/// `counts_from`: the beginning from which a refund is reckoned, where a late move would otherwise have mended it.
const UP: &str = "
ALTER TABLE booking ADD COLUMN payer text NOT NULL DEFAULT 'self';
ALTER TABLE booking ADD COLUMN equipment {uuid};
ALTER TABLE booking ADD COLUMN blocks_from {time};
ALTER TABLE booking ADD COLUMN blocks_until {time};
ALTER TABLE booking ADD COLUMN series {uuid};
ALTER TABLE booking ADD COLUMN episode {uuid};
ALTER TABLE booking ADD COLUMN arrived_at {time};
ALTER TABLE booking ADD COLUMN begun_at {time};
ALTER TABLE booking ADD COLUMN finished_at {time};
ALTER TABLE booking ADD COLUMN ground text;
ALTER TABLE booking ADD COLUMN counts_from {time};
UPDATE booking SET blocks_from = starts_at, blocks_until = ends_at;
CREATE INDEX booking_doctor_blocks ON booking (doctor, blocks_from);
CREATE INDEX booking_equipment ON booking (equipment, blocks_from) WHERE equipment IS NOT NULL;
CREATE INDEX booking_episode ON booking (episode) WHERE episode IS NOT NULL;
CREATE INDEX booking_series ON booking (series) WHERE series IS NOT NULL;
DROP INDEX booking_held;
CREATE INDEX booking_held ON booking (held_until) WHERE state IN ('requested', 'held');
DROP INDEX booking_booked;
CREATE INDEX booking_booked ON booking (ends_at) WHERE state IN ('booked', 'arrived', 'inProgress');
CREATE TABLE booking_move (
    id {uuid} NOT NULL PRIMARY KEY, booking {uuid} NOT NULL REFERENCES booking (id), from_doctor {uuid} NOT NULL,
    from_starts_at {time} NOT NULL, to_doctor {uuid} NOT NULL, to_starts_at {time} NOT NULL, how text NOT NULL, at {time} NOT NULL);
CREATE INDEX booking_move_booking ON booking_move (booking, id);
CREATE TABLE episode (
    id {uuid} NOT NULL PRIMARY KEY, subject {uuid} NOT NULL, doctor {uuid} NOT NULL REFERENCES doctor (id),
    clinic {uuid} NOT NULL REFERENCES clinic (id), opened_at {time} NOT NULL, closed_at {time});
CREATE INDEX episode_subject ON episode (subject, id);
CREATE UNIQUE INDEX episode_open ON episode (subject, doctor) WHERE closed_at IS NULL;
CREATE TABLE booking_wish (
    id {uuid} NOT NULL PRIMARY KEY, subject {uuid} NOT NULL, clinic {uuid} NOT NULL REFERENCES clinic (id),
    doctor {uuid} REFERENCES doctor (id), service {uuid} NOT NULL REFERENCES service (id), first_day {date} NOT NULL,
    last_day {date} NOT NULL, part text NOT NULL, state text NOT NULL, booking {uuid}, created_at {time} NOT NULL,
    closed_at {time}, text {bytes}, CHECK (first_day <= last_day));
CREATE INDEX booking_wish_subject ON booking_wish (subject, id);
CREATE INDEX booking_wish_open ON booking_wish (clinic, id) WHERE state = 'open';
";

const POSTGRES: &[&str] = &[
    "ALTER TABLE booking ALTER COLUMN blocks_from SET NOT NULL",
    "ALTER TABLE booking ALTER COLUMN blocks_until SET NOT NULL",
    "ALTER TABLE booking ADD CONSTRAINT booking_blocks CHECK (blocks_from <= starts_at AND ends_at <= blocks_until)",
    "ALTER TABLE booking DROP CONSTRAINT booking_doctor_apart",
    "ALTER TABLE booking DROP CONSTRAINT booking_subject_apart",
    "ALTER TABLE booking ADD CONSTRAINT booking_doctor_apart EXCLUDE USING gist \
     (doctor WITH =, tstzrange(blocks_from, blocks_until, '[)') WITH &&) \
     WHERE (state IN ('requested', 'held', 'booked', 'arrived', 'inProgress'))",
    "ALTER TABLE booking ADD CONSTRAINT booking_subject_apart EXCLUDE USING gist \
     (subject WITH =, tstzrange(starts_at, ends_at, '[)') WITH &&) \
     WHERE (state IN ('requested', 'held', 'booked', 'arrived', 'inProgress'))",
    "ALTER TABLE booking ADD CONSTRAINT booking_equipment_apart EXCLUDE USING gist \
     (equipment WITH =, tstzrange(blocks_from, blocks_until, '[)') WITH &&) \
     WHERE (equipment IS NOT NULL AND state IN ('requested', 'held', 'booked', 'arrived', 'inProgress'))",
];

/// What overlaps the new row. The earliest beginning that is looked at keeps the search within the index: a booking lasts
/// hours, never two days.
const MEETS: &str = "\
    SELECT RAISE(ABORT, 'bookings overlap') WHERE \
    EXISTS (SELECT 1 FROM booking o WHERE o.doctor = NEW.doctor AND o.id <> NEW.id \
    AND o.state IN ('requested', 'held', 'booked', 'arrived', 'inProgress') AND o.blocks_from < NEW.blocks_until \
    AND o.blocks_until > NEW.blocks_from AND o.blocks_from > strftime('%Y-%m-%dT%H:%M:%S', NEW.blocks_from, '-2 days')) \
    OR EXISTS (SELECT 1 FROM booking o WHERE o.subject = NEW.subject AND o.id <> NEW.id \
    AND o.state IN ('requested', 'held', 'booked', 'arrived', 'inProgress') AND o.starts_at < NEW.ends_at \
    AND o.ends_at > NEW.starts_at) \
    OR (NEW.equipment IS NOT NULL AND EXISTS (SELECT 1 FROM booking o WHERE o.equipment = NEW.equipment AND o.id <> NEW.id \
    AND o.state IN ('requested', 'held', 'booked', 'arrived', 'inProgress') AND o.blocks_from < NEW.blocks_until \
    AND o.blocks_until > NEW.blocks_from AND o.blocks_from > strftime('%Y-%m-%dT%H:%M:%S', NEW.blocks_from, '-2 days')))";

/// SQLite adds no constraint to a table that stands, so that the triggers hold the blocked time around the visit, too.
fn triggers() -> Vec<String> {
    let whole = "NEW.blocks_from IS NULL OR NEW.blocks_until IS NULL OR NEW.blocks_from > NEW.starts_at \
                 OR NEW.blocks_until < NEW.ends_at";
    let takes = "NEW.state IN ('requested', 'held', 'booked', 'arrived', 'inProgress')";
    let columns = "subject, doctor, equipment, starts_at, ends_at, blocks_from, blocks_until, state";
    vec![
        "DROP TRIGGER booking_apart_insert".to_owned(),
        "DROP TRIGGER booking_apart_update".to_owned(),
        format!(
            "CREATE TRIGGER booking_whole_insert BEFORE INSERT ON booking WHEN {whole} BEGIN \
             SELECT RAISE(ABORT, 'a booking blocks less than its visit'); END"
        ),
        format!(
            "CREATE TRIGGER booking_whole_update BEFORE UPDATE OF starts_at, ends_at, blocks_from, blocks_until ON booking \
             WHEN {whole} BEGIN SELECT RAISE(ABORT, 'a booking blocks less than its visit'); END"
        ),
        format!("CREATE TRIGGER booking_apart_insert BEFORE INSERT ON booking WHEN {takes} BEGIN {MEETS}; END"),
        format!("CREATE TRIGGER booking_apart_update BEFORE UPDATE OF {columns} ON booking WHEN {takes} BEGIN {MEETS}; END"),
    ]
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, UP).await?;
        run_on(manager, DbBackend::Postgres, POSTGRES).await?;
        let triggers = triggers();
        let triggers: Vec<&str> = triggers.iter().map(String::as_str).collect();
        run_on(manager, DbBackend::Sqlite, &triggers).await
    }
}
