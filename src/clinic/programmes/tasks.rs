//! What happens later: a programme ends on its day, and with it the part of everybody in it, page by page.

use super::enrolment::{self, EnrolmentEnd};
use super::{office, rows};
use crate::app::App;
use crate::kernel::db::{Actor, Tx};
use crate::kernel::error::{Code, Error, Result};
use crate::kernel::queue::{Claimed, Outcome, Task};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

const ENDED_AT_ONCE: u64 = 200;

#[derive(Serialize, Deserialize)]
pub struct EndEnrolments {
    pub programme: Uuid,
}

impl Task for EndEnrolments {
    const KIND: &'static str = "programmes.endEnrolments";
    /// A page for each run: of a programme of millions there are many.
    const ATTEMPTS: i32 = 100_000;
}

pub async fn end_enrolments(app: &App, task: &Claimed) -> Result<Outcome> {
    let EndEnrolments { programme } = task.read()?;
    let left = app
        .write(&Actor::house("endEnrolments"), async |tx: &mut Tx| -> Result<bool> {
            let living = rows::living(tx, programme, ENDED_AT_ONCE).await?;
            for row in &living {
                enrolment::end(tx, row.id, None, EnrolmentEnd::ProgrammeEnded).await?;
            }
            Ok(!living.is_empty())
        })
        .await?;
    Ok(if left { Outcome::Retry { after_s: Some(0), why: "more are to be ended" } } else { Outcome::Done })
}

/// Ends the programmes whose last day is past.
pub async fn end_over(app: &App) -> Result<()> {
    for row in rows::over(&app.db.reader(), app.ambient.now()).await? {
        let ended = app.write(&Actor::house("endProgramme"), async |tx: &mut Tx| office::end(tx, row.id).await).await;
        match ended {
            // Somebody was quicker.
            Err(Error::Refused(refusal)) if refusal.code == Code::StateConflict => {}
            ended => ended?,
        }
    }
    Ok(())
}
