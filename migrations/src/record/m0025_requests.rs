//! What persons ask of those who hold their data, what was done about it, and statements that stand beside disputed values.

use crate::step::run;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Step;

/// A closed request has its hour, and no other has one. A statement is about the profile or about one document, never both.
const UP: &str = "
CREATE TABLE person_request (
    id {uuid} NOT NULL PRIMARY KEY, subject {uuid} NOT NULL, kind text NOT NULL, channel text NOT NULL, state text NOT NULL,
    document {uuid}, staff {uuid}, identity_check {uuid}, officer {uuid}, rule text NOT NULL, received_at {time} NOT NULL,
    entered_at {time} NOT NULL, due_at {time} NOT NULL, extend_to {time}, extended_at {time}, closed_at {time},
    sealed {bytes} NOT NULL,
    CHECK ((state IN ('answered', 'refused', 'withdrawn')) = (closed_at IS NOT NULL)));
CREATE INDEX person_request_subject ON person_request (subject, id);
CREATE INDEX person_request_due ON person_request (due_at, id) WHERE closed_at IS NULL;
CREATE INDEX person_request_state ON person_request (state, due_at, id);
CREATE TABLE request_act (
    id {uuid} NOT NULL PRIMARY KEY, request {uuid} NOT NULL, subject {uuid} NOT NULL, act text NOT NULL, staff {uuid},
    at {time} NOT NULL, sealed {bytes});
CREATE INDEX request_act_request ON request_act (request, id);
CREATE INDEX request_act_subject ON request_act (subject);
CREATE TABLE disagreement (
    id {uuid} NOT NULL PRIMARY KEY, subject {uuid} NOT NULL, field text, document {uuid}, request {uuid}, at {time} NOT NULL,
    of_identity {bytes}, of_record {bytes},
    CHECK ((field IS NULL) <> (document IS NULL) AND (field IS NULL) = (of_identity IS NULL)
        AND (document IS NULL) = (of_record IS NULL)));
CREATE INDEX disagreement_subject ON disagreement (subject, id);
CREATE TABLE legal_hold (
    id {uuid} NOT NULL PRIMARY KEY, subject {uuid} NOT NULL, classes {json} NOT NULL, rule text NOT NULL, told {bool} NOT NULL,
    officer {uuid} NOT NULL, set_at {time} NOT NULL, until {time} NOT NULL, lifted_at {time}, lifted_by {uuid}, sealed {bytes},
    CHECK ((lifted_at IS NULL) = (lifted_by IS NULL)));
CREATE INDEX legal_hold_subject ON legal_hold (subject);
ALTER TABLE document ADD COLUMN corrects {uuid};
CREATE INDEX document_corrects ON document (subject, corrects) WHERE corrects IS NOT NULL;
";

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, UP).await
    }
}
