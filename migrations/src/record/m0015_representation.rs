//! Who may act for whom, by what proof, in what scope, until when; and bookings for somebody who has no account.

use crate::step::run;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Step;

/// A representation without a representative is an invitation that nobody has taken up yet. A session by representation
/// names it, and the session of the representative's own from which it was opened.
const UP: &str = "
CREATE TABLE representation (
    id {uuid} NOT NULL PRIMARY KEY, subject {uuid} NOT NULL, representative {uuid}, kind text NOT NULL, scope text NOT NULL,
    state text NOT NULL, of_minor {bool} NOT NULL, created_at {time} NOT NULL, until {time}, ended_at {time},
    verified_by {uuid}, code {bytes}, code_until {time}, proof {bytes});
CREATE INDEX representation_subject ON representation (subject, id);
CREATE INDEX representation_representative ON representation (representative, id);
CREATE UNIQUE INDEX representation_pair ON representation (subject, representative) WHERE ended_at IS NULL;
CREATE UNIQUE INDEX representation_code ON representation (code) WHERE code IS NOT NULL;
CREATE INDEX representation_of_minor ON representation (id) WHERE of_minor AND ended_at IS NULL;
ALTER TABLE session ADD COLUMN representation {uuid};
ALTER TABLE session ADD COLUMN opened_by {uuid};
CREATE INDEX session_representation ON session (representation) WHERE representation IS NOT NULL;
CREATE INDEX session_opened_by ON session (opened_by) WHERE opened_by IS NOT NULL;
ALTER TABLE booking ADD COLUMN booked_how text NOT NULL DEFAULT 'self';
ALTER TABLE booking ADD COLUMN visitor {bytes};
CREATE INDEX booking_booked_by ON booking (booked_by) WHERE booked_by <> subject;
";

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, UP).await
    }
}
