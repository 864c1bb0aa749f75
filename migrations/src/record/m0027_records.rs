//! Records beside the visit: programmes and who takes part in them, contracts, carriers of data, recordings of calls, and the
//! reviews of rules.

use crate::step::run;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Step;

/// Places of a programme that are taken are counted in its row: whoever comes second waits for the row and then sees that
/// none is left. Nobody takes part twice at a time. What is destroyed has its hour, and nothing else has one.
const UP: &str = "
CREATE TABLE programme (
    id {uuid} NOT NULL PRIMARY KEY, names {json} NOT NULL, about {json}, min_age integer, max_age integer, sex text,
    policies text NOT NULL, places {int}, taken {int} NOT NULL DEFAULT 0, admission text NOT NULL, opens_at {time} NOT NULL,
    closes_at {time}, state text NOT NULL, ended_at {time}, version {int} NOT NULL DEFAULT 1, created_at {time} NOT NULL,
    CHECK (taken >= 0 AND (places IS NULL OR taken <= places)), CHECK ((state = 'ended') = (ended_at IS NOT NULL)));
CREATE TABLE enrolment (
    id {uuid} NOT NULL PRIMARY KEY, programme {uuid} NOT NULL REFERENCES programme (id), subject {uuid} NOT NULL,
    state text NOT NULL, channel text NOT NULL, entered_by {uuid}, applied_at {time} NOT NULL, enrolled_at {time},
    ended_at {time}, ended_why text, CHECK ((state = 'ended') = (ended_at IS NOT NULL)));
CREATE UNIQUE INDEX enrolment_once ON enrolment (programme, subject) WHERE state <> 'ended';
CREATE INDEX enrolment_subject ON enrolment (subject, id);
CREATE INDEX enrolment_programme ON enrolment (programme, state, id);
CREATE TABLE enrolment_booking (
    booking {uuid} NOT NULL PRIMARY KEY, enrolment {uuid} NOT NULL REFERENCES enrolment (id));
CREATE INDEX enrolment_booking_enrolment ON enrolment_booking (enrolment);
ALTER TABLE service ADD COLUMN programme {uuid} REFERENCES programme (id);
CREATE TABLE service_contract (
    id {uuid} NOT NULL PRIMARY KEY, subject {uuid} NOT NULL, clinic {uuid}, staff {uuid} NOT NULL, state text NOT NULL,
    starts_on {date} NOT NULL, ends_on {date}, document {uuid}, entered_at {time} NOT NULL, ended_at {time}, ended_by {uuid},
    sealed {bytes} NOT NULL, CHECK ((state = 'ended') = (ended_at IS NOT NULL)));
CREATE INDEX service_contract_subject ON service_contract (subject, id);
CREATE INDEX service_contract_due ON service_contract (ends_on) WHERE state = 'standing';
CREATE TABLE carrier (
    id {uuid} NOT NULL PRIMARY KEY, subject {uuid}, clinic {uuid}, kind text NOT NULL, number text NOT NULL, keeper text,
    state text NOT NULL, staff {uuid} NOT NULL, entered_at {time} NOT NULL, destroyed_at {time}, sealed {bytes},
    CHECK ((state = 'destroyed') = (destroyed_at IS NOT NULL)), CHECK ((subject IS NULL) = (sealed IS NULL)));
CREATE UNIQUE INDEX carrier_number ON carrier (number);
CREATE INDEX carrier_subject ON carrier (subject, id) WHERE subject IS NOT NULL;
CREATE INDEX carrier_clinic ON carrier (clinic, id);
CREATE TABLE carrier_act (
    id {uuid} NOT NULL PRIMARY KEY, carrier {uuid} NOT NULL REFERENCES carrier (id), act text NOT NULL, staff {uuid} NOT NULL,
    at {time} NOT NULL, receiver text, method text, keeper text);
CREATE INDEX carrier_act_carrier ON carrier_act (carrier, id);
CREATE TABLE recording (
    id {uuid} NOT NULL PRIMARY KEY, subject {uuid} NOT NULL, known {bool} NOT NULL, lead {uuid}, clinic {uuid},
    staff {uuid} NOT NULL, source text NOT NULL, holder text NOT NULL, held_by text, announced {bool} NOT NULL,
    refused {bool} NOT NULL, began_at {time} NOT NULL, length_s {int} NOT NULL, state text NOT NULL, object {uuid},
    entered_at {time} NOT NULL, completed_at {time}, flagged_at {time}, flagged_by {uuid}, flag text, purge_at {time} NOT NULL,
    destroyed_at {time}, version {int} NOT NULL DEFAULT 1, sealed {bytes} NOT NULL,
    CHECK (state <> 'complete' OR object IS NOT NULL), CHECK (NOT refused OR object IS NULL));
CREATE INDEX recording_subject ON recording (subject, id);
CREATE INDEX recording_object ON recording (object) WHERE object IS NOT NULL;
CREATE INDEX recording_purge ON recording (purge_at);
CREATE INDEX recording_clinic ON recording (clinic, id);
CREATE TABLE recording_listening (
    id {uuid} NOT NULL PRIMARY KEY, recording {uuid} NOT NULL REFERENCES recording (id), subject {uuid} NOT NULL,
    staff {uuid} NOT NULL, at {time} NOT NULL, until {time} NOT NULL, why text NOT NULL);
CREATE INDEX recording_listening_recording ON recording_listening (recording, id);
CREATE INDEX recording_listening_subject ON recording_listening (subject);
CREATE TABLE rule_review (
    id {uuid} NOT NULL PRIMARY KEY, rule text NOT NULL, review_by {date} NOT NULL, outcome text NOT NULL, note text NOT NULL,
    next_review_by {date} NOT NULL, officer {uuid} NOT NULL, at {time} NOT NULL);
CREATE INDEX rule_review_rule ON rule_review (rule, id);
CREATE TABLE rule_told (rule text NOT NULL, due {date} NOT NULL, at {time} NOT NULL, PRIMARY KEY (rule, due));
";

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, UP).await
    }
}
