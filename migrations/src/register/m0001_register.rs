//! The register's first tables.

use crate::step::run;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Step;

const UP: &str = "
CREATE TABLE subject (id {uuid} NOT NULL PRIMARY KEY, created_at {time} NOT NULL, settled {bool} NOT NULL);
CREATE INDEX subject_unsettled ON subject (created_at) WHERE NOT settled;
CREATE TABLE subject_key (
    subject {uuid} NOT NULL, class text NOT NULL, wrapped {bytes} NOT NULL, epoch integer NOT NULL, PRIMARY KEY (subject, class));
CREATE INDEX subject_key_epoch ON subject_key (epoch);
CREATE TABLE directory (
    id {uuid} NOT NULL PRIMARY KEY, kind text NOT NULL, blind {bytes} NOT NULL, epoch integer NOT NULL, subject {uuid} NOT NULL,
    sealed {bytes} NOT NULL, at {time} NOT NULL);
CREATE UNIQUE INDEX directory_number ON directory (kind, blind) WHERE kind <> 'person';
CREATE UNIQUE INDEX directory_blind ON directory (kind, blind, subject);
CREATE INDEX directory_subject ON directory (subject);
CREATE INDEX directory_epoch ON directory (epoch);
CREATE TABLE tombstone (subject {uuid} NOT NULL PRIMARY KEY, generation {int} NOT NULL, at {time} NOT NULL);
CREATE INDEX tombstone_generation ON tombstone (generation);
CREATE TABLE epoch (id integer NOT NULL PRIMARY KEY, at {time} NOT NULL, secret {bytes} NOT NULL, destroyed_at {time});
CREATE TABLE generation (one integer NOT NULL PRIMARY KEY, n {int} NOT NULL);
CREATE TABLE counter (
    kind text NOT NULL, blind {bytes} NOT NULL, slot {int} NOT NULL, n {int} NOT NULL, at {time} NOT NULL,
    PRIMARY KEY (kind, blind, slot));
";

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, UP).await
    }
}
