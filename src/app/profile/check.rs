//! What no profile may say, or leave out.

use super::people::STAFF_ROLES;
use super::{Basis, Payer, Person, Profile, RecordKept, Way, laws, oversight, sharing, visits};
use crate::kernel::vault::Class;
use std::fmt;

/// Names of telemetry events in a profile: with versions and days they make the groups that are counted.
const EVENTS_MAX: usize = 100;

/// What is wrong with a profile, by place: `sign_in.ways`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    pub place: String,
    pub reason: String,
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Many reasons begin with their place.
        if self.reason.starts_with(&self.place) {
            f.write_str(&self.reason)
        } else {
            write!(f, "{}: {}", self.place, self.reason)
        }
    }
}

/// Everything that is wrong with it, all at once.
pub fn check(profile: &Profile) -> Vec<Wrong> {
    let mut wrongs = Vec::new();
    let mut wrong = |place: &str, reason: String| wrongs.push(Wrong { place: place.to_owned(), reason });
    for class in [Class::Clinical, Class::Billing, Class::Evidence] {
        if !profile.refused_classes.contains(&class) && profile.retention_of(class).is_none() {
            let reason =
                format!("class {class} has no retention rule; say how long it is kept, from which event and by which act");
            wrong("retention", reason);
        }
    }
    for field in profile.person.required.iter().filter(|field| !profile.person.allowed.contains(field)) {
        wrong("person.required", format!("person.required names {field}, which person.allowed does not"));
    }
    // A slip of the pen here would refuse a field to everybody, or ask for one that cannot be given.
    let person = &profile.person;
    for (place, words, known) in [
        ("person.allowed", &person.allowed, Person::FIELDS),
        ("person.identifiers", &person.identifiers, Person::IDENTIFIERS),
        // A role that is misspelt would be one without a second factor, or one that promises nothing.
        ("staff.second_factor", &profile.staff.second_factor, &STAFF_ROLES),
        ("undertaking.roles", &profile.undertaking.roles, &STAFF_ROLES),
    ] {
        for word in words.iter().filter(|word| !known.contains(&word.as_str())) {
            wrong(place, format!("{place} names {word}, which is none of {}", known.join(", ")));
        }
    }
    if sign_in_asks_birth_date(profile) {
        let reason = "sign_in.number_ages_after needs birthDate in person.allowed: it is what is asked beside the code";
        wrong("sign_in.number_ages_after", reason.to_owned());
    }
    consents(profile, &mut wrong);
    incompatible(profile, &mut wrong);
    processors(profile, &mut wrong);
    telemetry(profile, &mut wrong);
    let payers = &profile.booking.payers;
    if payers.is_empty() || payers.iter().enumerate().any(|(index, payer)| payers[..index].contains(payer)) {
        wrong("booking.payers", "booking.payers names nobody, or somebody twice".to_owned());
    }
    let has_policies = |payer: &Payer| matches!(payer, Payer::Oms | Payer::Dms) && payers.contains(payer);
    if !profile.booking.insured.iter().all(has_policies) {
        wrong("booking.insured", "booking.insured names of booking.payers those who insure: oms, dms".to_owned());
    }
    if profile.billing.late_refund_percent > 100 {
        let reason = "billing.late_refund_percent is more than 100: nobody gets back more than he paid";
        wrong("billing.late_refund_percent", reason.to_owned());
    }
    if profile.desk.rights_notice && profile.desk.rights.is_none() {
        wrong("desk.rights_notice", "desk.rights_notice needs desk.rights: the text that patients are told".to_owned());
    }
    records(profile, &mut wrong);
    if let Err(reason) = ways_in(profile) {
        wrong("sign_in", reason);
    }
    // A screenshot is held in memory while its metadata is taken out.
    if !(1..=15 * 1024 * 1024).contains(&profile.support.screenshot_max_bytes) {
        let reason = "support.screenshot_max_bytes must lie between 1 and 15728640";
        wrong("support.screenshot_max_bytes", reason.to_owned());
    }
    if let Err(reason) = visits::check(profile) {
        wrong("booking", reason);
    }
    // A group of one is a person.
    if profile.statistics.threshold < 2 {
        wrong("statistics.threshold", "statistics.threshold is at least 2".to_owned());
    }
    if profile.support.ratings_from < 1 {
        wrong("support.ratings_from", "support.ratings_from must be 1 or more".to_owned());
    }
    laws::check(profile, &mut wrong);
    sharing::check(profile, &mut wrong);
    oversight::check(profile, &mut wrong);
    wrongs
}

fn sign_in_asks_birth_date(profile: &Profile) -> bool {
    profile.sign_in.number_ages_after.is_some() && !profile.person.allowed.iter().any(|field| field == "birthDate")
}

fn consents(profile: &Profile, wrong: &mut impl FnMut(&str, String)) {
    for consent in &profile.consents {
        if !profile.purposes.iter().any(|purpose| purpose.id == consent.purpose && purpose.basis == Basis::Consent) {
            let reason = format!("consent {} has no purpose {} on the basis of consent", consent.id, consent.purpose);
            wrong(&format!("consent.{}", consent.id), reason);
        }
        if consent.by_act && consent.written {
            let reason = format!("consent {} is given by an act or in writing, not by both", consent.id);
            wrong(&format!("consent.{}.written", consent.id), reason);
        }
        if profile.consents.iter().filter(|other| other.id == consent.id).count() > 1 {
            wrong(&format!("consent.{}", consent.id), "there are two of this id".to_owned());
        }
    }
    for purpose in &profile.purposes {
        if profile.purposes.iter().filter(|other| other.id == purpose.id).count() > 1 {
            wrong(&format!("purpose.{}", purpose.id), "there are two of this id".to_owned());
        }
        if let Some(class) = purpose.classes.iter().find(|class| profile.refuses(**class)) {
            wrong(&format!("purpose.{}", purpose.id), format!("it uses the class {class}, which refused_classes refuses"));
        }
    }
}

fn incompatible(profile: &Profile, wrong: &mut impl FnMut(&str, String)) {
    for pair in &profile.incompatible {
        for id in pair.purposes.iter().filter(|id| !profile.purposes.iter().any(|purpose| purpose.id == **id)) {
            wrong("incompatible", format!("it names the purpose {id}, and there is no such purpose"));
        }
        if pair.purposes[0] == pair.purposes[1] {
            wrong("incompatible", format!("{} stands against itself", pair.purposes[0]));
        }
    }
}

fn processors(profile: &Profile, wrong: &mut impl FnMut(&str, String)) {
    for processor in &profile.processors {
        let service = processor.service.as_str();
        let place = format!("processor.{service}");
        if profile.processors.iter().filter(|other| other.service == processor.service).count() > 1 {
            wrong(&place, format!("there are two processors for {service}"));
        }
        if let Some(item) = processor.consent.as_ref().filter(|item| profile.consent(item).is_none()) {
            let reason = format!("the processor for {service} names the consent {item}, and there is no such consent");
            wrong(&place, reason);
        }
    }
}

fn records(profile: &Profile, wrong: &mut impl FnMut(&str, String)) {
    let recordings = &profile.recordings;
    if recordings.taken && profile.refuses(Class::Recording) {
        wrong("recordings.taken", "recordings.taken needs the class recording, which refused_classes refuses".to_owned());
    }
    if recordings.taken && (recordings.max_bytes < 1 || recordings.media_types.is_empty()) {
        wrong("recordings", "recordings.max_bytes or recordings.media_types lets nothing in".to_owned());
    }
    if profile.contract.required && !profile.sign_in.lets_in(Way::Password) {
        let reason = "contract.required lets login and password be issued by a contract: sign_in.ways must have password";
        wrong("contract.required", reason.to_owned());
    }
    if profile.cabinet.record == RecordKept::Elsewhere && !profile.refuses(Class::Clinical) {
        let reason = "cabinet.record is kept elsewhere: refused_classes must name clinical, for nothing clinical may lie here";
        wrong("cabinet.record", reason.to_owned());
    }
}

fn telemetry(profile: &Profile, wrong: &mut impl FnMut(&str, String)) {
    let telemetry = &profile.telemetry;
    if telemetry.collect && (profile.consent(&telemetry.consent).is_none() || telemetry.keep.is_none()) {
        let reason = "telemetry.collect needs telemetry.keep, and in telemetry.consent an item of the consents";
        wrong("telemetry.collect", reason.to_owned());
    }
    if telemetry.collect && (telemetry.threshold < 2 || telemetry.events.len() > EVENTS_MAX) {
        let reason = format!("telemetry.threshold is at least 2, and telemetry.events names at most {EVENTS_MAX}");
        wrong("telemetry.threshold", reason);
    }
    let is_word = |name: &str| !name.is_empty() && name.len() <= 64 && name.bytes().all(|b| b.is_ascii_alphanumeric());
    for name in telemetry.events.iter().chain(&telemetry.attributes).filter(|name| !is_word(name)) {
        wrong("telemetry", format!("telemetry names {name:?}, which is not a word of Latin letters and digits"));
    }
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
