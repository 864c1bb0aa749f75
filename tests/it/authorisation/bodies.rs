//! Mass assignment: what the server decides can't be given along with a body, at any depth of it.

use super::Siege;
use super::spec::{Operation, resolve};
use serde_json::{Map, Value, json};

/// What the server decides by itself, in both spellings.
fn decided(siege: &Siege) -> Map<String, Value> {
    let (victim, clinic) = (siege.town.fill("{victim}"), siege.town.fill("{clinic}"));
    let fields = json!({
        "role": "administrator", "roles": ["administrator"], "clinicId": clinic, "clinic_id": clinic, "price": 1, "amount": 1,
        "status": "paid", "state": "paid", "ownerId": victim, "owner_id": victim, "owner": victim, "subject": victim,
        "patient": victim, "verified": true, "verifiedAt": "2020-01-01T00:00:00.000Z", "id": victim,
        "createdAt": "2020-01-01T00:00:00.000Z", "version": 1, "isAdmin": true,
    });
    fields.as_object().cloned().unwrap_or_default()
}

impl Siege {
    /// As the owner, with a body that is right but for what was added to it.
    pub async fn t24_what_the_server_decides_is_refused_in_every_body(&mut self) {
        let with_body = |operation: &&Operation| operation.body_schema().is_some();
        let with_body: Vec<Operation> = self.operations.iter().filter(with_body).cloned().collect();
        for operation in with_body {
            let body = operation.body(&self.town);
            let mut objects = Vec::new();
            objects_of(operation.body_schema().expect("a schema"), &body, "", &mut objects);
            for (at, schema) in objects {
                let mut sent = body.clone();
                let given = sent.pointer_mut(&at).and_then(Value::as_object_mut).expect("an object of the body");
                let mut added = decided(self);
                added.retain(|name, _| schema["properties"].get(name).is_none());
                given.extend(added.clone());
                let mut door = operation.door.clone();
                door.body = Some(sent.to_string());
                let answer = self.call(&operation.method, &door, &operation.door.owner).await;
                let problem = answer.json();
                let named = |name: &String| {
                    let told = json!({"pointer": format!("{at}/{name}"), "code": "unknown"});
                    problem["errors"].as_array().is_some_and(|errors| errors.contains(&told))
                };
                let missing: Vec<&String> = added.keys().filter(|name| !named(name)).collect();
                if answer.status != 400 || answer.code() != "invalid" || !missing.is_empty() {
                    self.fault(format!("t24: {} at {at:?}: {} {problem} without {missing:?}", operation.id, answer.status));
                }
            }
        }
    }
}

/// Every object of a body, by its pointer, with its schema.
fn objects_of(schema: &'static Value, body: &Value, at: &str, objects: &mut Vec<(String, &'static Value)>) {
    match body {
        Value::Object(fields) => {
            objects.push((at.to_owned(), schema));
            for (name, field) in fields {
                objects_of(resolve(&schema["properties"][name]), field, &format!("{at}/{name}"), objects);
            }
        }
        Value::Array(items) => {
            let item = resolve(&schema["items"]);
            items.iter().enumerate().for_each(|(index, field)| objects_of(item, field, &format!("{at}/{index}"), objects));
        }
        _ => {}
    }
}
