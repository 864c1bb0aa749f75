//! Campaigns: what is advertised to those who consent, in the house's own words.

use crate::step::run;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Step;

/// One campaign is queued at a time, and the schema says so.
const UP: &str = "
CREATE TABLE campaign (
    id {uuid} NOT NULL PRIMARY KEY, author {uuid} NOT NULL, channel text NOT NULL, purpose text NOT NULL,
    title {json} NOT NULL, body {json} NOT NULL, state text NOT NULL, queued_up_to {uuid}, slices {int} NOT NULL,
    queued {int} NOT NULL, created_at {time} NOT NULL, queued_at {time},
    CHECK ((state = 'queueing' AND queued_at IS NULL) OR (state = 'queued' AND queued_at IS NOT NULL)));
CREATE UNIQUE INDEX campaign_queueing ON campaign (state) WHERE state = 'queueing';
ALTER TABLE delivery ADD COLUMN campaign {uuid};
CREATE INDEX delivery_campaign ON delivery (campaign, state) WHERE campaign IS NOT NULL;
CREATE INDEX consent_given_item ON consent (item, subject) WHERE state = 'given';
";

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, UP).await
    }
}
