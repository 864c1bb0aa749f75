//! Paying: the sandbox provider, its sheet, and its calls brought to the house's door.

use super::house::{Answer, House};
use super::people::Person;
use feldsher::adapters::payments::Payments;
use feldsher::adapters::payments::sandbox::{Act, Delivery, Sandbox};
use reqwest::Method;
use serde_json::{Value, json};

impl House {
    pub fn provider(&self) -> &Sandbox {
        match &self.app.adapters.payments {
            Payments::Memory(sandbox) => sandbox,
            _ => panic!("the house has the sandbox provider"),
        }
    }

    /// Opens the payment sheet of a charge, and answers the provider's id of its payment.
    pub async fn begin_payment(&self, patient: &Person, charge: &str, save_method: bool) -> String {
        let path = format!("/v1/charges/{charge}/payment");
        let sheet = self.post(&path, patient.token(), json!({"saveMethod": save_method})).await.is(200);
        assert_eq!(sheet.text("/kind"), "sdk");
        sheet.text("/clientSecret").trim_end_matches("_secret").to_owned()
    }

    /// Pays a charge on the sheet; the provider calls, and all that follows is done.
    pub async fn pay(&self, patient: &Person, charge: &str, save_method: bool) -> String {
        let payment = self.begin_payment(patient, charge, save_method).await;
        self.provider().act(&payment, Act::Pay).expect("a payment that waits");
        self.hear().await;
        payment
    }

    /// Brings every call of the provider that waits, and runs what comes of it.
    pub async fn hear(&self) {
        for delivery in self.provider().callbacks(self.app.ambient.now()) {
            self.deliver(&delivery).await.is(200);
        }
        self.settle().await;
    }

    /// Brings one call of the provider.
    pub async fn deliver(&self, delivery: &Delivery) -> Answer {
        let request = self.request(Method::POST, "/v1/callbacks/sandbox", None).headers(delivery.headers.clone());
        self.send(request.header("Content-Type", "application/json").body(delivery.body.clone())).await
    }

    pub async fn charge(&self, patient: &Person, id: &str) -> Value {
        self.get(&format!("/v1/charges/{id}"), patient.token()).await.is(200).json()
    }
}
