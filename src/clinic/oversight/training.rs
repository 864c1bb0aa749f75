//! Who was trained in what, when, and until when it holds.

use super::rows::findings::{self as rows, Training};
use crate::clinic::identity::{self, Caller};
use crate::kernel::audit::Line;
use crate::kernel::db::Tx;
use crate::kernel::error::{Error, Fault, Faults, Result};
use crate::kernel::text::check_line;
use chrono::NaiveDate;
use uuid::Uuid;

const TOPIC_CHARS: usize = 200;

pub struct NewTraining {
    pub staff: Uuid,
    pub topic: String,
    pub trained_on: NaiveDate,
    pub until: Option<NaiveDate>,
}

impl NewTraining {
    /// # Errors
    /// `invalid`, with every fault.
    pub fn check(mut self, today: NaiveDate) -> Result<Self> {
        let mut faults = Faults::default();
        let topic = match self.topic.trim() {
            "" => Err(Fault::Required),
            topic => check_line(topic, TOPIC_CHARS),
        };
        self.topic = faults.check("/topic", topic).unwrap_or_default();
        if self.trained_on > today {
            faults.add("/trainedOn", Fault::OutOfRange);
        }
        if self.until.is_some_and(|until| until <= self.trained_on) {
            faults.add("/until", Fault::OutOfRange);
        }
        faults.into_result()?;
        Ok(self)
    }
}

/// Notes it.
///
/// # Errors
/// `not_found` where there is no such account.
pub async fn enter(tx: &mut Tx, caller: &Caller, new: &NewTraining) -> Result<Uuid> {
    if identity::roles_of_staff(tx, &[new.staff]).await?.is_empty() {
        return Err(Error::not_found());
    }
    let (id, set_at) = (tx.id(), tx.now());
    let row = Training {
        id,
        staff: new.staff,
        topic: new.topic.clone(),
        trained_on: new.trained_on,
        until: new.until,
        set_by: caller.id,
        set_at,
    };
    rows::insert_training(tx, &row).await?;
    tx.audit(Line::new("train").on("staff", new.staff));
    Ok(id)
}
