//! Who leaves is forgotten by the provider too, and what the law holds is held for its term.

use super::{PRICE, Scene, number};
use crate::support::stores::engines;
use chrono::{Datelike, TimeDelta};
use feldsher::adapters::payments::PayFault;
use feldsher::adapters::payments::sandbox::Mood;
use feldsher::kernel::vault::Class;
use serde_json::{Value, json};
use uuid::Uuid;

fn of_billing(plan: &Value) -> Value {
    let classes = plan["classes"].as_array().expect("classes");
    classes.iter().find(|class| class["class"] == "billing").cloned().unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn s4_04_an_erasure_removes_the_payer_at_the_provider_and_holds_the_charges() {
    for on in engines() {
        let scene = Scene::new(on).await;
        let Scene { house, patient, .. } = &scene;
        let (_, unpaid) = scene.book(4, 10).await;
        let plan = house.get("/v1/me/erasure-plan", patient.token()).await.is(200).json();
        assert_eq!(of_billing(&plan)["outcome"], "destroyed", "nobody has paid anything yet");
        let (coming, charge) = scene.book(20, 10).await;
        let sheet =
            house.post(&format!("/v1/charges/{charge}/payment"), patient.token(), json!({"saveMethod": true})).await.is(200);
        let customer = sheet.text("/customer");
        house.pay(patient, &charge, true).await;
        let payments = &house.app.adapters.payments;
        assert_eq!(payments.methods(&customer).await.expect("a payer").len(), 1);
        let plan = house.get("/v1/me/erasure-plan", patient.token()).await.is(200).json();
        let until: chrono::DateTime<chrono::Utc> =
            of_billing(&plan)["until"].as_str().expect("a day").parse().expect("an instant");
        assert_eq!(until.year(), house.app.ambient.now().year() + 6, "five years from the end of this year");
        house.delete("/v1/me", patient.token()).await.is(202);
        // The provider is down when the time has come.
        house.app.ambient.advance(TimeDelta::days(14) + TimeDelta::minutes(1));
        house.provider().misbehave(12, Mood::Down { after_s: None });
        house.later(TimeDelta::minutes(1)).await;
        assert_eq!(number(house, "SELECT count(*) FROM patient").await, 0, "that holds up nothing here");
        assert_eq!(number(house, "SELECT count(*) FROM payer").await, 1, "what is owed is kept in mind");
        for _ in 0..14 {
            house.later(TimeDelta::minutes(65)).await;
        }
        let gone = Err(PayFault::Reject { why: "no such payer" });
        assert_eq!(payments.methods(&customer).await, gone, "the provider has forgotten him on {on:?}");
        assert_eq!(number(house, "SELECT count(*) FROM payer").await, 0);
        let payer: Uuid = customer.trim_start_matches("sandbox_customer_").parse().expect("an id");
        assert!(house.app.vault.keys(payer).await.is_err(), "and the key of what he was called there is gone");
        let subject: Uuid = patient.id.parse().expect("an id");
        assert!(house.app.vault.keys(subject).await.expect("held keys").has(Class::Billing));
        assert_eq!(number(house, "SELECT count(*) FROM charge WHERE paid_amount > 0").await, 1);
        // The visit that was still to come is paid back, as he would have been had he cancelled it himself.
        assert_eq!(number(house, "SELECT count(*) FROM booking WHERE state = 'cancelled'").await, 1, "{coming} {unpaid}");
        let refunded: i64 = house.provider().payments().iter().map(|payment| payment.refunded).sum();
        assert_eq!(refunded, PRICE);
        house.later(TimeDelta::days(7 * 366)).await;
        assert!(house.app.vault.keys(subject).await.is_err(), "its day has come");
        assert_eq!(number(house, "SELECT count(*) FROM charge WHERE sealed IS NOT NULL").await, 0);
        let own = format!("SELECT count(*) FROM charge WHERE CAST(subject AS text) = '{subject}'");
        assert_eq!(number(house, &own).await, 0, "sums stay, and lead to nobody");
    }
}
