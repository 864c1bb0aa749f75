//! Reception: who was entered at the desk and by whom, notices of rights, those who only asked, and persons who are one.

use crate::step::run;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Step;

const UP: &str = "
ALTER TABLE booking ADD COLUMN entered_by {uuid};
ALTER TABLE booking ADD COLUMN channel text;
CREATE TABLE subject_alias (subject {uuid} NOT NULL PRIMARY KEY, survivor {uuid} NOT NULL, CHECK (subject <> survivor));
CREATE INDEX subject_alias_survivor ON subject_alias (survivor);
CREATE TABLE registration (
    subject {uuid} NOT NULL PRIMARY KEY, staff {uuid} NOT NULL, clinic {uuid}, channel text NOT NULL, at {time} NOT NULL);
CREATE TABLE rights_notice (
    id {uuid} NOT NULL PRIMARY KEY, subject {uuid} NOT NULL, staff {uuid} NOT NULL, version text NOT NULL, at {time} NOT NULL,
    sealed {bytes} NOT NULL);
CREATE INDEX rights_notice_subject ON rights_notice (subject, version);
CREATE TABLE lead (
    id {uuid} NOT NULL PRIMARY KEY, subject {uuid} NOT NULL, clinic {uuid}, staff {uuid} NOT NULL, channel text NOT NULL,
    state text NOT NULL, created_at {time} NOT NULL, closed_at {time}, purge_at {time} NOT NULL, sealed {bytes} NOT NULL,
    CHECK ((state = 'open') = (closed_at IS NULL)));
CREATE INDEX lead_clinic ON lead (clinic, state, id);
CREATE INDEX lead_purge_at ON lead (purge_at);
CREATE TABLE person_merge (
    id {uuid} NOT NULL PRIMARY KEY, survivor {uuid} NOT NULL, other {uuid} NOT NULL, staff {uuid} NOT NULL, at {time} NOT NULL,
    survivor_check {uuid} NOT NULL, other_check {uuid} NOT NULL, undone_at {time}, undone_by {uuid});
CREATE INDEX person_merge_survivor ON person_merge (survivor, id);
CREATE UNIQUE INDEX person_merge_standing ON person_merge (other) WHERE undone_at IS NULL;
";

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, UP).await
    }
}
