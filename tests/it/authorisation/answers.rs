//! What is answered is what the contract says: no field, media type or status beside.

use super::Siege;
use super::schema;
use super::spec::Operation;
use crate::support::house::Answer;
use crate::support::stores::engines;
use reqwest::Method;

#[tokio::test(flavor = "multi_thread")]
async fn t24_t25_bodies_and_answers_have_the_fields_of_their_schemas_and_no_other() {
    for on in engines() {
        let mut siege = Siege::lay(on).await;
        let mut before = siege.record().await;
        siege.t24_what_the_server_decides_is_refused_in_every_body().await;
        siege.unchanged(&mut before, "t24: a refused body").await;
        siege.t25_an_answer_has_the_fields_of_its_schema().await;
        siege.end(600);
    }
}

impl Siege {
    /// Every line in its order, as the door test goes through them.
    async fn t25_an_answer_has_the_fields_of_its_schema(&mut self) {
        for operation in self.operations.clone() {
            // Who reads may read at any time; of who writes, the owner alone, for another's success may end what later lines
            // need.
            let reads = operation.method == Method::GET;
            let others = Siege::others().filter(|caller| reads && operation.door.owner != *caller);
            let callers: Vec<String> = others.map(str::to_owned).chain([operation.door.owner.clone()]).collect();
            for caller in callers {
                let answer = self.call(&operation.method, &operation.door, &caller).await;
                for wrong in faults(&operation, &answer) {
                    self.fault(format!("t25: {} by {caller}: {} {wrong}", operation.id, answer.status));
                }
            }
            if !reads {
                self.house.settle().await;
            }
        }
    }
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
            // Lines of JSON are a file, and no value that a schema could describe.
            Some(described) if media == "application/json" || media.ends_with("+json") => {
                schema::check(&described["schema"], &answer.json(), "", &mut wrong)
            }
            Some(_) => {}
        },
    }
    wrong
}
