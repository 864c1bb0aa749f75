//! Who gets at what, made from the contract and from `doors.toml` and never by hand: an operation that is added tomorrow is
//! tried here tomorrow. Names of tests carry the line of the trust list that they prove.

mod answers;
mod bodies;
mod foreign;
mod lists;
mod own;
mod schema;
mod spec;

use crate::doors::{CALLERS, Door, call, everything};
use crate::support::house::{Answer, House};
use crate::support::stores::On;
use crate::support::town::Town;
use own::neighbour;
use reqwest::Method;
use serde_json::Value;
use spec::Operation;
use std::collections::BTreeMap;

/// Callers beside those who have a column in `doors.toml`: support, somebody whose account was erased with the token that he
/// had, and somebody who has asked for the deletion of his.
const BESIDE: [&str; 3] = ["support", "erased", "leaving"];

/// A town with a victim in it and a neighbour who has as much, the contract, and the faults found so far: all are told at once.
struct Siege {
    on: On,
    house: House,
    town: Town,
    operations: Vec<Operation>,
    faults: Vec<String>,
    tried: usize,
}

/// The policy stands within the profile of whom the desk has found: that it looked there stays in the trail, found or not.
pub const LOOKS: &str = "verifyInsurancePolicy";

impl Siege {
    async fn lay(on: On) -> Self {
        let house = House::new(on).await;
        let town = Town::build(&house).await;
        neighbour(&house, &town).await;
        Self { on, house, town, operations: Operation::all(), faults: Vec::new(), tried: 0 }
    }

    /// Everybody who is not the victim.
    fn others() -> impl Iterator<Item = &'static str> {
        CALLERS.into_iter().chain(BESIDE)
    }

    async fn call(&mut self, method: &Method, door: &Door, caller: &str) -> Answer {
        self.tried += 1;
        call(&self.house, &self.town, method, door, caller).await
    }

    fn fault(&mut self, what: String) {
        self.faults.push(what);
    }

    async fn record(&self) -> BTreeMap<&'static str, String> {
        everything(&self.house).await
    }

    /// That nothing was written since `before`, which becomes what is there now.
    async fn unchanged(&mut self, before: &mut BTreeMap<&'static str, String>, by: &str) {
        let now = self.record().await;
        let looks = |table: &str| by == LOOKS && table == "audit_line";
        let changed = before.iter().filter(|(table, rows)| now[*table] != **rows && !looks(table));
        let changed: Vec<&str> = changed.map(|(table, _)| *table).collect();
        if !changed.is_empty() {
            self.fault(format!("{by} wrote into {changed:?}"));
        }
        *before = now;
    }

    /// That there were no faults, and that something was tried at all.
    fn end(self, at_least: usize) {
        assert!(self.faults.is_empty(), "{:?}: {:#?}", self.on, self.faults);
        assert!(self.tried >= at_least, "{:?}: only {} requests", self.on, self.tried);
    }
}

/// What a caller can tell answers apart by: all of it but the time, and the number of the request.
#[derive(Debug, PartialEq)]
struct Outcome {
    status: u16,
    headers: Vec<(String, String)>,
    body: Value,
}

impl Outcome {
    fn of(answer: &Answer) -> Self {
        let headers = answer.headers.iter().filter(|(name, _)| !matches!(name.as_str(), "date" | "x-request-id"));
        let mut headers: Vec<_> =
            headers.map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into())).collect();
        headers.sort();
        let mut body = serde_json::from_slice(&answer.bytes)
            .unwrap_or_else(|_| Value::from(String::from_utf8_lossy(&answer.bytes).as_ref()));
        if let Some(problem) = body.as_object_mut() {
            problem.remove("requestId");
        }
        Self { status: answer.status.as_u16(), headers, body }
    }
}
