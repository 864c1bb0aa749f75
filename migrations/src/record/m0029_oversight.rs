//! What is watched over the house itself: counters of openings, auditors and what they find, breaches, who was trained.

use crate::step::run;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Step;

/// Counting begins with what is written from now on: the trail of years is not gone through at an upgrade. A term that was
/// kept has its hour; so have a breach and a finding that are closed.
const UP: &str = "
CREATE TABLE opening_count (one {int} NOT NULL PRIMARY KEY, seq {int} NOT NULL, CHECK (one = 1));
INSERT INTO opening_count (one, seq) SELECT 1, coalesce(max(seq), 0) FROM audit_chain;
CREATE TABLE opening_mark (party text NOT NULL, slot {time} NOT NULL, about {bytes} NOT NULL, PRIMARY KEY (party, slot, about));
CREATE INDEX opening_mark_slot ON opening_mark (slot);
CREATE TABLE opening_alert (
    id {uuid} NOT NULL PRIMARY KEY, party text NOT NULL, role text, people {int} NOT NULL, threshold {int} NOT NULL,
    slot {time} NOT NULL, at {time} NOT NULL, resolved_at {time}, resolved_by {uuid}, sealed {bytes},
    CHECK ((resolved_at IS NULL) = (resolved_by IS NULL)));
CREATE INDEX opening_alert_party ON opening_alert (party, slot);
CREATE INDEX opening_alert_open ON opening_alert (id) WHERE resolved_at IS NULL;
CREATE TABLE audit_engagement (
    id {uuid} NOT NULL PRIMARY KEY, staff {uuid} NOT NULL, firm text NOT NULL, number text NOT NULL, clinics {json} NOT NULL,
    objects {json} NOT NULL, period_from {time} NOT NULL, period_to {time}, until {time} NOT NULL, set_by {uuid} NOT NULL,
    set_at {time} NOT NULL, ended_at {time});
CREATE INDEX audit_engagement_staff ON audit_engagement (staff, until);
CREATE INDEX audit_engagement_open ON audit_engagement (until) WHERE ended_at IS NULL;
CREATE TABLE audit_finding (
    id {uuid} NOT NULL PRIMARY KEY, severity text NOT NULL, staff {uuid} NOT NULL, at {time} NOT NULL, closed_at {time},
    sealed {bytes} NOT NULL);
CREATE INDEX audit_finding_open ON audit_finding (id) WHERE closed_at IS NULL;
CREATE TABLE finding_step (
    id {uuid} NOT NULL PRIMARY KEY, finding {uuid} NOT NULL, step text NOT NULL, policy_version text, due_on {date},
    staff {uuid} NOT NULL, at {time} NOT NULL, sealed {bytes} NOT NULL,
    CHECK ((step = 'policy') = (policy_version IS NOT NULL)));
CREATE INDEX finding_step_finding ON finding_step (finding, id);
CREATE TABLE breach (
    id {uuid} NOT NULL PRIMARY KEY, known_at {time} NOT NULL, entered_at {time} NOT NULL, staff {uuid} NOT NULL,
    classes {json} NOT NULL, people {int} NOT NULL, message {json}, everybody {bool} NOT NULL, told_up_to {uuid},
    told {int} NOT NULL, closed_at {time}, sealed {bytes} NOT NULL);
CREATE INDEX breach_open ON breach (id) WHERE closed_at IS NULL;
CREATE TABLE breach_term (
    id {uuid} NOT NULL PRIMARY KEY, breach {uuid} NOT NULL, step text NOT NULL, source text NOT NULL, due_at {time} NOT NULL,
    done_at {time});
CREATE INDEX breach_term_breach ON breach_term (breach, due_at);
CREATE INDEX breach_term_open ON breach_term (due_at) WHERE done_at IS NULL;
CREATE TABLE breach_act (
    id {uuid} NOT NULL PRIMARY KEY, breach {uuid} NOT NULL, act text NOT NULL, happened_at {time} NOT NULL, staff {uuid} NOT NULL,
    at {time} NOT NULL, sealed {bytes} NOT NULL);
CREATE INDEX breach_act_breach ON breach_act (breach, id);
CREATE TABLE breach_person (
    breach {uuid} NOT NULL, subject {uuid} NOT NULL, told_at {time}, PRIMARY KEY (breach, subject));
CREATE INDEX breach_person_subject ON breach_person (subject, breach);
CREATE INDEX breach_person_untold ON breach_person (breach, subject) WHERE told_at IS NULL;
CREATE TABLE staff_training (
    id {uuid} NOT NULL PRIMARY KEY, staff {uuid} NOT NULL, topic text NOT NULL, trained_on {date} NOT NULL, until {date},
    set_by {uuid} NOT NULL, set_at {time} NOT NULL);
CREATE INDEX staff_training_staff ON staff_training (staff, id);
CREATE INDEX staff_training_until ON staff_training (until) WHERE until IS NOT NULL;
";

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, UP).await
    }
}
