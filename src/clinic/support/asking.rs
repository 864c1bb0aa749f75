//! Feedback is asked for once, when a visit is over: in the inbox and by the ways that its patient has not switched off for
//! it. That is a purpose of its own, apart from advertising.

use super::rows::moderation;
use crate::app::App;
use crate::clinic::identity;
use crate::clinic::notifications::{self, Kind};
use crate::clinic::scheduling::{VisitEnded, visit_of};
use crate::kernel::db::{Actor, Tx};
use crate::kernel::error::{Code, Result};
use crate::kernel::queue::{Claimed, Outcome};
use crate::kernel::vault::Class;
use chrono::TimeDelta;

/// Who comes to know of a visit's end later than this, after a long silence of the house, asks no more.
const ASKED_WITHIN: TimeDelta = TimeDelta::days(3);

/// Asks, unless there is nothing to ask about any more: the visit was cancelled, rated or is long ago, its patient wants no
/// such question or has left.
pub async fn ask(app: &App, task: &Claimed) -> Result<Outcome> {
    let VisitEnded { subject, booking } = task.read()?;
    if !app.profile.support.ask_feedback || app.profile.refuses(Class::Support) {
        return Ok(Outcome::Done);
    }
    match notifications::wants(app, subject, Kind::FeedbackAsked).await {
        Ok(true) => {}
        Ok(false) => return Ok(Outcome::Done),
        Err(error) if error.code() == Code::NotFound => return Ok(Outcome::Done),
        Err(error) => return Err(error),
    }
    let id = task.id;
    app.write(&Actor::house("askFeedback"), async |tx: &mut Tx| -> Result<()> {
        let visit = visit_of(tx, subject, booking, tx.now()).await?;
        let is_worth_asking = visit.is_some_and(|visit| visit.took_place && tx.now() - visit.ends_at < ASKED_WITHIN);
        let lives = identity::accounts(tx, &[subject]).await?.get(&subject) == Some(&true);
        if is_worth_asking && lives && !moderation::is_given(tx, booking).await? {
            notifications::tell_once(tx, id, subject, Kind::FeedbackAsked, booking).await?;
        }
        Ok(())
    })
    .await?;
    Ok(Outcome::Done)
}
