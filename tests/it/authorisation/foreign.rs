//! Ids of other people's things: each is as good as one that nobody has, and knowing one opens nothing.

use super::spec::{Operation, Place};
use super::{Outcome, Siege};
use crate::support::stores::engines;
use reqwest::Method;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

const VERBS: [Method; 5] = [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];

/// The desk moves whatever visit its clinic has: the neighbour's is no foreign one. Other desks are tried in `life/moves.rs`.
const CLINICS_OWN: &str = "moveStaffBooking";

/// An emergency lies in that a doctor opens whomever he names: what it takes and leaves is tried with it, in `staff/glass.rs`.
const EMERGENCY: &str = "breakGlass";

#[tokio::test(flavor = "multi_thread")]
async fn t20_t26_t29_ids_of_others_are_as_good_as_ids_of_nothing() {
    for on in engines() {
        let mut siege = Siege::lay(on).await;
        let mut before = siege.record().await;
        siege.t20_the_victims_id_answers_as_one_that_nobody_has(&mut before).await;
        siege.t20_a_verb_that_a_path_does_not_serve_tells_nothing_of_its_ids().await;
        siege.unchanged(&mut before, "a verb that is not served").await;
        siege.t26_a_foreign_child_under_ones_own_parent_answers_as_one_that_nobody_has(&mut before).await;
        siege.t29_who_knows_an_id_has_nothing_by_it(&mut before).await;
        siege.unchanged(&mut before, "who knows an id").await;
        siege.end(2500);
    }
}

type Record = BTreeMap<&'static str, String>;

impl Siege {
    fn with_ids(&self) -> Vec<Operation> {
        self.operations.iter().filter(|operation| !operation.ids().is_empty()).cloned().collect()
    }

    async fn t20_the_victims_id_answers_as_one_that_nobody_has(&mut self, before: &mut Record) {
        for operation in self.with_ids() {
            for caller in Siege::others().filter(|caller| !operation.door.may(caller)) {
                let random = operation.at_random(&self.house, &self.town);
                let nobodys = Outcome::of(&self.call(&operation.method, &random, caller).await);
                let victims = Outcome::of(&self.call(&operation.method, &operation.door, caller).await);
                if victims != nobodys || victims.status < 400 {
                    self.fault(format!("t20: {} by {caller}: {victims:?}, and {nobodys:?} of nobody's", operation.id));
                }
            }
            self.unchanged(before, &operation.id).await;
        }
    }

    async fn t20_a_verb_that_a_path_does_not_serve_tells_nothing_of_its_ids(&mut self) {
        let with_ids = self.with_ids();
        let mut seen = BTreeSet::new();
        for operation in with_ids.iter().filter(|operation| seen.insert(operation.path.clone())) {
            let served = |verb: &Method| with_ids.iter().any(|other| other.path == operation.path && other.method == *verb);
            for verb in VERBS.iter().filter(|verb| !served(verb)) {
                for caller in ["other", "colleague", "anonymous"] {
                    let random = operation.at_random(&self.house, &self.town);
                    let nobodys = Outcome::of(&self.call(verb, &random, caller).await);
                    let victims = Outcome::of(&self.call(verb, &operation.door, caller).await);
                    if victims != nobodys || victims.status != 405 {
                        let path = &operation.path;
                        self.fault(format!("t20: {verb} {path} by {caller}: {victims:?}, and {nobodys:?} of nobody's"));
                    }
                }
            }
        }
    }

    /// The owner of the line has every right to the parent; the child is the neighbour's.
    async fn t26_a_foreign_child_under_ones_own_parent_answers_as_one_that_nobody_has(&mut self, before: &mut Record) {
        let neighbours = self.ids_of("other").await;
        assert!(neighbours.len() > 12, "the neighbour has {} things", neighbours.len());
        let person = self.house.get("/v1/me", self.town.token("other").as_deref()).await.is(200).text("/id");
        let nested = |operation: &&Operation| {
            let places = operation.places(&self.town);
            places.len() > 1 || places.iter().any(|place| matches!(place, Place::Body(..)))
        };
        let nested: Vec<Operation> = self.operations.iter().filter(nested).cloned().collect();
        for operation in
            nested.iter().filter(|operation| !operation.is_public() && ![EMERGENCY, CLINICS_OWN].contains(&operation.id.as_str()))
        {
            let owner = operation.door.owner.clone();
            // Who works for all patients may name any of them.
            let for_all = !matches!(owner.as_str(), "self" | "doctor");
            for place in operation.places(&self.town) {
                let nobodys = operation.with(&self.town, &place, &self.house.app.ambient.id().to_string());
                let nobodys = Outcome::of(&self.call(&operation.method, &nobodys, &owner).await);
                if nobodys.status < 400 {
                    self.fault(format!("t26: {} takes an id of nothing at {place:?}: {nobodys:?}", operation.id));
                    continue;
                }
                for id in neighbours.iter().filter(|id| !(for_all && **id == person)) {
                    let foreign = operation.with(&self.town, &place, id);
                    let foreign = Outcome::of(&self.call(&operation.method, &foreign, &owner).await);
                    if foreign != nobodys {
                        self.fault(format!("t26: {} with {id} at {place:?}: {foreign:?}, not {nobodys:?}", operation.id));
                    }
                }
            }
            self.unchanged(before, &operation.id).await;
        }
    }

    async fn t29_who_knows_an_id_has_nothing_by_it(&mut self, before: &mut Record) {
        // Without a token, by whatever way the id itself might stand in for one.
        let id = self.town.fill("{victim}");
        for operation in self.with_ids().into_iter().filter(|operation| !operation.is_public()) {
            let path = self.town.fill(&operation.door.path);
            let separator = if path.contains('?') { '&' } else { '?' };
            let path = format!("{path}{separator}token={id}&access_token={id}&signature={id}");
            let request = self.house.request(operation.method.clone(), &path, None);
            let request =
                request.header("Cookie", format!("session={id}")).header("X-User-Id", &id).header("Idempotency-Key", &id);
            let answer = self.house.send(request).await;
            if answer.status != 401 || answer.code() != "unauthenticated" {
                self.fault(format!("t29: {} without a token: {} {}", operation.id, answer.status, answer.code()));
            }
        }
        // As the token itself, or as what a token is got by; and the id after it, which is guessed easily and is nobody's.
        let ids = self.ids_of("self").await;
        // What the victim read of whom he acts for stands in the trail.
        *before = self.record().await;
        for id in ids {
            for path in ["/v1/me", "/v1/staff/me", "/v1/bookings"] {
                self.house.get(path, Some(&id)).await.refused(401, "unauthenticated");
            }
            let refresh = json!({"grant": "refresh", "refreshToken": id});
            self.house.post("/v1/auth/tokens", None, refresh).await.refused(400, "wrong_refresh_token");
            let next = Uuid::from_u128(id.parse::<Uuid>().expect("an id").as_u128() + 1).to_string();
            for path in ["/v1/documents/{}", "/v1/documents/{}/content", "/v1/bookings/{}", "/v1/me/exports/{}"] {
                let path = path.replace("{}", &next);
                self.house.get(&path, self.town.token("other").as_deref()).await.refused(404, "not_found");
            }
        }
    }
}
