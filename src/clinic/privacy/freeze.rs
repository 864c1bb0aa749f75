//! Freezing: the patient forbids access to his data, in the app or by way of the desk, and lifts it with a check. Each act
//! is kept as evidence, and he reads all of them.

use super::identity_check::{self, Evidence};
use super::rows::{self, freeze_act};
use crate::app::App;
use crate::clinic::identity::{self, Caller, Event, Happened, Role};
use crate::kernel::audit::Line;
use crate::kernel::db::Tx;
use crate::kernel::error::{Code, Error, Result};
use crate::kernel::freeze::{self, Freeze, Origin, Scope};
use crate::kernel::queue::Task;
use crate::kernel::vault::{Class, Personal, SubjectKeys};
use chrono::{DateTime, Utc};
use sea_orm::Set;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

const SET: &str = "set";
const LIFTED: &str = "lifted";

/// In whose words it was asked for.
#[derive(Serialize, Deserialize)]
struct Wish {
    reason: Option<String>,
}

impl Personal for Wish {
    const TABLE: &'static str = "freeze_act";
    const COLUMN: &'static str = "sealed";
    const CLASS: Class = Class::Evidence;
}

/// What somebody did about the freezes of a patient.
pub struct Act {
    pub at: DateTime<Utc>,
    pub is_set: bool,
    pub scopes: Vec<Scope>,
    pub origin: Origin,
    pub reason: Option<String>,
    /// Name and role of the staff member, while there is an account.
    pub staff: Option<(String, Option<Role>)>,
    /// What the desk checked before it acted.
    pub check: Option<Evidence>,
}

/// By whose hand: the patient's own, or a staff member's with a check of who calls.
#[derive(Clone, Copy)]
struct Hand {
    origin: Origin,
    staff: Option<Uuid>,
    check: Option<Uuid>,
}

const OWN: Hand = Hand { origin: Origin::Patient, staff: None, check: None };

/// The patient freezes. What stands already stays as it is.
pub async fn set_own(tx: &mut Tx, keys: &SubjectKeys, scopes: &[Scope], reason: Option<&str>) -> Result<Vec<Freeze>> {
    set(tx, keys, OWN, scopes, reason).await
}

/// The patient lifts what he set himself.
///
/// # Errors
/// `identity_check_required` when there is nothing of his own to lift, and the desk set what stands.
pub async fn lift_own(tx: &mut Tx, keys: &SubjectKeys) -> Result<Vec<Freeze>> {
    let standing = freeze::standing(tx, keys.subject).await?;
    let any_of = |origin: Origin| standing.iter().any(|freeze| freeze.origin == origin);
    // Whoever calls to have his data frozen may have lost the very phone that would lift it.
    if !any_of(Origin::Patient) && any_of(Origin::Desk) {
        return Err(Error::refused(Code::IdentityCheckRequired));
    }
    lift(tx, keys, OWN, &[Origin::Patient], &standing).await
}

/// The desk freezes for a patient whose identity it has checked.
///
/// # Errors
/// `not_found` for a patient whom it did not find; `identity_check_required`.
pub async fn set_at_desk(
    tx: &mut Tx,
    caller: &Caller,
    keys: &SubjectKeys,
    scopes: &[Scope],
    reason: Option<&str>,
) -> Result<Vec<Freeze>> {
    let hand = desk(tx, caller, keys.subject).await?;
    set(tx, keys, hand, scopes, reason).await
}

/// The desk lifts for a patient whose identity it has checked, also what he set himself.
///
/// # Errors
/// As `set_at_desk`.
pub async fn lift_at_desk(tx: &mut Tx, caller: &Caller, keys: &SubjectKeys) -> Result<Vec<Freeze>> {
    let hand = desk(tx, caller, keys.subject).await?;
    let standing = freeze::standing(tx, keys.subject).await?;
    lift(tx, keys, hand, &[Origin::Patient, Origin::Desk], &standing).await
}

async fn desk(tx: &Tx, caller: &Caller, subject: Uuid) -> Result<Hand> {
    identity_check::check_found(tx, caller, subject, tx.now()).await?;
    let check = identity_check::standing(tx, caller, subject).await?;
    Ok(Hand { origin: Origin::Desk, staff: Some(caller.id), check: Some(check) })
}

async fn set(tx: &mut Tx, keys: &SubjectKeys, hand: Hand, scopes: &[Scope], reason: Option<&str>) -> Result<Vec<Freeze>> {
    let mut fresh = Vec::new();
    for scope in scopes {
        if freeze::set(tx, keys.subject, *scope, hand.origin).await? {
            fresh.push(*scope);
        }
    }
    if !fresh.is_empty() {
        write_down(tx, keys, hand, SET, &fresh, reason).await?;
    }
    freeze::standing(tx, keys.subject).await
}

async fn lift(tx: &mut Tx, keys: &SubjectKeys, hand: Hand, origins: &[Origin], standing: &[Freeze]) -> Result<Vec<Freeze>> {
    let mut scopes: Vec<Scope> =
        standing.iter().filter(|freeze| origins.contains(&freeze.origin)).map(|freeze| freeze.scope).collect();
    scopes.sort_unstable();
    scopes.dedup();
    for origin in origins {
        freeze::lift(tx, keys.subject, *origin).await?;
    }
    if !scopes.is_empty() {
        write_down(tx, keys, hand, LIFTED, &scopes, None).await?;
    }
    freeze::standing(tx, keys.subject).await
}

async fn write_down(
    tx: &mut Tx,
    keys: &SubjectKeys,
    hand: Hand,
    act: &'static str,
    scopes: &[Scope],
    reason: Option<&str>,
) -> Result<()> {
    let id = tx.id();
    let row = freeze_act::ActiveModel {
        id: Set(id),
        subject: Set(keys.subject),
        act: Set(act.to_owned()),
        origin: Set(hand.origin.as_str().to_owned()),
        scopes: Set(rows::write_json(&scopes)?),
        staff: Set(hand.staff),
        identity_check: Set(hand.check),
        at: Set(tx.now()),
        sealed: Set(keys.seal(id, &Wish { reason: reason.map(str::to_owned) })?),
    };
    rows::insert(tx, row).await?;
    tx.enqueue(Happened { subject: keys.subject, event: Event::FreezeChanged, object: id }.task());
    let action = if act == SET { "freeze" } else { "liftFreeze" };
    tx.audit(Line::new(action).on("freezeAct", id).about(keys).because(hand.origin.as_str()));
    Ok(())
}

/// The last acts about the freezes of a patient, newest first, for himself: frozen or not.
pub async fn acts(app: &App, keys: &SubjectKeys) -> Result<Vec<Act>> {
    open(app, keys, rows::freeze_acts(&app.db.reader(), keys.subject).await?).await
}

/// Every act, oldest first, for his export.
pub async fn every_act(app: &App, keys: &SubjectKeys) -> Result<Vec<Act>> {
    open(app, keys, rows::all_freeze_acts(&app.db.reader(), keys.subject).await?).await
}

async fn open(app: &App, keys: &SubjectKeys, rows: Vec<freeze_act::Model>) -> Result<Vec<Act>> {
    let grant = app.own_grant(keys, Class::Evidence).await?;
    let mut acts = Vec::with_capacity(rows.len());
    for row in rows {
        let wish: Wish = grant.open(row.id, &row.sealed)?;
        let check = match row.identity_check {
            Some(id) => rows::find_check(&app.db.reader(), id).await?,
            None => None,
        };
        let staff = match row.staff {
            Some(id) => staff_name(app, id).await?,
            None => None,
        };
        acts.push(Act {
            at: row.at,
            is_set: row.act == SET,
            scopes: rows::read_json(&row.scopes)?,
            origin: Origin::parse(&row.origin).ok_or_else(|| Error::internal("a freeze of an unknown origin"))?,
            reason: wish.reason,
            staff,
            check: check.map(|check| grant.open(check.id, &check.sealed)).transpose()?,
        });
    }
    Ok(acts)
}

/// Name and role of a staff member, while his account lives.
pub async fn staff_name(app: &App, id: Uuid) -> Result<Option<(String, Option<Role>)>> {
    match identity::staff_member(app, id).await {
        Ok((row, body)) => Ok(Some((body.name, Role::parse(&row.role)))),
        Err(error) if error.code() == Code::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
