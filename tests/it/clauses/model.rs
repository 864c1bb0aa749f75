//! E14: random sequences of what people do about their data, beside a model that is simple enough to be seen to be right.
//! `FELDSHER_TEST_SEED=n` replays one sequence, `FELDSHER_TEST_SEQUENCES=n` runs so many.

use crate::doors::everything;
use crate::support::house::{Answer, House};
use crate::support::people::Person;
use crate::support::stores::{On, engines};
use chrono::{DateTime, TimeDelta, Utc};
use feldsher::kernel::clock::Ambient;
use feldsher::kernel::vault::Class;
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use uuid::Uuid;

const ACTS: usize = 30;
const PEOPLE: usize = 3;
const ITEMS: [&str; 3] = ["marketing.own.sms", "marketing.own.push", "telemetry"];
const GRACE: TimeDelta = TimeDelta::days(14);

/// What the model knows of an account.
#[derive(Clone, Debug, Default)]
struct Account {
    id: String,
    given: BTreeSet<&'static str>,
    is_frozen: bool,
    /// Until when a deletion can be undone.
    due: Option<DateTime<Utc>>,
}

impl Account {
    /// Why nothing of the account's own is done now.
    fn blocked(&self) -> Option<(u16, &'static str)> {
        match (self.due, self.is_frozen) {
            (Some(_), _) => Some((409, "deletion_pending")),
            (None, true) => Some((403, "frozen")),
            (None, false) => None,
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum Act {
    Give(&'static str),
    Withdraw(&'static str),
    WithdrawAll,
    Freeze,
    Lift,
    Delete,
    Undo,
    Wait,
}

struct Dice(Ambient);

impl Dice {
    fn roll(&self, sides: usize) -> usize {
        usize::from(u16::from_le_bytes(self.0.bytes::<2>())) % sides
    }

    fn act(&self) -> Act {
        let item = ITEMS[self.roll(ITEMS.len())];
        match self.roll(12) {
            0..=2 => Act::Give(item),
            3 | 4 => Act::Withdraw(item),
            5 => Act::WithdrawAll,
            6 => Act::Freeze,
            7 => Act::Lift,
            8 | 9 => Act::Delete,
            10 => Act::Undo,
            _ => Act::Wait,
        }
    }
}

/// Says on the way out of a failed sequence how to run it again.
struct Trace {
    seed: u64,
    on: On,
    said: Vec<String>,
}

impl Drop for Trace {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("FELDSHER_TEST_SEED={} on {:?} fails after:\n{}", self.seed, self.on, self.said.join("\n"));
        }
    }
}

struct World {
    house: House,
    people: Vec<Option<Account>>,
    gone: Vec<String>,
}

fn phone(who: usize) -> String {
    format!("+7916000010{who}")
}

impl World {
    fn now(&self) -> DateTime<Utc> {
        self.house.app.ambient.now()
    }

    async fn pass(&mut self, by: TimeDelta) {
        self.house.later(by).await;
        // What falls due by the clock is done by the duties of the next minute.
        self.house.later(TimeDelta::minutes(1)).await;
        let now = self.now();
        for account in &mut self.people {
            if let Some(over) = account.take_if(|account| account.due.is_some_and(|due| due <= now)) {
                self.gone.push(over.id);
            }
        }
    }

    /// A fresh sign-in: the token, and whose account it opened unless that is frozen.
    async fn sign_in(&self, who: usize) -> (String, Answer) {
        let (challenge, code) = self.house.code_for(&phone(who)).await;
        let body = json!({"grant": "code", "challengeId": challenge, "code": code});
        let token = self.house.post("/v1/auth/tokens", None, body).await.is(200).text("/accessToken");
        let me = self.house.get("/v1/me", Some(&token)).await;
        (token, me)
    }

    async fn returns(&mut self, who: usize) {
        let (token, me) = self.sign_in(who).await;
        let id = me.is(200).text("/id");
        assert!(!self.gone.contains(&id), "who returns is somebody new");
        self.house.accept(&Person { id: id.clone(), token: token.clone(), refresh: String::new() }).await;
        let consents = self.house.get("/v1/me/consents", Some(&token)).await.is(200).json();
        assert_eq!(given(&consents), BTreeSet::new(), "and has consented to nothing");
        self.people[who] = Some(Account { id, ..Account::default() });
    }

    async fn does(&mut self, who: usize, act: Act) {
        let (token, me) = self.sign_in(who).await;
        let now = self.now();
        let account = self.people[who].as_mut().expect("an account");
        let blocked = account.blocked();
        match account.is_frozen {
            true => drop(me.refused(403, "frozen")),
            false => assert_eq!(me.is(200).text("/id"), account.id),
        }
        let (method, path, body) = match act {
            Act::Give(item) => (Method::PUT, format!("/v1/me/consents/{item}"), json!({})),
            Act::Withdraw(item) => (Method::DELETE, format!("/v1/me/consents/{item}"), Value::Null),
            Act::WithdrawAll => (Method::POST, "/v1/me/withdrawal".to_owned(), json!({})),
            Act::Freeze => (Method::PUT, "/v1/me/freeze".to_owned(), json!({"scopes": ["patient"]})),
            Act::Lift => (Method::DELETE, "/v1/me/freeze".to_owned(), Value::Null),
            Act::Delete => (Method::DELETE, "/v1/me".to_owned(), Value::Null),
            Act::Undo => (Method::DELETE, "/v1/me/deletion".to_owned(), Value::Null),
            Act::Wait => unreachable!("nobody does that"),
        };
        let leaving = account.due.map(|_| (409, "deletion_pending"));
        // What the model expects, and what becomes of it.
        let expected = match act {
            Act::Give(item) => blocked.unwrap_or_else(|| {
                account.given.insert(item);
                (200, "")
            }),
            Act::Withdraw(item) => {
                blocked.unwrap_or_else(|| if account.given.remove(item) { (200, "") } else { (409, "not_withdrawable") })
            }
            Act::WithdrawAll => blocked.unwrap_or_else(|| {
                if std::mem::take(&mut account.given).is_empty() { (409, "not_withdrawable") } else { (200, "") }
            }),
            Act::Freeze => leaving.unwrap_or_else(|| {
                account.is_frozen = true;
                (200, "")
            }),
            Act::Lift => leaving.unwrap_or_else(|| {
                account.is_frozen = false;
                (200, "")
            }),
            Act::Delete => blocked.unwrap_or_else(|| {
                account.due = Some(now + GRACE);
                (202, "")
            }),
            Act::Undo if account.due.take().is_some() => (204, ""),
            Act::Undo => (409, "state_conflict"),
            Act::Wait => unreachable!("nobody does that"),
        };
        let request = self.house.request(method, &path, Some(&token));
        let request = if body.is_null() { request } else { request.json(&body) };
        let key = self.house.app.ambient.id().to_string();
        let answer = self.house.send(request.header("Idempotency-Key", key)).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), expected, "{act:?}");
    }

    /// That the house knows of everybody what the model knows.
    async fn agrees(&self) {
        let all = everything(&self.house).await;
        for account in self.people.iter().flatten() {
            assert!(all["patient"].contains(&account.id));
        }
        for gone in &self.gone {
            for table in ["patient", "session", "push_token", "notification", "preference", "access_freeze"] {
                assert!(!all[table].contains(gone), "{table} knows who is gone");
            }
            let keys = self.house.app.vault.keys(gone.parse::<Uuid>().expect("an id")).await;
            assert!(!keys.is_ok_and(|keys| keys.has(Class::Identity) || keys.has(Class::Contact)), "keys of who is gone");
        }
        let (erased, certificates) = (self.gone.len(), all["certificate"].lines().count());
        assert_eq!(certificates, erased, "a certificate for each who is gone");
    }

    async fn consents_agree(&self, who: usize) {
        let Some(account) = self.people[who].as_ref().filter(|account| account.blocked().is_none()) else { return };
        let (token, _) = self.sign_in(who).await;
        let consents = self.house.get("/v1/me/consents", Some(&token)).await.is(200).json();
        assert_eq!(given(&consents), account.given.iter().map(|item| (*item).to_owned()).collect());
    }
}

fn given(consents: &Value) -> BTreeSet<String> {
    let items = consents["items"].as_array().expect("items").iter().filter(|item| item["state"] == "given");
    items.map(|item| item["id"].as_str().expect("an id").to_owned()).collect()
}

async fn live(on: On, seed: u64) -> (usize, usize) {
    let mut trace = Trace { seed, on, said: Vec::new() };
    let dice = Dice(Ambient::seeded(seed));
    let mut world = World { house: House::new(on).await, people: vec![None; PEOPLE], gone: Vec::new() };
    let mut returned = 0;
    for _ in 0..ACTS {
        world.pass(TimeDelta::minutes(10)).await;
        let (who, act) = (dice.roll(PEOPLE), dice.act());
        trace.said.push(format!("{who}: {act:?}"));
        match act {
            Act::Wait => world.pass(TimeDelta::days(8)).await,
            _ if world.people[who].is_none() => {
                world.returns(who).await;
                returned += 1;
            }
            act => world.does(who, act).await,
        }
    }
    for who in 0..PEOPLE {
        world.pass(TimeDelta::minutes(10)).await;
        world.consents_agree(who).await;
    }
    world.agrees().await;
    (world.gone.len(), returned)
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn e14_random_sequences_of_what_people_do_about_their_data_end_as_the_model_says() {
    let one = number("FELDSHER_TEST_SEED");
    let seeds = one.map_or(0..number("FELDSHER_TEST_SEQUENCES").unwrap_or(4), |seed| seed..seed + 1);
    for on in engines() {
        let lives = futures_util::future::join_all(seeds.clone().map(|seed| live(on, seed))).await;
        let (gone, returned) = lives.iter().fold((0, 0), |sum, life| (sum.0 + life.0, sum.1 + life.1));
        println!("{gone} erased, {returned} came, on {on:?}");
        assert!(one.is_some() || (gone > 0 && returned > gone), "the sequences reach the end of an account, on {on:?}");
    }
}
