//! Oversight of the house itself: alerts, auditors, breaches, checkpoints in a second place, backups, and what may stand in a log.

mod auditors;
mod breaches;
mod checkpoints;
mod manifests;
mod openings;
mod restores;

use crate::support::house::House;
use crate::support::people::Person;
use crate::support::stores::{On, Stores};
use feldsher::clinic::identity::{Clinics, NewStaff, Role, add_staff};
use feldsher::kernel::audit;
use feldsher::kernel::clock::Ambient;
use feldsher::kernel::db::{Actor, Tx};
use feldsher::kernel::error::Result;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::json;
use uuid::Uuid;

/// A house with a profile that differs from `ru-telemed`.
async fn with_profile(on: On, change: impl FnOnce(String) -> String) -> House {
    let stores = Stores::new(on).await;
    let path = stores.path("profile.toml");
    std::fs::write(&path, change(include_str!("../../profiles/ru-telemed.toml").to_owned())).expect("a profile");
    House::with(stores, Ambient::system(), |config| config.profile = path.display().to_string()).await
}

/// Chains all that was written.
async fn seal(house: &House) {
    while audit::seal_once(&house.app.db, &house.app.sealer).await.expect("sealed") > 0 {}
}

/// Somebody writes in the database by himself.
async fn attack(house: &House, sql: &str) {
    house
        .app
        .db
        .write(&Actor::house("attack"), async |tx: &mut Tx| -> Result<()> {
            tx.execute_unprepared(sql).await?;
            Ok(())
        })
        .await
        .expect("an attacker may write");
}

/// Rows of the record.
async fn count(house: &House, of: &str) -> i64 {
    let reader = house.app.db.reader();
    let query = Statement::from_string(reader.get_database_backend(), format!("SELECT count(*) FROM {of}"));
    reader.query_one_raw(query).await.expect("a count").expect("a row").try_get_by_index(0).expect("a number")
}

/// How often somebody was told of this kind.
async fn told(house: &House, person: &Person, kind: &str) -> i64 {
    let reader = house.app.db.reader();
    let sql = "SELECT count(*) FROM notification WHERE subject = $1 AND kind = $2";
    let id: Uuid = person.id.parse().expect("an id");
    let query = Statement::from_sql_and_values(reader.get_database_backend(), sql, [id.into(), kind.into()]);
    reader.query_one_raw(query).await.expect("a count").expect("a row").try_get_by_index(0).expect("a number")
}

/// The same session with an access token of now.
async fn renewed(house: &House, person: &Person) -> Person {
    let body = json!({"grant": "refresh", "refreshToken": person.refresh});
    let pair = house.post("/v1/auth/tokens", None, body).await.is(200);
    Person { id: person.id.clone(), token: pair.text("/accessToken"), refresh: pair.text("/refreshToken") }
}

/// Somebody who works here, however long the house stands.
async fn hired(house: &House, role: Role, login: &str) -> Person {
    let new = NewStaff { role, clinics: Clinics::everywhere(), login: login.into(), name: "Ольга Защитина".into() };
    let (_, issued) = add_staff(&house.app, &Actor::house("test"), new).await.expect("an account");
    house.first_sign_in(login, &issued).await
}
