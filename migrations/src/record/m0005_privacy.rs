//! Privacy: acceptances, consents, erasures and what remains of them.

use crate::step::run;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Step;

const UP: &str = "
CREATE TABLE acceptance (
    id {uuid} NOT NULL PRIMARY KEY, subject {uuid} NOT NULL, version text NOT NULL, at {time} NOT NULL, sealed {bytes} NOT NULL);
CREATE INDEX acceptance_subject ON acceptance (subject, id);
CREATE TABLE consent (
    id {uuid} NOT NULL PRIMARY KEY, subject {uuid} NOT NULL, item text NOT NULL, state text NOT NULL, given_at {time} NOT NULL,
    withdrawn_at {time}, sealed {bytes} NOT NULL);
CREATE INDEX consent_subject ON consent (subject, item);
CREATE UNIQUE INDEX consent_given ON consent (subject, item) WHERE state = 'given';
CREATE TABLE erasure (
    id {uuid} NOT NULL PRIMARY KEY, subject {uuid} NOT NULL UNIQUE, number text NOT NULL UNIQUE, state text NOT NULL,
    step text NOT NULL, asked_at {time} NOT NULL, due_at {time} NOT NULL, plan {json} NOT NULL, receipts {json} NOT NULL,
    certificate {uuid});
CREATE INDEX erasure_running ON erasure (due_at) WHERE state = 'running';
CREATE TABLE certificate (
    id {uuid} NOT NULL PRIMARY KEY, number text NOT NULL UNIQUE, at {time} NOT NULL, until {time}, sealed {bytes} NOT NULL);
CREATE INDEX certificate_until ON certificate (until) WHERE until IS NOT NULL;
CREATE TABLE held_record (
    id {uuid} NOT NULL PRIMARY KEY, number text NOT NULL UNIQUE, subject {uuid} NOT NULL, classes {json} NOT NULL,
    next_at {time} NOT NULL, created_at {time} NOT NULL, destroyed_at {time});
CREATE INDEX held_record_next_at ON held_record (next_at) WHERE destroyed_at IS NULL;
CREATE TABLE held_opening (
    id {uuid} NOT NULL PRIMARY KEY, number text NOT NULL, staff {uuid} NOT NULL, at {time} NOT NULL, until {time} NOT NULL,
    sealed {bytes} NOT NULL);
CREATE INDEX held_opening_number ON held_opening (number);
";

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, UP).await
    }
}
