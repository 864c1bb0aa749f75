//! How far a copy is, over HTTP, while it is built.

use crate::support::house::House;
use crate::support::stores::{Stores, engines};
use feldsher::app::room::{Exported, Room};
use feldsher::clinic::{identity, privacy};
use feldsher::kernel::clock::Ambient;
use feldsher::kernel::error::{Error, Result};
use feldsher::server::worker;
use serde_json::json;
use std::time::Duration;
use tokio::sync::Semaphore;

/// A room whose part of a copy takes until the test lets it go.
const SLOW: Room = Room {
    name: "slow",
    columns: Vec::new,
    forget: |_, _| Box::pin(async { Ok(()) }),
    holdings: None,
    objects: None,
    export: Some(|_, _| Box::pin(wait())),
    runners: &[],
    duties: &[],
};

static ROOMS: &[Room] = &[identity::ROOM, privacy::ROOM, SLOW];
static LET_GO: Semaphore = Semaphore::const_new(0);

async fn wait() -> Result<Vec<Exported>> {
    LET_GO.acquire().await.map_err(|_| Error::internal("closed"))?.forget();
    Ok(Vec::new())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_tells_how_far_it_is_and_what_it_writes() {
    for on in engines() {
        let house = House::with_rooms(Stores::new(on).await, Ambient::system(), ROOMS, |_| {}).await;
        let me = house.newcomer("+79160000021").await;
        let id = house.post("/v1/me/exports", me.token(), json!({})).await.is(202).text("/id");
        let path = format!("/v1/me/exports/{id}");
        assert!(house.get(&path, me.token()).await.is(200).json().get("step").is_none(), "nobody has begun");
        let app = house.app.clone();
        let building = tokio::spawn(async move { worker::drain(&app).await });
        let told = loop {
            let told = house.get(&path, me.token()).await.is(200).json();
            if told["step"] == "slow" {
                break told;
            }
            assert_ne!(told["state"], "ready", "it waits for the slow room");
            tokio::time::sleep(Duration::from_millis(20)).await;
        };
        assert_eq!((&told["state"], &told["progress"]), (&json!("building"), &json!(66)), "two rooms of three are written");
        LET_GO.add_permits(1);
        building.await.expect("it ends").expect("tasks");
        let told = house.get(&path, me.token()).await.is(200).json();
        assert_eq!((&told["state"], &told["progress"], told.get("step")), (&json!("ready"), &json!(100), None));
    }
}
