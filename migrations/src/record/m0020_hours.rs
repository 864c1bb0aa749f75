//! Hours: where they are held, their breaks, what differs on a date, and what is closed meanwhile.

use crate::step::run;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Step;

/// Hours that were there before are held in the clinic to which their doctor belongs.
const UP: &str = "
ALTER TABLE hours ADD COLUMN clinic {uuid};
ALTER TABLE hours ADD COLUMN room text;
ALTER TABLE hours ADD COLUMN breaks {json};
ALTER TABLE hours ADD COLUMN on_holidays {bool} NOT NULL DEFAULT false;
UPDATE hours SET clinic = (SELECT d.clinic FROM doctor d WHERE d.id = hours.doctor);
CREATE INDEX hours_room ON hours (clinic, room) WHERE room IS NOT NULL;
CREATE TABLE hours_exception (
    id {uuid} NOT NULL PRIMARY KEY, doctor {uuid} NOT NULL REFERENCES doctor (id), change text NOT NULL, first_day {date} NOT NULL,
    last_day {date} NOT NULL, clinic {uuid} REFERENCES clinic (id), room text, stretches {json} NOT NULL, created_at {time} NOT NULL,
    CHECK (first_day <= last_day));
CREATE INDEX hours_exception_doctor ON hours_exception (doctor, last_day);
CREATE INDEX hours_exception_room ON hours_exception (clinic, room) WHERE room IS NOT NULL;
CREATE TABLE closure (
    id {uuid} NOT NULL PRIMARY KEY, clinic {uuid} NOT NULL REFERENCES clinic (id), room text, starts_at {time} NOT NULL,
    ends_at {time} NOT NULL, created_at {time} NOT NULL, CHECK (starts_at < ends_at));
CREATE INDEX closure_clinic ON closure (clinic, ends_at);
";

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, UP).await
    }
}
