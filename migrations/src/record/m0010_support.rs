//! Support: tickets with their messages and screenshots; feedback after visits.

use crate::step::run;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Step;

const UP: &str = "
CREATE TABLE ticket (
    id {uuid} NOT NULL PRIMARY KEY, subject {uuid} NOT NULL, guest {bool} NOT NULL, topic text NOT NULL, state text NOT NULL,
    assignee {uuid}, created_at {time} NOT NULL, taken_at {time}, closed_at {time}, purge_at {time}, version {int} NOT NULL,
    sealed {bytes} NOT NULL,
    CHECK ((state = 'open' AND assignee IS NULL AND closed_at IS NULL)
        OR (state = 'taken' AND assignee IS NOT NULL AND closed_at IS NULL)
        OR (state = 'closed' AND assignee IS NOT NULL AND closed_at IS NOT NULL AND purge_at IS NOT NULL)));
CREATE INDEX ticket_subject ON ticket (subject, id);
CREATE INDEX ticket_queue ON ticket (state, id);
CREATE INDEX ticket_assignee ON ticket (assignee, state, id) WHERE assignee IS NOT NULL;
CREATE INDEX ticket_purge_at ON ticket (purge_at) WHERE purge_at IS NOT NULL;
CREATE TABLE ticket_message (
    id {uuid} NOT NULL PRIMARY KEY, ticket {uuid} NOT NULL, author {uuid}, at {time} NOT NULL, sealed {bytes} NOT NULL);
CREATE INDEX ticket_message_ticket ON ticket_message (ticket, id);
CREATE TABLE screenshot (
    id {uuid} NOT NULL PRIMARY KEY, ticket {uuid} NOT NULL, subject {uuid} NOT NULL, state text NOT NULL, object {uuid},
    served_object {uuid}, created_at {time} NOT NULL, uploaded_at {time}, marked_at {time}, marked_by {uuid},
    version {int} NOT NULL, sealed {bytes} NOT NULL,
    CHECK ((state = 'declared') = (object IS NULL)),
    CHECK ((state = 'served') = (served_object IS NOT NULL)),
    CHECK (state <> 'served' OR marked_at IS NOT NULL));
CREATE INDEX screenshot_ticket ON screenshot (ticket, id);
CREATE INDEX screenshot_subject ON screenshot (subject, id);
CREATE INDEX screenshot_to_review ON screenshot (id) WHERE state = 'toReview' AND marked_at IS NULL;
CREATE UNIQUE INDEX screenshot_object ON screenshot (object) WHERE object IS NOT NULL;
CREATE UNIQUE INDEX screenshot_served_object ON screenshot (served_object) WHERE served_object IS NOT NULL;
CREATE TABLE feedback (
    id {uuid} NOT NULL PRIMARY KEY, booking {uuid} UNIQUE, subject {uuid} NOT NULL, doctor {uuid} NOT NULL,
    clinic {uuid} NOT NULL, rating {int} NOT NULL, at {time} NOT NULL, sealed {bytes},
    state text NOT NULL, decided_at {time}, decided_by {uuid}, answer text,
    CHECK (rating BETWEEN 1 AND 5), CHECK (state IN ('pending', 'published', 'refused')));
CREATE INDEX feedback_subject ON feedback (subject);
CREATE INDEX feedback_doctor ON feedback (doctor, id);
CREATE INDEX feedback_state ON feedback (state, id) WHERE sealed IS NOT NULL;
";

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, UP).await
    }
}
