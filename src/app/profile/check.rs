//! What no profile may say, or leave out.

use super::people::STAFF_ROLES;
use super::visits;
use super::{Basis, Payer, Person, Profile, Way};
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
    // A slip of the pen here would refuse a field to everybody, or ask for one that cannot be given.
    if let Some(word) = profile.person.allowed.iter().find(|word| !Person::FIELDS.contains(&word.as_str())) {
        return wrong(format!("person.allowed names {word}, which is none of {}", Person::FIELDS.join(", ")));
    }
    if let Some(word) = profile.person.identifiers.iter().find(|word| !Person::IDENTIFIERS.contains(&word.as_str())) {
        return wrong(format!("person.identifiers names {word}, which is none of {}", Person::IDENTIFIERS.join(", ")));
    }
    for consent in &profile.consents {
        if !profile.purposes.iter().any(|purpose| purpose.id == consent.purpose && purpose.basis == Basis::Consent) {
            return wrong(format!("consent {} has no purpose {} on the basis of consent", consent.id, consent.purpose));
        }
    }
    // A role that is misspelt would be one without a second factor, or one that promises nothing.
    for (field, roles) in
        [("staff.second_factor", &profile.staff.second_factor), ("undertaking.roles", &profile.undertaking.roles)]
    {
        if let Some(role) = roles.iter().find(|role| !STAFF_ROLES.contains(&role.as_str())) {
            return wrong(format!("{field} names {role}, which is no role of staff"));
        }
    }
    let telemetry = &profile.telemetry;
    if telemetry.collect && (profile.consent(&telemetry.consent).is_none() || telemetry.keep.is_none()) {
        return wrong("telemetry.collect needs telemetry.keep, and in telemetry.consent an item of the consents".into());
    }
    if telemetry.collect && (telemetry.threshold < 2 || telemetry.events.len() > EVENTS_MAX) {
        return wrong(format!("telemetry.threshold is at least 2, and telemetry.events names at most {EVENTS_MAX}"));
    }
    for processor in &profile.processors {
        let service = processor.service.as_str();
        if profile.processors.iter().filter(|other| other.service == processor.service).count() > 1 {
            return wrong(format!("there are two processors for {service}"));
        }
        if let Some(item) = processor.consent.as_ref().filter(|item| profile.consent(item).is_none()) {
            return wrong(format!("the processor for {service} names the consent {item}, and there is no such consent"));
        }
    }
    let is_word = |name: &&String| !name.is_empty() && name.len() <= 64 && name.bytes().all(|b| b.is_ascii_alphanumeric());
    if let Some(name) = telemetry.events.iter().chain(&telemetry.attributes).find(|name| !is_word(name)) {
        return wrong(format!("telemetry names {name:?}, which is not a word of Latin letters and digits"));
    }
    let payers = &profile.booking.payers;
    if payers.is_empty() || payers.iter().enumerate().any(|(index, payer)| payers[..index].contains(payer)) {
        return wrong("booking.payers names nobody, or somebody twice".into());
    }
    let has_policies = |payer: &Payer| matches!(payer, Payer::Oms | Payer::Dms) && payers.contains(payer);
    if !profile.booking.insured.iter().all(has_policies) {
        return wrong("booking.insured names of booking.payers those who insure: oms, dms".into());
    }
    if profile.billing.late_refund_percent > 100 {
        return wrong("billing.late_refund_percent is more than 100: nobody gets back more than he paid".into());
    }
    if profile.desk.rights_notice && profile.desk.rights.is_none() {
        return wrong("desk.rights_notice needs desk.rights: the text that patients are told".into());
    }
    ways_in(profile).or_else(wrong)?;
    if profile.sign_in.number_ages_after.is_some() && !profile.person.allowed.iter().any(|field| field == "birthDate") {
        return wrong("sign_in.number_ages_after needs birthDate in person.allowed: it is what is asked beside the code".into());
    }
    // A screenshot is held in memory while its metadata is taken out.
    if !(1..=15 * 1024 * 1024).contains(&profile.support.screenshot_max_bytes) {
        return wrong("support.screenshot_max_bytes must lie between 1 and 15728640".into());
    }
    visits::check(profile).or_else(wrong)?;
    if profile.support.ratings_from < 1 {
        return wrong("support.ratings_from must be 1 or more".into());
    }
    Ok(())
}

/// Each way in needs something of the rest.
fn ways_in(profile: &Profile) -> Result<(), String> {
    let (sign_in, credentials, undertaking) = (&profile.sign_in, &profile.credentials, &profile.undertaking);
    let fault = if sign_in.ways.is_empty() || (sign_in.lets_in(Way::Code) && sign_in.channels.is_empty()) {
        "sign_in.ways or sign_in.channels is empty: nobody could sign in"
    } else if sign_in.lets_in(Way::Iin) && !profile.person.identifiers.iter().any(|system| system == "iin") {
        "sign_in.ways has iin, which person.identifiers has not"
    } else if sign_in.lets_in(Way::Password) && !credentials.sign_in_address.starts_with("https://") {
        "sign_in.ways has password: credentials.sign_in_address must say where patients sign in, as https://…"
    } else if sign_in.codes_per_hour_by_country.keys().any(|code| code.parse::<u16>().is_err()) {
        "sign_in.codes_per_hour_by_country names a country by something else than its calling code, as \"7\""
    } else if !undertaking.roles.is_empty() && (undertaking.version.is_empty() || undertaking.text.is_none()) {
        "undertaking.roles needs undertaking.version and undertaking.text"
    } else {
        return Ok(());
    };
    Err(fault.to_owned())
}
