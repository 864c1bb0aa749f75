//! The catalogue: what a clinic, a doctor and a service say of themselves, prices by payer, machines, and the words by which
//! doctors are found. Words and the order of the list are compared byte by byte on both engines, so that both answer alike.

use crate::step::{run, run_on};
use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

#[derive(DeriveMigrationName)]
pub struct Step;

/// A list of languages is text with a space around each code. A price without an amount is nothing to pay; a payer without a
/// row does not pay for the service. The first character of a word says which form it has: `=` folded, `~` skeleton.
const UP: &str = "
ALTER TABLE clinic ADD COLUMN languages text NOT NULL DEFAULT '';
ALTER TABLE clinic ADD COLUMN card {json};
ALTER TABLE clinic ADD COLUMN version {int} NOT NULL DEFAULT 1;
ALTER TABLE doctor ADD COLUMN languages text NOT NULL DEFAULT '';
ALTER TABLE doctor ADD COLUMN qualifications {json};
ALTER TABLE doctor ADD COLUMN version {int} NOT NULL DEFAULT 1;
DROP INDEX doctor_clinic;
CREATE INDEX doctor_home ON doctor (clinic);
CREATE INDEX doctor_speciality ON doctor (speciality, sorting, id);
CREATE TABLE doctor_clinic (
    doctor {uuid} NOT NULL REFERENCES doctor (id), clinic {uuid} NOT NULL REFERENCES clinic (id),
    place integer NOT NULL DEFAULT 0, PRIMARY KEY (doctor, clinic));
CREATE INDEX doctor_clinic_clinic ON doctor_clinic (clinic, doctor);
INSERT INTO doctor_clinic (doctor, clinic, place) SELECT id, clinic, 0 FROM doctor;
CREATE TABLE doctor_word (word text NOT NULL, doctor {uuid} NOT NULL REFERENCES doctor (id), PRIMARY KEY (word, doctor));
CREATE INDEX doctor_word_doctor ON doctor_word (doctor);
CREATE TABLE equipment (
    id {uuid} NOT NULL PRIMARY KEY, clinic {uuid} NOT NULL REFERENCES clinic (id), kind text NOT NULL, names {json} NOT NULL,
    active {bool} NOT NULL, version {int} NOT NULL DEFAULT 1, created_at {time} NOT NULL);
CREATE INDEX equipment_clinic ON equipment (clinic, kind, id);
ALTER TABLE service ADD COLUMN mode text NOT NULL DEFAULT 'inPerson';
ALTER TABLE service ADD COLUMN preparation {json};
ALTER TABLE service ADD COLUMN buffer_before_min integer NOT NULL DEFAULT 0;
ALTER TABLE service ADD COLUMN buffer_after_min integer NOT NULL DEFAULT 0;
ALTER TABLE service ADD COLUMN lead_min integer;
ALTER TABLE service ADD COLUMN confirmation text NOT NULL DEFAULT 'payment';
ALTER TABLE service ADD COLUMN min_age integer;
ALTER TABLE service ADD COLUMN max_age integer;
ALTER TABLE service ADD COLUMN sex text;
ALTER TABLE service ADD COLUMN equipment text;
ALTER TABLE service ADD COLUMN version {int} NOT NULL DEFAULT 1;
CREATE TABLE service_price (
    service {uuid} NOT NULL REFERENCES service (id), payer text NOT NULL, amount {int}, currency text,
    PRIMARY KEY (service, payer), CHECK ((amount IS NULL) = (currency IS NULL)));
INSERT INTO service_price (service, payer, amount, currency) SELECT id, 'self', price_amount, price_currency FROM service;
ALTER TABLE service DROP COLUMN price_amount;
ALTER TABLE service DROP COLUMN price_currency;
";

/// A name's letters of Kazakh stand after the Russian ones that they resemble, as in the alphabet: the sign behind them is
/// greater than every letter.
const LETTERS: &[(&str, &str)] =
    &[("ә", "а"), ("ғ", "г"), ("қ", "к"), ("ң", "н"), ("ө", "о"), ("ұ", "у"), ("ү", "у"), ("һ", "х"), ("і", "ы")];

const POSTGRES: &[&str] = &[
    "ALTER TABLE doctor_word ALTER COLUMN word TYPE text COLLATE \"C\"",
    "ALTER TABLE doctor ALTER COLUMN sorting TYPE text COLLATE \"C\"",
    "INSERT INTO doctor_word (word, doctor) SELECT DISTINCT '=' || word, id FROM doctor, \
     regexp_split_to_table(replace(folded, '''', ''), '[-.[:space:]]+') word WHERE word <> ''",
    "INSERT INTO doctor_word (word, doctor) SELECT DISTINCT '~' || word, id FROM doctor, \
     regexp_split_to_table(skeletons, '[[:space:]]+') word WHERE word <> ''",
];

const SQLITE: &[&str] = &[
    "WITH RECURSIVE split (id, word, rest) AS ( \
     SELECT id, '', replace(replace(replace(replace(folded, char(10), ' '), '-', ' '), '.', ' '), '''', '') || ' ' FROM doctor \
     UNION ALL SELECT id, substr(rest, 1, instr(rest, ' ') - 1), substr(rest, instr(rest, ' ') + 1) FROM split WHERE rest <> '') \
     INSERT INTO doctor_word (word, doctor) SELECT DISTINCT '=' || word, id FROM split WHERE word <> ''",
    "WITH RECURSIVE split (id, word, rest) AS ( \
     SELECT id, '', replace(skeletons, char(10), ' ') || ' ' FROM doctor \
     UNION ALL SELECT id, substr(rest, 1, instr(rest, ' ') - 1), substr(rest, instr(rest, ' ') + 1) FROM split WHERE rest <> '') \
     INSERT INTO doctor_word (word, doctor) SELECT DISTINCT '~' || word, id FROM split WHERE word <> ''",
];

/// The words have taken their place.
const AFTER: &str = "
ALTER TABLE doctor DROP COLUMN folded;
ALTER TABLE doctor DROP COLUMN skeletons;
";

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, UP).await?;
        run_on(manager, DbBackend::Postgres, POSTGRES).await?;
        run_on(manager, DbBackend::Sqlite, SQLITE).await?;
        for (letter, before) in LETTERS {
            run(manager, &format!("UPDATE doctor SET sorting = replace(sorting, '{letter}', '{before}\u{e000}')")).await?;
        }
        run(manager, AFTER).await
    }
}
