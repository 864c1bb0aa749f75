//! Consultations: conversations and their messages. Of one pair at most one conversation is open.

use crate::step::run;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Step;

const UP: &str = "
CREATE TABLE conversation (
    id {uuid} NOT NULL PRIMARY KEY, subject {uuid} NOT NULL, kind text NOT NULL, doctor {uuid}, clinic {uuid}, state text NOT NULL,
    opened_at {time} NOT NULL, until {time} NOT NULL, closed_at {time}, last_at {time} NOT NULL, last_number {int} NOT NULL,
    patient_read {int} NOT NULL, staff_read {int} NOT NULL, clinical {bytes}, support {bytes},
    CHECK ((kind = 'doctor' AND doctor IS NOT NULL AND clinic IS NULL AND support IS NULL)
        OR (kind = 'operator' AND doctor IS NULL AND clinic IS NOT NULL AND clinical IS NULL)),
    CHECK ((state = 'open' AND closed_at IS NULL) OR (state = 'closed' AND closed_at IS NOT NULL)));
CREATE UNIQUE INDEX conversation_open_doctor ON conversation (subject, doctor) WHERE state = 'open' AND doctor IS NOT NULL;
CREATE UNIQUE INDEX conversation_open_clinic ON conversation (subject, clinic) WHERE state = 'open' AND clinic IS NOT NULL;
CREATE INDEX conversation_subject ON conversation (subject, last_at, id);
CREATE INDEX conversation_doctor ON conversation (doctor, last_at, id) WHERE state = 'open' AND doctor IS NOT NULL;
CREATE INDEX conversation_clinic ON conversation (clinic, last_at, id) WHERE state = 'open' AND clinic IS NOT NULL;
CREATE INDEX conversation_until ON conversation (until) WHERE state = 'open';
CREATE INDEX conversation_closed_at ON conversation (closed_at) WHERE kind = 'operator' AND closed_at IS NOT NULL;
CREATE TABLE message (
    id {uuid} NOT NULL PRIMARY KEY, conversation {uuid} NOT NULL REFERENCES conversation (id) ON DELETE CASCADE,
    number {int} NOT NULL, author {uuid}, at {time} NOT NULL, clinical {bytes}, support {bytes}, UNIQUE (conversation, number),
    CHECK ((clinical IS NULL) <> (support IS NULL)));
";

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, UP).await
    }
}
