//! Erasure, held records, and objects that nobody names.

use super::*;
use crate::support::stores::engines;
use chrono::TimeDelta;
use feldsher::app::room::Forget;
use feldsher::clinic::documents::{ROOM, held_list};
use feldsher::kernel::access::Asker;

async fn forget(house: &House, subject: Uuid, held: Vec<Class>) {
    let who = Forget { subject, stand_in: house.app.ambient.id(), held };
    house.app.write(&Actor::house("test"), async |tx: &mut Tx| (ROOM.forget)(tx, &who).await).await.expect("forgotten");
    house.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_declared_and_never_uploaded_is_swept_after_a_day() {
    for on in engines() {
        let house = House::new(on).await;
        let anna = patient(&house, "+79161234567").await;
        let kept = house.upload(&anna, &pdf(1000)).await;
        let declared = house.declare(&anna, &pdf(1000)).await;
        house.later(chrono::TimeDelta::hours(20)).await;
        assert_eq!(house.count("document").await, 2);
        house.later(chrono::TimeDelta::hours(5)).await;
        let anna = house.newcomer("+79161234567").await;
        house.get(&format!("/v1/documents/{declared}"), anna.token()).await.refused(404, "not_found");
        house.get(&format!("/v1/documents/{kept}"), anna.token()).await.is(200);
        assert_eq!(house.count("document").await, 1, "{on:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_held_record_stays_and_is_destroyed_with_its_bytes_on_its_day() {
    for on in engines() {
        let house = House::new(on).await;
        let anna = patient(&house, "+79161234567").await;
        let boris = patient(&house, "+79161234568").await;
        let content = pdf(1000);
        let document = house.upload(&anna, &content).await;
        house.declare(&anna, &content).await;
        house.upload(&boris, &content).await;
        let lekarev = doctor(&house, "lekarev").await;
        treats(&house, &lekarev, &anna, &[Class::Clinical]).await;
        let subject = id(&anna.id);
        let holdings = ROOM.holdings.expect("documents are held")(&house.app, subject).await.expect("holdings");
        let completed = house.get(&format!("/v1/documents/{document}"), anna.token()).await.text("/completedAt");
        assert_eq!(holdings.last_encounter.map(|at| at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)), Some(completed));

        forget(&house, subject, vec![Class::Clinical]).await;
        assert_eq!(house.content(&lekarev, &document, None).await.is(200).bytes, content);
        let asker = Asker { id: id(&lekarev.id), medical: true };
        let openings = house.app.openings(Actor::house("test"), asker);
        let held = held_list(&house.app, &openings, subject).await.expect("a list");
        assert_eq!(held.iter().map(|held| held.id).collect::<Vec<_>>(), [id(&document)]);
        let nobody = house.app.openings(Actor::house("test"), Asker { medical: false, ..asker });
        assert!(held_list(&house.app, &nobody, subject).await.is_err(), "only medical roles open clinical data");

        forget(&house, subject, vec![]).await;
        assert_eq!(house.count("document").await, 1, "that of another patient");
        assert_eq!(house.count("record_identity").await, 1, "{on:?}");
        assert_eq!(house.objects().len(), 1);
        assert_eq!(house.count("task").await, 0);
        house.content(&lekarev, &document, None).await.refused(404, "not_found");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn objects_that_no_row_names_are_swept_after_an_hour() {
    for on in engines() {
        let house = House::new(on).await;
        let anna = patient(&house, "+79161234567").await;
        let document = house.upload(&anna, &pdf(1000)).await;
        let orphan = house.app.ambient.id();
        let mut writer = house.app.adapters.files.writer(orphan).await.expect("a writer");
        writer.put(vec![1; 1000].into()).await.expect("bytes");
        writer.finish().await.expect("an object");
        house.later(TimeDelta::minutes(1)).await;
        assert_eq!(house.objects().len(), 2, "it may be an upload on its way");
        house.later(TimeDelta::hours(2)).await;
        assert_eq!(house.objects(), [house.object_of(&document).await], "{on:?}");
    }
}
