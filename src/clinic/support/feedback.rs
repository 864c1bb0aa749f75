//! Feedback: a rating and a few words after a visit, once. The rating counts for the doctor without its author; the words
//! are sealed, and until somebody has decided on them (`moderation`) staff alone reads them.

use super::keys_of;
use super::rows::moderation::{PENDING, PUBLISHED};
use super::rows::{self, feedback};
use crate::app::App;
use crate::app::wire::{Cursor, Paging};
use crate::clinic::identity::{Caller, Clinics};
use crate::clinic::scheduling::visit_of;
use crate::kernel::access::NewReason;
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
            // A rating alone says nothing that could wait for a decision.
            state: Set(if words.is_some() { PENDING } else { PUBLISHED }.to_owned()),
            decided_at: Set(None),
            decided_by: Set(None),
            answer: Set(None),
        };
        let once = OnConflict::new().do_nothing().to_owned();
        let inserted = feedback::Entity::insert(row).on_conflict(once).exec_without_returning(tx).await?;
        if inserted == 0 {
            return Err(conflict());
        }
        if words.is_some() {
            tx.allow(NewReason {
                subject: caller.id,
                // To this feedback alone, for whoever decides on it: a clinic is a party to much else.
                party: id,
                class: Class::Support,
                basis: "moderation",
                object: id,
                from: tx.now(),
                until: None,
            });
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

/// A page of doctors with their ratings, and where the next one begins. Of these clinics.
pub async fn ratings(app: &App, clinics: &Clinics, page: &Paging<Uuid>) -> Result<(Vec<Rated>, Option<Cursor>)> {
    let from = app.profile.support.ratings_from;
    let mut found = rows::ratings(&app.db.reader(), clinics, from, page.place, page.rows()).await?;
    let next_cursor = page.cut(&mut found, |row| row.doctor)?;
    let rated = found.into_iter().map(|row| Rated {
        doctor: row.doctor,
        count: row.count,
        average: (row.total as f64 * 10.0 / row.count as f64).round() / 10.0,
    });
    Ok((rated.collect(), next_cursor))
}
