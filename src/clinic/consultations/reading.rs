//! Conversations, opened for one of their sides: what they are about, and who is on the other side.

use super::content::{Kind, open_topic};
use super::conversation::{self, grant, side_of};
use super::rows::{self, Conversation, Of, Side};
use crate::app::App;
use crate::app::multilingual::Multilingual;
use crate::app::wire::{Cursor, Paging};
use crate::clinic::identity::{Caller, Role, display_name, open_person_by};
use crate::clinic::scheduling;
use crate::kernel::access::Openings;
use crate::kernel::disagreement::{self, Disagreement};
use crate::kernel::error::{Code, Result};
use crate::kernel::vault::Class;
use chrono::{DateTime, Utc};
use std::collections::HashMap;
use uuid::Uuid;

/// A conversation, opened.
#[derive(Clone, Debug)]
pub struct Talk {
    pub row: Conversation,
    pub kind: Kind,
    pub is_open: bool,
    pub topic: Option<String>,
    /// What the doctor or the clinic is called.
    pub with: Option<Multilingual>,
    /// What the patient is called. For staff.
    pub patient_name: Option<String>,
    /// What he says against what is known of him. For staff.
    pub disagreements: Vec<Disagreement>,
    /// For the doctor, who may open more of this patient.
    pub patient: Option<Uuid>,
}

type Names = HashMap<Uuid, Option<Multilingual>>;

/// Where the next page of a list begins.
pub type Place = (DateTime<Utc>, Uuid);

/// One conversation, as the caller may read it.
///
/// # Errors
/// `not_found`; `frozen`.
pub async fn read(app: &App, caller: &Caller, operation: &'static str, id: Uuid) -> Result<Talk> {
    let (row, _) = conversation::find(app, caller, id).await?;
    let openings = app.openings(caller.actor(operation), caller.asker());
    let talk = opened(app, caller, &openings, row, &mut HashMap::new()).await?;
    openings.answer(talk).await
}

/// A page of the caller's conversations, that in which something was said last first, and where the next page begins. What
/// staff may not open just now (under a freeze) is left out.
pub async fn list(
    app: &App,
    caller: &Caller,
    operation: &'static str,
    page: &Paging<Place>,
) -> Result<(Vec<Talk>, Option<Cursor>)> {
    let of = match caller.role {
        Role::Patient => Of::Patient(caller.id),
        Role::Doctor => Of::Doctor(caller.id),
        _ => Of::Desk(&caller.clinics),
    };
    let mut found = rows::page(&app.db.reader(), of, app.ambient.now(), page.place, page.rows()).await?;
    let next_cursor = page.cut(&mut found, |row| (row.last_at, row.id))?;
    let openings = app.openings(caller.actor(operation), caller.asker());
    let mut names = HashMap::new();
    let mut talks = Vec::with_capacity(found.len());
    for row in found {
        match opened(app, caller, &openings, row, &mut names).await {
            Ok(talk) => talks.push(talk),
            Err(error) if error.code() == Code::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    openings.answer((talks, next_cursor)).await
}

async fn opened(app: &App, caller: &Caller, openings: &Openings<'_>, row: Conversation, names: &mut Names) -> Result<Talk> {
    let kind = Kind::parse(&row.kind)?;
    let leave = grant(openings, caller, &row, kind.class()).await?;
    let topic = open_topic(&leave, row.id, &row.columns())?;
    let (patient_name, disagreements) = match side_of(caller) {
        Side::Patient => (None, Vec::new()),
        Side::Staff => {
            let leave = grant(openings, caller, &row, Class::Identity).await?;
            let name = open_person_by(app, &leave).await?.as_ref().map(display_name);
            (name, disagreement::standing(&app.db.reader(), &leave).await?)
        }
    };
    Ok(Talk {
        kind,
        is_open: row.is_open(app.ambient.now()),
        topic,
        with: name_of(app, &row, names).await?,
        patient_name,
        disagreements,
        patient: row.doctor.filter(|doctor| *doctor == caller.id).map(|_| row.subject),
        row,
    })
}

/// What the doctor or the clinic is called. A page of one doctor's conversations asks once.
async fn name_of(app: &App, row: &Conversation, names: &mut Names) -> Result<Option<Multilingual>> {
    let Some(with) = row.doctor.or(row.clinic) else { return Ok(None) };
    if let Some(known) = names.get(&with) {
        return Ok(known.clone());
    }
    let reader = app.db.reader();
    let found = match row.doctor {
        Some(doctor) => scheduling::doctor_names(&reader, doctor).await?,
        None => scheduling::clinic_names(&reader, with).await?,
    };
    names.insert(with, found.clone());
    Ok(found)
}
