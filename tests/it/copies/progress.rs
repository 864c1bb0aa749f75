//! How far a large copy is, over HTTP, while it is built.

use crate::privacy::export::unpack;
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

/// A room whose part of a copy is large, and takes until the test lets it go.
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

/// Together some megabytes: more than a store takes in one piece.
const LINES: usize = 20_000;
const LONG: usize = 20;

static ROOMS: &[Room] = &[identity::ROOM, privacy::ROOM, SLOW];
static LET_GO: Semaphore = Semaphore::const_new(0);

async fn wait() -> Result<Vec<Exported>> {
    LET_GO.acquire().await.map_err(|_| Error::internal("closed"))?.forget();
    let row = |number| json!({ "id": number, "text": format!("line {number} of many").repeat(LONG) });
    Ok(vec![Exported { name: "lines", rows: (0..LINES).map(row).collect(), files: Vec::new() }])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_export_tells_how_far_it_is_and_leaves_nothing_beside_it() {
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
        let entries = unpack(&house.archive(&me, &id, None).await.is(200).bytes);
        let page = String::from_utf8_lossy(&entries["index.html"]);
        assert!(page.len() > LINES * LONG && page.contains("line 0 of") && page.contains(&format!("line {} of", LINES - 1)));
        assert_eq!(house.stored(), 1, "the texts that grew beside the archive are gone");
    }
}
