//! Whether and how somebody can be reached: for those who tell him things.

use super::codes::Target;
use super::person::Contact;
use super::rows::{self, patient, staff};
use crate::app::App;
use crate::kernel::access::Openings;
use crate::kernel::db::{Actor, Tx};
use crate::kernel::error::Result;
use crate::kernel::queue::Task;
use crate::kernel::sql;
use crate::kernel::vault::Class;
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Statement};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// A fact about an account that its owner should learn. The rooms below those that tell people enqueue it.
#[derive(Serialize, Deserialize)]
pub struct Happened {
    pub subject: Uuid,
    pub event: Event,
    /// The session, the erasure: what the event is about.
    pub object: Uuid,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Event {
    /// A refresh token was shown a second time, and its session was ended.
    SessionReplayed,
    /// An address that leads into the account was added, changed or given up.
    ContactChanged,
    /// The desk gave out a new login and password, and what led into the account before does so no more.
    CredentialsReplaced,
    /// The deletion of the account was asked for.
    DeletionBegun,
    /// The archive of one's own data can be fetched.
    ExportReady,
    /// Access to one's data was forbidden, or allowed again.
    FreezeChanged,
    /// Somebody may act for another from now on, or no longer.
    RepresentationChanged,
    /// A doctor opened one's record in an emergency.
    EmergencyAccess,
    /// The same, told to those who answer for the order of access.
    EmergencyAlert,
    /// The desk has settled whose a number is: it joined the profile, left it, or was refused.
    IdentifierChanged,
    /// Another version of the policy is published.
    PolicyChanged,
    /// To officers: the law behind a rule of the profile is to be read again.
    RuleReviewDue,
}

impl Task for Happened {
    const KIND: &'static str = "notifications.toldFromBelow";
}

/// Which of these accounts there are, patients' and staff members', and whether they live: false within the grace of a
/// deletion, or before the issued credentials were changed.
pub async fn accounts(db: &impl ConnectionTrait, ids: &[Uuid]) -> Result<BTreeMap<Uuid, bool>> {
    let states = [
        patient::Entity::find()
            .select_only()
            .columns([patient::Column::Subject, patient::Column::State])
            .filter(patient::Column::Subject.is_in(sql::list(0, ids).1))
            .into_tuple::<(Uuid, String)>()
            .all(db)
            .await?,
        staff::Entity::find()
            .select_only()
            .columns([staff::Column::Id, staff::Column::State])
            .filter(staff::Column::Id.is_in(sql::list(0, ids).1))
            .into_tuple::<(Uuid, String)>()
            .all(db)
            .await?,
    ];
    Ok(states.into_iter().flatten().map(|(id, state)| (id, state == rows::ACTIVE)).collect())
}

/// Which of these accounts are those of staff members.
pub async fn staff_among(db: &impl ConnectionTrait, ids: &[Uuid]) -> Result<BTreeSet<Uuid>> {
    let among =
        staff::Entity::find().select_only().column(staff::Column::Id).filter(staff::Column::Id.is_in(sql::list(0, ids).1));
    Ok(among.into_tuple::<Uuid>().all(db).await?.into_iter().collect())
}

/// The verified addresses of a patient, as he gave them; none of anybody else. Whom only the desk knows is told by what he
/// told there, for he has nothing else yet.
pub async fn addresses(app: &App, openings: &Openings<'_>, subject: Uuid) -> Result<Vec<Target>> {
    addresses_on(app, openings, "notice", subject, ("patient", subject)).await
}

/// As `addresses`, on another basis: somebody answers what was asked.
pub async fn addresses_on(
    app: &App,
    openings: &Openings<'_>,
    basis: &'static str,
    subject: Uuid,
    object: (&'static str, Uuid),
) -> Result<Vec<Target>> {
    let Some(row) = rows::find_patient(&app.db.reader(), subject).await? else { return Ok(Vec::new()) };
    let grant = openings.grant_on(basis, subject, Class::Contact, object).await?;
    let contact: Contact = grant.open(subject, &row.contact)?;
    let is_new = contact.points.iter().all(|point| point.verified_at.is_none());
    let told = contact.points.into_iter().filter(|point| is_new || point.verified_at.is_some());
    Ok(told.map(|point| point.target).collect())
}

/// A patient went on to use the service after the day from which a version of the policy is in force that he had not accepted.
/// The room that keeps acceptances looks at what it means.
#[derive(Serialize, Deserialize)]
pub struct ContinuedUse {
    pub subject: Uuid,
    pub version: String,
    pub session: Uuid,
}

impl Task for ContinuedUse {
    const KIND: &'static str = "privacy.continuedUse";
}

/// Notes it, once while it waits.
pub async fn note_continued_use(app: &App, subject: Uuid, session: Uuid, version: &str) -> Result<()> {
    let used = ContinuedUse { subject, version: version.to_owned(), session };
    let once = format!("{}:{subject}", ContinuedUse::KIND);
    app.write(&Actor::house("continuedUse"), async |tx: &mut Tx| -> Result<()> {
        tx.enqueue(used.task().once(once.clone()));
        Ok(())
    })
    .await
}

/// Patients whose account lives, in the order of their pseudonyms, after `after`.
pub async fn patients_after(db: &impl ConnectionTrait, after: Option<Uuid>, limit: u64) -> Result<Vec<Uuid>> {
    let mut living = patient::Entity::find().select_only().column(patient::Column::Subject);
    living = living.filter(patient::Column::State.eq(rows::ACTIVE));
    if let Some(after) = after {
        living = living.filter(patient::Column::Subject.gt(after));
    }
    Ok(living.order_by_asc(patient::Column::Subject).limit(limit).into_tuple().all(db).await?)
}

/// How many living accounts accepted which version last.
pub async fn accepted_versions(db: &impl ConnectionTrait) -> Result<BTreeMap<String, i64>> {
    let sql = "SELECT accepted_version, count(*) AS n FROM patient WHERE state = 'active' AND accepted_version IS NOT NULL \
               GROUP BY accepted_version";
    let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await?;
    rows.iter().map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?))).collect()
}

/// Whether a session, and the account behind it, may go on. For whoever streams to it.
pub async fn is_open(db: &impl ConnectionTrait, session: Uuid, now: DateTime<Utc>) -> Result<bool> {
    let sql = "SELECT 1 AS one FROM session s LEFT JOIN patient p ON p.subject = s.owner LEFT JOIN staff f ON f.id = s.owner \
               WHERE s.id = $1 AND s.ended_at IS NULL AND s.absolute_until > $2 AND coalesce(p.state, f.state) = 'active'";
    let query = Statement::from_sql_and_values(db.get_database_backend(), sql, [session.into(), now.into()]);
    Ok(db.query_one_raw(query).await?.is_some())
}
