//! What happens later: the directory gives up tokens that are gone, installations go with their sessions.

use super::rows::{self, change};
use super::token::{self, TokenBody};
use crate::app::App;
use crate::clinic::identity;
use crate::clinic::privacy::TelemetryDestroyed;
use crate::kernel::access::Asker;
use crate::kernel::db::{Actor, Tx};
use crate::kernel::error::{Code, Result};
use crate::kernel::queue::{Claimed, NewTask, Outcome, Task};
use crate::kernel::vault::Class;
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use uuid::Uuid;

/// The directory is to hold no token of this owner that his rows don't.
#[derive(Serialize, Deserialize)]
pub struct Tidy {
    pub owner: Uuid,
}

impl Task for Tidy {
    const KIND: &'static str = "devices.tidy";
}

impl Tidy {
    pub fn of(owner: Uuid) -> NewTask {
        Tidy { owner }.task().once(format!("{}:{owner}", Tidy::KIND))
    }
}

pub async fn tidy(app: &App, task: &Claimed) -> Result<Outcome> {
    let owner = task.read::<Tidy>()?.owner;
    let keys = match app.vault.keys(owner).await {
        Ok(keys) => keys,
        Err(error) if error.code() == Code::NotFound => return Ok(Outcome::Done),
        Err(error) => return Err(error),
    };
    let openings = app.openings(Actor::house("tidyTokens"), Asker { id: owner, medical: false });
    let grant = openings.grant_on("own", owner, Class::Contact, ("installation", owner)).await?;
    let tokens = async || -> Result<Vec<TokenBody>> {
        let rows = rows::tokens(&app.db.reader(), owner).await?;
        rows.iter().map(|row| grant.open(row.id, &row.sealed)).collect()
    };
    let kept: Vec<String> = tokens().await?.iter().map(TokenBody::value).collect();
    app.vault.release(&keys, token::KIND, &kept).await?;
    // One that was registered since its rows were read has lost its place.
    token::hold(app, &keys, &tokens().await?).await?;
    Ok(Outcome::Done)
}

/// Installations whose session was ended or has run out. They wake nobody since that moment; here their rows go.
pub async fn sweep(app: &App) -> Result<()> {
    let mut last = Uuid::nil();
    loop {
        let page = rows::places_after(&app.db.reader(), last).await?;
        let sessions: Vec<Uuid> = page.iter().map(|place| place.session).collect::<BTreeSet<_>>().into_iter().collect();
        let living = identity::sessions_living_among(&app.db.reader(), &sessions, app.ambient.now()).await?;
        let ended: Vec<&rows::Place> = page.iter().filter(|place| !living.contains(&place.session)).collect();
        if !ended.is_empty() {
            app.write(&Actor::house("sweepDevices"), async |tx: &mut Tx| -> Result<()> {
                for place in &ended {
                    // Unless the app has come back in another session meanwhile.
                    let sql = "DELETE FROM installation WHERE id = $1 AND session = $2";
                    change(tx, sql, [place.id.into(), place.session.into()]).await?;
                    tx.enqueue(Tidy::of(place.owner));
                }
                Ok(())
            })
            .await?;
        }
        match page.last() {
            Some(place) if page.len() == rows::PAGE => last = place.id,
            _ => return Ok(()),
        }
    }
}

/// The key of somebody's samples is gone; what they were sealed into goes too.
pub async fn drop_batches(app: &App, task: &Claimed) -> Result<Outcome> {
    let TelemetryDestroyed { subject, at } = task.read()?;
    app.write(&Actor::house("dropTelemetry"), async |tx: &mut Tx| -> Result<()> {
        let sql = "DELETE FROM telemetry_batch WHERE subject = $1 AND at <= $2";
        change(tx, sql, [subject.into(), at.into()]).await.map(drop)
    })
    .await?;
    Ok(Outcome::Done)
}

/// Samples have had their term; marks have counted their day; small groups are as good as a name.
pub async fn sweep_telemetry(app: &App) -> Result<()> {
    let rules = &app.profile.telemetry;
    app.write(&Actor::house("sweepTelemetry"), async |tx: &mut Tx| -> Result<()> {
        let now = tx.now();
        // Without a term nothing is kept: the profile has stopped collecting.
        let before = rules.keep.map_or(now, |keep| keep.before(now));
        change(tx, "DELETE FROM telemetry_batch WHERE at < $1", [before.into()]).await?;
        let yesterday = (now - TimeDelta::days(1)).date_naive();
        change(tx, "DELETE FROM telemetry_mark WHERE day < $1", [yesterday.into()]).await?;
        rows::drop_small_groups(tx, before.date_naive(), i64::from(rules.threshold)).await.map(drop)
    })
    .await
}
