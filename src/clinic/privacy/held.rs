//! What is held after an account is gone: blocked for everybody, opened by its record number with a ground, destroyed on
//! its day.

use super::erasure::{forget_everywhere, stand_in};
use super::plan::{Hold, Part, Planned};
use super::rows::{self, change, held_opening, held_record};
use crate::app::App;
use crate::app::room::Forget;
use crate::clinic::identity::Caller;
use crate::kernel::access::{self, NewReason};
use crate::kernel::audit::Line;
use crate::kernel::db::{Actor, Tx};
use crate::kernel::error::{Error, Result};
use crate::kernel::invalidation::Topic;
use crate::kernel::vault::{Class, Personal};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::Set;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How long an opening lasts.
const OPEN_FOR: TimeDelta = TimeDelta::hours(1);

/// One class of a held record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HeldClass {
    pub class: Class,
    #[serde(flatten)]
    pub hold: Hold,
    pub destroyed_at: Option<DateTime<Utc>>,
}

/// Why a doctor opened a held record: his own words, sealed under his own key.
#[derive(Serialize, Deserialize)]
struct Ground {
    text: String,
}

impl Personal for Ground {
    const TABLE: &'static str = "held_opening";
    const COLUMN: &'static str = "sealed";
    const CLASS: Class = Class::Staff;
}

/// A held record that is open for an hour.
pub struct Opened {
    pub id: Uuid,
    pub until: DateTime<Utc>,
    pub subject: Uuid,
    pub classes: Vec<HeldClass>,
}

/// Notes what a plan holds. Nothing, when it holds nothing.
pub(super) async fn keep(tx: &mut Tx, number: &str, subject: Uuid, plan: &[Planned]) -> Result<()> {
    let held = |planned: &Planned| {
        let hold = planned.held.clone()?;
        Some(HeldClass { class: planned.class, hold, destroyed_at: None })
    };
    let classes: Vec<HeldClass> = plan.iter().filter_map(held).collect();
    let Some(next_at) = next_day(&classes) else { return Ok(()) };
    let row = held_record::ActiveModel {
        id: Set(tx.id()),
        number: Set(number.to_owned()),
        subject: Set(subject),
        classes: Set(rows::write_json(&classes)?),
        next_at: Set(next_at),
        created_at: Set(tx.now()),
        destroyed_at: Set(None),
    };
    rows::insert(tx, row).await
}

fn next_day(classes: &[HeldClass]) -> Option<DateTime<Utc>> {
    classes.iter().filter(|held| held.destroyed_at.is_none()).map(|held| held.hold.until).min()
}

/// Changes what holds the classes of a held record, if there is one. What nothing holds any more is due at once.
pub(super) async fn rehold(tx: &mut Tx, subject: Uuid, change_parts: impl Fn(Class, &mut Vec<Part>)) -> Result<()> {
    let Some(row) = rows::find_held_of(tx, subject).await? else { return Ok(()) };
    let mut classes: Vec<HeldClass> = rows::read_json(&row.classes)?;
    for held in classes.iter_mut().filter(|held| held.destroyed_at.is_none()) {
        let mut parts = held.hold.clone().into_parts();
        change_parts(held.class, &mut parts);
        match Hold::of(parts) {
            Some(hold) => held.hold = hold,
            None => held.hold = Hold { until: tx.now(), parts: Vec::new(), ..held.hold.clone() },
        }
    }
    let next_at = next_day(&classes).unwrap_or(row.next_at);
    let sql = "UPDATE held_record SET classes = $2, next_at = $3 WHERE id = $1";
    change(tx, sql, [row.id.into(), rows::write_json(&classes)?.into(), next_at.into()]).await.map(drop)
}

/// Opens the clinical class of a held record to a doctor for an hour, with his ground.
///
/// # Errors
/// `not_found` for an unknown number, and for a record of which nothing clinical is held.
pub async fn open(tx: &mut Tx, doctor: &Caller, number: &str, ground: &str) -> Result<Opened> {
    let row = rows::find_held(tx, number).await?.ok_or_else(Error::not_found)?;
    let mut classes: Vec<HeldClass> = rows::read_json(&row.classes)?;
    let now = tx.now();
    classes.retain(|held| held.destroyed_at.is_none() && held.hold.until > now);
    if !classes.iter().any(|held| held.class == Class::Clinical) {
        return Err(Error::not_found());
    }
    let (id, until) = (tx.id(), now + OPEN_FOR);
    let opening = held_opening::ActiveModel {
        id: Set(id),
        number: Set(row.number),
        staff: Set(doctor.id),
        at: Set(now),
        until: Set(until),
        sealed: Set(doctor.keys.seal(id, &Ground { text: ground.to_owned() })?),
    };
    rows::insert(tx, opening).await?;
    tx.allow(NewReason {
        subject: row.subject,
        party: doctor.id,
        class: Class::Clinical,
        basis: "held",
        object: id,
        from: now,
        until: Some(until),
    });
    tx.audit(Line::new("openHeld").on("heldRecord", row.id).of(Class::Clinical).because("held"));
    Ok(Opened { id, until, subject: row.subject, classes })
}

/// Destroys what has come due, of held records and of certificates.
pub async fn sweep(app: &App) -> Result<()> {
    for row in rows::held_due(&app.db.reader(), app.ambient.now()).await? {
        destroy_due(app, &row).await?;
    }
    for certificate in rows::certificates_due(&app.db.reader(), app.ambient.now()).await? {
        app.vault.destroy(certificate.id, &[]).await?;
        app.write(&Actor::house("retention"), async |tx: &mut Tx| -> Result<()> {
            tx.invalidate(Topic::Keys, certificate.id);
            change(tx, "DELETE FROM certificate WHERE id = $1", [certificate.id.into()]).await.map(drop)
        })
        .await?;
    }
    Ok(())
}

/// Keys first, then rows: stopped between the two, it is done again to the same end.
async fn destroy_due(app: &App, row: &held_record::Model) -> Result<()> {
    let now = app.ambient.now();
    let mut classes: Vec<HeldClass> = rows::read_json(&row.classes)?;
    let is_due = |held: &HeldClass| held.destroyed_at.is_none() && held.hold.until <= now;
    let is_clinical_due = classes.iter().any(|held| held.class == Class::Clinical && is_due(held));
    classes.iter_mut().filter(|held| is_due(held)).for_each(|held| held.destroyed_at = Some(now));
    let left: Vec<Class> = classes.iter().filter(|held| held.destroyed_at.is_none()).map(|held| held.class).collect();
    app.vault.destroy(row.subject, &left).await?;
    let who = Forget { subject: row.subject, stand_in: stand_in(app), held: left };
    let next_at = next_day(&classes);
    let classes = rows::write_json(&classes)?;
    app.write(&Actor::house("retention"), async |tx: &mut Tx| -> Result<()> {
        tx.invalidate(Topic::Keys, row.subject);
        forget_everywhere(tx, app, &who).await?;
        if is_clinical_due {
            access::forget(tx, row.subject).await?;
            // A ground tells of the record that it opened.
            change(tx, "DELETE FROM held_opening WHERE number = $1", [row.number.clone().into()]).await?;
        }
        match next_at {
            Some(next_at) => {
                let sql = "UPDATE held_record SET classes = $2, next_at = $3 WHERE id = $1";
                change(tx, sql, [row.id.into(), classes.clone().into(), next_at.into()]).await?;
            }
            None => {
                let sql = "UPDATE held_record SET classes = $2, destroyed_at = $3, subject = $4 WHERE id = $1";
                change(tx, sql, [row.id.into(), classes.clone().into(), now.into(), who.stand_in.into()]).await?;
            }
        }
        tx.audit(Line::new("destroyHeld").on("heldRecord", row.id));
        Ok(())
    })
    .await
}
