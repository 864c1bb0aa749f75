//! An older record with the newest register forgets again whom it had; an older register is refused. On SQLite, where a
//! backup is a copy of files.

use super::{PHONE, diary, number, outcomes, patient, profile};
use crate::support::house::House;
use crate::support::stores::{On, Stores};
use chrono::TimeDelta;
use feldsher::clinic::privacy::replay_tombstones;
use feldsher::kernel::clock::Ambient;
use feldsher::kernel::error::Code;
use std::path::Path;
use uuid::Uuid;

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder").map(|entry| entry.expect("an entry")) {
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).expect("a copy");
        }
    }
}

/// Stores of which nothing is there yet.
fn stores() -> Stores {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let url = |name: &str| format!("sqlite:{}", folder.path().join(name).display());
    Stores { on: On::Sqlite, record_url: url("data/record.db"), register_url: url("keys/register.db"), folder }
}

#[tokio::test(flavor = "multi_thread")]
async fn e3_a_restored_record_forgets_again_and_an_older_register_is_refused() {
    let house = diary::house(On::Sqlite).await;
    let me = patient(&house, PHONE).await;
    house.put("/v1/me/profile", me.token(), profile()).await.is(200);
    let subject: Uuid = me.id.parse().expect("an id");
    diary::write(&house.app, subject, "жалоба").await;
    let stays = patient(&house, "+79160000002").await;
    assert_eq!(replay_tombstones(&house.app).await.expect("nothing to do"), 0);
    // One backup from before the asking, and one of each store for every mixture.
    let (mixed, backwards) = (stores(), stores());
    copy(&house.stores.path("data"), &mixed.path("data"));
    copy(&house.stores.path("keys"), &backwards.path("keys"));

    house.delete("/v1/me", me.token()).await.is(202);
    house.later(TimeDelta::days(14) + TimeDelta::minutes(1)).await;
    assert_eq!(number(&house, "SELECT count(*) FROM patient").await, 1);
    assert_eq!(replay_tombstones(&house.app).await.expect("nothing to do"), 0, "the record has seen it");
    copy(&house.stores.path("keys"), &mixed.path("keys"));
    copy(&house.stores.path("data"), &backwards.path("data"));

    let restored = diary::house_on(mixed, house.app.ambient.clone()).await;
    assert_eq!(number(&restored, "SELECT count(*) FROM patient").await, 2, "the old record has him still");
    assert_eq!(replay_tombstones(&restored.app).await.expect("replayed"), 1);
    assert_eq!(number(&restored, "SELECT count(*) FROM patient").await, 1);
    assert_eq!(number(&restored, "SELECT count(*) FROM session").await, 1, "he has no session there");
    assert_eq!(number(&restored, "SELECT count(*) FROM erasure WHERE state = 'done'").await, 1);
    assert_eq!(number(&restored, "SELECT count(*) FROM held_record").await, 1, "what was held is held again");
    assert!(diary::row(&restored.app, subject).await.is_some());
    assert_eq!(replay_tombstones(&restored.app).await.expect("once"), 0);
    let again = restored.newcomer(PHONE).await;
    assert_ne!(again.id, me.id);
    assert_eq!(restored.newcomer("+79160000002").await.id, stays.id);
    let plan = restored.get("/v1/me/erasure-plan", again.token()).await.is(200).json();
    assert!(outcomes(&plan).iter().all(|(_, outcome)| outcome == "destroyed"));

    let refused = diary::house_on(backwards, house.app.ambient.clone()).await;
    let error = replay_tombstones(&refused.app).await.expect_err("an older register");
    assert_eq!(error.code(), Code::Internal);
    assert!(error.to_string().contains("Restore the newest backup of the register"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn e3_an_erasure_that_a_backup_caught_in_its_grace_keeps_its_record_number() {
    let house = House::new(On::Sqlite).await;
    let me = patient(&house, PHONE).await;
    let record = house.delete("/v1/me", me.token()).await.is(202).text("/recordNumber");
    let mixed = stores();
    copy(&house.stores.path("data"), &mixed.path("data"));
    house.later(TimeDelta::days(14) + TimeDelta::minutes(1)).await;
    copy(&house.stores.path("keys"), &mixed.path("keys"));
    let restored = House::with(mixed, Ambient::system(), |_| {}).await;
    assert_eq!(replay_tombstones(&restored.app).await.expect("replayed"), 1);
    let steps = super::receipts(&restored, &record).await;
    assert_eq!(steps.len(), 4, "the number that he was told leads to it");
    assert_eq!(steps[0]["generation"], super::receipts(&house, &record).await[0]["generation"], "the tombstone is the same one");
    let admin = restored.administrator().await;
    let officer = restored.staff(&admin, "officer", "officer", None).await;
    let certificate = restored.get(&format!("/v1/staff/certificates/{record}"), officer.token()).await.is(200).json();
    assert!(outcomes(&certificate).contains(&("identity".into(), "destroyed".into())));
}
