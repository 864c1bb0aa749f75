//! What is due, and the order of access as a table.

use super::super::overview::{self, Overview};
use super::Tag;
use super::files::CsvFile;
use crate::app::App;
use crate::app::wire::{Date, Failure, Instant, Reply};
use crate::clinic::identity::matrix;
use crate::clinic::identity::{Role, Session};
use crate::kernel::error::Result;
use poem::Body;
use poem::web::Data;
use poem_openapi::{Object, OpenApi};

/// Things that have a term.
#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct DueCounts {
    open: i64,
    /// Those whose term ends within seven days. Of held records: within thirty.
    due: i64,
    overdue: i64,
    /// The next end of a term.
    next_at: Option<Instant>,
}

/// A rule whose law should have been read again.
#[derive(Object)]
#[oai(rename_all = "camelCase")]
struct OverdueReview {
    rule: String,
    source: String,
    review_by: Date,
}

/// What is due, for the officer. Each part has a list of its own.
#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct OversightView {
    at: Instant,
    /// Requests of persons.
    requests: DueCounts,
    /// Breaches; `due` is 0, for their terms are hours: look at `nextAt`.
    breaches: DueCounts,
    /// Records that are held after an erasure, and when the next one comes due.
    held: DueCounts,
    /// Records of which nothing is held any more, destroyed within the last thirty days.
    destroyed: i64,
    /// Legal holds that stand.
    legal_holds: i64,
    /// Those that end within seven days.
    legal_holds_ending: i64,
    /// Records that were opened in an emergency within the last thirty days.
    emergencies: i64,
    /// Alerts of unusual openings that nobody has resolved.
    opening_alerts: i64,
    /// Findings that are not closed.
    findings: i64,
    /// Trainings that are to be repeated.
    expired_trainings: i64,
    overdue_reviews: Vec<OverdueReview>,
}

impl OversightView {
    fn of(found: Overview, at: Instant) -> Self {
        let requests = found.requests;
        let (held, breaches) = (found.held, found.breaches);
        Self {
            at,
            requests: DueCounts {
                open: requests.open,
                due: requests.due,
                overdue: requests.overdue,
                next_at: requests.next_at.map(Into::into),
            },
            breaches: DueCounts {
                open: breaches.open,
                due: 0,
                overdue: breaches.overdue,
                next_at: breaches.next_at.map(Into::into),
            },
            held: DueCounts { open: held.held, due: held.due, overdue: 0, next_at: held.next_at.map(Into::into) },
            destroyed: held.destroyed,
            legal_holds: found.watched.holds,
            legal_holds_ending: found.watched.holds_ending,
            emergencies: found.watched.emergencies,
            opening_alerts: found.alerts,
            findings: found.findings,
            expired_trainings: found.trainings,
            overdue_reviews: found
                .reviews
                .into_iter()
                .map(|review| OverdueReview { rule: review.rule, source: review.source, review_by: Date(review.review_by) })
                .collect(),
        }
    }
}

pub struct OverviewApi;

#[OpenApi(prefix_path = "/v1/staff", tag = "Tag::Oversight")]
impl OverviewApi {
    /// Read what is due
    ///
    /// Requests, breaches, held records, legal holds, emergencies, alerts, findings, trainings, rules past their review.
    #[oai(path = "/oversight", method = "get", operation_id = "getOversight")]
    async fn get(&self, app: Data<&App>, session: Session) -> Result<Reply<OversightView>, Failure> {
        session.staff_for("getOversight")?;
        let found = overview::overview(&app).await?;
        Ok(Reply::new(OversightView::of(found, app.ambient.now().into())))
    }

    /// Export the order of access as a table
    ///
    /// A line for each operation, a column for each kind of caller: `yes`, or empty. The same order is read as JSON by
    /// `getAccessMatrix`.
    #[oai(path = "/access-matrix/table", method = "get", operation_id = "exportAccessMatrix")]
    async fn table(&self, session: Session) -> Result<CsvFile, Failure> {
        session.staff_for("exportAccessMatrix")?;
        Ok(CsvFile(Body::from_string(table())))
    }
}

/// Names of operations and callers are words of our own: nothing in them needs quotes.
fn table() -> String {
    let roles: Vec<&str> = Role::STAFF.iter().map(|role| role.as_str()).collect();
    let mut text = format!("operation,anyone,self,{}\r\n", roles.join(","));
    for (operation, row) in matrix::rows() {
        let may = Role::STAFF.iter().map(|role| row.staff.contains(role));
        let cells = [row.anyone, row.own].into_iter().chain(may).map(|may| if may { "yes" } else { "" });
        let cells: Vec<&str> = std::iter::once(operation).chain(cells).collect();
        text.push_str(&cells.join(","));
        text.push_str("\r\n");
    }
    text
}
