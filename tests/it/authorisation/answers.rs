//! What is answered is what the contract says: no field, media type or status beside.

use super::Siege;
use super::schema;
use super::spec::Operation;
use crate::support::house::Answer;
use crate::support::stores::engines;

#[tokio::test(flavor = "multi_thread")]
async fn t25_an_answer_has_the_fields_of_its_schema_and_no_other() {
    for on in engines() {
        let mut siege = Siege::lay(on).await;
        for operation in Operation::all() {
            // Everybody who gets more than a refusal, its owner at the end: some calls can be made once.
            let others = Siege::others().filter(|caller| operation.door.owner != *caller && !once(&operation));
            let callers: Vec<String> = others.map(str::to_owned).chain([operation.door.owner.clone()]).collect();
            for caller in callers {
                let answer = siege.call(&operation.method, &operation.door, &caller).await;
                for wrong in faults(&operation, &answer) {
                    siege.fault(format!("{} by {caller}: {} {wrong}", operation.id, answer.status));
                }
            }
            siege.house.settle().await;
        }
        siege.end(300);
    }
}

/// Whether somebody else's success would end what the next lines need.
fn once(operation: &Operation) -> bool {
    operation.method != reqwest::Method::GET
}

fn faults(operation: &Operation, answer: &Answer) -> Vec<String> {
    let Some(content) = operation.answers(answer.status.as_u16()) else { return vec!["is a status of no contract".to_owned()] };
    let media = answer.headers.get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media = media.split(';').next().unwrap_or_default().trim();
    let declared = content.as_object().filter(|content| !content.is_empty());
    let mut wrong = Vec::new();
    match declared {
        None if answer.bytes.is_empty() => {}
        None => wrong.push("has a body and should have none".to_owned()),
        Some(declared) => match declared.get(media) {
            None => wrong.push(format!("comes as {media:?}")),
            Some(described) if media.ends_with("json") => schema::check(&described["schema"], &answer.json(), "", &mut wrong),
            Some(_) => {}
        },
    }
    wrong
}
