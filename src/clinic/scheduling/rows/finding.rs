//! The search for doctors: one query, whatever is asked. Nothing in it is left to an engine's notion of letters.

use super::asked::Asked;
use super::codes::Codes;
use super::doctors::{DoctorRow, FROM_RECEIVING, doctor_columns};
use crate::app::wire::Paging;
use crate::kernel::error::Result;
use crate::kernel::sql::all;
use chrono::{Datelike, NaiveDate};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, QueryResult};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A word that is sought, in each form in which words are kept.
pub type Term = Vec<String>;

/// Which doctors are wanted. What is absent is not asked.
#[derive(Default)]
pub struct DoctorFilter {
    pub speciality: Option<String>,
    pub clinic: Option<Uuid>,
    pub service: Option<Uuid>,
    pub language: Option<String>,
    /// A day on which he receives by his week.
    pub day: Option<NaiveDate>,
    /// Beginnings of words of his name: each must be met.
    pub terms: Vec<Term>,
}

/// Where a doctor stands in the answer: how many of the words sought his name only begins with, then by name.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Standing(i32, String, Uuid);

pub struct Found {
    pub doctor: DoctorRow,
    pub standing: Standing,
}

impl FromQueryResult for Found {
    fn from_query_result(row: &QueryResult, pre: &str) -> Result<Self, DbErr> {
        let doctor = DoctorRow::from_query_result(row, pre)?;
        let standing = Standing(row.try_get(pre, "far")?, row.try_get(pre, "sorting")?, doctor.id);
        Ok(Self { doctor, standing })
    }
}

/// Greater than every text that begins as the one before it.
const LAST: char = char::MAX;

/// Whole words before beginnings of words, then in the order of names, which is the same in every language: pages fit together.
pub async fn doctors(db: &impl ConnectionTrait, filter: &DoctorFilter, page: &Paging<Standing>) -> Result<Vec<Found>> {
    let far: Vec<String> = (0..filter.terms.len()).map(|index| format!("t{index}.far")).collect();
    let far = if far.is_empty() { "0".to_owned() } else { far.join(" + ") };
    let mut asked = Asked::new(&format!("SELECT {}, {far} AS far, d.sorting {FROM_RECEIVING}", doctor_columns("")));
    for (index, term) in filter.terms.iter().enumerate() {
        join(&mut asked, index, term);
    }
    asked.end("WHERE d.active");
    narrow(&mut asked, filter);
    if let Some(Standing(after, sorting, id)) = &page.place {
        let place = [sorting.as_str().into(), (*id).into()];
        if filter.terms.is_empty() {
            asked.and("(d.sorting, d.id) > ({}, {})", place);
        } else {
            asked.and(
                &format!("({far} > {{}} OR ({far} = {{}} AND (d.sorting, d.id) > ({{}}, {{}})))"),
                [(*after).into(), (*after).into()].into_iter().chain(place),
            );
        }
    }
    let order = if filter.terms.is_empty() { "d.sorting, d.id" } else { "far, d.sorting, d.id" };
    asked.end(&format!("ORDER BY {order} LIMIT {}", page.rows()));
    all(db, &asked.sql, asked.values).await
}

/// The doctors with a word that begins so, and 0 for one who has it whole. Each form is a range of the index of words.
fn join(asked: &mut Asked, index: usize, term: &Term) {
    let marks = vec!["{}"; term.len()].join(", ");
    asked.push(
        &format!(" JOIN (SELECT doctor, MIN(CASE WHEN word IN ({marks}) THEN 0 ELSE 1 END) AS far FROM doctor_word WHERE "),
        term.iter().map(|form| form.as_str().into()),
    );
    for (nth, form) in term.iter().enumerate() {
        let range = if nth == 0 { "(word >= {} AND word < {})" } else { " OR (word >= {} AND word < {})" };
        asked.push(range, [form.as_str().into(), format!("{form}{LAST}").into()]);
    }
    asked.push(&format!(" GROUP BY doctor) t{index} ON t{index}.doctor = d.id"), []);
}

fn narrow(asked: &mut Asked, filter: &DoctorFilter) {
    if let Some(speciality) = &filter.speciality {
        asked.and("d.speciality = {}", [speciality.as_str().into()]);
    }
    if let Some(language) = &filter.language {
        asked.and("d.languages LIKE {}", [Codes::pattern(language).into()]);
    }
    if let Some(clinic) = filter.clinic {
        let in_clinic = "EXISTS (SELECT 1 FROM doctor_clinic w JOIN clinic o ON o.id = w.clinic WHERE w.doctor = d.id \
                         AND o.active AND w.clinic = {})";
        asked.and(in_clinic, [clinic.into()]);
    }
    if let Some(service) = filter.service {
        let does = "EXISTS (SELECT 1 FROM service s JOIN clinic o ON o.id = s.clinic \
                    JOIN doctor_clinic w ON w.clinic = s.clinic AND w.doctor = d.id \
                    WHERE s.active AND o.active AND (s.speciality IS NULL OR s.speciality = d.speciality) AND s.id = {})";
        asked.and(does, [service.into()]);
    }
    if let Some(day) = filter.day {
        let weekday = i32::try_from(day.weekday().number_from_monday()).unwrap_or_default();
        let receives = "EXISTS (SELECT 1 FROM hours h WHERE h.doctor = d.id AND h.weekday = {} \
                        AND (h.valid_from IS NULL OR h.valid_from <= {}) AND (h.valid_until IS NULL OR h.valid_until >= {}))";
        asked.and(receives, [weekday.into(), day.into(), day.into()]);
    }
}
