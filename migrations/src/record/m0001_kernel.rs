//! The kernel's tables: the trail, tasks, idempotency, reasons, freezes, news between nodes.

use crate::step::run;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Step;

const UP: &str = "
CREATE TABLE audit_line (
    id {uuid} NOT NULL PRIMARY KEY, at {time} NOT NULL, who text NOT NULL, operation text NOT NULL, request {uuid} NOT NULL,
    action text NOT NULL, object_kind text, object_id {uuid}, about {bytes}, class text, basis text, chained {bool} NOT NULL);
CREATE INDEX audit_line_unchained ON audit_line (id) WHERE NOT chained;
CREATE INDEX audit_line_about ON audit_line (about, id) WHERE about IS NOT NULL;
CREATE TABLE audit_chain (seq {int} NOT NULL PRIMARY KEY, line_id {uuid} NOT NULL UNIQUE, link {bytes} NOT NULL);
CREATE TABLE task (
    id {uuid} NOT NULL PRIMARY KEY, kind text NOT NULL, payload {json} NOT NULL, run_at {time} NOT NULL, state text NOT NULL,
    dedup text, attempt integer NOT NULL, attempts_max integer NOT NULL, taken_by {uuid}, fault text, created_at {time} NOT NULL);
CREATE INDEX task_due ON task (run_at) WHERE state = 'waiting';
CREATE UNIQUE INDEX task_dedup ON task (dedup) WHERE state = 'waiting' AND dedup IS NOT NULL;
CREATE TABLE duty (name text NOT NULL PRIMARY KEY, slot {time} NOT NULL);
CREATE TABLE lease (duty text NOT NULL PRIMARY KEY, holder {uuid} NOT NULL, until {time} NOT NULL);
CREATE TABLE once (
    subject {uuid} NOT NULL, key {bytes} NOT NULL, body {bytes} NOT NULL, answer {bytes}, at {time} NOT NULL, PRIMARY KEY (subject, key));
CREATE INDEX once_at ON once (at);
CREATE TABLE invalidation (id {uuid} NOT NULL PRIMARY KEY, topic text NOT NULL, key {uuid} NOT NULL, at {time} NOT NULL);
CREATE INDEX invalidation_at ON invalidation (at);
CREATE TABLE reason (
    id {uuid} NOT NULL PRIMARY KEY, subject {uuid} NOT NULL, party {uuid} NOT NULL, class text NOT NULL, basis text NOT NULL,
    object {uuid} NOT NULL, valid_from {time} NOT NULL, valid_until {time});
CREATE INDEX reason_subject ON reason (subject, party, class);
CREATE INDEX reason_party ON reason (party, class);
CREATE INDEX reason_object ON reason (object);
CREATE TABLE access_freeze (
    id {uuid} NOT NULL PRIMARY KEY, subject {uuid} NOT NULL, scope text NOT NULL, set_at {time} NOT NULL, lifted_at {time});
CREATE INDEX access_freeze_subject ON access_freeze (subject) WHERE lifted_at IS NULL;
CREATE TABLE meta (name text NOT NULL PRIMARY KEY, value text NOT NULL);
";

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, UP).await
    }
}
