//! Documents: declared, uploaded, downloaded, forgotten.

mod access;
mod attacks;
mod leaving;
mod names;
mod scanning;
mod transfers;

use crate::support::house::{Answer, House};
use crate::support::people::Person;
use feldsher::clinic::identity::{self, Clinics, NewStaff, Role};
use feldsher::kernel::access::NewReason;
use feldsher::kernel::db::{Actor, Tx};
use feldsher::kernel::error::Result;
use feldsher::kernel::vault::Class;
use reqwest::Method;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::path::PathBuf;
use uuid::Uuid;

const PDF: &str = "application/pdf";

/// A patient who has accepted the policy and said who he is.
async fn patient(house: &House, phone: &str) -> Person {
    let person = house.newcomer(phone).await;
    let subject = id(&person.id);
    house
        .app
        .write(&Actor::house("test"), async |tx: &mut Tx| identity::accept(tx, subject, "2026-11-01").await)
        .await
        .expect("an acceptance");
    let profile = json!({"surname": "Волкова", "givenName": "Анна", "birthDate": "1980-02-29"});
    house.put("/v1/me/profile", person.token(), profile).await.is(200);
    person
}

async fn doctor(house: &House, login: &str) -> Person {
    let new = NewStaff {
        role: Role::Doctor, clinics: Clinics::everywhere(), login: login.into(), name: "Пётр Лекарев".into()
    };
    let (_, issued) = identity::add_staff(&house.app, &Actor::house("test"), new).await.expect("an account");
    house.first_sign_in(login, &issued).await
}

/// Gives `doctor` the reason that a booking gives.
async fn treats(house: &House, doctor: &Person, patient: &Person, classes: &[Class]) {
    let (subject, party) = (id(&patient.id), id(&doctor.id));
    house
        .app
        .write(&Actor::house("test"), async |tx: &mut Tx| -> Result<()> {
            for class in classes.iter().copied() {
                let (from, object) = (tx.now(), tx.id());
                tx.allow(NewReason { subject, party, class, basis: "booking", object, from, until: None });
            }
            Ok(())
        })
        .await
        .expect("a reason");
}

fn id(text: &str) -> Uuid {
    text.parse().expect("an id")
}

/// A file that begins as a PDF does, and goes on by noise.
fn pdf(bytes: usize) -> Vec<u8> {
    let mut content = b"%PDF-1.7\n".to_vec();
    let mut state = bytes as u32 | 1;
    content.resize_with(bytes, || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    });
    content
}

fn sha256(content: &[u8]) -> String {
    hex::encode(Sha256::digest(content))
}

fn declaration(content: &[u8]) -> Value {
    json!({"kind": "upload", "title": "Анализ", "fileName": "анализ.pdf", "mediaType": PDF, "sizeBytes": content.len()})
}

impl House {
    async fn declare(&self, who: &Person, content: &[u8]) -> String {
        self.post("/v1/documents", who.token(), declaration(content)).await.is(201).text("/id")
    }

    async fn put_content(&self, who: &Person, document: &str, media_type: &str, content: Vec<u8>) -> Answer {
        let path = format!("/v1/documents/{document}/content");
        let request = self.request(Method::PUT, &path, who.token()).header("Content-Type", media_type).body(content);
        self.send(request).await
    }

    async fn upload(&self, who: &Person, content: &[u8]) -> String {
        let document = self.declare(who, content).await;
        self.put_content(who, &document, PDF, content.to_vec()).await.is(200);
        document
    }

    async fn content(&self, who: &Person, document: &str, range: Option<&str>) -> Answer {
        let mut request = self.request(Method::GET, &format!("/v1/documents/{document}/content"), who.token());
        if let Some(range) = range {
            request = request.header("Range", range);
        }
        self.send(request).await
    }

    /// The stored objects, half-written ones included.
    fn objects(&self) -> Vec<PathBuf> {
        let folder = std::fs::read_dir(self.stores.path("data").join("files")).expect("the folder of objects");
        folder.map(|entry| entry.expect("an entry").path()).collect()
    }

    /// The file in which the bytes of `document` lie.
    async fn object_of(&self, document: &str) -> PathBuf {
        let sql = "SELECT object FROM document WHERE id = $1";
        let reader = self.app.db.reader();
        let query = Statement::from_sql_and_values(reader.get_database_backend(), sql, [id(document).into()]);
        let row = reader.query_one_raw(query).await.expect("a query").expect("a row");
        self.stores.path("data").join("files").join(row.try_get_by_index::<Uuid>(0).expect("an object").to_string())
    }

    async fn count(&self, sql: &str) -> i64 {
        let reader = self.app.db.reader();
        let query = Statement::from_string(reader.get_database_backend(), format!("SELECT COUNT(*) AS n FROM {sql}"));
        let row = reader.query_one_raw(query).await.expect("a query").expect("a row");
        row.try_get_by_index(0).expect("a number")
    }
}
