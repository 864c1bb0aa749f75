//! Whether, and how far, somebody may act by a representation now. Asked with each request, so that neither a birthday nor an
//! end waits for the duty that writes it down.

use super::proof::is_full;
use super::{Representation, rows};
use crate::app::App;
use crate::app::profile;
use crate::clinic::identity::person::Person;
use crate::clinic::identity::rows::{ACTIVE, find_patient};
use crate::kernel::access::{self, Asker, Representing};
use crate::kernel::db::Actor;
use crate::kernel::error::{Code, Error, Result};
use crate::kernel::vault::Class;
use chrono::NaiveDate;
use uuid::Uuid;

/// Somebody acts for the owner of the session.
#[derive(Clone, Copy, Debug)]
pub struct Acting {
    pub representation: Uuid,
    pub representative: Uuid,
    /// As the trail names him.
    pub mark: [u8; 32],
    /// Whether what is clinical is open to him.
    pub sees_clinical: bool,
    /// The profile shields the represented person from him: even that somebody sought care is not told.
    pub is_shielded: bool,
}

impl Acting {
    pub fn leave(&self) -> Representing {
        Representing { id: self.representation, is_shielded: self.is_shielded }
    }
}

/// What the age of a represented person means for those who represent him.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Age {
    /// They see what he is.
    Open,
    /// They see nothing clinical.
    Shielded,
    /// They represent him no longer.
    Over,
}

impl Age {
    /// Of somebody who is represented as a minor. A minor without a birth date is shielded: he may be of any age.
    pub fn of(rules: &profile::Representation, born: Option<NaiveDate>, today: NaiveDate) -> Self {
        let age = born.and_then(|born| today.years_since(born));
        match (age, rules.shield_clinical_from_age) {
            (Some(age), _) if age >= rules.of_age => Age::Over,
            (Some(age), Some(from)) if age >= from => Age::Shielded,
            (None, Some(_)) => Age::Shielded,
            _ => Age::Open,
        }
    }
}

/// The date where the service's people live.
pub fn today(app: &App) -> NaiveDate {
    app.ambient.now().with_timezone(&app.profile.notices.zone).date_naive()
}

/// The birth date of somebody, for a rule. It goes nowhere.
pub async fn born(app: &App, subject: Uuid) -> Result<Option<NaiveDate>> {
    let row = find_patient(&app.db.reader(), subject).await?;
    let Some(sealed) = row.and_then(|row| row.identity) else { return Ok(None) };
    let openings = app.openings(Actor::house("representation"), Asker { id: subject, medical: false });
    let grant = openings.grant_on("own", subject, Class::Identity, ("patient", subject)).await?;
    Ok(openings.answer(grant.open::<Person>(subject, &sealed)?).await?.birth_date)
}

/// What the age of whom it is about means for this representation.
pub async fn age(app: &App, row: &Representation) -> Result<Age> {
    if !row.of_minor {
        return Ok(Age::Open);
    }
    Ok(Age::of(&app.profile.representation, born(app, row.subject).await?, today(app)))
}

/// How somebody may act now in a session that was opened by this representation.
///
/// # Errors
/// `unauthenticated` when it is over, whatever ended it; `frozen` when the representative's own cabinet is.
pub async fn acting(app: &App, representation: Uuid) -> Result<Acting> {
    let over = || Error::refused(Code::Unauthenticated);
    let reader = app.db.reader();
    let row = rows::find(&reader, representation).await?.filter(|row| row.lives(app.ambient.now())).ok_or_else(over)?;
    let representative = row.representative.ok_or_else(over)?;
    find_patient(&reader, representative).await?.filter(|own| own.state == ACTIVE).ok_or_else(over)?;
    access::check_own(&reader, representative).await?;
    let age = age(app, &row).await?;
    if age == Age::Over {
        return Err(over());
    }
    let mark = app.vault.keys(representative).await?.mark;
    let is_shielded = age == Age::Shielded;
    let sees_clinical = !is_shielded && is_full(&row, &app.profile.representation);
    Ok(Acting { representation, representative, mark, sees_clinical, is_shielded })
}

/// Somebody below the age of an account of one's own gets no way into his: those who represent him would come in by it as
/// himself. Whose age nobody knows is old enough.
///
/// # Errors
/// `refused_by_profile`.
pub async fn check_own_account(app: &App, subject: Uuid) -> Result<()> {
    let years = born(app, subject).await?.and_then(|born| today(app).years_since(born));
    let is_too_young = years.is_some_and(|years| years < app.profile.person.own_account_age);
    if is_too_young { Err(Error::refused(Code::RefusedByProfile)) } else { Ok(()) }
}

/// A representative may say when somebody was born whose age nobody knows, and change nothing of it: it decides who represents him.
///
/// # Errors
/// `not_by_representation`.
pub async fn check_birth_date(app: &App, subject: Uuid, said: Option<NaiveDate>) -> Result<()> {
    let known = born(app, subject).await?;
    if known.is_none() || known == said { Ok(()) } else { Err(Error::refused(Code::NotByRepresentation)) }
}
