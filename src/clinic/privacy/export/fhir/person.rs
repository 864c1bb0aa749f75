//! Who he is, by whom he is insured, and to what he agreed.

use super::{Bundle, coded, said, text};
use serde_json::{Value, json};

/// The systems of the numbers: those of Russia as HL7 Russia's core guide names them. Neither Kazakhstan's nor Georgia's number
/// has a published one; theirs stand under a name of this product until they have.
fn system(word: &str) -> String {
    match word {
        "snils" => "https://fhir.ru/ig/core/systems/snils".to_owned(),
        "oms" => "https://fhir.ru/ig/core/systems/oms".to_owned(),
        word => format!("urn:x-feldsher:identifier:{word}"),
    }
}

/// What kind of number it is, by table 0203 of HL7 version 2.
fn kind(word: &str) -> Value {
    let code = match word {
        "snils" => "SB",
        "iin" | "gePersonal" => "NI",
        "passport" => "PPN",
        _ => "MC",
    };
    coded("http://terminology.hl7.org/CodeSystem/v2-0203", code)
}

pub fn patient(bundle: &mut Bundle, row: &Value) {
    let nothing = json!({});
    let profile = row.get("profile").filter(|profile| profile.is_object()).unwrap_or(&nothing);
    let numbers = profile.get("identifiers").and_then(Value::as_array).cloned().unwrap_or_default();
    let identifiers: Vec<Value> = numbers.iter().filter_map(identifier).collect();
    let contacts = row.get("contacts").and_then(Value::as_array).cloned().unwrap_or_default();
    let telecom: Vec<Value> = contacts.iter().filter_map(contact).collect();
    let given = [text(profile, "givenName"), text(profile, "patronymic")];
    let gender = match text(profile, "sex") {
        Some(known @ ("male" | "female" | "other")) => Some(known),
        Some(_) => Some("unknown"),
        None => None,
    };
    let name = json!([{ "text": text(profile, "name"), "family": text(profile, "surname"), "given": given }]);
    let managed_by = bundle.reference("Organization", super::OPERATOR);
    let patient = json!({
        "identifier": identifiers, "name": name, "telecom": telecom, "gender": gender,
        "birthDate": text(profile, "birthDate"), "managingOrganization": managed_by,
    });
    let subject = bundle.subject.to_string();
    bundle.add("Patient", &subject, patient);
    for number in &numbers {
        coverage(bundle, number);
    }
}

fn identifier(number: &Value) -> Option<Value> {
    let word = text(number, "system")?;
    let assigner = text(number, "insurer").or_else(|| text(number, "country"));
    Some(json!({
        "type": kind(word), "system": system(word), "value": text(number, "value")?, "assigner": { "display": assigner },
    }))
}

fn contact(point: &Value) -> Option<Value> {
    let system = match text(point, "channel")? {
        "email" => "email",
        _ => "phone",
    };
    Some(json!({ "system": system, "value": text(point, "to")? }))
}

/// An insurance policy is a number with an insurer and a term.
fn coverage(bundle: &mut Bundle, number: &Value) {
    let (Some(word), Some(value)) = (text(number, "system"), text(number, "value")) else { return };
    let Some(policy) = number.get("policy").filter(|policy| policy.is_object()) else { return };
    let Some(id) = text(policy, "id") else { return };
    let period = json!({ "start": text(policy, "validFrom"), "end": text(policy, "validTo") });
    let insurer = text(number, "insurer").unwrap_or(word);
    let coverage = json!({
        "identifier": [{ "system": system(word), "value": value }], "status": "active", "type": said(Some(word)),
        "subscriberId": value, "beneficiary": bundle.patient(), "period": period, "payor": [{ "display": insurer }],
    });
    bundle.add("Coverage", id, coverage);
}

/// A consent by item. The policy that stands behind it is the operator's own.
pub fn consent(bundle: &mut Bundle, row: &Value) {
    let Some(id) = text(row, "id") else { return };
    let status = if text(row, "state") == Some("given") { "active" } else { "inactive" };
    let period = json!({ "start": text(row, "givenAt"), "end": text(row, "withdrawnAt") });
    let consent = json!({
        "status": status,
        "scope": coded("http://terminology.hl7.org/CodeSystem/consentscope", "patient-privacy"),
        "category": [coded("http://loinc.org", "59284-0")],
        "patient": bundle.patient(), "dateTime": text(row, "givenAt"),
        "organization": [bundle.reference("Organization", super::OPERATOR)],
        "policyRule": said(text(row, "text").or_else(|| text(row, "item"))),
        "provision": { "type": "permit", "period": period, "code": [said(text(row, "item"))] },
    });
    bundle.add("Consent", id, consent);
}
