//! Staff: the clinics that somebody serves, invitations, passkeys; and the doctors who broke the glass.

use crate::step::run;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Step;

const UP: &str = "
CREATE TABLE staff_clinic (
    staff {uuid} NOT NULL REFERENCES staff (id) ON DELETE CASCADE, clinic {uuid} NOT NULL, PRIMARY KEY (staff, clinic));
CREATE INDEX staff_clinic_clinic ON staff_clinic (clinic);
CREATE TABLE staff_invitation (
    hash {bytes} NOT NULL PRIMARY KEY, staff {uuid} NOT NULL REFERENCES staff (id) ON DELETE CASCADE, until {time} NOT NULL);
CREATE UNIQUE INDEX staff_invitation_staff ON staff_invitation (staff);
CREATE TABLE passkey (
    id {uuid} NOT NULL PRIMARY KEY, staff {uuid} NOT NULL REFERENCES staff (id) ON DELETE CASCADE, credential {bytes} NOT NULL,
    sealed {bytes} NOT NULL, counter {int} NOT NULL, created_at {time} NOT NULL, used_at {time});
CREATE UNIQUE INDEX passkey_credential ON passkey (credential);
CREATE INDEX passkey_staff ON passkey (staff);
CREATE TABLE passkey_ceremony (
    id {uuid} NOT NULL PRIMARY KEY, staff {uuid}, challenge {bytes} NOT NULL, until {time} NOT NULL);
CREATE INDEX passkey_ceremony_until ON passkey_ceremony (until);
CREATE TABLE break_glass (
    id {uuid} NOT NULL PRIMARY KEY, subject {uuid} NOT NULL, staff {uuid} NOT NULL, at {time} NOT NULL, until {time} NOT NULL,
    sealed {bytes});
CREATE INDEX break_glass_subject ON break_glass (subject);
";

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, UP).await
    }
}
