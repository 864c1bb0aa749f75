//! Finding a patient by surname and birth date. The register lists him under keys that stand for every spelling of his
//! surname (see `skeleton`), so that a listing finds candidates and never proves who somebody is. Nothing else can be
//! searched for, and there is no way to leaf through patients.

use super::caller::Caller;
use super::desk::{self, CANDIDATE, DESK, Masked};
use super::person::{self, Person};
use super::skeleton::skeleton;
use crate::app::App;
use crate::kernel::access;
use crate::kernel::alias;
use crate::kernel::audit::Line;
use crate::kernel::db::Tx;
use crate::kernel::error::{Error, Fault, Faults, Result};
use crate::kernel::vault::{SHARED, SubjectKeys};
use chrono::{DateTime, NaiveDate, Utc};
use std::collections::BTreeSet;
use uuid::Uuid;

/// More people of one surname and birthday than these are told apart by the given name.
const CANDIDATES_MAX: usize = 10;

/// Who is looked for.
pub struct Sought {
    pub surname: String,
    pub birth_date: NaiveDate,
    pub given_name: Option<String>,
}

impl Sought {
    /// # Errors
    /// `invalid` where a name holds no letter.
    pub fn check(self) -> Result<Self> {
        let mut faults = Faults::default();
        for (pointer, name) in [("/surname", Some(&self.surname)), ("/givenName", self.given_name.as_ref())] {
            if name.is_some_and(|name| skeleton(name).is_empty()) {
                faults.add(pointer, Fault::BadFormat);
            }
        }
        faults.into_result().map(|()| self)
    }
}

/// Somebody who may be the one.
pub struct Candidate {
    pub masked: Masked,
    /// Until when the desk may act for him: where he was the only one.
    pub until: Option<DateTime<Utc>>,
}

/// Under which values the register lists a person: his surname, and each part of a double one.
pub fn listings(person: &Person) -> Vec<String> {
    let (Some(surname), Some(date)) = (&person.surname, person.birth_date) else { return Vec::new() };
    let whole = skeleton(surname);
    let parts = whole.split(' ').filter(|part| part.chars().count() > 1).map(str::to_owned);
    let names: BTreeSet<String> = parts.chain([whole.clone()]).filter(|name| !name.is_empty()).collect();
    names.into_iter().map(|name| listing(&name, date)).collect()
}

fn listing(skeleton: &str, date: NaiveDate) -> String {
    format!("{skeleton}|{date}")
}

/// Lists a person, before his row is written: whoever has a row is found.
pub async fn list(app: &App, keys: &SubjectKeys, person: &Person) -> Result<()> {
    for value in listings(person) {
        app.vault.list(keys, &value).await?;
    }
    Ok(())
}

/// Takes away the listings that a person has outgrown.
pub async fn unlist(app: &App, keys: &SubjectKeys, person: &Person) -> Result<()> {
    app.vault.release(keys, SHARED, &listings(person)).await
}

/// Those who may be the one, masked. The only one is found, as if by his number; of several the desk chooses, within some
/// minutes. Each of them reads in his access log that he was looked at.
///
/// # Errors
/// `invalid`; `rate_limited`.
pub async fn search(app: &App, caller: &Caller, operation: &'static str, sought: &Sought) -> Result<Vec<Candidate>> {
    desk::count(app, caller).await?;
    let listed = app.vault.listed(&listing(&skeleton(&sought.surname), sought.birth_date)).await?;
    let given_name = sought.given_name.as_deref().map(skeleton);
    let subjects = standing(app, listed).await?;
    let found = look(app, caller, operation, &subjects, given_name.as_deref()).await?;
    match found.as_slice() {
        [only] => {
            let until = Some(desk::take(app, caller, operation, only.subject).await?);
            Ok(found.into_iter().map(|masked| Candidate { masked, until }).collect())
        }
        _ => show(app, caller, operation, found).await,
    }
}

/// Others who may be the same person: of his surname and birth date. Numbers need no search, for a number has one holder.
///
/// # Errors
/// `not_found` for a patient whom this desk has not found; `rate_limited`.
pub async fn duplicates(app: &App, caller: &Caller, operation: &'static str, subject: Uuid) -> Result<Vec<Candidate>> {
    desk::count(app, caller).await?;
    let openings = app.openings(caller.actor(operation), caller.asker());
    let person = person::open(app, &openings, subject, ("patient", subject)).await?;
    let mut listed = BTreeSet::new();
    for value in person.as_ref().map(listings).unwrap_or_default() {
        listed.extend(app.vault.listed(&value).await?);
    }
    openings.answer(()).await?;
    let mut others = standing(app, listed).await?;
    others.remove(&subject);
    let found = look(app, caller, operation, &others, None).await?;
    show(app, caller, operation, found).await
}

/// The desk has learned which of the candidates it is.
///
/// # Errors
/// `not_found` for whom this desk was not shown in the last minutes.
pub async fn choose(app: &App, caller: &Caller, operation: &'static str, subject: Uuid) -> Result<Candidate> {
    let now = app.ambient.now();
    if !access::has_reason(&app.db.reader(), subject, caller.id, CANDIDATE, now).await? {
        return Err(Error::not_found());
    }
    let openings = app.openings(caller.actor(operation), caller.asker());
    let (masked, _) = desk::look(app, &openings, subject).await?.ok_or_else(Error::not_found)?;
    let until = Some(desk::take(app, caller, operation, subject).await?);
    openings.answer(Candidate { masked, until }).await
}

/// Whoever was merged stands behind the one that he was merged into.
async fn standing(app: &App, listed: BTreeSet<Uuid>) -> Result<BTreeSet<Uuid>> {
    let reader = app.db.reader();
    let mut standing = BTreeSet::new();
    for subject in listed {
        standing.insert(alias::survivor(&reader, subject).await?);
    }
    Ok(standing)
}

async fn look(
    app: &App,
    caller: &Caller,
    operation: &'static str,
    subjects: &BTreeSet<Uuid>,
    given_name: Option<&str>,
) -> Result<Vec<Masked>> {
    let openings = app.openings(caller.actor(operation), caller.asker());
    let mut found: Vec<Masked> = Vec::new();
    for subject in subjects {
        let Some((masked, person)) = desk::look(app, &openings, *subject).await? else { continue };
        let own = person.and_then(|person| person.given_name).map(|name| skeleton(&name));
        if given_name.is_none_or(|given| own.as_deref() == Some(given)) {
            found.push(masked);
        }
        if found.len() == CANDIDATES_MAX {
            break;
        }
    }
    openings.answer(found).await
}

/// The desk may choose among whom it is shown.
async fn show(app: &App, caller: &Caller, operation: &'static str, found: Vec<Masked>) -> Result<Vec<Candidate>> {
    app.write(&caller.actor(operation), async |tx: &mut Tx| -> Result<()> {
        tx.audit(Line::new("search").because(DESK));
        for masked in &found {
            let reason = desk::reason(tx, caller, masked.subject, CANDIDATE);
            tx.allow(reason);
        }
        Ok(())
    })
    .await?;
    Ok(found.into_iter().map(|masked| Candidate { masked, until: None }).collect())
}
