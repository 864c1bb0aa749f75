//! Many messages: none is lost, none comes twice, and sending twice is sending once.

use super::*;
use crate::support::stores::engines;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

const BEFORE: usize = 200;
const MEANWHILE: usize = 60;

/// All pages from `path` on, in the order in which they came.
async fn pages(house: &House, who: &Person, path: &str) -> Vec<String> {
    let mut texts = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = house.get(&format!("{path}{cursor}"), who.token()).await.is(200);
        texts.extend(items(&page).iter().map(|message| message["text"].as_str().expect("a text").to_owned()));
        match page.text("/nextCursor") {
            end if end.is_empty() => return texts,
            next => cursor = format!("&cursor={next}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_messages_are_paged_while_new_ones_arrive() {
    for on in engines() {
        let house = Arc::new(House::new(on).await);
        let scene = Arc::new(scene(&house).await);
        let talk = scene.with_doctor(&house).await;
        for n in 0..BEFORE {
            house.says(&own(&talk, "/messages"), &scene.anna, &format!("old {n}")).await.is(201);
        }
        let last = house.get(&own(&talk, "/messages?limit=1"), scene.anna.token()).await.is(200).text("/items/0/id");
        let sent = Arc::new(AtomicUsize::new(0));
        // Both sides write at once.
        let writers = [true, false].map(|by_patient| {
            let (house, scene, talk, sent) = (house.clone(), scene.clone(), talk.clone(), sent.clone());
            tokio::spawn(async move {
                for n in 0..MEANWHILE / 2 {
                    let text = format!("new {by_patient} {n}");
                    let answer = if by_patient {
                        house.says(&own(&talk, "/messages"), &scene.anna, &text).await
                    } else {
                        house.says(&staffs(&talk, "/messages"), &scene.clinic.doctor, &text).await
                    };
                    answer.is(201);
                    sent.fetch_add(1, Ordering::Relaxed);
                }
            })
        });
        // One reader goes back page by page; another asks again and again for what came after the last that he has.
        let mut came = Vec::new();
        let mut known = last;
        let mut back = BTreeSet::new();
        loop {
            let ended = sent.load(Ordering::Relaxed) == MEANWHILE;
            let texts = pages(&house, &scene.anna, &own(&talk, "/messages?limit=30")).await;
            let unique: BTreeSet<String> = texts.iter().cloned().collect();
            assert_eq!(unique.len(), texts.len(), "none comes twice");
            assert_eq!(unique.iter().filter(|text| text.starts_with("old")).count(), BEFORE, "none is lost");
            back.extend(unique);
            let path = own(&talk, &format!("/messages?limit=100&after={known}"));
            let page = house.get(&path, scene.anna.token()).await.is(200);
            let mut new: Vec<Value> = items(&page);
            new.reverse();
            if let Some(newest) = new.last() {
                known = newest["id"].as_str().expect("an id").to_owned();
            }
            came.extend(new.iter().map(|message| message["text"].as_str().expect("a text").to_owned()));
            if ended {
                break;
            }
        }
        for writer in writers {
            writer.await.expect("a writer");
        }
        assert_eq!(back.len(), BEFORE + MEANWHILE, "{on:?}");
        assert_eq!(came.len(), MEANWHILE, "{on:?}: resumed without loss or doubling");
        assert_eq!(came.iter().collect::<BTreeSet<_>>().len(), MEANWHILE);
        let all = pages(&house, &scene.clinic.doctor, &staffs(&talk, "/messages?limit=100")).await;
        let olds: Vec<&String> = all.iter().filter(|text| text.starts_with("old")).collect();
        assert_eq!(*olds[0], format!("old {}", BEFORE - 1));
        assert_eq!(*olds[BEFORE - 1], "old 0");
        assert_eq!(house.counted("conversation WHERE last_number = 260").await, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_key_sends_once() {
    for on in engines() {
        let house = House::new(on).await;
        let scene = scene(&house).await;
        let (talk, enquiry) = (scene.with_doctor(&house).await, scene.with_operator(&house).await);
        let send = async |who: &Person, path: String, key: &str, text: &str| {
            let request = house.request(Method::POST, &path, who.token()).header("Idempotency-Key", key);
            house.send(request.json(&json!({"text": text}))).await
        };
        for (who, path) in [(&scene.anna, own(&talk, "/messages")), (&scene.clinic.doctor, staffs(&talk, "/messages"))] {
            let first = send(who, path.clone(), "one", "Раз").await.is(201);
            let again = send(who, path.clone(), "one", "Раз").await.is(201);
            assert_eq!(first.bytes, again.bytes);
            send(who, path, "one", "Два").await.refused(422, "idempotency_key_reused");
        }
        send(&scene.anna, own(&enquiry, "/messages"), "one", "Раз").await.refused(422, "idempotency_key_reused");
        assert_eq!(house.counted("message").await, 2, "{on:?}");
        // A lost answer can be asked for again when the conversation is over.
        house.post(&own(&talk, "/close"), scene.anna.token(), json!({})).await.is(204);
        send(&scene.anna, own(&talk, "/messages"), "one", "Раз").await.is(201);
        let bare = house.request(Method::POST, &own(&talk, "/messages"), scene.anna.token()).json(&json!({"text": "Раз"}));
        house.send(bare).await.refused(400, "idempotency_key_required");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn cursors_of_others_are_none_and_lists_are_paged() {
    for on in engines() {
        let house = House::new(on).await;
        let scene = scene(&house).await;
        let (talk, enquiry) = (scene.with_doctor(&house).await, scene.with_operator(&house).await);
        for n in 0..3 {
            house.says(&own(&talk, "/messages"), &scene.anna, &format!("{n}")).await.is(201);
        }
        let first = house.get("/v1/conversations?limit=1", scene.anna.token()).await.is(200);
        assert_eq!(first.text("/items/0/id"), talk, "what was said last comes first");
        let cursor = first.text("/nextCursor");
        let second = house.get(&format!("/v1/conversations?limit=1&cursor={cursor}"), scene.anna.token()).await.is(200);
        assert_eq!((second.text("/items/0/id"), second.text("/nextCursor")), (enquiry.clone(), String::new()));
        let boris = house.patient("+79161234568").await;
        house.get(&format!("/v1/conversations?cursor={cursor}"), boris.token()).await.refused(400, "invalid");
        let cursor = house.get(&own(&talk, "/messages?limit=1"), scene.anna.token()).await.text("/nextCursor");
        let path = own(&enquiry, &format!("/messages?cursor={cursor}"));
        house.get(&path, scene.anna.token()).await.refused(400, "invalid");
        assert!(!cursor.is_empty(), "{on:?}");
    }
}
