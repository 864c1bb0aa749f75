//! Devices: installations of the app, push tokens, telemetry and its totals.

use crate::step::run;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Step;

const UP: &str = "
CREATE TABLE installation (
    id {uuid} NOT NULL PRIMARY KEY, owner {uuid} NOT NULL, session {uuid} NOT NULL, registered_at {time} NOT NULL,
    sealed {bytes} NOT NULL);
CREATE INDEX installation_owner ON installation (owner, registered_at);
CREATE TABLE push_token (
    id {uuid} NOT NULL PRIMARY KEY, installation {uuid} NOT NULL REFERENCES installation (id) ON DELETE CASCADE,
    owner {uuid} NOT NULL, kind text NOT NULL, registered_at {time} NOT NULL, sealed {bytes} NOT NULL);
CREATE INDEX push_token_installation ON push_token (installation);
CREATE INDEX push_token_owner ON push_token (owner);
CREATE TABLE telemetry_batch (
    id {uuid} NOT NULL PRIMARY KEY, subject {uuid} NOT NULL, at {time} NOT NULL, sealed {bytes} NOT NULL);
CREATE INDEX telemetry_batch_subject ON telemetry_batch (subject, at);
CREATE INDEX telemetry_batch_at ON telemetry_batch (at);
CREATE TABLE telemetry_mark (mark {bytes} NOT NULL PRIMARY KEY, day {date} NOT NULL);
CREATE INDEX telemetry_mark_day ON telemetry_mark (day);
CREATE TABLE telemetry_total (
    day {date} NOT NULL, platform text NOT NULL, app_version text NOT NULL, event text NOT NULL, outcome text NOT NULL,
    bucket integer NOT NULL, shard integer NOT NULL, events {int} NOT NULL, duration_ms {int} NOT NULL, people {int} NOT NULL,
    PRIMARY KEY (day, platform, app_version, event, outcome, bucket, shard));
";

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, UP).await
    }
}
