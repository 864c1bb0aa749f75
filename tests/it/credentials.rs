//! Ways in, and what opens them: codes, numbers, passwords issued at the desk, undertakings of staff.

mod desk;
mod enumeration;
mod limits;
mod numbers;
mod passwords;
mod undertaking;

use crate::support::house::{Answer, House};
use crate::support::people::Person;
use crate::support::stores::{On, Stores};
use feldsher::kernel::clock::Ambient;
use feldsher::kernel::db::{Actor, Tx};
use feldsher::kernel::error::Result;
use feldsher::kernel::vault::{Class, Personal};
use reqwest::Method;
use sea_orm::{ConnectionTrait, Statement};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

const PHONE: &str = "+79161234567";
const SNILS: &str = "910-001-022 99";
/// Synthetic, with right check digits.
const IIN: &str = "800501300126";
const OWN: &str = "мой собственный пароль 5";

/// A house with every way in, with an undertaking of doctors, behind a proxy.
async fn house(on: On) -> House {
    house_of(Stores::new(on).await, Ambient::system(), "[\"code\", \"iin\", \"password\"]", "1").await
}

async fn house_of(stores: Stores, ambient: Ambient, ways: &str, undertaking: &str) -> House {
    let text = json!({"ru": "Храню тайну.", "kk": "Құпия сақтаймын.", "ka": "ვინახავ საიდუმლოს.", "en": "I keep the secret."});
    let text = text.to_string().replace("\":", "\" = ");
    let profile = include_str!("../../profiles/ru-telemed.toml")
        .replace("ways = [\"code\"]", &format!("ways = {ways}"))
        .replace("identifiers = [\"snils\",", "identifiers = [\"iin\", \"snils\",")
        .replace("{ \"7\" = 5000 }", "{ \"7\" = 5000, \"995\" = 2 }");
    let profile = format!(
        "{profile}\n[credentials]\nissued_lives = \"7d\"\nsign_in_address = \"https://cabinet.example/sign-in\"\n\
         [undertaking]\nversion = \"{undertaking}\"\nroles = [\"doctor\"]\ntext = {text}\n"
    );
    let path = stores.path("ways.toml");
    std::fs::write(&path, profile).expect("a profile");
    House::with(stores, ambient, |config| {
        config.profile = path.display().to_string();
        config.trusted_proxies = vec!["127.0.0.1".into()];
    })
    .await
}

/// Has neither phone nor e-mail.
#[derive(Serialize, Deserialize)]
struct NoContact {
    points: Vec<String>,
}

impl Personal for NoContact {
    const TABLE: &'static str = "patient";
    const COLUMN: &'static str = "contact";
    const CLASS: Class = Class::Contact;
}

impl House {
    async fn from(&self, addr: &str, body: Value) -> Answer {
        let request = self
            .request(Method::POST, "/v1/auth/tokens", None)
            .header("X-Forwarded-For", addr)
            .header("X-Forwarded-Proto", "https");
        self.send(request.json(&body)).await
    }

    async fn by_password(&self, login: &str, password: &str) -> Answer {
        self.post("/v1/auth/tokens", None, json!({"grant": "password", "login": login, "password": password})).await
    }

    /// A patient with numbers, who signed in by his phone.
    async fn numbered(&self, phone: &str, iin: &str, snils: &str) -> Person {
        let patient = self.newcomer(phone).await;
        self.accept(&patient).await;
        let numbers = json!([{"system": "iin", "value": iin}, {"system": "snils", "value": snils}]);
        let form = json!({"surname": "Жертвин", "givenName": "Пётр", "birthDate": "1980-05-01", "identifiers": numbers});
        self.put("/v1/me/profile", patient.token(), form).await.is(200);
        patient
    }

    /// Takes phone and e-mail from him.
    async fn cut_off(&self, patient: &Person) {
        let subject: Uuid = patient.id.parse().expect("an id");
        let keys = self.app.vault.keys(subject).await.expect("keys");
        self.app.vault.release(&keys, "phone", &[]).await.expect("a release");
        let sealed = keys.seal(subject, &NoContact { points: Vec::new() }).expect("a seal");
        let cut = async |tx: &mut Tx| -> Result<()> {
            let sql = "UPDATE patient SET contact = $2 WHERE subject = $1";
            let values = [subject.into(), sealed.clone().into()];
            tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?;
            Ok(())
        };
        self.app.write(&Actor::house("test"), cut).await.expect("an update");
    }

    async fn issue(&self, desk: &Person, patient: &str) -> Answer {
        let path = format!("/v1/staff/patients/{patient}/credentials");
        self.post(&path, desk.token(), json!({"language": "ru"})).await
    }

    /// Found, checked, issued: login and one-time password.
    async fn issued(&self, desk: &Person, snils: &str) -> (String, String) {
        let patient = self.found_by_snils(desk, snils).await;
        self.checked(desk, &patient).await;
        let issued = self.issue(desk, &patient).await.is(201);
        (issued.text("/login"), issued.text("/oneTimePassword"))
    }

    /// Issued credentials, made his own.
    async fn settled(&self, desk: &Person, snils: &str) -> String {
        let (login, issued) = self.issued(desk, snils).await;
        let token = self.by_password(&login, &issued).await.is(200).text("/accessToken");
        self.put("/v1/me/password", Some(&token), json!({"currentPassword": issued, "newPassword": OWN})).await.is(204);
        login
    }

    async fn numbers_of(&self, sql: &str) -> i64 {
        let reader = self.app.db.reader();
        let query = Statement::from_string(reader.get_database_backend(), sql.to_owned());
        let row = reader.query_one_raw(query).await.expect("a query").expect("a row");
        row.try_get_by_index(0).expect("a number")
    }

    fn sms_count(&self) -> usize {
        self.app.adapters.outbox.all().len()
    }
}
