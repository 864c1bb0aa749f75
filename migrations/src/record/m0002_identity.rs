//! Identity: patients, staff, sessions, one-time codes.

use crate::step::run;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Step;

const UP: &str = "
CREATE TABLE patient (
    subject {uuid} NOT NULL PRIMARY KEY, state text NOT NULL, identity {bytes}, contact {bytes} NOT NULL, accepted_version text,
    version {int} NOT NULL, created_at {time} NOT NULL, leaving_since {time}, erase_at {time});
CREATE INDEX patient_erase_at ON patient (erase_at) WHERE erase_at IS NOT NULL;
CREATE TABLE staff (
    id {uuid} NOT NULL PRIMARY KEY, role text NOT NULL, state text NOT NULL, sealed {bytes} NOT NULL,
    totp_step {int} NOT NULL, created_at {time} NOT NULL);
CREATE TABLE session (
    id {uuid} NOT NULL PRIMARY KEY, owner {uuid} NOT NULL, kind text NOT NULL, created_at {time} NOT NULL, used_at {time} NOT NULL,
    absolute_until {time} NOT NULL, ended_at {time}, device {bytes});
CREATE INDEX session_owner ON session (owner);
CREATE TABLE session_token (
    hash {bytes} NOT NULL PRIMARY KEY, session {uuid} NOT NULL REFERENCES session (id) ON DELETE CASCADE, kind text NOT NULL,
    issued_at {time} NOT NULL, until {time} NOT NULL, used_at {time}, parent {bytes});
CREATE INDEX session_token_session ON session_token (session);
CREATE INDEX session_token_until ON session_token (until);
CREATE TABLE challenge (
    id {uuid} NOT NULL PRIMARY KEY, channel text NOT NULL, lang text NOT NULL, target {bytes} NOT NULL, attempts integer NOT NULL,
    expires_at {time} NOT NULL, used_at {time}, created_at {time} NOT NULL);
CREATE INDEX challenge_expires_at ON challenge (expires_at);
";

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, UP).await
    }
}
