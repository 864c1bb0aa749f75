//! What this room itself knows of somebody: what he agreed to, what is frozen, who looked, and by which rules all of it is
//! kept and used.

use super::super::{acceptances, consents, freeze, identity_check, rows};
use crate::app::App;
use crate::app::room::Exported;
use crate::kernel::audit::{self, Page};
use crate::kernel::error::Result;
use crate::kernel::vault::{Class, SubjectKeys};
use serde_json::{Value, json};
use std::collections::HashMap;

/// Lines of the trail that are read at once.
const LINES: u64 = 1_000;

pub async fn export(app: &App, keys: &SubjectKeys) -> Result<Vec<Exported>> {
    let part = |name, rows| Exported { name, rows, files: Vec::new() };
    Ok(vec![
        part("acceptances", acceptances(app, keys).await?),
        part("policyNotices", policy_notices(app, keys).await?),
        part("consents", consents(app, keys).await?),
        part("freezes", freezes(app, keys).await?),
        part("identityChecks", checks(app, keys).await?),
        part("emergencies", emergencies(app, keys).await?),
        part("accessLog", access_log(app, keys).await?),
        part("purposes", purposes(app)),
        part("retention", retention(app)),
    ])
}

async fn acceptances(app: &App, keys: &SubjectKeys) -> Result<Vec<Value>> {
    let grant = app.own_grant(keys, Class::Evidence).await?;
    let rows = rows::acceptances(&app.db.reader(), keys.subject).await?;
    rows.into_iter()
        .map(|row| {
            let evidence: acceptances::Evidence = grant.open(row.id, &row.sealed)?;
            Ok(json!({
                "id": row.id, "version": row.version, "at": row.at, "textHash": evidence.text_hash, "language": evidence.language,
                "deviceName": evidence.device_name, "userAgent": evidence.user_agent, "address": evidence.address,
                "telling": evidence.told.map(|told| told.telling), "channel": evidence.told.map(|told| told.channel),
                "usedInSession": evidence.used_in,
            }))
        })
        .collect()
}

async fn policy_notices(app: &App, keys: &SubjectKeys) -> Result<Vec<Value>> {
    let notices = rows::policies::notices(&app.db.reader(), keys.subject).await?;
    let view = |notice: rows::policies::Notice| json!({ "version": notice.version, "effectiveFrom": notice.effective_from, "at": notice.at });
    Ok(notices.into_iter().map(view).collect())
}

async fn consents(app: &App, keys: &SubjectKeys) -> Result<Vec<Value>> {
    let grant = app.own_grant(keys, Class::Evidence).await?;
    let rows = rows::consents(&app.db.reader(), keys.subject).await?;
    rows.into_iter()
        .map(|row| {
            let evidence: consents::Evidence = grant.open(row.id, &row.sealed)?;
            Ok(json!({
                "id": row.id, "item": row.item, "state": row.state, "givenAt": row.given_at, "withdrawnAt": row.withdrawn_at,
                "text": evidence.text, "language": evidence.language, "profile": evidence.profile,
                "userAgent": evidence.user_agent, "address": evidence.address,
                "byAct": evidence.act.map(|act| act.channel), "paperMark": evidence.paper_mark,
            }))
        })
        .collect()
}

async fn freezes(app: &App, keys: &SubjectKeys) -> Result<Vec<Value>> {
    let acts = freeze::every_act(app, keys).await?;
    let view = |act: freeze::Act| {
        let (staff_name, staff_role) = act.staff.unzip();
        json!({
            "act": if act.is_set { "set" } else { "lifted" }, "scopes": act.scopes, "origin": act.origin, "at": act.at,
            "reason": act.reason, "staffName": staff_name, "staffRole": staff_role.flatten(),
        })
    };
    Ok(acts.into_iter().map(view).collect())
}

async fn checks(app: &App, keys: &SubjectKeys) -> Result<Vec<Value>> {
    let grant = app.own_grant(keys, Class::Evidence).await?;
    let mut checks = Vec::new();
    for row in rows::all_checks(&app.db.reader(), keys.subject).await? {
        let evidence: identity_check::Evidence = grant.open(row.id, &row.sealed)?;
        let staff_name = freeze::staff_name(app, row.staff).await?.map(|(name, _)| name);
        checks.push(json!({ "id": row.id, "at": row.at, "staffName": staff_name, "check": evidence }));
    }
    Ok(checks)
}

/// Openings in an emergency. The doctor's words are for those who check them.
async fn emergencies(app: &App, keys: &SubjectKeys) -> Result<Vec<Value>> {
    let mut emergencies = Vec::new();
    for row in rows::glass_of(&app.db.reader(), keys.subject).await? {
        let staff_name = freeze::staff_name(app, row.staff).await?.map(|(name, _)| name);
        emergencies.push(json!({ "id": row.id, "at": row.at, "until": row.until, "staffName": staff_name }));
    }
    Ok(emergencies)
}

async fn access_log(app: &App, keys: &SubjectKeys) -> Result<Vec<Value>> {
    let (mut lines, mut names, mut before) = (Vec::new(), HashMap::new(), None);
    loop {
        let page = audit::openings_about(&app.db.reader(), keys.mark, Page { before, limit: LINES }).await?;
        let Some(last) = page.last().map(|opening| opening.id) else { return Ok(lines) };
        for opening in page {
            if let Some(id) = opening.staff()
                && !names.contains_key(&id)
            {
                names.insert(id, freeze::staff_name(app, id).await?);
            }
            let (name, role) = opening.staff().and_then(|id| names.get(&id).cloned().flatten()).unzip();
            lines.push(json!({
                "at": opening.at, "staffName": name, "staffRole": role.flatten(), "objectKind": opening.object_kind,
                "objectId": opening.object_id, "class": opening.class, "basis": opening.basis,
            }));
        }
        before = Some(last);
    }
}

/// What the data is used for, on what basis, and who gets it.
fn purposes(app: &App) -> Vec<Value> {
    let purposes = app.profile.purposes.iter().map(|purpose| {
        let consents = app.profile.consents.iter().filter(|item| item.purpose == purpose.id);
        json!({
            "id": purpose.id, "title": purpose.title, "basis": purpose.basis.as_str(), "classes": purpose.classes,
            "recipients": consents.map(|item| json!({ "consent": item.id, "recipient": item.recipient })).collect::<Vec<_>>(),
        })
    });
    purposes.collect()
}

/// How long what is kept after the account's end.
fn retention(app: &App) -> Vec<Value> {
    let rules =
        app.profile.retention.iter().map(|rule| json!({ "class": rule.class, "keep": rule.keep.to_string(), "rule": rule.rule }));
    rules.collect()
}
