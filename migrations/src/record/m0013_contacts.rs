//! Codes that are bound to their flow and person, addresses that were given up, and what patients attest of their data.

use crate::step::run;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Step;

const UP: &str = "
ALTER TABLE challenge ADD COLUMN flow text NOT NULL DEFAULT 'signIn';
ALTER TABLE challenge ADD COLUMN bound_to {uuid};
CREATE INDEX challenge_bound_to ON challenge (bound_to) WHERE bound_to IS NOT NULL;
CREATE TABLE former_address (
    id {uuid} NOT NULL PRIMARY KEY, subject {uuid} NOT NULL, at {time} NOT NULL, sealed {bytes} NOT NULL);
CREATE INDEX former_address_subject ON former_address (subject);
CREATE TABLE attestation (
    id {uuid} NOT NULL PRIMARY KEY, subject {uuid} NOT NULL, version {int} NOT NULL, at {time} NOT NULL, staff {uuid},
    sealed {bytes} NOT NULL);
CREATE INDEX attestation_subject ON attestation (subject, id);
";

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, UP).await
    }
}
