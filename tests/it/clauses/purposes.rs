//! What data is used for: each operation names it, each profile gives it its ground, and no query mixes what does not go
//! together. S0-02, S0-03, S1-02.

use crate::doors::{Door, call, everything, matrix, operations};
use crate::support::clinic::everywhere;
use crate::support::house::House;
use crate::support::stores::{Stores, engines};
use crate::support::town::Town;
use feldsher::app::profile::{Basis, Profile, Purpose};
use feldsher::clinic::ROOMS;
use feldsher::clinic::notifications::{self, Kind};
use feldsher::kernel::db::{Actor, Tx};
use feldsher::kernel::manifest;
use feldsher::kernel::vault::{Class, Holds};
use serde::Deserialize;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Registry {
    purpose: Vec<Named>,
    operations: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Named {
    id: String,
    clause: Option<String>,
    #[serde(default)]
    consent: bool,
    #[serde(default = "yes")]
    patients: bool,
}

fn yes() -> bool {
    true
}

fn registry() -> Registry {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/openapi/purposes.toml")).expect("the file");
    toml::from_str(&text).expect("openapi/purposes.toml")
}

fn shipped() -> Vec<Profile> {
    Profile::shipped().map(|id| Profile::load(id).expect("a profile")).collect()
}

/// What is wrong between the registry and the contract.
fn faults(registry: &Registry) -> Vec<String> {
    let operations = operations();
    let of_patients: BTreeSet<String> =
        matrix().into_iter().filter(|door| door.owner == "self").map(|door| door.operation).collect();
    let mut faults = Vec::new();
    for operation in operations.keys().filter(|operation| !registry.operations.contains_key(*operation)) {
        faults.push(format!("{operation} names no purpose"));
    }
    for (operation, purpose) in &registry.operations {
        if !operations.contains_key(operation) {
            faults.push(format!("{operation} is no operation"));
        }
        match registry.purpose.iter().find(|named| named.id == *purpose) {
            None => faults.push(format!("{operation} names {purpose}, which is no purpose")),
            Some(named) if !named.patients && of_patients.contains(operation) => {
                faults.push(format!("{operation} is a patient's, and {purpose} is not about patients"));
            }
            Some(_) => {}
        }
    }
    for named in &registry.purpose {
        if !registry.operations.values().any(|purpose| *purpose == named.id) {
            faults.push(format!("{} is the purpose of no operation", named.id));
        }
    }
    faults
}

#[test]
fn s0_02_every_operation_names_its_purpose_and_every_purpose_has_its_ground() {
    let registry = registry();
    assert_eq!(faults(&registry), Vec::<String>::new());
    let clauses: Vec<&str> = registry.purpose.iter().filter_map(|named| named.clause.as_deref()).collect();
    assert_eq!(clauses.join(" "), "S4-02a S4-02b S4-02c S4-02d S4-02e S4-02f S4-02g S4-02h S4-02i");
    for profile in shipped() {
        for Purpose { id, source, classes, basis, .. } in &profile.purposes {
            assert!(!source.is_empty() && !classes.is_empty(), "{}: {id} has no act or no data", profile.id);
            let has_item = profile.consents.iter().any(|item| item.purpose == *id);
            assert_eq!(
                *basis == Basis::Consent,
                has_item,
                "{}: {id} rests on a consent that one can give, or on none",
                profile.id
            );
        }
        // What is sealed in any class that the service takes serves a purpose, or goes with the account.
        let served: BTreeSet<Class> = profile.purposes.iter().flat_map(|purpose| purpose.classes.clone()).collect();
        for class in
            [Class::Identity, Class::Contact, Class::Clinical, Class::Billing, Class::Support, Class::Telemetry, Class::Recording]
        {
            let is_known = served.contains(&class) || profile.refuses(class);
            assert!(is_known || (class == Class::Billing && profile.id == "ru-clinic"), "{}: {class} serves nothing", profile.id);
        }
    }

    let spoilt = |spoil: &dyn Fn(&mut Registry), word: &str| {
        let mut registry = self::registry();
        spoil(&mut registry);
        assert!(faults(&registry).iter().any(|fault| fault.contains(word)), "{word}");
    };
    spoilt(&|registry| drop(registry.operations.remove("createBooking")), "names no purpose");
    spoilt(&|registry| drop(registry.operations.insert("createBooking".into(), "curiosity".into())), "which is no purpose");
    spoilt(&|registry| drop(registry.operations.insert("createBooking".into(), "house".into())), "not about patients");
    spoilt(&|registry| drop(registry.purpose.remove(0)), "which is no purpose");
}

/// Whether an answer says that this purpose needs a consent, or is not this service's.
fn is_outside(code: &str) -> bool {
    matches!(code, "consent_required" | "refused_by_profile" | "class_refused")
}

#[tokio::test(flavor = "multi_thread")]
async fn s0_03_what_lies_outside_the_examination_needs_a_consent_and_so_does_every_message_that_is_no_service() {
    let registry = registry();
    let by_consent: Vec<&str> = registry.purpose.iter().filter(|named| named.consent).map(|named| named.id.as_str()).collect();
    let operations = operations();
    let doors: Vec<Door> = matrix()
        .into_iter()
        .filter(|door| by_consent.contains(&registry.operations[&door.operation].as_str()))
        .filter(|door| operations[&door.operation].0 != reqwest::Method::GET)
        .collect();
    assert_eq!(doors.iter().map(|door| door.operation.as_str()).collect::<Vec<_>>(), ["sendTelemetry", "createCampaign"]);
    for on in engines() {
        let telemed = House::new(on).await;
        let town = Town::build(&telemed).await;
        // The service of S0, on the same people: it has neither telemetry nor advertising.
        let config = feldsher::app::config::Config { profile: "ge-clinic".into(), ..telemed.app.config.clone() };
        let examination = House::with(Stores::new(on).await, telemed.app.ambient.clone(), |own| *own = config).await;
        let before = everything(&examination).await;
        for door in &doors {
            let method = &operations[&door.operation].0;
            for caller in ["self", "other", "administrator"] {
                let code = call(&examination, &town, method, door, caller).await.code();
                assert!(is_outside(&code) || code == "forbidden", "{} by {caller}: {code} on {on:?}", door.operation);
            }
        }
        assert_eq!(before, everything(&examination).await, "{on:?}");

        // Where the service has it, it goes by consent alone; bookings and care ask for none.
        let other = town.token("other");
        let batch = doors.iter().find(|door| door.operation == "sendTelemetry").expect("a door");
        call(&telemed, &town, &reqwest::Method::POST, batch, "other").await.refused(403, "consent_required");
        telemed.put("/v1/me/consents/telemetry", other.as_deref(), json!({})).await.is(200);
        call(&telemed, &town, &reqwest::Method::POST, batch, "other").await.is(202);
        telemed.delete("/v1/me/consents/telemetry", other.as_deref()).await.is(200);
        call(&telemed, &town, &reqwest::Method::POST, batch, "other").await.refused(403, "consent_required");

        // Every kind of message is service, but one.
        let quiet = telemed.patient("+79160000071").await;
        let subject: uuid::Uuid = quiet.id.parse().expect("an id");
        let object = telemed.app.ambient.id();
        let tell = async |tx: &mut Tx| notifications::tell_marketing(tx, subject, "news").await;
        assert!(!telemed.app.write(&Actor::house("test"), tell).await.expect("nothing goes wrong"), "nobody has consented");
        for kind in Kind::ALL.iter().copied().filter(|kind| *kind != Kind::Marketing) {
            let tell = async |tx: &mut Tx| notifications::tell(tx, subject, kind, object).await;
            telemed.app.write(&Actor::house("test"), tell).await.expect("service is told");
        }
        let words = everywhere("Spring");
        let campaign = json!({"channel": "push", "purpose": "own", "title": words, "body": words});
        telemed.post("/v1/staff/campaigns", town.token("administrator").as_deref(), campaign).await.is(201);
        telemed.settle().await;
        let inbox = telemed.get("/v1/notifications?limit=100", quiet.token()).await.is(200).json();
        let kinds: BTreeSet<&str> =
            inbox["items"].as_array().expect("items").iter().filter_map(|item| item["kind"].as_str()).collect();
        assert!(kinds.contains("bookingConfirmed") && !kinds.contains("marketing"), "{kinds:?} on {on:?}");
    }
}

/// Every text of a source that reads from tables, by file.
fn queries() -> Vec<(String, String)> {
    let mut found = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    found
}

fn sources(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        // Every other piece between quotes is a text; what is escaped in it does not matter here.
        for piece in text.replace("\\\"", "'").split('"').skip(1).step_by(2) {
            if piece.contains("SELECT ") || piece.contains("JOIN ") {
                found.push((path.display().to_string(), piece.to_owned()));
            }
        }
    }
}

/// The tables of one query, with the classes of what is sealed in them.
fn tables_of(query: &str) -> Vec<(&'static str, BTreeSet<Class>)> {
    let mut tables: BTreeMap<&'static str, BTreeSet<Class>> = BTreeMap::new();
    for column in manifest::record().into_iter().chain(ROOMS.iter().flat_map(|room| (room.columns)())) {
        let classes = tables.entry(column.table).or_default();
        if let Holds::Sealed(class) = column.holds {
            classes.insert(class);
        }
    }
    let words: BTreeSet<&str> = query.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').collect();
    let after = |table: &str| ["FROM", "JOIN", ","].iter().any(|word| query.contains(&format!("{word} {table}")));
    tables.into_iter().filter(|(table, _)| words.contains(table) && after(table)).collect()
}

/// Whether a query reads from two tables, one for each of two purposes: by what only the one and only the other uses.
fn mixes(query: &str, one: &Purpose, other: &Purpose) -> bool {
    let only = |of: &Purpose, not: &Purpose| -> BTreeSet<Class> {
        of.classes.iter().copied().filter(|class| !not.classes.contains(class)).collect()
    };
    let (ones, others) = (only(one, other), only(other, one));
    let tables = tables_of(query);
    let touching = |classes: &BTreeSet<Class>| -> BTreeSet<&str> {
        tables.iter().filter(|(_, of)| !of.is_disjoint(classes)).map(|(table, _)| *table).collect()
    };
    let (left, right) = (touching(&ones), touching(&others));
    left.iter().any(|table| right.iter().any(|beside| beside != table && !(left.contains(beside) && right.contains(table))))
}

#[test]
fn s1_02c_no_query_touches_two_purposes_that_are_incompatible() {
    let queries = queries();
    assert!(queries.len() > 150, "{} queries are read", queries.len());
    let mut pairs = 0;
    for profile in shipped() {
        let purpose = |id: &str| profile.purposes.iter().find(|purpose| purpose.id == id).expect("checked with the profile");
        for pair in &profile.incompatible {
            let [one, other] = [0, 1].map(|side: usize| purpose(&pair.purposes[side]));
            let mixed: Vec<_> = queries.iter().filter(|(_, query)| mixes(query, one, other)).collect();
            assert!(mixed.is_empty(), "{} {:?}: {mixed:#?}", profile.id, pair.purposes);
            pairs += 1;
        }
    }
    assert!(pairs >= 7, "{pairs}");

    // Somebody who looks up of what the patients complain whose app crashes would be found out.
    let telemed = Profile::load("ru-telemed").expect("a profile");
    let purpose = |id: &str| telemed.purposes.iter().find(|purpose| purpose.id == id).expect("a purpose");
    let planted = "SELECT b.complaint, t.sealed FROM booking b JOIN telemetry_batch t ON t.subject = b.subject";
    assert!(mixes(planted, purpose("care"), purpose("improvement")));
    assert!(mixes("SELECT 1 FROM telemetry_batch t, booking b", purpose("improvement"), purpose("care")));
    assert!(!mixes("SELECT complaint FROM booking", purpose("care"), purpose("improvement")));
    let wrong = |pair: &str| {
        let text = Profile::text("ru-telemed").expect("a text").replacen("[\"care\", \"improvement\"]", pair, 1);
        Profile::read(&text).expect_err("refused").iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
    };
    assert!(wrong("[\"care\", \"curiosity\"]").contains("no such purpose"));
    assert!(wrong("[\"care\", \"care\"]").contains("against itself"));
}

#[test]
fn s1_02f_what_each_purpose_uses_has_its_term() {
    for profile in shipped() {
        for purpose in &profile.purposes {
            for class in &purpose.classes {
                let held = profile.retention_of(*class).is_some_and(|rule| !rule.rule.is_empty());
                let ends = match class {
                    Class::Clinical | Class::Billing | Class::Evidence => held,
                    Class::Telemetry => profile.telemetry.keep.is_some(),
                    // On the day that the profile says, whatever becomes of the account.
                    Class::Recording => profile.recordings.taken,
                    // With the account, and at the latest then.
                    Class::Support | Class::Identity | Class::Contact => true,
                    _ => false,
                };
                assert!(ends, "{}: {} uses {class}, which nothing ends", profile.id, purpose.id);
            }
        }
    }
    let refused = |from: &str, to: &str| {
        let text = Profile::text("ru-telemed").expect("a text");
        assert!(text.contains(from), "{from}");
        Profile::read(&text.replacen(from, to, 1))
            .expect_err("refused")
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join("; ")
    };
    assert!(
        refused("class = \"clinical\"\nkeep = \"25y\"", "class = \"support\"\nkeep = \"25y\"")
            .contains("class clinical has no retention rule")
    );
    assert!(refused("keep = \"30d\"\nthreshold", "threshold").contains("telemetry.keep"));
}
