//! Published versions of the policy, and who was told of which of them.

use crate::step::run;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Step;

/// A version has one text for ever, and a person is told of it once: the schema says so.
const UP: &str = "
CREATE TABLE policy_version (
    id {uuid} NOT NULL PRIMARY KEY, version text NOT NULL UNIQUE, effective_from {date} NOT NULL, acceptance text NOT NULL,
    texts {json} NOT NULL, published_at {time} NOT NULL, state text NOT NULL, told_up_to {uuid}, slices {int} NOT NULL,
    told {int} NOT NULL, told_at {time},
    CHECK (state IN ('quiet', 'telling', 'told')));
CREATE TABLE policy_notice (
    id {uuid} NOT NULL PRIMARY KEY, subject {uuid} NOT NULL, version text NOT NULL, at {time} NOT NULL);
CREATE UNIQUE INDEX policy_notice_once ON policy_notice (subject, version);
";

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, UP).await
    }
}
