//! A patient comes in by a code. Numbers pass from one person to another: one that its owner has not used for long opens
//! his account only to somebody who also knows of him what the number does not tell, or begins an empty account.

use super::codes::{self, Shown, Target};
use super::contact_rows;
use super::contacts;
use super::person::{self, Person};
use super::rows;
use crate::app::App;
use crate::kernel::alias;
use crate::kernel::audit::Line;
use crate::kernel::db::{Actor, Tx};
use crate::kernel::error::{Code, Error, Result};
use crate::kernel::vault::{Class, Index, SubjectKeys};
use chrono::{NaiveDate, TimeDelta};
use std::sync::Arc;
use uuid::Uuid;

/// Facts that may be tried about one account in a day: guessing through all birth dates would take decades.
const FACTS_PER_DAY: i64 = 5;
const DAY_S: i64 = 86_400;
/// That an address was used is noted so often, and not at each sign-in.
const NOTED_EVERY: TimeDelta = TimeDelta::days(1);

/// What somebody says beside the code, where the number alone is not enough.
pub struct Said {
    pub birth_date: Option<NaiveDate>,
    /// The number has come to him from somebody else.
    pub is_new_owner: bool,
}

/// Takes a code, and answers the patient whose address it went to; a new one when nobody holds it.
///
/// # Errors
/// `wrong_code`; `known_fact_required` for a number that has aged, with the code still good for another try.
pub async fn arrive(app: &App, actor: &Actor, (challenge, code): (Uuid, &str), said: &Said) -> Result<Arc<SubjectKeys>> {
    let target = match codes::redeem(app, actor, challenge, code).await? {
        Shown::Address(target) => target,
        // Whoever names the number of the account has told what its phone alone does not tell.
        Shown::Number(keys, phone) => {
            note_use(app, actor, keys.subject, &phone).await?;
            return Ok(keys);
        }
    };
    if let Some(holder) = app.vault.find(&target.index()).await?
        && is_aged(app, holder, &target).await?
    {
        if said.is_new_owner {
            contacts::pass_on(app, actor, holder, &target).await?;
        } else if !knows(app, actor, holder, said.birth_date).await? {
            codes::give_back(app, actor, challenge).await?;
            return Err(Error::refused(Code::KnownFactRequired));
        }
    }
    let keys = person::by_contact(app, actor, &target).await?;
    // He comes to another account than the one that has the address where that was merged into his.
    if let Some(holder) = app.vault.find(&target.index()).await? {
        note_use(app, actor, holder, &target).await?;
    }
    Ok(keys)
}

/// Whether nobody has shown for as long as the profile says that this address is still its holder's.
pub async fn is_aged(app: &App, holder: Uuid, target: &Target) -> Result<bool> {
    let Some(term) = app.profile.sign_in.number_ages_after else { return Ok(false) };
    // His row may be about to be written: he is new, and there is nothing to be shown.
    if rows::find_patient(&app.db.reader(), holder).await?.is_none() {
        return Ok(false);
    }
    let (_, contact) = contacts::read(app, &*app.vault.keys(holder).await?).await?;
    let known_at = contact.point(target).and_then(|point| point.known_at());
    Ok(known_at.is_none_or(|known_at| term.after(known_at) <= app.ambient.now()))
}

/// Whether the birth date is that of the person to whom the address leads. Wrong ones are counted, and after some nothing is
/// right for the day.
async fn knows(app: &App, actor: &Actor, holder: Uuid, birth_date: Option<NaiveDate>) -> Result<bool> {
    let Some(birth_date) = birth_date else { return Ok(false) };
    let holder = alias::survivor(&app.db.reader(), holder).await?;
    let tried = Index { kind: "knownFacts", value: holder.to_string() };
    if app.vault.count(&tried, DAY_S).await? > FACTS_PER_DAY {
        return Ok(false);
    }
    let keys = app.vault.keys(holder).await?;
    let row = rows::find_patient(&app.db.reader(), holder).await?.ok_or_else(Error::not_found)?;
    let Some(sealed) = row.identity else { return Ok(false) };
    let person: Person = app.own_grant(&keys, Class::Identity).await?.open(holder, &sealed)?;
    let right = person.birth_date == Some(birth_date);
    let action = if right { "rightFact" } else { "wrongFact" };
    app.write(actor, async |tx: &mut Tx| -> Result<()> {
        tx.audit(Line::new(action).on("patient", holder).about(&keys));
        Ok(())
    })
    .await?;
    Ok(right)
}

/// Notes that the address was shown to be his, which verifies one that the desk had written down.
async fn note_use(app: &App, actor: &Actor, holder: Uuid, target: &Target) -> Result<()> {
    let now = app.ambient.now();
    let keys = app.vault.keys(holder).await?;
    let (was, mut contact) = contacts::read(app, &keys).await?;
    let Some(point) = contact.points.iter_mut().find(|point| point.target.is(target)) else { return Ok(()) };
    let is_first = point.verified_at.is_none();
    if !is_first && point.known_at().is_some_and(|known_at| now - known_at < NOTED_EVERY) {
        return Ok(());
    }
    point.verified_at = point.verified_at.or(Some(now));
    point.seen_at = Some(now);
    let sealed = keys.seal(keys.subject, &contact)?;
    app.write(actor, async |tx: &mut Tx| -> Result<()> {
        // Whoever changed the addresses meanwhile knows better.
        if contact_rows::put_contact(tx, keys.subject, (&was, &sealed), is_first).await? && is_first {
            tx.audit(Line::new("verifyContact").on("patient", keys.subject).about(&keys).of(Class::Contact));
        }
        Ok(())
    })
    .await
}
