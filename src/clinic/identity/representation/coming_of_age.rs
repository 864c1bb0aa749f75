//! Each day: who has come of age is represented as a minor no longer, whom the shield has reached is shown no longer, and what had a last day
//! ends on it. Requests ask by themselves; this writes it down, ends what goes with the sessions, and tells both sides.

use super::Representation;
use super::acting::{Age, born, today};
use super::change::end;
use super::rows;
use crate::app::App;
use crate::kernel::clock::id_floor;
use crate::kernel::db::{Actor, Tx};
use crate::kernel::error::{Code, Error, Result};
use chrono::{DateTime, Months, NaiveDate, NaiveTime, Utc};
use uuid::Uuid;

const AT_ONCE: u64 = 500;

pub async fn run(app: &App) -> Result<()> {
    let mut after = Uuid::nil();
    loop {
        let page = rows::of_minors(&app.db.reader(), after, AT_ONCE).await?;
        let Some(last) = page.last() else { break };
        after = last.id;
        for row in page {
            look(app, &row).await?;
        }
    }
    after = Uuid::nil();
    loop {
        let page = rows::due(&app.db.reader(), app.ambient.now(), after, AT_ONCE).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = last.id;
        for row in page {
            end_one(app, &row).await?;
        }
    }
}

async fn look(app: &App, row: &Representation) -> Result<()> {
    let rules = &app.profile.representation;
    let born = match born(app, row.subject).await {
        // Erased in this moment.
        Err(error) if error.code() == Code::NotFound => return Ok(()),
        born => born?,
    };
    match Age::of(rules, born, today(app)) {
        Age::Open => Ok(()),
        Age::Over => end_one(app, row).await,
        // What was registered before, a phone that is woken above all, goes with its session.
        Age::Shielded => {
            let Some(since) = born.zip(rules.shield_clinical_from_age).and_then(|(born, age)| birthday(app, born, age)) else {
                return Ok(());
            };
            app.write(&Actor::house("comeOfAge"), async |tx: &mut Tx| {
                rows::end_sessions(tx, row.id, Some(id_floor(since)), tx.now()).await.map(drop)
            })
            .await
        }
    }
}

/// The moment at which somebody became so many years old, on the calendar of the service.
fn birthday(app: &App, born: NaiveDate, age: u32) -> Option<DateTime<Utc>> {
    let day = born.checked_add_months(Months::new(age.checked_mul(12)?))?;
    let midnight = day.and_time(NaiveTime::MIN).and_local_timezone(app.profile.notices.zone);
    midnight.earliest().map(|moment| moment.to_utc())
}

async fn end_one(app: &App, row: &Representation) -> Result<()> {
    let keys = match app.vault.keys(row.subject).await {
        Err(error) if error.code() == Code::NotFound => return Ok(()),
        keys => keys?,
    };
    app.write(&Actor::house("comeOfAge"), async |tx: &mut Tx| -> Result<(), Error> { end(tx, row, &keys).await.map(drop) }).await
}
