//! What no profile may say, or leave out.

use super::people::STAFF_ROLES;
use super::{Basis, Profile};
use crate::kernel::error::{Error, Result};
use crate::kernel::vault::Class;

/// Names of telemetry events in a profile: with versions and days they make the groups that are counted.
const EVENTS_MAX: usize = 100;

/// # Errors
/// A sentence that says what is wrong.
pub fn check(profile: &Profile) -> Result<()> {
    let wrong = |what: String| Err(Error::internal(format!("profile {}: {what}", profile.id)));
    for class in [Class::Clinical, Class::Billing, Class::Evidence] {
        if !profile.refused_classes.contains(&class) && profile.retention_of(class).is_none() {
            return wrong(format!(
                "class {class} has no retention rule; say how long it is kept, from which event and by which act"
            ));
        }
    }
    for field in &profile.person.required {
        if !profile.person.allowed.contains(field) {
            return wrong(format!("person.required names {field}, which person.allowed does not"));
        }
    }
    for consent in &profile.consents {
        if !profile.purposes.iter().any(|purpose| purpose.id == consent.purpose && purpose.basis == Basis::Consent) {
            return wrong(format!("consent {} has no purpose {} on the basis of consent", consent.id, consent.purpose));
        }
    }
    // A role that is misspelt would be one without a second factor.
    if let Some(role) = profile.staff.second_factor.iter().find(|role| !STAFF_ROLES.contains(&role.as_str())) {
        return wrong(format!("staff.second_factor names {role}, which is no role of staff"));
    }
    let telemetry = &profile.telemetry;
    if telemetry.collect && (profile.consent(&telemetry.consent).is_none() || telemetry.keep.is_none()) {
        return wrong("telemetry.collect needs telemetry.keep, and in telemetry.consent an item of the consents".into());
    }
    if telemetry.collect && (telemetry.threshold < 2 || telemetry.events.len() > EVENTS_MAX) {
        return wrong(format!("telemetry.threshold is at least 2, and telemetry.events names at most {EVENTS_MAX}"));
    }
    for item in profile.notices.needs_consent.values() {
        if profile.consent(item).is_none() {
            return wrong(format!("notices.needs_consent names {item}, and there is no such consent"));
        }
    }
    let is_word = |name: &&String| !name.is_empty() && name.len() <= 64 && name.bytes().all(|b| b.is_ascii_alphanumeric());
    if let Some(name) = telemetry.events.iter().chain(&telemetry.attributes).find(|name| !is_word(name)) {
        return wrong(format!("telemetry names {name:?}, which is not a word of Latin letters and digits"));
    }
    if profile.billing.late_refund_percent > 100 {
        return wrong("billing.late_refund_percent is more than 100: nobody gets back more than he paid".into());
    }
    if profile.sign_in.channels.is_empty() {
        return wrong("sign_in.channels is empty: nobody could sign in".into());
    }
    // A screenshot is held in memory while its metadata is taken out.
    if !(1..=15 * 1024 * 1024).contains(&profile.support.screenshot_max_bytes) {
        return wrong("support.screenshot_max_bytes must lie between 1 and 15728640".into());
    }
    if profile.support.ratings_from < 1 {
        return wrong("support.ratings_from must be 1 or more".into());
    }
    Ok(())
}
