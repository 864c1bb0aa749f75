//! Somebody who can write into the file store: what he changed is never served.

use super::*;
use crate::support::stores::engines;
use std::fs;

const CHUNK: usize = 64 * 1024;
const SEALED_CHUNK: usize = CHUNK + 16;

/// The bytes if the whole answer came; none when it failed or broke off.
async fn whole(house: &House, who: &Person, document: &str, range: Option<&str>) -> Option<Vec<u8>> {
    let mut request = house.request(Method::GET, &format!("/v1/documents/{document}/content"), who.token());
    if let Some(range) = range {
        request = request.header("Range", range);
    }
    let response = request.send().await.ok()?;
    match response.status().as_u16() {
        200 | 206 => response.bytes().await.ok().map(|bytes| bytes.to_vec()),
        500 => None,
        other => panic!("a status of {other}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn flipped_cut_moved_and_swapped_bytes_are_never_served() {
    for on in engines() {
        let house = House::new(on).await;
        let anna = patient(&house, "+79161234567").await;
        // More chunks than are fetched at once.
        let content = pdf(40 * CHUNK + 5);
        let document = house.upload(&anna, &content).await;
        let object = house.object_of(&document).await;
        let sealed = fs::read(&object).expect("an object");
        assert_eq!(sealed.len(), content.len() + 41 * 16);
        let tamper = |change: &dyn Fn(&mut Vec<u8>)| {
            let mut bytes = sealed.clone();
            change(&mut bytes);
            fs::write(&object, bytes).expect("a write");
        };
        for at in [0, 2 * SEALED_CHUNK + 100, 39 * SEALED_CHUNK, sealed.len() - 1] {
            tamper(&|bytes| bytes[at] ^= 1);
            assert_eq!(whole(&house, &anna, &document, None).await, None, "byte {at}");
        }
        // What was not touched is still served: the last byte alone is flipped now.
        assert_eq!(whole(&house, &anna, &document, Some("bytes=0-99")).await.as_deref(), Some(&content[..100]));
        assert_eq!(whole(&house, &anna, &document, Some("bytes=-1")).await, None);
        for left in [0, 100, SEALED_CHUNK, 20 * SEALED_CHUNK, sealed.len() - 1] {
            tamper(&|bytes| bytes.truncate(left));
            assert_eq!(whole(&house, &anna, &document, None).await, None, "cut to {left}");
        }
        tamper(&|bytes| {
            let (first, second) = bytes.split_at_mut(SEALED_CHUNK);
            first.swap_with_slice(&mut second[..SEALED_CHUNK]);
        });
        assert_eq!(whole(&house, &anna, &document, None).await, None, "chunks in another order");
        fs::remove_file(&object).expect("a removal");
        assert_eq!(whole(&house, &anna, &document, None).await, None, "gone");
        fs::write(&object, &sealed).expect("a write");
        assert_eq!(whole(&house, &anna, &document, None).await, Some(content));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn objects_of_two_documents_can_not_be_swapped_and_do_not_betray_that_they_are_equal() {
    for on in engines() {
        let house = House::new(on).await;
        let anna = patient(&house, "+79161234567").await;
        let boris = patient(&house, "+79161234568").await;
        let content = pdf(3 * CHUNK);
        let (hers, his) = (house.upload(&anna, &content).await, house.upload(&boris, &content).await);
        let (one, two) = (house.object_of(&hers).await, house.object_of(&his).await);
        let (first, second) = (fs::read(&one).expect("an object"), fs::read(&two).expect("an object"));
        for start in (0..first.len() - 32).step_by(16) {
            assert_ne!(first[start..start + 32], second[start..start + 32], "equal bytes are sealed alike");
        }
        assert!(!first.windows(8).any(|window| window == b"%PDF-1.7"), "the plain bytes are not stored");
        fs::write(&one, &second).expect("a write");
        fs::write(&two, &first).expect("a write");
        assert_eq!(whole(&house, &anna, &hers, None).await, None);
        assert_eq!(whole(&house, &boris, &his, None).await, None);
    }
}
