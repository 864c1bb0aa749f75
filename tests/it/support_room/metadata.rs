//! What stands beside the pixels is taken out at the upload; the pixels stay bit by bit as they were sent.

use super::*;

fn holds(bytes: &[u8], words: &str) -> bool {
    bytes.windows(words.len()).any(|window| window == words.as_bytes())
}

#[tokio::test(flavor = "multi_thread")]
async fn s4_05_stored_screenshots_have_no_metadata_and_the_same_pixels() {
    for on in engines() {
        let Scene { house, anna, support, .. } = Scene::new(on).await;
        let ticket = house.ticket(&anna).await;
        house.take(&support, &ticket).await.is(200);
        let pictures = [
            (PNG, pictures::full_png(31, 17), (31, 17)),
            ("image/jpeg", pictures::full_jpeg(31, 17, 1), (31, 17)),
            ("image/jpeg", pictures::full_jpeg(31, 17, 6), (17, 31)),
            ("image/webp", pictures::full_webp(31, 17, 8), (17, 31)),
        ];
        for (media_type, sent, shown) in pictures {
            assert!(holds(&sent, pictures::MARKER), "the test's picture has metadata");
            let shot = house.shot(&anna, &ticket, media_type, &sent, json!({"reviewed": true})).await;
            let stored = house.original(&anna, &ticket, &shot).await.is(200);
            assert_eq!(stored.headers["content-type"], media_type);
            assert!(stored.headers["content-disposition"].to_str().expect("text").starts_with("attachment"));
            assert_eq!(stored.headers["x-content-type-options"], "nosniff");
            assert!(!holds(&stored.bytes, pictures::MARKER), "{media_type} on {on:?}");
            for name in ["Exif", "XMP", "ICC", "Photoshop", "tEXt", "iTXt", "tIME", "eXIf", "prIv"] {
                assert!(!holds(&stored.bytes, name), "{name} is left in {media_type}");
            }
            assert!(stored.bytes.len() < sent.len());
            assert_eq!(pictures::pixels(&stored.bytes), pictures::pixels(&sent), "pixels of {media_type} are bit-equal");
            let view = house.get(&format!("/v1/tickets/{ticket}"), anna.token()).await.json();
            let view = view["screenshots"].as_array().expect("a list").last().cloned().expect("a view");
            assert_eq!((view["width"].as_u64(), view["height"].as_u64()), (Some(shown.0), Some(shown.1)));
            let served = house.served(&support, &ticket, &shot).await.is(200);
            let copy = pictures::pixels(&served.bytes);
            assert_eq!((u64::from(copy.width()), u64::from(copy.height())), shown, "the copy stands upright");
            assert!(!holds(&served.bytes, pictures::MARKER));
        }
        // A chunk that says how it is turned is a PNG's, too.
        let turned = pictures::with_chunks(&pictures::png(31, 17), &[pictures::chunk(b"eXIf", &pictures::exif(6))]);
        let shot = house.shot(&anna, &ticket, PNG, &turned, json!({"reviewed": true})).await;
        let copy = pictures::pixels(&house.served(&support, &ticket, &shot).await.is(200).bytes);
        assert_eq!((copy.width(), copy.height()), (17, 31));
        // Turned to the right: the lower left corner comes up.
        assert_eq!(copy.get_pixel(0, 0), pictures::drawing(31, 17).get_pixel(0, 16));
    }
}
