//! Copies of data for others than the person himself, how far a copy is, and totals of visits that hold no subject.

use crate::step::run;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Step;

/// One copy at a time for each who asks: the person, and each doctor.
const UP: &str = "
ALTER TABLE personal_export ADD COLUMN content text NOT NULL DEFAULT 'whole';
ALTER TABLE personal_export ADD COLUMN asked_by {uuid};
ALTER TABLE personal_export ADD COLUMN step text;
DROP INDEX personal_export_running;
CREATE UNIQUE INDEX personal_export_running ON personal_export (subject, COALESCE(asked_by, subject)) WHERE state IN ('queued', 'building');
CREATE INDEX personal_export_asked_by ON personal_export (asked_by, id) WHERE asked_by IS NOT NULL;
CREATE TABLE visit_total (
    month text NOT NULL, clinic {uuid} NOT NULL, speciality text NOT NULL, service {uuid} NOT NULL, visits {int} NOT NULL,
    people {int} NOT NULL, PRIMARY KEY (month, clinic, speciality, service));
CREATE TABLE visit_month (month text NOT NULL PRIMARY KEY, closed_at {time} NOT NULL, suppressed {int} NOT NULL);
";

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, UP).await
    }
}
