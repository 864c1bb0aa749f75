//! After a restore the record may be older than the register: whoever was forgotten meanwhile is forgotten once more,
//! before anybody is answered.

use super::erasure::{self, Receipt, Step};
use super::number;
use super::plan::{self, Planned};
use super::rows::{self, ASKED, RUNNING, change, erasure as row};
use crate::app::App;
use crate::clinic::identity;
use crate::kernel::db::{Actor, Tx};
use crate::kernel::error::{Code, Error, Result};
use crate::kernel::vault::Tombstone;

/// Replays the tombstones that the record has not seen, and answers how many subjects were forgotten again. To be called
/// before the port opens.
///
/// # Errors
/// `Internal`, with a sentence for the operator, when the register is older than the record.
pub async fn replay_tombstones(app: &App) -> Result<usize> {
    let seen = rows::generation(&app.db.reader()).await?;
    let generation = app.vault.generation().await?;
    if generation < seen {
        return Err(Error::internal(format!(
            "the register (generation {generation}) is older than the record (which has seen {seen}): it has forgotten who \
             was erased since. Restore the newest backup of the register; an older record is no harm, an older register is"
        )));
    }
    let mut forgotten = 0;
    for tombstone in app.vault.tombstones_after(seen).await? {
        forgotten += usize::from(forget_again(app, &tombstone).await?);
    }
    if generation > seen {
        app.write(&Actor::house("replay"), async |tx: &mut Tx| rows::raise_generation(tx, generation).await).await?;
    }
    Ok(forgotten)
}

/// Whether the record still had him.
async fn forget_again(app: &App, tombstone: &Tombstone) -> Result<bool> {
    let subject = tombstone.subject;
    let asked = rows::find_erasure(&app.db.reader(), subject).await?;
    if asked.is_none() && !identity::is_known(app, subject).await? {
        return Ok(false);
    }
    if asked.as_ref().is_none_or(|row| row.state != RUNNING) {
        begin_buried(app, tombstone, asked.as_ref()).await?;
    }
    while erasure::advance(app, subject).await?.is_some() {}
    Ok(true)
}

/// Has the erasure begin after its first step, which the register remembers. A record from before the asking knows no
/// record number: it gets a new one.
async fn begin_buried(app: &App, tombstone: &Tombstone, asked: Option<&row::Model>) -> Result<()> {
    let subject = tombstone.subject;
    let plan = buried_plan(app, tombstone, asked).await?;
    let receipt = Receipt { step: Step::Tombstone.as_str().to_owned(), at: tombstone.at, generation: Some(tombstone.generation) };
    let number = number::new(&app.ambient);
    app.write(&Actor::house("replay"), async |tx: &mut Tx| -> Result<()> {
        if asked.is_none() {
            let id = tx.id();
            let row = erasure::new_row(id, subject, number.clone(), tombstone.at, tombstone.at, &plan)?;
            rows::insert(tx, row).await?;
        }
        let sql = "UPDATE erasure SET state = $2, step = $3, plan = $4, receipts = $5 WHERE subject = $1 AND state = $6";
        let values = [
            subject.into(),
            RUNNING.into(),
            Step::Keys.as_str().into(),
            rows::write_json(&plan)?.into(),
            rows::write_json(&[&receipt])?.into(),
            ASKED.into(),
        ];
        change(tx, sql, values).await.map(drop)
    })
    .await
}

/// Keys that the register still has are those that were held; every other class that he had is destroyed already.
async fn buried_plan(app: &App, tombstone: &Tombstone, asked: Option<&row::Model>) -> Result<Vec<Planned>> {
    let keys = match app.vault.keys(tombstone.subject).await {
        Ok(keys) => Some(keys),
        Err(error) if error.code() == Code::NotFound => None,
        Err(error) => return Err(error),
    };
    let day = asked.map_or(tombstone.at, |row| row.due_at);
    let mut plan = plan::of(app, tombstone.subject, keys.as_deref(), day).await?;
    let told = match asked {
        Some(row) => row.plan()?.into_iter().map(|planned| planned.class).collect(),
        None => identity::PATIENT_CLASSES.to_vec(),
    };
    for class in told {
        if !plan.iter().any(|planned| planned.class == class) {
            plan.push(Planned { class, held: None });
        }
    }
    plan.sort_by_key(|planned| planned.class);
    Ok(plan)
}
