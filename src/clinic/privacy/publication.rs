//! Versions of the policy: published once, with one text for ever; told to every account before the day from which they are in
//! force; accepted by an act, or, where the profile says so, by going on after that day.
//!
//! What is published is what the profile says when a server starts. The room that tells people takes the accounts page by page
//! ([`TellPolicy`]); whoever was told stands in `policy_notice`, and going on counts for nobody who was not.

use super::acceptances::{self, Evidence};
use super::rows::policies::{self as rows, QUIET, TELLING, Version};
use crate::app::App;
use crate::app::profile::{AcceptedBy, Policy};
use crate::clinic::identity::{self, ContinuedUse, Event, Happened};
use crate::kernel::audit::Line;
use crate::kernel::db::{Actor, Tx};
use crate::kernel::error::{Code, Error, Result};
use crate::kernel::queue::{Claimed, Outcome, Task};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Accounts that are told in one transaction.
pub const SLICE: u64 = 100;

/// A fact for the room above that tells people: a version was published, and accounts are to learn of it.
#[derive(Serialize, Deserialize)]
pub struct TellPolicy {
    pub version: String,
}

impl Task for TellPolicy {
    const KIND: &'static str = "privacy.tellPolicy";
    /// A run is a slice, and a million accounts ten thousand of them.
    const ATTEMPTS: i32 = 1_000_000;
}

/// Publishes what the profile says. Before the port opens.
///
/// # Errors
/// A sentence for the operator, when a version of the same name was published with another text or day.
pub async fn publish(app: &App) -> Result<()> {
    for policy in [Some(&app.profile.policy), app.profile.next_policy.as_ref()].into_iter().flatten() {
        let is_same = |known: &Version| known.texts == policy.text && known.effective_from == policy.effective_from;
        match rows::find_version(&app.db.reader(), &policy.version).await? {
            Some(known) if is_same(&known) => {}
            Some(_) => return Err(changed(policy)),
            None => publish_one(app, policy).await?,
        }
    }
    Ok(())
}

async fn publish_one(app: &App, policy: &Policy) -> Result<()> {
    app.write(&Actor::house("publishPolicy"), async |tx: &mut Tx| -> Result<()> {
        // Of the first there is nobody to tell: whoever comes reads it when he comes.
        let is_first = rows::versions(tx).await?.is_empty();
        let id = tx.id();
        if rows::insert_version(tx, id, policy, if is_first { QUIET } else { TELLING }, tx.now()).await? {
            tx.audit(Line::new("publishPolicy").on("policyVersion", id).because(&policy.version));
            if !is_first {
                tx.enqueue(TellPolicy { version: policy.version.clone() }.task());
            }
        }
        Ok(())
    })
    .await
}

fn changed(policy: &Policy) -> Error {
    Error::internal(format!(
        "the policy {} was published with another text or another day, and what was published never changes: give the new text a \
         version of its own",
        policy.version
    ))
}

/// The id of a published version.
pub async fn version_id(app: &App, version: &str) -> Result<Option<Uuid>> {
    Ok(rows::find_version(&app.db.reader(), version).await?.map(|version| version.id))
}

/// A page of accounts that are to be told of a version: whom to tell, and the version's own id. The page is taken in the
/// transaction that tells them; none is told twice, however often a run is repeated. None: all are told.
pub async fn next_to_tell(tx: &mut Tx, version: &str) -> Result<Option<(Uuid, Vec<Uuid>)>> {
    let Some(version) = rows::find_version(tx, version).await?.filter(|version| version.state == TELLING) else {
        return Ok(None);
    };
    let people = identity::patients_after(tx, version.told_up_to, SLICE).await?;
    let mut told = Vec::with_capacity(people.len());
    for subject in &people {
        let id = tx.id();
        if rows::note_told(tx, id, *subject, &version.version, tx.now()).await? {
            told.push(*subject);
        }
    }
    let is_last = (people.len() as u64) < SLICE;
    let count = i64::try_from(told.len()).unwrap_or(i64::MAX);
    if !rows::advance(tx, &version, (&people, count), is_last, tx.now()).await? {
        return Err(Error::Unavailable("somebody else tells the same page"));
    }
    Ok(Some((version.id, told)))
}

/// Somebody went on after the day: that is his acceptance, if he was told. If not, he is told now.
pub async fn went_on(app: &App, task: &Claimed) -> Result<Outcome> {
    let ContinuedUse { subject, version, session } = task.read()?;
    let policy = app.profile.policy_on(app.ambient.now());
    if policy.version != version || policy.acceptance != AcceptedBy::ContinuedUse {
        return Ok(Outcome::Done);
    }
    let keys = match app.vault.keys(subject).await {
        Ok(keys) => keys,
        Err(error) if error.code() == Code::NotFound => return Ok(Outcome::Done),
        Err(error) => return Err(error),
    };
    let lang = app.profile.default_language;
    app.write(&Actor::house("acceptByUse"), async |tx: &mut Tx| -> Result<()> {
        let Some(published) = rows::find_version(tx, &version).await? else { return Ok(()) };
        let id = tx.id();
        if rows::note_told(tx, id, subject, &version, tx.now()).await? {
            tx.enqueue(Happened { subject, event: Event::PolicyChanged, object: published.id }.task());
        } else if identity::accepts_still(tx, subject, &version).await? {
            let evidence = Evidence::by_use(policy.hash(lang), lang, session);
            acceptances::accept(tx, &keys, &version, &evidence).await?;
        }
        Ok(())
    })
    .await?;
    Ok(Outcome::Done)
}
