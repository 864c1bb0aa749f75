//! Data of other people in somebody's copy: taken out where it would harm them, and the limit is told with its ground. And
//! the clinic that issued a document, which another room knows than the one that holds it.

use crate::app::profile::{Export, StaffNames};
use crate::app::room::Exported;
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Value, json};

/// Fields that name somebody who works here. Whom a patient visits stands in the catalogue for all to read.
const STAFF: &[&str] = &["staffName", "authorName"];

/// What was left out of a copy for the sake of others.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub struct Limit {
    /// `visitors`, `staffNames`.
    pub what: &'static str,
    /// How many times.
    pub count: usize,
    /// The act and article.
    pub ground: String,
}

/// Takes them out, and counts.
pub struct Others<'a> {
    rules: &'a Export,
    visitors: usize,
    staff: usize,
}

impl<'a> Others<'a> {
    pub fn new(rules: &'a Export) -> Self {
        Self { rules, visitors: 0, staff: 0 }
    }

    pub fn redact(&mut self, parts: &mut [Exported]) {
        for row in parts.iter_mut().flat_map(|part| &mut part.rows) {
            self.value(row);
        }
    }

    fn value(&mut self, value: &mut Value) {
        match value {
            Value::Array(items) => items.iter_mut().for_each(|item| self.value(item)),
            Value::Object(fields) => {
                for (name, value) in fields.iter_mut().filter(|(_, value)| !value.is_null()) {
                    // Who came instead of the patient: his name and number are his own.
                    if name == "visitor" {
                        *value = json!({ "isLeftOut": true });
                        self.visitors += 1;
                    } else if STAFF.contains(&name.as_str()) && self.rules.staff == StaffNames::Roles {
                        *value = "staff".into();
                        self.staff += 1;
                    } else {
                        self.value(value);
                    }
                }
            }
            _ => {}
        }
    }

    pub fn limits(&self) -> Vec<Limit> {
        let limit = |what, count| Limit { what, count, ground: self.rules.others_rule.clone() };
        let limits = [limit("visitors", self.visitors), limit("staffNames", self.staff)];
        limits.into_iter().filter(|limit| limit.count > 0).collect()
    }
}

/// Which doctor received the patient in which clinic, and when.
#[derive(Default)]
pub struct Issuers(Vec<Visit>);

struct Visit {
    doctor: String,
    at: DateTime<Utc>,
    clinic: Value,
    clinic_name: Value,
}

impl Issuers {
    /// Learns from the bookings of a copy.
    pub fn learn(&mut self, parts: &[Exported]) {
        let bookings = parts.iter().filter(|part| part.name == "bookings").flat_map(|part| &part.rows);
        let stood = bookings.filter(|row| row["state"] != "cancelled" && row["state"] != "expired");
        self.0.extend(stood.filter_map(|row| {
            let (doctor, at) = (row["doctorId"].as_str()?.to_owned(), time(&row["startsAt"])?);
            Some(Visit { doctor, at, clinic: row["clinicId"].clone(), clinic_name: row["clinicName"].clone() })
        }));
    }

    /// Names the clinic of each document that staff wrote: where its author received the patient last before, or first at all.
    /// Who never did wrote for the operator.
    pub fn name(&self, parts: &mut [Exported], operator: &str) {
        let documents = parts.iter_mut().filter(|part| part.name == "documents").flat_map(|part| &mut part.rows);
        for row in documents {
            let Some(author) = row["authorId"].as_str().map(str::to_owned) else { continue };
            let written = time(&row["completedAt"]).or_else(|| time(&row["createdAt"]));
            match self.of(&author, written) {
                Some(visit) => {
                    row["clinicId"] = visit.clinic.clone();
                    row["clinicName"] = visit.clinic_name.clone();
                }
                None => row["clinicName"] = operator.into(),
            }
        }
    }

    fn of(&self, author: &str, written: Option<DateTime<Utc>>) -> Option<&Visit> {
        let theirs = || self.0.iter().filter(|visit| visit.doctor == author);
        let before = theirs().filter(|visit| written.is_none_or(|written| visit.at <= written)).max_by_key(|visit| visit.at);
        before.or_else(|| theirs().min_by_key(|visit| visit.at))
    }
}

fn time(value: &Value) -> Option<DateTime<Utc>> {
    value.as_str()?.parse().ok()
}
