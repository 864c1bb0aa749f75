//! Who else may see a patient's data: shares, referrals and insurers' contracts; what was disclosed to whom; what is blocked.

use crate::step::run;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Step;

/// Whatever is shared has one recipient: a doctor, a clinic or an insurer. The same class or document is blocked once at a time.
const UP: &str = "
CREATE TABLE shared_access (
    id {uuid} NOT NULL PRIMARY KEY, subject {uuid} NOT NULL, kind text NOT NULL, doctor {uuid}, clinic {uuid}, insurer text,
    by_staff {uuid}, scope {json} NOT NULL, created_at {time} NOT NULL, valid_from {time} NOT NULL, valid_until {time} NOT NULL,
    ended_at {time}, sealed {bytes} NOT NULL,
    CHECK ((CASE WHEN doctor IS NULL THEN 0 ELSE 1 END) + (CASE WHEN clinic IS NULL THEN 0 ELSE 1 END)
        + (CASE WHEN insurer IS NULL THEN 0 ELSE 1 END) = 1),
    CHECK ((kind = 'contract') = (insurer IS NOT NULL) AND (kind = 'share') = (by_staff IS NULL)));
CREATE INDEX shared_access_subject ON shared_access (subject, id);
CREATE INDEX shared_access_doctor ON shared_access (doctor, id) WHERE ended_at IS NULL;
CREATE INDEX shared_access_clinic ON shared_access (clinic, id) WHERE ended_at IS NULL;
CREATE INDEX shared_access_insurer ON shared_access (insurer, id) WHERE ended_at IS NULL;
CREATE TABLE staff_insurer (staff {uuid} NOT NULL PRIMARY KEY, insurer text NOT NULL, set_at {time} NOT NULL);
CREATE TABLE disclosure (
    id {uuid} NOT NULL PRIMARY KEY, subject {uuid} NOT NULL, recipient text NOT NULL, basis text, fields {json} NOT NULL,
    staff {uuid} NOT NULL, at {time} NOT NULL, refused text, acknowledged_at {time}, sealed {bytes} NOT NULL,
    CHECK (refused IS NULL OR acknowledged_at IS NULL));
CREATE INDEX disclosure_subject ON disclosure (subject, id);
CREATE TABLE data_block (
    id {uuid} NOT NULL PRIMARY KEY, subject {uuid} NOT NULL, class text NOT NULL, document {uuid}, request {uuid},
    set_at {time} NOT NULL, set_by {uuid} NOT NULL, lifted_at {time}, lifted_by {uuid}, sealed {bytes} NOT NULL,
    CHECK ((lifted_at IS NULL) = (lifted_by IS NULL)));
CREATE INDEX data_block_subject ON data_block (subject, id);
CREATE TABLE block_opening (
    id {uuid} NOT NULL PRIMARY KEY, block {uuid} NOT NULL, subject {uuid} NOT NULL, staff {uuid} NOT NULL, at {time} NOT NULL,
    until {time} NOT NULL, sealed {bytes} NOT NULL);
CREATE INDEX block_opening_block ON block_opening (block, id);
CREATE INDEX block_opening_subject ON block_opening (subject);
CREATE UNIQUE INDEX data_block_class ON data_block (subject, class) WHERE lifted_at IS NULL AND document IS NULL;
CREATE UNIQUE INDEX data_block_document ON data_block (subject, document) WHERE lifted_at IS NULL AND document IS NOT NULL;
";

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, UP).await
    }
}
