//! What happens later: facts from the rooms below become notices; old notices go; lanes that were stranded go on.

use super::delivery::{self, Deliver};
use super::notice;
use super::rows;
use crate::app::App;
use crate::app::notices::Kind;
use crate::clinic::identity::{self, Event, Happened};
use crate::kernel::clock::id_floor;
use crate::kernel::db::{Actor, Tx};
use crate::kernel::error::Result;
use crate::kernel::queue::{Claimed, Outcome, Task};
use chrono::TimeDelta;

/// Tells what a room below announced. The task's id is the notice's, so that a repetition tells nothing twice. Whose account
/// is gone meanwhile is told nothing more, and no row names him again.
pub async fn tell_from_below(app: &App, task: &Claimed) -> Result<Outcome> {
    let Happened { subject, event, object } = task.read()?;
    let kind = match event {
        Event::SessionReplayed => Kind::SessionReplayed,
        Event::ContactChanged => Kind::ContactChanged,
        Event::CredentialsReplaced => Kind::CredentialsReplaced,
        Event::DeletionBegun => Kind::DeletionBegun,
        Event::ExportReady => Kind::ExportReady,
        Event::FreezeChanged => Kind::FreezeChanged,
        Event::RepresentationChanged => Kind::RepresentationChanged,
        Event::EmergencyAccess => Kind::EmergencyAccess,
        Event::EmergencyAlert => Kind::EmergencyAlert,
        Event::IdentifierChanged => Kind::IdentifierChanged,
        Event::PolicyChanged => Kind::PolicyChanged,
        Event::RuleReviewDue => Kind::RuleReviewDue,
    };
    let id = task.id;
    app.write(&Actor::house("tellFromBelow"), async |tx: &mut Tx| -> Result<()> {
        let is_there = identity::accounts(tx, &[subject]).await?.contains_key(&subject);
        if is_there { notice::put(tx, id, subject, kind, object, None).await } else { Ok(()) }
    })
    .await?;
    Ok(Outcome::Done)
}

/// Drops notices, with their deliveries, that have been in the inbox for as long as the profile says.
pub async fn sweep(app: &App) -> Result<()> {
    let now = app.ambient.now();
    let kept = app.profile.notices.kept.after(now) - now;
    let before = id_floor(now.checked_sub_signed(kept.max(TimeDelta::days(1))).unwrap_or(now));
    app.write(&Actor::house("sweep"), async |tx: &mut Tx| -> Result<()> {
        for sql in ["DELETE FROM delivery WHERE id < $1", "DELETE FROM notification WHERE id < $1"] {
            rows::change(tx, sql, [before.into()]).await?;
        }
        Ok(())
    })
    .await
}

/// Lets those go that stand behind nothing. Only a task that an operator removed leaves such.
pub async fn free_stranded(app: &App) -> Result<()> {
    let stranded = rows::stranded(&app.db.reader()).await?;
    if stranded.is_empty() {
        return Ok(());
    }
    app.write(&Actor::house("freeStranded"), async |tx: &mut Tx| -> Result<()> {
        rows::set_state(tx, &stranded, delivery::WAITING).await?;
        for delivery in &stranded {
            tx.enqueue(Deliver { delivery: *delivery }.task());
        }
        Ok(())
    })
    .await
}
