//! Consents: items that a person gives and withdraws apart from everything else, as easily the one as the other.

use super::identity_check;
use super::rows::{self, GIVEN, WITHDRAWN, change, consent};
use super::tasks::DestroyClasses;
use crate::app::profile::{ConsentItem, Profile, Route, Service};
use crate::clinic::identity::Caller;
use crate::kernel::audit::Line;
use crate::kernel::db::Tx;
use crate::kernel::error::{Code, Error, Result};
use crate::kernel::lang::Lang;
use crate::kernel::queue::Task;
use crate::kernel::vault::{Class, Personal, SubjectKeys};
use chrono::{DateTime, Utc};
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use uuid::Uuid;

/// To which words somebody agreed, and from where.
#[derive(Serialize, Deserialize, Clone, Debug)]
pub struct Evidence {
    /// The text as it was shown.
    pub text: String,
    pub language: Lang,
    /// The revision of the profile that the text stands in.
    pub profile: String,
    pub user_agent: Option<String>,
    pub address: String,
    /// Where booking, or calling to have it done, was the consent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub act: Option<Act>,
    /// Where the paper lies that he signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paper_mark: Option<String>,
}

/// By which act somebody consented.
#[derive(Serialize, Deserialize, Clone, Debug)]
pub struct Act {
    /// `app`, `phone`, `mail`, `desk`.
    pub channel: String,
    /// Who acted for him when he called, wrote or came.
    pub staff: Option<Uuid>,
}

impl Personal for Evidence {
    const TABLE: &'static str = "consent";
    const COLUMN: &'static str = "sealed";
    const CLASS: Class = Class::Evidence;
}

/// How one item stands for one person.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Standing {
    NotGiven,
    Given { since: DateTime<Utc> },
    Withdrawn { since: DateTime<Utc> },
}

/// What a withdrawal brings about.
pub struct Effect {
    /// The items that were withdrawn, in the profile's order.
    pub items: Vec<ConsentItem>,
    pub destroyed: Vec<Class>,
    /// Classes that a rule holds all the same, with the rule.
    pub kept: Vec<(Class, String)>,
    pub at: DateTime<Utc>,
}

/// Whether the consent is given now. For whoever is about to do what needs it, in the transaction that does it.
pub async fn is_given(db: &impl ConnectionTrait, subject: Uuid, item: &str) -> Result<bool> {
    Ok(rows::given_consents(db, subject).await?.iter().any(|row| row.item == item))
}

/// Whether anything of somebody may go to an outside service now: by its country, and by the consent that it needs.
pub async fn may_go_to(db: &impl ConnectionTrait, profile: &Profile, service: Service, subject: Uuid) -> Result<bool> {
    match profile.way_to(service) {
        Route::Open => Ok(true),
        Route::ByConsent(consent) => is_given(db, subject, consent).await,
        Route::Closed => Ok(false),
    }
}

/// Some of those who consent to `item` now, by their ids, after `after`.
pub async fn given_by(db: &impl ConnectionTrait, item: &str, after: Option<Uuid>, limit: u64) -> Result<Vec<Uuid>> {
    rows::given_by(db, item, after, limit).await
}

/// Every item of the profile, in its order. One that was never asked is not given.
pub fn standings<'a>(profile: &'a Profile, given: &[consent::Model]) -> Vec<(&'a ConsentItem, Standing)> {
    profile.consents.iter().map(|item| (item, standing(item, given))).collect()
}

/// Rows come newest first: the first one of the item says how it stands.
fn standing(item: &ConsentItem, given: &[consent::Model]) -> Standing {
    match given.iter().find(|row| row.item == item.id) {
        None => Standing::NotGiven,
        Some(row) => match row.withdrawn_at {
            Some(since) => Standing::Withdrawn { since },
            None => Standing::Given { since: row.given_at },
        },
    }
}

/// Gives a consent. One that is given already stays as it was, with the evidence of the first time.
pub async fn give(tx: &mut Tx, keys: &SubjectKeys, item: &str, evidence: &Evidence) -> Result<Standing> {
    let id = tx.id();
    // A race of two givings is decided by the index of given consents; the loser finds the winner's row below.
    let sql = "INSERT INTO consent (id, subject, item, state, given_at, sealed) VALUES ($1, $2, $3, $4, $5, $6) \
               ON CONFLICT DO NOTHING";
    let sealed = keys.seal(id, evidence)?;
    let values = [id.into(), keys.subject.into(), item.into(), GIVEN.into(), tx.now().into(), sealed.into()];
    if change(tx, sql, values).await? == 1 {
        tx.audit(Line::new("giveConsent").on("consent", id).about(keys).because(item));
        return Ok(Standing::Given { since: tx.now() });
    }
    let given = rows::given_consents(tx, keys.subject).await?;
    let row = given.iter().find(|row| row.item == item).ok_or(Error::Unavailable("a consent is changing"))?;
    Ok(Standing::Given { since: row.given_at })
}

/// Gives the consents that booking, or giving one's data at the desk, is: those that the profile says are given by such an act. Who
/// only looks around comes by no such place.
pub async fn give_by_act(
    tx: &mut Tx,
    profile: &Profile,
    keys: &SubjectKeys,
    lang: Lang,
    (act, address): (Act, String),
) -> Result<()> {
    for item in profile.consents.iter().filter(|item| item.by_act) {
        let evidence = Evidence {
            text: item.title.in_lang(lang).to_owned(),
            language: lang,
            profile: profile.named(),
            user_agent: None,
            address: address.clone(),
            act: Some(act.clone()),
            paper_mark: None,
        };
        give(tx, keys, &item.id, &evidence).await?;
    }
    Ok(())
}

/// Gives a consent that somebody signed at the desk, whom it has found and checked.
///
/// # Errors
/// `not_found`; `identity_check_required`.
pub async fn give_in_writing(
    tx: &mut Tx,
    caller: &Caller,
    keys: &SubjectKeys,
    (item, evidence): (&str, &Evidence),
) -> Result<Standing> {
    identity_check::check_found(tx, caller, keys.subject, tx.now()).await?;
    identity_check::standing(tx, caller, keys.subject).await?;
    give(tx, keys, item, evidence).await
}

/// Withdraws consents at once: those of `wanted`, or every one that is given.
///
/// # Errors
/// `not_withdrawable` when one of `wanted` is not given, or none at all is.
pub async fn withdraw(tx: &mut Tx, profile: &Profile, keys: &SubjectKeys, wanted: Option<&[String]>) -> Result<Effect> {
    let given = rows::given_consents(tx, keys.subject).await?;
    let is_wanted = |item: &str| wanted.is_none_or(|wanted| wanted.iter().any(|id| id == item));
    let (ending, staying): (Vec<_>, Vec<_>) = given.into_iter().partition(|row| is_wanted(&row.item));
    let all_given = wanted.is_none_or(|wanted| wanted.iter().all(|id| ending.iter().any(|row| row.item == *id)));
    if ending.is_empty() || !all_given {
        return Err(Error::refused(Code::NotWithdrawable));
    }
    for row in &ending {
        let sql = "UPDATE consent SET state = $2, withdrawn_at = $3 WHERE id = $1 AND state = $4";
        change(tx, sql, [row.id.into(), WITHDRAWN.into(), tx.now().into(), GIVEN.into()]).await?;
        tx.audit(Line::new("withdrawConsent").on("consent", row.id).about(keys).because(&row.item));
    }
    let names = |rows: &[consent::Model], item: &ConsentItem| rows.iter().any(|row| row.item == item.id);
    let items: Vec<ConsentItem> = profile.consents.iter().filter(|item| names(&ending, item)).cloned().collect();
    let still_allowed: BTreeSet<Class> =
        profile.consents.iter().filter(|item| names(&staying, item)).flat_map(|item| item.destroys.clone()).collect();
    let destroyed: BTreeSet<Class> = items.iter().flat_map(|item| item.destroys.clone()).collect();
    let destroyed: Vec<Class> = destroyed.difference(&still_allowed).copied().collect();
    if !destroyed.is_empty() {
        tx.enqueue(DestroyClasses { subject: keys.subject, classes: destroyed.clone() }.task());
    }
    let kept = kept(profile, &items, &destroyed);
    Ok(Effect { items, destroyed, kept, at: tx.now() })
}

/// What rules hold of the classes that the withdrawn purposes touch, and the evidence of the consents themselves.
fn kept(profile: &Profile, items: &[ConsentItem], destroyed: &[Class]) -> Vec<(Class, String)> {
    let of_purpose = |item: &ConsentItem| profile.purposes.iter().find(|purpose| purpose.id == item.purpose);
    let touched: BTreeSet<Class> = items.iter().filter_map(of_purpose).flat_map(|purpose| purpose.classes.clone()).collect();
    profile
        .retention
        .iter()
        .filter(|rule| rule.class == Class::Evidence || touched.contains(&rule.class))
        .filter(|rule| !profile.refuses(rule.class) && !destroyed.contains(&rule.class))
        .map(|rule| (rule.class, rule.rule.clone()))
        .collect()
}
