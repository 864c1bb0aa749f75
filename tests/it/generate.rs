//! A store made for trials of size: its people are real enough to sign in, read and book, and nobody else is ever among them.

use crate::support::house::House;
use crate::support::stores::{Stores, engines};
use feldsher::app::config::Config;
use feldsher::kernel::clock::Ambient;
use feldsher::server::ops::{self, Size};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn generated_people_sign_in_and_book_and_are_never_added_to_others() {
    for on in engines() {
        let stores = Stores::new(on).await;
        let config = || Config {
            data: stores.path("data"),
            keys: stores.path("keys"),
            record_url: Some(stores.record_url.clone()),
            register_url: Some(stores.register_url.clone()),
            ..Config::default()
        };
        let ambient = Ambient::system();
        let size = Size { patients: 40, bookings: 400 };
        ops::generate(config(), ambient.clone(), size).await.expect("a store");
        let again = ops::generate(config(), ambient.clone(), size).await.map(drop);
        assert!(format!("{again:?}").contains("accounts in these stores already"), "{again:?}");
        let real = ops::check_mark(&config(), &ambient, false).await;
        assert!(format!("{real:?}").contains("--sandbox"), "it is a sandbox for good: {real:?}");

        let house = House::with(stores, ambient, |_| ()).await;
        let me = house.newcomer("+79160000003").await;
        let account = house.get("/v1/me", me.token()).await.is(200).json();
        assert_eq!(account["profile"]["surname"], "Ахметова", "{account}");
        let list = house.get("/v1/bookings?limit=100", me.token()).await.is(200).json();
        let visits = list["items"].as_array().expect("visits");
        assert_eq!(visits.len(), 20, "every second patient comes: {list}");
        assert!(visits.iter().all(|visit| visit["complaint"].is_string()), "{list}");
        let nobody = house.newcomer("+79160000033").await;
        assert_eq!(house.get("/v1/bookings", nobody.token()).await.is(200).json()["items"], json!([]));

        let from = house.app.ambient.now().date_naive() + chrono::Days::new(9);
        let doctors = house.get("/v1/doctors", None).await.is(200).json();
        let doctor = doctors["items"][0]["id"].as_str().expect("a doctor").to_owned();
        let path = format!("/v1/doctors/{doctor}/slots?from={from}&to={from}");
        let free = house.get(&path, None).await.is(200).json();
        assert_eq!(free["items"].as_array().map(Vec::len), Some(32), "nothing is taken after a week: {free}");
        let start = &free["items"][0]["startsAt"];
        let new = json!({"doctorId": doctor, "serviceId": free["serviceId"], "startsAt": start});
        house.post("/v1/bookings", me.token(), new).await.is(201);
    }
}
