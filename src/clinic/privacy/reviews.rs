//! That a rule of the profile was read again: by whom, what came of it, when the next time is. What changes nothing is written
//! down, too; and officers are told of what nobody has read again in time.

use super::rows::reviews as rows;
use crate::app::App;
use crate::app::profile::{Profile, Review};
use crate::clinic::identity::{Caller, Event, Happened, officers};
use crate::kernel::audit::Line;
use crate::kernel::db::{Actor, Tx};
use crate::kernel::error::{Code, Error, Fault, Faults, Result};
use crate::kernel::queue::Task;
use crate::kernel::text::check_text;
use chrono::NaiveDate;
use sea_orm::ConnectionTrait;
use std::collections::BTreeMap;

const OBJECT: &str = "ruleReview";
const NOTE_CHARS: usize = 2000;

/// What came of reading a rule again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, poem_openapi::Enum)]
#[oai(rename_all = "camelCase")]
pub enum ReviewOutcome {
    /// The rule stays as it is.
    Unchanged,
    /// The profile, or something else, was changed: the note says what.
    Changed,
}

impl ReviewOutcome {
    pub const fn as_str(self) -> &'static str {
        match self {
            ReviewOutcome::Unchanged => "unchanged",
            ReviewOutcome::Changed => "changed",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        [ReviewOutcome::Unchanged, ReviewOutcome::Changed].into_iter().find(|outcome| outcome.as_str() == word)
    }
}

/// A rule that says by when it is read again, with the last reading of it.
pub struct Reviewed {
    pub review: Review,
    pub last: Option<rows::RuleReview>,
}

impl Reviewed {
    /// The day until which somebody reads it again: that of the profile, or the one that was set when it was read.
    pub fn due(&self) -> NaiveDate {
        self.last.as_ref().map_or(self.review.review_by, |last| last.next_review_by.max(self.review.review_by))
    }

    pub fn is_overdue(&self, today: NaiveDate) -> bool {
        self.due() < today
    }
}

/// Every rule that says by when it is read again, what is due first coming first.
pub async fn list(db: &impl ConnectionTrait, profile: &Profile) -> Result<Vec<Reviewed>> {
    let mut last = rows::last(db).await?;
    let mut all: Vec<Reviewed> =
        profile.reviews().into_iter().map(|review| Reviewed { last: last.remove(&review.rule), review }).collect();
    all.sort_by(|one, other| (one.due(), &one.review.rule).cmp(&(other.due(), &other.review.rule)));
    Ok(all)
}

/// Which rules were read again, and until which day each is read the next time.
pub async fn read_until(db: &impl ConnectionTrait) -> Result<BTreeMap<String, NaiveDate>> {
    Ok(rows::last(db).await?.into_iter().map(|(rule, last)| (rule, last.next_review_by)).collect())
}

/// A reading to be written down.
pub struct NewReview<'a> {
    pub rule: &'a str,
    pub outcome: ReviewOutcome,
    pub note: &'a str,
    pub next_review_by: NaiveDate,
}

/// Writes down that an officer has read a rule again.
///
/// # Errors
/// `not_found` for what is no such rule; `invalid`; `state_conflict` for a day that lies before the one that stands.
pub async fn record(tx: &mut Tx, profile: &Profile, officer: &Caller, new: &NewReview<'_>) -> Result<rows::RuleReview> {
    let standing = list(tx, profile).await?.into_iter().find(|reviewed| reviewed.review.rule == new.rule);
    let standing = standing.ok_or_else(Error::not_found)?;
    let mut faults = Faults::default();
    let note = check_text(new.note.trim(), NOTE_CHARS);
    let note = note.and_then(|note| if note.is_empty() { Err(Fault::Required) } else { Ok(note) });
    let note = faults.check("/note", note).unwrap_or_default();
    if new.next_review_by <= profile.today(tx.now()) {
        faults.add("/nextReviewBy", Fault::InThePast);
    }
    faults.into_result()?;
    if new.next_review_by < standing.due() {
        return Err(Error::refused(Code::StateConflict));
    }
    let row = rows::RuleReview {
        id: tx.id(),
        rule: new.rule.to_owned(),
        review_by: standing.due(),
        outcome: new.outcome.as_str().to_owned(),
        note,
        next_review_by: new.next_review_by,
        officer: officer.id,
        at: tx.now(),
    };
    rows::insert(tx, &row).await?;
    tx.audit(Line::new("reviewRule").on(OBJECT, row.id));
    Ok(row)
}

/// Tells officers of the rules whose day is past, once of each day that passes by.
pub async fn tell_overdue(app: &App) -> Result<()> {
    let today = app.profile.today(app.ambient.now());
    let overdue: Vec<Reviewed> =
        list(&app.db.reader(), &app.profile).await?.into_iter().filter(|reviewed| reviewed.is_overdue(today)).collect();
    if overdue.is_empty() {
        return Ok(());
    }
    app.write(&Actor::house("ruleReviews"), async |tx: &mut Tx| -> Result<()> {
        let officers = officers(tx).await?;
        if officers.is_empty() {
            return Ok(());
        }
        for reviewed in &overdue {
            if !rows::note_told(tx, &reviewed.review.rule, reviewed.due(), tx.now()).await? {
                continue;
            }
            let object = tx.id();
            for officer in &officers {
                tx.enqueue(Happened { subject: *officer, event: Event::RuleReviewDue, object }.task());
            }
        }
        Ok(())
    })
    .await
}
