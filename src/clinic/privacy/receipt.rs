//! The receipt of a consent: what somebody agreed to, for himself, readable by machines in the shape of ISO/IEC TS 27560
//! (a record of header, processing, parties and events), signed with the key that signs exports, so that it can be checked
//! later and by anybody, without us. The same consent gives the same bytes, until it is withdrawn.

use super::consents::Evidence;
use super::rows::{self, consent, policies};
use crate::app::App;
use crate::app::profile::{ConsentItem, Policy, Right};
use crate::kernel::access::{Grant, Openings};
use crate::kernel::error::{Error, Result};
use crate::kernel::vault::Class;
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

/// The standard whose shape it has.
const SCHEMA: &str = "ISO/IEC TS 27560:2023";
/// The operator of itself, among recipients.
const OPERATOR: &str = "operator";

/// A receipt, and its signature over exactly these bytes.
pub struct Receipt {
    pub text: String,
    pub signature: [u8; 64],
    pub public_key: [u8; 32],
}

/// The receipt of the last giving of an item.
///
/// # Errors
/// `not_found` when it was never given.
pub async fn of(app: &App, openings: &Openings<'_>, subject: Uuid, item: &str) -> Result<Receipt> {
    let given = rows::consents(&app.db.reader(), subject).await?;
    let row = given.into_iter().find(|row| row.item == item).ok_or_else(Error::not_found)?;
    let grant = openings.grant(subject, Class::Evidence, ("consent", row.id)).await?;
    let evidence: Evidence = opened(&grant, &row)?;
    let notice = notice(app, row.given_at, &evidence).await?;
    let record = json!({
        "schema_version": SCHEMA,
        "receipt_id": row.id,
        "record_id": row.id,
        "pii_principal_id": row.subject,
        "processing": {
            "privacy_notice": notice,
            "language": evidence.language,
            "consent_text": evidence.text,
            "profile": evidence.profile,
            "purposes": [purpose(app, &row.item, app.profile.consent(&row.item), &evidence)],
            "privacy_rights": Right::ALL.map(Right::as_str),
        },
        "parties": parties(app, &evidence),
        "events": events(&row),
    });
    let text = serde_json::to_string_pretty(&record).map_err(|_| Error::internal("a receipt could not be written"))?;
    let signature = app.sealer.sign_json(text.as_bytes())?;
    Ok(Receipt { text, signature, public_key: app.sealer.public_key() })
}

fn opened(grant: &Grant, row: &consent::Model) -> Result<Evidence> {
    grant.open(row.id, &row.sealed)
}

/// The policy that was in force when it was given.
async fn notice(app: &App, at: DateTime<Utc>, evidence: &Evidence) -> Result<Value> {
    let known = policies::versions(&app.db.reader()).await?;
    let day = app.profile.today(at);
    let version = known
        .iter()
        .find(|version| version.effective_from <= day)
        .map(|it| (it.version.clone(), Policy::hash_of(&it.texts, evidence.language)));
    let (version, hash) = version.unwrap_or_else(|| {
        let policy = app.profile.policy_on(at);
        (policy.version.clone(), policy.hash(evidence.language))
    });
    Ok(json!({ "version": version, "sha256": hash, "location": format!("/v1/policies/{version}") }))
}

fn purpose(app: &App, id: &str, item: Option<&ConsentItem>, evidence: &Evidence) -> Value {
    let lang = evidence.language;
    let purpose = item.and_then(|item| app.profile.purposes.iter().find(|purpose| purpose.id == item.purpose));
    let classes = purpose.map(|purpose| purpose.classes.clone()).unwrap_or_default();
    let information = classes.iter().map(|class| json!({ "pii_type": class, "special_category": *class == Class::Clinical }));
    let recipient = item.map(|item| item.recipient.as_str()).filter(|recipient| *recipient != OPERATOR);
    json!({
        "purpose": item.map_or(id, |item| item.purpose.as_str()),
        "purpose_description": purpose.map(|purpose| purpose.title.in_lang(lang)),
        "consent_item": id,
        "lawful_basis": "consent",
        "consent_type": "explicit",
        "pii_information": information.collect::<Vec<_>>(),
        "pii_controllers": [OPERATOR],
        "recipient_third_parties": recipient.into_iter().collect::<Vec<_>>(),
        "communication_channel": item.and_then(|item| item.channel.as_deref()),
        "storage_locations": [app.profile.residency.home],
        "jurisdiction": app.profile.country,
        "withdrawal_method": format!("DELETE /v1/me/consents/{id}"),
        "on_withdrawal": item.map(|item| json!({ "stops": item.stops.in_lang(lang), "stays": item.stays.in_lang(lang) })),
    })
}

fn parties(app: &App, evidence: &Evidence) -> Value {
    let (operator, lang) = (&app.profile.operator, evidence.language);
    json!([
        {
            "party_id": OPERATOR, "party_role": "pii_controller", "party_name": operator.name.in_lang(lang),
            "party_address": operator.address.in_lang(lang), "party_email": operator.email, "party_phone": operator.phones,
        },
        { "party_id": "authority", "party_role": "authority", "party_name": operator.authority.in_lang(lang), "party_url": operator.authority_url },
    ])
}

fn events(row: &consent::Model) -> Vec<Value> {
    let time = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Millis, true);
    let event = |state: &str, at| json!({ "event_type": "explicit", "event_state": state, "event_time": time(at), "entity_id": row.subject });
    let withdrawn = row.withdrawn_at.map(|at| event("consent withdrawn", at));
    [event("consent given", row.given_at)].into_iter().chain(withdrawn).collect()
}
