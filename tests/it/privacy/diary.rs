//! A room above privacy, as small as can be: one sealed clinical note for each patient, kept in `meta`.

use crate::support::house::House;
use crate::support::stores::{On, Stores};
use chrono::{DateTime, Utc};
use feldsher::app::App;
use feldsher::app::room::{Forget, Holdings, Room};
use feldsher::clinic::{identity, privacy};
use feldsher::kernel::clock::Ambient;
use feldsher::kernel::db::{Actor, Tx, Who};
use feldsher::kernel::error::Result;
use feldsher::kernel::vault::{Class, Personal, Sealed};
use sea_orm::{ConnectionTrait, Statement};
use uuid::Uuid;

const DIARY: Room = Room {
    name: "diary",
    columns: Vec::new,
    forget: |tx, who| Box::pin(forget(tx, who)),
    holdings: Some(|app, subject| Box::pin(holdings(app, subject))),
    objects: None,
    export: None,
    runners: &[],
    duties: &[],
};

static ROOMS: &[Room] = &[identity::ROOM, privacy::ROOM, DIARY];

#[derive(serde::Serialize, serde::Deserialize)]
pub struct Note {
    pub text: String,
}

impl Personal for Note {
    const TABLE: &'static str = "meta";
    const COLUMN: &'static str = "value";
    const CLASS: Class = Class::Clinical;
}

pub async fn house(on: On) -> House {
    house_on(Stores::new(on).await, Ambient::system()).await
}

pub async fn house_on(stores: Stores, ambient: Ambient) -> House {
    House::with_rooms(stores, ambient, ROOMS, |_| {}).await
}

fn key(subject: Uuid) -> String {
    format!("diary:{subject}")
}

pub fn somebody() -> Actor {
    Actor { who: Who::Anonymous, operation: "test", request: Uuid::nil() }
}

/// Writes the patient's note, of an encounter that is now.
pub async fn write(app: &App, subject: Uuid, text: &str) {
    let sealed = app.vault.keys(subject).await.expect("keys").seal(subject, &Note { text: text.into() }).expect("sealed");
    app.write(&somebody(), async |tx: &mut Tx| -> Result<()> {
        let value = format!("{}|{}", tx.now().to_rfc3339(), hex::encode(&sealed.0));
        let sql = "INSERT INTO meta (name, value) VALUES ($1, $2)";
        let values = [key(subject).into(), value.into()];
        tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?;
        Ok(())
    })
    .await
    .expect("written");
}

/// The note's row, as it lies there.
pub async fn row(app: &App, subject: Uuid) -> Option<(DateTime<Utc>, Sealed)> {
    let reader = app.db.reader();
    let sql = "SELECT value FROM meta WHERE name = $1";
    let query = Statement::from_sql_and_values(reader.get_database_backend(), sql, [key(subject).into()]);
    let value: String = reader.query_one_raw(query).await.expect("a query")?.try_get_by_index(0).expect("a text");
    let (at, sealed) = value.split_once('|').expect("an hour and a value");
    Some((at.parse().expect("an hour"), Sealed(hex::decode(sealed).expect("bytes"))))
}

async fn forget(tx: &mut Tx, who: &Forget) -> Result<()> {
    if !who.held.contains(&Class::Clinical) {
        let sql = "DELETE FROM meta WHERE name = $1";
        tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, [key(who.subject).into()])).await?;
    }
    Ok(())
}

async fn holdings(app: &App, subject: Uuid) -> Result<Holdings> {
    Ok(Holdings { last_encounter: row(app, subject).await.map(|(at, _)| at), ..Holdings::default() })
}
