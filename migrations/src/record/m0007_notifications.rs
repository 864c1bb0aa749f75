//! Notifications: the inbox, what is on its way, and what somebody wants of it.

use crate::step::run;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Step;

/// The indexes of tasks keep a crowd of deliveries out of the way of everything else, and the reverse.
const UP: &str = "
CREATE TABLE notification (
    id {uuid} NOT NULL PRIMARY KEY, subject {uuid} NOT NULL, kind text NOT NULL, object {uuid} NOT NULL, text text,
    at {time} NOT NULL, read_at {time});
CREATE INDEX notification_subject ON notification (subject, id);
CREATE INDEX notification_unread ON notification (subject, id) WHERE read_at IS NULL;
CREATE TABLE delivery (
    id {uuid} NOT NULL PRIMARY KEY, notification {uuid} NOT NULL, subject {uuid} NOT NULL, channel text NOT NULL,
    lane text NOT NULL, state text NOT NULL, ended_at {time});
CREATE UNIQUE INDEX delivery_notification ON delivery (notification, channel);
CREATE INDEX delivery_subject ON delivery (subject);
CREATE INDEX delivery_open ON delivery (subject, lane, id) WHERE ended_at IS NULL;
CREATE TABLE preference (
    subject {uuid} NOT NULL PRIMARY KEY, sealed {bytes} NOT NULL, version {int} NOT NULL, changed_at {time} NOT NULL);
CREATE INDEX task_due_deliveries ON task (run_at) WHERE state = 'waiting' AND kind = 'notifications.deliver';
CREATE INDEX task_due_others ON task (run_at) WHERE state = 'waiting' AND kind <> 'notifications.deliver';
";

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, UP).await
    }
}
