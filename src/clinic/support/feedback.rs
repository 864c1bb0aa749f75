//! Feedback: a rating and a few words after a visit, once. The rating counts for the doctor without its author; the words
//! are sealed, and nobody reads them yet but their author: moderation and publishing are to come.

use super::keys_of;
use super::rows::{self, feedback};
use crate::app::App;
use crate::clinic::identity::{Caller, Clinics};
use crate::clinic::scheduling::visit_of;
use crate::kernel::audit::Line;
use crate::kernel::db::Tx;
use crate::kernel::error::{Code, Error, Result};
use crate::kernel::invalidation::Topic;
use crate::kernel::text::check_text;
use crate::kernel::vault::{Class, Personal};
use poem_openapi::types::ToJSON;
use sea_orm::sea_query::OnConflict;
use sea_orm::{EntityTrait, Set};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub const TEXT_CHARS: usize = 2000;

/// What is sealed of a feedback.
#[derive(Serialize, Deserialize)]
pub struct Words {
    pub text: String,
}

impl Personal for Words {
    const TABLE: &'static str = "feedback";
    const COLUMN: &'static str = "sealed";
    const CLASS: Class = Class::Support;
}

/// Gives feedback on one's visit and answers its id. The same key gives the same one.
///
/// # Errors
/// `not_found`; `state_conflict` when the visit is not over, was cancelled, or has its feedback; `class_refused`.
pub async fn give(
    app: &App,
    caller: &Caller,
    operation: &'static str,
    key: &str,
    booking: Uuid,
    (asked, rating, text): (&impl ToJSON, i64, Option<&str>),
) -> Result<Uuid> {
    if app.profile.refuses(Class::Support) {
        return Err(Error::refused(Code::ClassRefused));
    }
    let text = text.map(str::trim).filter(|text| !text.is_empty());
    let text = text.map(|text| check_text(text, TEXT_CHARS)).transpose().map_err(|fault| Error::field("/text", fault))?;
    let words = text.map(|text| Words { text });
    let keys = keys_of(app, caller.id).await?;
    let whole = serde_json::json!({ "booking": booking, "feedback": asked.to_json() });
    app.write_once(&caller.actor(operation), &caller.keys, key, &whole, async |tx: &mut Tx| {
        let visit = visit_of(tx, caller.id, booking, tx.now()).await?.ok_or_else(Error::not_found)?;
        let conflict = || Error::refused(Code::StateConflict);
        if !visit.took_place {
            return Err(conflict());
        }
        let id = tx.id();
        let row = feedback::ActiveModel {
            id: Set(id),
            booking: Set(Some(booking)),
            subject: Set(caller.id),
            doctor: Set(visit.doctor),
            clinic: Set(visit.clinic),
            rating: Set(rating),
            at: Set(tx.now()),
            sealed: Set(words.as_ref().map(|words| keys.seal(id, words)).transpose()?),
        };
        let once = OnConflict::new().do_nothing().to_owned();
        let inserted = feedback::Entity::insert(row).on_conflict(once).exec_without_returning(tx).await?;
        if inserted == 0 {
            return Err(conflict());
        }
        if !caller.keys.has(Class::Support) {
            tx.invalidate(Topic::Keys, caller.id);
        }
        tx.audit(Line::new("rate").on("booking", booking).about(&keys).of(Class::Support));
        Ok(id)
    })
    .await
}

/// What a doctor's ratings come to: never less than the profile shows at once.
pub struct Rated {
    pub doctor: Uuid,
    pub count: i64,
    /// 1 to 5, rounded to a tenth.
    pub average: f64,
}

/// A page of doctors with their ratings, and whether there are more. Of these clinics.
pub async fn ratings(app: &App, clinics: &Clinics, after: Option<Uuid>, limit: u64) -> Result<(Vec<Rated>, bool)> {
    let from = app.profile.support.ratings_from;
    let mut found = rows::ratings(&app.db.reader(), clinics, from, after, limit + 1).await?;
    let more = found.len() as u64 > limit;
    found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let rated = found.into_iter().map(|row| Rated {
        doctor: row.doctor,
        count: row.count,
        average: (row.total as f64 * 10.0 / row.count as f64).round() / 10.0,
    });
    Ok((rated.collect(), more))
}
