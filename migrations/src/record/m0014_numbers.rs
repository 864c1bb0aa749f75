//! Claims for numbers that somebody else holds already: reception settles them.

use crate::step::run;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Step;

const UP: &str = "
CREATE TABLE number_claim (
    id {uuid} NOT NULL PRIMARY KEY, subject {uuid} NOT NULL, system text NOT NULL, state text NOT NULL, holder {uuid},
    sealed {bytes} NOT NULL, created_at {time} NOT NULL, settled_at {time}, settled_by {uuid});
CREATE UNIQUE INDEX number_claim_open ON number_claim (subject, system) WHERE state = 'open';
CREATE INDEX number_claim_subject ON number_claim (subject);
CREATE INDEX number_claim_holder ON number_claim (holder) WHERE holder IS NOT NULL;
";

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, UP).await
    }
}
