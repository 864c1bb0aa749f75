//! What happens later: an account that was merged goes with the one that it leads to.

use crate::app::App;
use crate::clinic::privacy;
use crate::kernel::error::Result;
use crate::kernel::queue::{Claimed, Outcome, Task};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[derive(Serialize, Deserialize)]
pub struct EraseMerged {
    pub subject: Uuid,
}

impl Task for EraseMerged {
    const KIND: &'static str = "reception.eraseMerged";
    const ATTEMPTS: i32 = 1_000;
}

pub async fn erase_merged(app: &App, task: &Claimed) -> Result<Outcome> {
    privacy::begin_at_once(app, task.read::<EraseMerged>()?.subject).await?;
    Ok(Outcome::Done)
}
