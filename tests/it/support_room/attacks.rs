//! Files that are not what they say, or more than they seem.

use super::*;
use std::time::Instant;

/// A PNG header of any size, with one empty-looking stream behind it.
fn bomb(width: u32, height: u32) -> Vec<u8> {
    let header = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 6, 0, 0, 0]].concat();
    let stream = [0x78, 0x9c, 0x63, 0x00, 0x00, 0x00, 0x01, 0x00, 0x01];
    let chunks = [pictures::chunk(b"IHDR", &header), pictures::chunk(b"IDAT", &stream), pictures::chunk(b"IEND", &[])];
    [b"\x89PNG\r\n\x1a\n".to_vec(), chunks.concat()].concat()
}

/// A WebP whose canvas is small and whose picture is huge.
fn two_sizes() -> Vec<u8> {
    let mut webp = pictures::full_webp(16, 16, 1);
    let at = webp.windows(4).position(|window| window == b"VP8L").expect("a lossless picture") + 9;
    // Fourteen bits each for width and height, less one.
    webp[at..at + 4].copy_from_slice(&0x0fff_ffff_u32.to_le_bytes());
    webp
}

/// 32 MB of zeros as zlib stored by repetition: what deflate makes of a compressed profile or text.
fn inflating() -> Vec<u8> {
    use image::codecs::png::{CompressionType, FilterType, PngEncoder};
    use image::{ExtendedColorType, ImageEncoder};
    let mut png = Vec::new();
    let encoder = PngEncoder::new_with_quality(&mut png, CompressionType::Best, FilterType::NoFilter);
    encoder.write_image(&vec![0; 32 << 20], 4096, 8192, ExtendedColorType::L8).expect("a picture");
    let at = png.windows(4).position(|window| window == b"IDAT").expect("data");
    let length = u32::from_be_bytes(png[at - 4..at].try_into().expect("four bytes"));
    png[at + 4..at + 4 + usize::try_from(length).expect("a length")].to_vec()
}

#[tokio::test(flavor = "multi_thread")]
async fn t30_t31_t33_what_is_no_picture_is_refused_before_it_is_decoded() {
    for on in engines() {
        let Scene { house, anna, .. } = Scene::new(on).await;
        let good = pictures::png(16, 16);
        let svg = b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>".to_vec();
        let html = b"<!DOCTYPE html><script>alert(1)</script>".to_vec();
        let animated = {
            let mut webp = pictures::full_webp(16, 16, 1);
            let at = webp.windows(4).position(|window| window == b"prIv").expect("a chunk");
            webp[at..at + 4].copy_from_slice(b"ANMF");
            webp
        };
        let mut torn = good.clone();
        torn.truncate(good.len() - 20);
        let mut flipped = good.clone();
        flipped[60] ^= 1;
        let heic = [&[0, 0, 0, 24][..], b"ftypheic\0\0\0\0mif1heic", &[0; 100]].concat();
        let cases: [(&str, &str, Vec<u8>, u16, &str); 13] = [
            ("an SVG", PNG, svg, 400, "content_not_as_declared"),
            ("HTML", PNG, html.clone(), 400, "content_not_as_declared"),
            (
                "HTML behind a signature",
                PNG,
                [b"\x89PNG\r\n\x1a\n".to_vec(), html.clone()].concat(),
                400,
                "content_not_as_declared",
            ),
            (
                "a GIF that is also an archive",
                "image/jpeg",
                [b"GIF89a".to_vec(), vec![0; 50]].concat(),
                400,
                "content_not_as_declared",
            ),
            ("a JPEG declared as PNG", PNG, pictures::jpeg(16, 16), 400, "content_not_as_declared"),
            ("half a PNG", PNG, torn, 400, "content_not_as_declared"),
            ("a PNG with a wrong sum", PNG, flipped, 400, "content_not_as_declared"),
            ("half a JPEG", "image/jpeg", pictures::jpeg(16, 16)[..200].to_vec(), 400, "content_not_as_declared"),
            ("an animation", "image/webp", animated, 400, "content_not_as_declared"),
            ("a WebP of two sizes", "image/webp", two_sizes(), 400, "content_not_as_declared"),
            ("a bomb of pixels", PNG, bomb(50_000, 50_000), 413, "too_large"),
            ("a long bomb", PNG, bomb(2_000_000, 10), 413, "too_large"),
            ("a HEIC that says JPEG", "image/jpeg", heic, 415, "unsupported_media_type"),
        ];
        // A declaration stands for each, so two tickets.
        let tickets = [house.ticket(&anna).await, house.ticket(&anna).await];
        let began = Instant::now();
        for (index, (what, media_type, bytes, status, code)) in cases.into_iter().enumerate() {
            let ticket = &tickets[index / 8];
            let shot = house.declare_shot(&anna, ticket, media_type, &bytes, json!({"reviewed": true})).await.is(201).text("/id");
            let answer = house.put_shot(&anna, ticket, &shot, media_type, bytes).await;
            assert_eq!((answer.status.as_u16(), answer.code().as_str()), (status, code), "{what} on {on:?}");
            assert_eq!(house.shot_state(&anna, ticket, &shot).await, "declared", "{what} can be tried again");
        }
        assert!(began.elapsed().as_secs() < 10, "nothing was decoded that says that it is huge");
        assert_eq!(house.object_count(), 0, "nothing is kept of what was refused");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn t30_t33_what_hides_beside_the_pixels_is_thrown_away_unread() {
    for on in engines() {
        let Scene { house, anna, .. } = Scene::new(on).await;
        let ticket = house.ticket(&anna).await;
        let script = "<script>alert(1)</script>";
        let inflating = inflating();
        assert!(inflating.len() < 200_000);
        let profile = [b"p\0\0".as_slice(), &inflating].concat();
        let text = [b"t\0\0".as_slice(), &inflating].concat();
        let html = [b"Comment\0".as_slice(), script.as_bytes()].concat();
        let chunks = [pictures::chunk(b"iCCP", &profile), pictures::chunk(b"zTXt", &text), pictures::chunk(b"tEXt", &html)];
        let mut sent = pictures::with_chunks(&pictures::png(16, 16), &chunks);
        sent.extend_from_slice(b"PK\x03\x04 an archive behind the picture");
        let shot = house.shot(&anna, &ticket, PNG, &sent, json!({"reviewed": true})).await;
        let stored = house.original(&anna, &ticket, &shot).await.is(200).bytes;
        assert!(stored.len() < 3_000, "{} bytes on {on:?}", stored.len());
        for hidden in [script.as_bytes(), b"PK\x03\x04", b"iCCP", b"zTXt"] {
            assert!(!stored.windows(hidden.len()).any(|window| window == hidden));
        }
        assert_eq!(pictures::pixels(&stored), pictures::drawing(16, 16));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn t37_lies_about_size_hash_and_kind_leave_nothing_behind() {
    for on in engines() {
        let Scene { house, anna, .. } = Scene::new(on).await;
        let boris = house.patient("+79161234568").await;
        let ticket = house.ticket(&anna).await;
        let sent = pictures::png(16, 16);
        let shot = house.declare_shot(&anna, &ticket, PNG, &sent, json!({})).await.is(201).text("/id");
        let longer = [sent.clone(), vec![0]].concat();
        let mut other = sent.clone();
        *other.last_mut().expect("a byte") ^= 1;
        let put = async |who: &Person, media_type: &str, bytes: &[u8]| {
            house.put_shot(who, &ticket, &shot, media_type, bytes.to_vec()).await
        };
        put(&anna, PNG, &sent[1..]).await.refused(400, "size_mismatch");
        put(&anna, PNG, &longer).await.refused(400, "size_mismatch");
        put(&anna, PNG, &other).await.refused(400, "checksum_mismatch");
        put(&anna, "image/jpeg", &sent).await.refused(400, "content_not_as_declared");
        // Whoever goes on sending blindly may find the connection closed before he has read the refusal.
        let path = format!("/v1/tickets/{ticket}/screenshots/{shot}/content");
        let large = house.request(Method::PUT, &path, anna.token()).header("Content-Type", PNG);
        if let Ok(answer) = large.body(vec![0; 10 * 1024 * 1024 + 1]).send().await {
            assert_eq!(answer.status(), 413);
        }
        put(&boris, PNG, &sent).await.refused(404, "not_found");
        house.original(&anna, &ticket, &shot).await.refused(409, "content_missing");
        assert_eq!(house.object_count(), 0);
        put(&anna, "application/octet-stream", &sent).await.is(200);
        put(&anna, PNG, &sent).await.refused(409, "content_present");
        house.original(&boris, &ticket, &shot).await.refused(404, "not_found");
        // A foreign screenshot under one's own ticket is none.
        let his = house.ticket(&boris).await;
        house.original(&boris, &his, &shot).await.refused(404, "not_found");
        house.original(&anna, &house.ticket(&anna).await, &shot).await.refused(404, "not_found");

        for (language, words) in [("ru", "отправьте"), ("kk", "жіберіңіз"), ("ka", "გამოაგზავნეთ"), ("en", "send it as JPEG")]
        {
            let new = json!({"mediaType": "image/heic", "sizeBytes": 10, "sha256": "0".repeat(64)});
            let request = house.request(Method::POST, &format!("/v1/tickets/{ticket}/screenshots"), anna.token());
            let request = request.header("Accept-Language", language).header("Idempotency-Key", language).json(&new);
            let refused = house.send(request).await.refused(415, "unsupported_media_type");
            assert_eq!(refused.text("/errors/0/code"), "send_as_jpeg");
            assert!(refused.text("/detail").contains(words), "{}", refused.text("/detail"));
        }
        for media_type in ["image/svg+xml", "image/gif", "application/pdf", "text/html"] {
            house.declare_shot(&anna, &ticket, media_type, &sent, json!({})).await.refused(400, "invalid");
        }
        let huge = json!({"sizeBytes": 10 * 1024 * 1024 + 1});
        house.declare_shot(&anna, &ticket, PNG, &sent, huge).await.refused(413, "too_large");
    }
}
