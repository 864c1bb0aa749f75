//! Counts how many different people each member of staff, and each clinic, opens in an hour, and tells the officers of whoever
//! passes the threshold of his role. It is counted from the trail, so that an opening costs nothing more; each line is counted
//! once, by whichever node comes first; and a restart goes on where it was.

use super::rows::openings::{self as rows, Alert};
use crate::app::App;
use crate::clinic::identity::{self, Clinics};
use crate::clinic::notifications::{self, Kind};
use crate::kernel::audit::{self, Line, Opened};
use crate::kernel::db::{Actor, Tx};
use crate::kernel::error::Result;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Lines of the chain that one transaction counts.
const LINES: i64 = 1_000;
/// An hour is looked at in quarters, of which five are taken together: nobody who opens too many within any sixty minutes
/// is missed because a quarter ended between.
const SLOT_S: i64 = 15 * 60;
const WINDOW: TimeDelta = TimeDelta::minutes(75);
/// Marks are needed for a window; a day leaves room for a house that was down.
const KEPT: TimeDelta = TimeDelta::days(1);
/// How often: with the sealer's quarter of a second, an alert comes within half a minute.
pub const EVERY: TimeDelta = TimeDelta::seconds(15);

/// Counts all that is chained.
pub async fn count(app: &App) -> Result<()> {
    while page(app).await? {}
    Ok(())
}

/// Counts some lines. False: there are no more, or somebody else counts them.
async fn page(app: &App) -> Result<bool> {
    let reader = app.db.reader();
    let from = rows::counted(&reader).await?;
    let Some((to, opened)) = audit::opened_after(&app.db, from, LINES).await? else { return Ok(false) };
    let staff: Vec<Uuid> = opened.iter().filter_map(Opened::staff).collect::<BTreeSet<_>>().into_iter().collect();
    let roles = identity::roles_of_staff(&reader, &staff).await?;
    let clinics = identity::clinics_of_staff(&reader, &staff).await?;
    let marks = marks(&opened, &clinics);
    app.write(&Actor::house("countOpenings"), async |tx: &mut Tx| -> Result<bool> {
        if !rows::advance(tx, from, to).await? {
            return Ok(false);
        }
        rows::note(tx, &marks).await?;
        let touched: BTreeSet<(&str, DateTime<Utc>)> = marks.iter().map(|(party, slot, _)| (party.as_str(), *slot)).collect();
        for (party, slot) in touched {
            look(tx, app, &roles, party, slot).await?;
        }
        let now = tx.now();
        rows::forget_before(tx, now - KEPT).await?;
        Ok(true)
    })
    .await
}

/// Whom each party opened, by quarter. Who serves the whole installation works for no one clinic.
fn marks(opened: &[Opened], clinics: &BTreeMap<Uuid, Clinics>) -> Vec<(String, DateTime<Utc>, Vec<u8>)> {
    let mut marks = BTreeSet::new();
    for one in opened {
        let Some(staff) = one.staff() else { continue };
        let begun_s = one.at.timestamp().div_euclid(SLOT_S) * SLOT_S;
        let slot = DateTime::from_timestamp(begun_s, 0).unwrap_or(one.at);
        marks.insert((format!("staff:{staff}"), slot, one.about.clone()));
        for clinic in clinics.get(&staff).map_or(&[][..], Clinics::as_slice) {
            marks.insert((format!("clinic:{clinic}"), slot, one.about.clone()));
        }
    }
    marks.into_iter().collect()
}

/// Tells the officers once in a window, if this party has passed its threshold.
async fn look(tx: &mut Tx, app: &App, roles: &BTreeMap<Uuid, String>, party: &str, slot: DateTime<Utc>) -> Result<()> {
    let rules = &app.profile.oversight;
    let staff = party.strip_prefix("staff:").and_then(|id| id.parse::<Uuid>().ok());
    let role = staff.and_then(|staff| roles.get(&staff).cloned());
    let threshold = match &role {
        Some(role) => rules.openings_per_hour.get(role).copied().unwrap_or(0),
        None if staff.is_none() => rules.clinic_openings_per_hour,
        None => 0,
    };
    if threshold == 0 {
        return Ok(());
    }
    let people = rows::people(tx, party, slot - WINDOW, slot).await?;
    if people <= i64::from(threshold) || rows::is_told(tx, party, slot, WINDOW).await? {
        return Ok(());
    }
    let alert = Alert {
        id: tx.id(),
        party: party.to_owned(),
        role,
        people,
        threshold: i64::from(threshold),
        slot,
        at: tx.now(),
        resolved_at: None,
        resolved_by: None,
        sealed: None,
    };
    tell(tx, &alert).await
}

async fn tell(tx: &mut Tx, alert: &Alert) -> Result<()> {
    rows::insert_alert(tx, alert).await?;
    for officer in identity::officers(tx).await? {
        notifications::tell(tx, officer, Kind::OpeningAlert, alert.id).await?;
    }
    tx.audit(Line::new("alertOpenings").on("openingAlert", alert.id));
    tracing::warn!(
        alert = %alert.id, party = %alert.party, people = alert.people, threshold = alert.threshold,
        "unusually many people were opened"
    );
    Ok(())
}
