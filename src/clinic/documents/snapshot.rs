//! The identity that a medical record must carry (in Russia the order of the Ministry of Health on the patient's card):
//! who the patient was when the first clinical row and when each conclusion was written. It is sealed as clinical data,
//! for it is kept with the record when the account is gone.

use super::rows::{self, record_identity};
use crate::app::App;
use crate::clinic::identity::numbers::System;
use crate::clinic::identity::{Person, open_person};
use crate::kernel::access::Openings;
use crate::kernel::db::Tx;
use crate::kernel::error::{Code, Error, Result};
use crate::kernel::vault::{Class, Personal, SubjectKeys};
use chrono::NaiveDate;
use sea_orm::Set;
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

/// On what occasion a clinical row is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occasion {
    /// A conclusion carries the identity of its day.
    Conclusion,
    /// Any other row: only the first one of a patient does.
    Row,
}

/// The identity to be kept beside a clinical row, if this row needs it.
pub struct Snapshot(Option<Identity>);

#[derive(Serialize, Deserialize)]
pub(super) struct Identity {
    surname: Option<String>,
    given_name: Option<String>,
    patronymic: Option<String>,
    birth_date: Option<NaiveDate>,
    numbers: Vec<Number>,
}

#[derive(Serialize, Deserialize)]
struct Number {
    system: System,
    value: String,
}

impl Personal for Identity {
    const TABLE: &'static str = "record_identity";
    const COLUMN: &'static str = "sealed";
    const CLASS: Class = Class::Clinical;
}

impl Identity {
    /// As it stands in an export.
    pub(super) fn exported(&self) -> serde_json::Value {
        let numbers = self.numbers.iter().map(|number| json!({ "system": number.system, "value": number.value }));
        json!({
            "surname": self.surname, "givenName": self.given_name, "patronymic": self.patronymic,
            "birthDate": self.birth_date, "numbers": numbers.collect::<Vec<_>>(),
        })
    }
}

impl Snapshot {
    /// Opens the identity by the caller's own right or reason, when the row needs it. Before the transaction.
    ///
    /// # Errors
    /// `not_found` without a reason for the class `identity`; `profile_required` when the patient has not said who he is.
    pub async fn take(app: &App, openings: &Openings<'_>, subject: Uuid, occasion: Occasion) -> Result<Snapshot> {
        if occasion == Occasion::Row && rows::any_identity(&app.db.reader(), subject).await? {
            return Ok(Snapshot(None));
        }
        let person = open_person(app, openings, subject, ("patient", subject)).await?;
        person.map(|person| Snapshot(Some(minimal(person)))).ok_or_else(|| Error::refused(Code::ProfileRequired))
    }

    /// Writes it beside the row, in the row's transaction.
    pub async fn keep(&self, tx: &mut Tx, keys: &SubjectKeys) -> Result<()> {
        let Some(identity) = &self.0 else { return Ok(()) };
        let id = tx.id();
        let row = record_identity::ActiveModel {
            id: Set(id),
            subject: Set(keys.subject),
            at: Set(tx.now()),
            sealed: Set(keys.seal(id, identity)?),
        };
        rows::insert_identity(tx, row).await
    }
}

/// National numbers and the compulsory policy; a voluntary policy is a matter of payment.
fn minimal(person: Person) -> Identity {
    let numbers = person.identifiers.into_iter().filter(|identifier| identifier.system != System::Dms);
    Identity {
        surname: person.surname,
        given_name: person.given_name,
        patronymic: person.patronymic,
        birth_date: person.birth_date,
        numbers: numbers.map(|identifier| Number { system: identifier.system, value: identifier.value }).collect(),
    }
}
