//! Scheduling: clinics, doctors, services, hours, bookings. That two bookings never overlap is the schema's own rule.

use crate::step::{run, run_on};
use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

#[derive(DeriveMigrationName)]
pub struct Step;

const UP: &str = "
CREATE TABLE clinic (
    id {uuid} NOT NULL PRIMARY KEY, names {json} NOT NULL, zone text NOT NULL, addresses {json} NOT NULL, phone text,
    active {bool} NOT NULL, created_at {time} NOT NULL);
CREATE TABLE doctor (
    id {uuid} NOT NULL PRIMARY KEY, clinic {uuid} NOT NULL REFERENCES clinic (id), speciality text NOT NULL, names {json} NOT NULL,
    folded text NOT NULL, skeletons text NOT NULL, sorting text NOT NULL, active {bool} NOT NULL, created_at {time} NOT NULL);
CREATE INDEX doctor_sorting ON doctor (sorting, id);
CREATE INDEX doctor_clinic ON doctor (clinic);
CREATE TABLE service (
    id {uuid} NOT NULL PRIMARY KEY, clinic {uuid} NOT NULL REFERENCES clinic (id), names {json} NOT NULL, speciality text,
    duration_min integer NOT NULL, price_amount {int}, price_currency text, active {bool} NOT NULL, created_at {time} NOT NULL);
CREATE INDEX service_clinic ON service (clinic);
CREATE TABLE hours (
    id {uuid} NOT NULL PRIMARY KEY, doctor {uuid} NOT NULL REFERENCES doctor (id), weekday integer NOT NULL,
    from_min integer NOT NULL, to_min integer NOT NULL, valid_from {date}, valid_until {date});
CREATE INDEX hours_doctor ON hours (doctor);
CREATE TABLE booking (
    id {uuid} NOT NULL PRIMARY KEY, subject {uuid} NOT NULL, doctor {uuid} NOT NULL REFERENCES doctor (id),
    clinic {uuid} NOT NULL REFERENCES clinic (id), service {uuid} NOT NULL REFERENCES service (id), starts_at {time} NOT NULL,
    ends_at {time} NOT NULL, state text NOT NULL, booked_by {uuid} NOT NULL, created_at {time} NOT NULL, cancelled_at {time},
    complaint {bytes}, CHECK (starts_at < ends_at));
CREATE INDEX booking_subject ON booking (subject, id);
CREATE INDEX booking_doctor ON booking (doctor, starts_at);
CREATE INDEX booking_clinic ON booking (clinic, starts_at);
";

/// `btree_gist` is part of PostgreSQL and trusted: the owner of a database may create it.
const POSTGRES: &[&str] = &[
    "CREATE EXTENSION IF NOT EXISTS btree_gist",
    "ALTER TABLE booking ADD CONSTRAINT booking_doctor_apart EXCLUDE USING gist \
     (doctor WITH =, tstzrange(starts_at, ends_at, '[)') WITH &&) WHERE (state = 'booked')",
    "ALTER TABLE booking ADD CONSTRAINT booking_subject_apart EXCLUDE USING gist \
     (subject WITH =, tstzrange(starts_at, ends_at, '[)') WITH &&) WHERE (state = 'booked')",
];

/// The earliest start that is looked at keeps the search within the index; a booking lasts hours, never two days.
const SQLITE: &[&str] = &[
    "CREATE TRIGGER booking_apart_insert BEFORE INSERT ON booking WHEN NEW.state = 'booked' BEGIN \
     SELECT RAISE(ABORT, 'bookings overlap') WHERE \
     EXISTS (SELECT 1 FROM booking WHERE doctor = NEW.doctor AND state = 'booked' AND starts_at < NEW.ends_at \
     AND ends_at > NEW.starts_at AND starts_at > strftime('%Y-%m-%dT%H:%M:%S', NEW.starts_at, '-2 days')) \
     OR EXISTS (SELECT 1 FROM booking WHERE subject = NEW.subject AND state = 'booked' AND starts_at < NEW.ends_at \
     AND ends_at > NEW.starts_at); END",
    "CREATE TRIGGER booking_apart_update BEFORE UPDATE OF subject, doctor, starts_at, ends_at, state ON booking \
     WHEN NEW.state = 'booked' BEGIN \
     SELECT RAISE(ABORT, 'bookings overlap') WHERE \
     EXISTS (SELECT 1 FROM booking WHERE doctor = NEW.doctor AND id <> NEW.id AND state = 'booked' AND starts_at < NEW.ends_at \
     AND ends_at > NEW.starts_at AND starts_at > strftime('%Y-%m-%dT%H:%M:%S', NEW.starts_at, '-2 days')) \
     OR EXISTS (SELECT 1 FROM booking WHERE subject = NEW.subject AND id <> NEW.id AND state = 'booked' \
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
