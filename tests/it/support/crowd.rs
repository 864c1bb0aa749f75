//! A thousand patients in seconds: what sign-in, acceptance and profile would leave in the stores, written without them.

use super::house::House;
use super::people::Person;
use chrono::{NaiveDate, TimeDelta};
use feldsher::app::App;
use feldsher::clinic::identity::{self, Addresses, Newcomer, PersonForm};
use feldsher::kernel::db::{Actor, Tx};
use feldsher::kernel::error::Result;
use futures_util::{StreamExt, TryStreamExt};
use sea_orm::{ConnectionTrait, Statement};
use sha2::{Digest, Sha256};

/// Registered at once: their keys share the commits of the register.
const AT_ONCE: usize = 32;
/// Whose rows share a transaction.
const TOGETHER: usize = 100;

impl House {
    /// So many patients who may book. They have a profile and a session, and no address: nothing is sent to them.
    pub async fn crowd(&self, count: usize) -> Vec<Person> {
        let newcomers: Vec<Newcomer> = futures_util::stream::iter(0..count)
            .map(|_| newcomer(&self.app))
            .buffered(AT_ONCE)
            .try_collect()
            .await
            .expect("their keys");
        let mut people = Vec::with_capacity(count);
        for some in newcomers.chunks(TOGETHER) {
            let write = async |tx: &mut Tx| -> Result<Vec<Person>> {
                let mut written = Vec::with_capacity(some.len());
                for newcomer in some {
                    newcomer.insert(tx).await?;
                    identity::accept(tx, newcomer.keys.subject, &self.app.profile.policy.version).await?;
                    written.push(signed_in(tx, newcomer).await?);
                }
                Ok(written)
            };
            people.extend(self.app.write(&Actor::house("test"), write).await.expect("their rows"));
        }
        people
    }
}

async fn newcomer(app: &App) -> Result<Newcomer> {
    let person = identity::Person {
        surname: Some("Пациентов".to_owned()),
        given_name: Some("Пётр".to_owned()),
        birth_date: NaiveDate::from_ymd_opt(1980, 5, 1),
        ..identity::Person::default()
    };
    Newcomer::prepare(app, &PersonForm { person, numbers: None }, &Addresses::default()).await
}

/// A session as a sign-in opens it, with an access token that lasts as long.
async fn signed_in(tx: &Tx, newcomer: &Newcomer) -> Result<Person> {
    let (session, subject, token) = (tx.id(), newcomer.keys.subject, tx.id().simple().to_string());
    let until = tx.now() + TimeDelta::days(3650);
    let run = async |sql: &str, values: Vec<sea_orm::Value>| {
        tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await.map(drop)
    };
    run(
        "INSERT INTO session (id, owner, kind, created_at, used_at, absolute_until) VALUES ($1, $2, 'patient', $3, $3, $4)",
        vec![session.into(), subject.into(), tx.now().into(), until.into()],
    )
    .await?;
    let hash = Sha256::digest(token.as_bytes()).to_vec();
    run(
        "INSERT INTO session_token (hash, session, kind, issued_at, until) VALUES ($1, $2, 'access', $3, $4)",
        vec![hash.into(), session.into(), tx.now().into(), until.into()],
    )
    .await?;
    Ok(Person { id: subject.to_string(), token, refresh: String::new() })
}
