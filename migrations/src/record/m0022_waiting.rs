//! The waiting list and what it offers, reminders, private calendars.

use crate::step::run;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Step;

/// One freed time is offered to one who waits at most once, and the schema says so. A reminder is one per visit, hour and way.
const UP: &str = "
CREATE TABLE waiting (
    id {uuid} NOT NULL PRIMARY KEY, subject {uuid} NOT NULL, clinic {uuid} NOT NULL REFERENCES clinic (id),
    service {uuid} NOT NULL REFERENCES service (id), doctor {uuid} REFERENCES doctor (id), from_day {date} NOT NULL,
    to_day {date} NOT NULL, part text NOT NULL, state text NOT NULL, added_by {uuid} NOT NULL, added_how text NOT NULL,
    created_at {time} NOT NULL, ended_at {time}, CHECK (from_day <= to_day));
CREATE INDEX waiting_subject ON waiting (subject, id);
CREATE INDEX waiting_queue ON waiting (clinic, service, id) WHERE state = 'waiting';
CREATE INDEX waiting_doctor ON waiting (doctor, id) WHERE state = 'waiting' AND doctor IS NOT NULL;
CREATE TABLE waiting_offer (
    id {uuid} NOT NULL PRIMARY KEY, waiting {uuid} NOT NULL, subject {uuid} NOT NULL, doctor {uuid} NOT NULL,
    starts_at {time} NOT NULL, ends_at {time} NOT NULL, state text NOT NULL, until {time} NOT NULL, created_at {time} NOT NULL);
CREATE UNIQUE INDEX waiting_offer_once ON waiting_offer (waiting, doctor, starts_at);
CREATE INDEX waiting_offer_subject ON waiting_offer (subject, id);
CREATE TABLE reminder (
    id {uuid} NOT NULL PRIMARY KEY, subject {uuid} NOT NULL, booking {uuid} NOT NULL, channel text NOT NULL,
    starts_at {time} NOT NULL, due_at {time} NOT NULL, state text NOT NULL, notification {uuid});
CREATE UNIQUE INDEX reminder_once ON reminder (booking, starts_at, channel, due_at);
CREATE INDEX reminder_subject ON reminder (subject, due_at);
CREATE TABLE calendar_feed (
    id {uuid} NOT NULL PRIMARY KEY, owner {uuid} NOT NULL, lang text NOT NULL, hash {bytes} NOT NULL, created_at {time} NOT NULL);
CREATE UNIQUE INDEX calendar_feed_hash ON calendar_feed (hash);
CREATE INDEX calendar_feed_owner ON calendar_feed (owner);
ALTER TABLE notification ADD COLUMN until {time};
";

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, UP).await
    }
}
