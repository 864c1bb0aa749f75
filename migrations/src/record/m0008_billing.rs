//! Billing: charges, refunds, payers, callbacks; and bookings that are held until they are paid.

use crate::step::{run, run_on};
use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

#[derive(DeriveMigrationName)]
pub struct Step;

/// That no more goes back than was paid is the schema's own rule, too.
const UP: &str = "
CREATE TABLE charge (
    id {uuid} NOT NULL PRIMARY KEY, subject {uuid} NOT NULL, clinic {uuid} NOT NULL, object {uuid} NOT NULL UNIQUE,
    attempt {uuid} NOT NULL UNIQUE, amount {int} NOT NULL, currency text NOT NULL, state text NOT NULL, abandoned {bool} NOT NULL,
    paid_amount {int} NOT NULL, reserved_amount {int} NOT NULL, refunded_amount {int} NOT NULL, created_at {time} NOT NULL,
    due_at {time} NOT NULL, begun_at {time}, paid_at {time}, check_at {time}, checks integer NOT NULL, version {int} NOT NULL,
    sealed {bytes}, parked text, parked_at {time}, CHECK ((parked IS NULL) = (parked_at IS NULL)),
    CHECK (amount > 0), CHECK (reserved_amount BETWEEN 0 AND paid_amount));
CREATE INDEX charge_subject ON charge (subject, id);
CREATE INDEX charge_check_at ON charge (check_at) WHERE check_at IS NOT NULL;
CREATE INDEX charge_parked ON charge (id) WHERE parked IS NOT NULL;
CREATE TABLE refund (
    id {uuid} NOT NULL PRIMARY KEY, charge {uuid} NOT NULL REFERENCES charge (id), amount {int} NOT NULL, state text NOT NULL,
    staff {uuid}, asked_at {time} NOT NULL, settled_at {time}, sealed {bytes}, CHECK (amount > 0));
CREATE INDEX refund_charge ON refund (charge, id);
CREATE TABLE payer (
    id {uuid} NOT NULL PRIMARY KEY, subject {uuid} NOT NULL UNIQUE, created_at {time} NOT NULL, sealed {bytes});
CREATE TABLE callback (
    provider text NOT NULL, outcome text NOT NULL, at {time} NOT NULL, times {int} NOT NULL,
    PRIMARY KEY (provider, outcome, at));
CREATE INDEX callback_at ON callback (at);
ALTER TABLE booking ADD COLUMN held_until {time};
ALTER TABLE booking ADD COLUMN charge {uuid};
CREATE INDEX booking_held ON booking (held_until) WHERE state = 'held';
CREATE INDEX booking_booked ON booking (ends_at) WHERE state = 'booked';
";

/// A constraint can't read the hour: whoever books lets go of what is held no longer first.
const POSTGRES: &[&str] = &[
    "ALTER TABLE booking DROP CONSTRAINT booking_doctor_apart",
    "ALTER TABLE booking DROP CONSTRAINT booking_subject_apart",
    "ALTER TABLE booking ADD CONSTRAINT booking_doctor_apart EXCLUDE USING gist \
     (doctor WITH =, tstzrange(starts_at, ends_at, '[)') WITH &&) WHERE (state IN ('held', 'booked'))",
    "ALTER TABLE booking ADD CONSTRAINT booking_subject_apart EXCLUDE USING gist \
     (subject WITH =, tstzrange(starts_at, ends_at, '[)') WITH &&) WHERE (state IN ('held', 'booked'))",
];

const SQLITE: &[&str] = &[
    "DROP TRIGGER booking_apart_insert",
    "DROP TRIGGER booking_apart_update",
    "CREATE TRIGGER booking_apart_insert BEFORE INSERT ON booking WHEN NEW.state IN ('held', 'booked') BEGIN \
     SELECT RAISE(ABORT, 'bookings overlap') WHERE \
     EXISTS (SELECT 1 FROM booking WHERE doctor = NEW.doctor AND state IN ('held', 'booked') AND starts_at < NEW.ends_at \
     AND ends_at > NEW.starts_at AND starts_at > strftime('%Y-%m-%dT%H:%M:%S', NEW.starts_at, '-2 days')) \
     OR EXISTS (SELECT 1 FROM booking WHERE subject = NEW.subject AND state IN ('held', 'booked') \
     AND starts_at < NEW.ends_at AND ends_at > NEW.starts_at); END",
    "CREATE TRIGGER booking_apart_update BEFORE UPDATE OF subject, doctor, starts_at, ends_at, state ON booking \
     WHEN NEW.state IN ('held', 'booked') BEGIN \
     SELECT RAISE(ABORT, 'bookings overlap') WHERE \
     EXISTS (SELECT 1 FROM booking WHERE doctor = NEW.doctor AND id <> NEW.id AND state IN ('held', 'booked') \
     AND starts_at < NEW.ends_at AND ends_at > NEW.starts_at \
     AND starts_at > strftime('%Y-%m-%dT%H:%M:%S', NEW.starts_at, '-2 days')) \
     OR EXISTS (SELECT 1 FROM booking WHERE subject = NEW.subject AND id <> NEW.id AND state IN ('held', 'booked') \
     AND starts_at < NEW.ends_at AND ends_at > NEW.starts_at); END",
];

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, UP).await?;
        run_on(manager, DbBackend::Postgres, POSTGRES).await?;
        run_on(manager, DbBackend::Sqlite, SQLITE).await
    }
}
