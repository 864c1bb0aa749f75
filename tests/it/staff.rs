//! People who work here: roles, clinics, invitations, passkeys, emergencies. S1-17, S1-18, S2-12, S4-07; trust 18, 23, 27, 28.

mod accounts;
mod glass;
mod invitations;
mod order;
mod passkeys;

use crate::support::house::{Answer, House};
use crate::support::people::{PASSWORD, Person};
use sea_orm::{ConnectionTrait, FromQueryResult, Statement};
use serde_json::{Value, json};

impl House {
    /// Puts a staff account into another state.
    async fn put_staff(&self, administrator: &Person, id: &str, role: &str, clinics: &[&str], state: &str) -> Answer {
        let body = json!({"role": role, "clinicIds": clinics, "state": state});
        self.put(&format!("/v1/staff/accounts/{id}"), administrator.token(), body).await
    }

    async fn accounts(&self, administrator: &Person) -> Vec<Value> {
        let list = self.get("/v1/staff/accounts?limit=100", administrator.token()).await.is(200).json();
        list["items"].as_array().expect("accounts").clone()
    }

    /// Somebody whose sessions were ended signs in again, by an invitation.
    async fn invited_again(&self, administrator: &Person, id: &str, login: &str) -> Person {
        let path = format!("/v1/staff/accounts/{id}/invitation");
        let token = self.post(&path, administrator.token(), json!({})).await.is(201).text("/token");
        let body = json!({"token": token, "newPassword": PASSWORD});
        let redeemed = self.post("/v1/staff/invitations/redeem", None, body).await.is(200);
        self.sign_in(login, PASSWORD, &redeemed.text("/totpSecret")).await
    }

    /// The same session with an access token of now.
    async fn renewed(&self, person: &Person) -> Person {
        let body = json!({"grant": "refresh", "refreshToken": person.refresh});
        let pair = self.post("/v1/auth/tokens", None, body).await.is(200);
        Person { id: person.id.clone(), token: pair.text("/accessToken"), refresh: pair.text("/refreshToken") }
    }

    /// Rows of the record.
    async fn row_count(&self, of: &str, values: impl IntoIterator<Item = sea_orm::Value>) -> i64 {
        #[derive(FromQueryResult)]
        struct Number {
            n: i64,
        }
        let reader = self.app.db.reader();
        let sql = format!("SELECT count(*) AS n FROM {of}");
        let query = Statement::from_sql_and_values(reader.get_database_backend(), sql, values);
        Number::find_by_statement(query).one(&reader).await.expect("a count").expect("a row").n
    }
}
