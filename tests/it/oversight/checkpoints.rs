//! Who clears record and checkpoints of one machine meets the copies in the second place.

use super::{attack, seal};
use crate::support::house::House;
use crate::support::stores::{Stores, engines};
use chrono::TimeDelta;
use feldsher::adapters::files::FilesConfig;
use feldsher::kernel::audit::{self, Finding};
use feldsher::kernel::clock::Ambient;
use feldsher::server::ops;
use std::fs;

#[tokio::test(flavor = "multi_thread")]
async fn e10_a_second_place_knows_of_a_tail_and_of_a_rewriting_that_were_cleared_away_here() {
    for on in engines() {
        let stores = Stores::new(on).await;
        let elsewhere = stores.path("elsewhere");
        let place = FilesConfig::Disk { path: elsewhere.clone() };
        let house = House::with(stores, Ambient::system(), |config| config.checkpoints = Some(place)).await;
        let verified = async || ops::verify_trail(&house.app).await.expect("verified");
        let copied = || fs::read_dir(&elsewhere).map_or(0, Iterator::count);
        house.newcomer("+79161234501").await;
        seal(&house).await;
        house.later(TimeDelta::minutes(1)).await;
        assert_eq!(copied(), 1, "on {on:?}");
        house.later(TimeDelta::minutes(1)).await;
        assert_eq!(copied(), 1, "nothing was written: nothing to copy");
        house.newcomer("+79161234502").await;
        seal(&house).await;
        house.later(TimeDelta::minutes(1)).await;
        let (whole, copies) = verified().await;
        assert_eq!((whole.finding, copies), (None, Some(2)));
        let end = whole.lines;

        // The tail is cut, and the checkpoints of this machine with it.
        let local = house.app.config.keys.join("audit-checkpoints.jsonl");
        fs::remove_file(&local).expect("checkpoints");
        attack(&house, &format!("DELETE FROM audit_line WHERE id IN (SELECT line_id FROM audit_chain WHERE seq > {})", end - 2))
            .await;
        attack(&house, &format!("DELETE FROM audit_chain WHERE seq > {}", end - 2)).await;
        let here = audit::verify(&house.app.db, &house.app.sealer).await.expect("verified");
        assert_eq!(here.finding, None, "here nothing tells");
        let tail = verified().await.0.finding;
        assert_eq!(tail, Some(Finding::TailMissing { chain_ends: end - 2, checkpoint: end }), "on {on:?}");

        // The chain is written anew, with the keys of this machine, over changed lines.
        attack(&house, "UPDATE audit_line SET basis = 'changed' WHERE id = (SELECT line_id FROM audit_chain WHERE seq = 1)")
            .await;
        attack(&house, "DELETE FROM audit_chain").await;
        attack(&house, "UPDATE audit_line SET chained = FALSE").await;
        house.newcomer("+79161234503").await;
        seal(&house).await;
        let here = audit::verify(&house.app.db, &house.app.sealer).await.expect("verified");
        assert_eq!(here.finding, None, "here nothing tells");
        assert!(here.lines > end, "it is longer than it was");
        assert!(matches!(verified().await.0.finding, Some(Finding::Rewritten { .. })), "on {on:?}");

        // Somebody puts a copy of his own there.
        for entry in fs::read_dir(&elsewhere).expect("copies") {
            fs::remove_file(entry.expect("a copy").path()).expect("removed");
        }
        assert_eq!(verified().await.0.finding, None);
        fs::write(elsewhere.join("00000000-0000-0001-0000-000000000000"), "{}").expect("a forgery");
        assert!(verified().await.0.finding.is_some(), "a forged copy is named");
    }
}
