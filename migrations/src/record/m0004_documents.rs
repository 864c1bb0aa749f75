//! Documents: what was declared and uploaded, and the identity that a medical record must carry.

use crate::step::run;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Step;

const UP: &str = "
CREATE TABLE document (
    id {uuid} NOT NULL PRIMARY KEY, subject {uuid} NOT NULL, author {uuid}, kind text NOT NULL, state text NOT NULL,
    object {uuid}, created_at {time} NOT NULL, completed_at {time}, version {int} NOT NULL, sealed {bytes} NOT NULL,
    CHECK ((state = 'declared' AND object IS NULL AND completed_at IS NULL)
        OR (state = 'complete' AND object IS NOT NULL AND completed_at IS NOT NULL)));
CREATE INDEX document_subject ON document (subject, id);
CREATE UNIQUE INDEX document_object ON document (object) WHERE object IS NOT NULL;
CREATE TABLE record_identity (
    id {uuid} NOT NULL PRIMARY KEY, subject {uuid} NOT NULL, at {time} NOT NULL, sealed {bytes} NOT NULL);
CREATE INDEX record_identity_subject ON record_identity (subject, at);
";

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, UP).await
    }
}
