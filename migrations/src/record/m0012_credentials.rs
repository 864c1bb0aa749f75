//! Logins and passwords of patients, and the undertakings of staff.

use crate::step::run;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Step;

const UP: &str = "
ALTER TABLE session ADD COLUMN is_provisional {bool} NOT NULL DEFAULT FALSE;
CREATE TABLE patient_credential (
    subject {uuid} NOT NULL PRIMARY KEY, state text NOT NULL, version {int} NOT NULL, login {bytes} NOT NULL,
    password {bytes} NOT NULL, issued_at {time} NOT NULL, issued_until {time}, issued_by {uuid} NOT NULL, issued_clinic {uuid},
    identity_check {uuid} NOT NULL, changed_at {time},
    CHECK (state = 'own' OR issued_until IS NOT NULL));
CREATE TABLE undertaking (
    id {uuid} NOT NULL PRIMARY KEY, staff {uuid} NOT NULL, version text NOT NULL, at {time} NOT NULL, sealed {bytes} NOT NULL);
CREATE INDEX undertaking_staff ON undertaking (staff, id);
";

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, UP).await
    }
}
