//! Ids of other people's things: each is as good as one that nobody has, and knowing one opens nothing.

use super::spec::{Operation, Place, random_like};
use super::{Outcome, Siege};
use crate::support::stores::engines;
use reqwest::Method;
use serde_json::json;
use std::collections::BTreeSet;
use uuid::Uuid;

const VERBS: [Method; 5] = [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];

impl Siege {
    fn with_ids(&self) -> Vec<Operation> {
        self.operations.iter().filter(|operation| !operation.ids().is_empty()).cloned().collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn t20_the_victims_id_answers_as_one_that_nobody_has_and_writes_nothing() {
    for on in engines() {
        let mut siege = Siege::lay(on).await;
        for operation in siege.with_ids() {
            let before = siege.record().await;
            for caller in Siege::others().filter(|caller| !operation.door.may(caller)) {
                let random = operation.at_random(&siege.house, &siege.town);
                let nobodys = Outcome::of(&siege.call(&operation.method, &random, caller).await);
                let victims = Outcome::of(&siege.call(&operation.method, &operation.door, caller).await);
                if victims != nobodys || victims.status < 400 {
                    siege.fault(format!("{} by {caller}: {victims:?}, and {nobodys:?} of nobody's", operation.id));
                }
            }
            siege.unchanged(&before, &operation.id).await;
        }
        siege.end(700);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn t20_a_verb_that_a_path_does_not_serve_tells_nothing_of_its_ids() {
    for on in engines() {
        let mut siege = Siege::lay(on).await;
        let before = siege.record().await;
        let with_ids = siege.with_ids();
        let mut seen = BTreeSet::new();
        for operation in with_ids.iter().filter(|operation| seen.insert(operation.path.clone())) {
            let served = |verb: &Method| with_ids.iter().any(|other| other.path == operation.path && other.method == *verb);
            for verb in VERBS.iter().filter(|verb| !served(verb)) {
                for caller in ["other", "colleague", "anonymous"] {
                    let random = operation.at_random(&siege.house, &siege.town);
                    let nobodys = Outcome::of(&siege.call(verb, &random, caller).await);
                    let victims = Outcome::of(&siege.call(verb, &operation.door, caller).await);
                    if victims != nobodys || victims.status != 405 {
                        siege.fault(format!("{verb} {} by {caller}: {victims:?}, and {nobodys:?} of nobody's", operation.path));
                    }
                }
            }
        }
        siege.unchanged(&before, "a verb that is not served").await;
        siege.end(300);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn t26_a_foreign_child_under_ones_own_parent_answers_as_one_that_nobody_has() {
    for on in engines() {
        let mut siege = Siege::lay(on).await;
        let neighbours = siege.ids_of("other").await;
        let theirs = neighbours.len();
        assert!(theirs > 12, "the neighbour has {theirs} things");
        let person = siege.house.get("/v1/me", siege.town.token("other").as_deref()).await.is(200).text("/id");
        // The owner of the line has every right to the parent; the child is the neighbour's.
        let nested = |operation: &&Operation| {
            let places = operation.places(&siege.town);
            places.len() > 1 || places.iter().any(|place| matches!(place, Place::Body(..)))
        };
        let nested: Vec<Operation> = siege.operations.iter().filter(nested).cloned().collect();
        for operation in &nested {
            let owner = operation.door.owner.clone();
            let before = siege.record().await;
            for place in operation.places(&siege.town) {
                let nobodys = random_like(&siege.house, &siege.house.app.ambient.id().to_string());
                let nobodys = operation.with(&siege.town, &place, &nobodys);
                let nobodys = Outcome::of(&siege.call(&operation.method, &nobodys, &owner).await);
                if nobodys.status < 400 {
                    siege.fault(format!("{} takes an id of nothing at {place:?}: {nobodys:?}", operation.id));
                }
                // Who works for all patients may name any of them.
                let for_all = !matches!(owner.as_str(), "self" | "doctor");
                for id in neighbours.iter().filter(|id| !(for_all && **id == person)) {
                    let foreign = operation.with(&siege.town, &place, id);
                    let foreign = Outcome::of(&siege.call(&operation.method, &foreign, &owner).await);
                    if foreign != nobodys {
                        siege.fault(format!("{} with {id} at {place:?}: {foreign:?}, and {nobodys:?} of nobody's", operation.id));
                    }
                }
            }
            siege.unchanged(&before, &operation.id).await;
        }
        siege.end(nested.len() * theirs);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn t29_who_knows_an_id_has_nothing_by_it() {
    for on in engines() {
        let mut siege = Siege::lay(on).await;
        let ids = siege.ids_of("self").await;
        let before = siege.record().await;
        // Without a token, by whatever way the id itself might stand in for one.
        for operation in siege.with_ids().into_iter().filter(|operation| !operation.is_public()) {
            let id = siege.town.fill("{victim}");
            let path = siege.town.fill(&operation.door.path);
            let separator = if path.contains('?') { '&' } else { '?' };
            let path = format!("{path}{separator}token={id}&access_token={id}&signature={id}");
            let request = siege.house.request(operation.method.clone(), &path, None);
            let request =
                request.header("Cookie", format!("session={id}")).header("X-User-Id", &id).header("Idempotency-Key", &id);
            let answer = siege.house.send(request).await;
            if answer.status != 401 || answer.code() != "unauthenticated" {
                siege.fault(format!("{} without a token: {} {}", operation.id, answer.status, answer.code()));
            }
        }
        // As the token itself, or as what a token is got by.
        for id in &ids {
            for path in ["/v1/me", "/v1/staff/me", "/v1/bookings"] {
                siege.tried += 1;
                siege.house.get(path, Some(id)).await.refused(401, "unauthenticated");
            }
            let refresh = json!({"grant": "refresh", "refreshToken": id});
            let refresh = siege.house.post("/v1/auth/tokens", None, refresh).await;
            if refresh.status.is_success() {
                siege.fault(format!("{id} is taken for a refresh token"));
            }
            // Ids follow each other: the next one is guessed easily, and is nobody's.
            let next = Uuid::from_u128(id.parse::<Uuid>().expect("an id").as_u128() + 1).to_string();
            for operation in
                [("/v1/documents/", ""), ("/v1/documents/", "/content"), ("/v1/bookings/", ""), ("/v1/me/exports/", "")]
            {
                let path = format!("{}{next}{}", operation.0, operation.1);
                siege.house.get(&path, siege.town.token("other").as_deref()).await.refused(404, "not_found");
            }
        }
        siege.unchanged(&before, "an id").await;
        siege.end(30);
    }
}
