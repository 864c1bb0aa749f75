//! Freezes of different origins, what was done about them, checks of who somebody is, and exports.

use crate::step::run;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Step;

const UP: &str = "
ALTER TABLE access_freeze ADD COLUMN origin text NOT NULL DEFAULT 'patient';
CREATE UNIQUE INDEX access_freeze_standing ON access_freeze (subject, scope, origin) WHERE lifted_at IS NULL;
CREATE TABLE freeze_act (
    id {uuid} NOT NULL PRIMARY KEY, subject {uuid} NOT NULL, act text NOT NULL, origin text NOT NULL, scopes {json} NOT NULL,
    staff {uuid}, identity_check {uuid}, at {time} NOT NULL, sealed {bytes} NOT NULL);
CREATE INDEX freeze_act_subject ON freeze_act (subject, id);
CREATE TABLE identity_check (
    id {uuid} NOT NULL PRIMARY KEY, subject {uuid} NOT NULL, staff {uuid} NOT NULL, at {time} NOT NULL, until {time} NOT NULL,
    sealed {bytes} NOT NULL);
CREATE INDEX identity_check_subject ON identity_check (subject, staff, until);
CREATE TABLE personal_export (
    id {uuid} NOT NULL PRIMARY KEY, subject {uuid} NOT NULL, state text NOT NULL, lang text NOT NULL, created_at {time} NOT NULL,
    finished_at {time}, expires_at {time}, parts_done integer NOT NULL, parts integer NOT NULL, object {uuid}, sealed {bytes},
    CHECK (state <> 'ready' OR (object IS NOT NULL AND sealed IS NOT NULL AND expires_at IS NOT NULL)));
CREATE INDEX personal_export_subject ON personal_export (subject, id);
CREATE UNIQUE INDEX personal_export_running ON personal_export (subject) WHERE state IN ('queued', 'building');
CREATE INDEX personal_export_expires_at ON personal_export (expires_at) WHERE state = 'ready';
CREATE UNIQUE INDEX personal_export_object ON personal_export (object) WHERE object IS NOT NULL;
";

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, UP).await
    }
}
