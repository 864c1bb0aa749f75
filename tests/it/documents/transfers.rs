//! Up and down, whole and in part; and what is refused on the way up.

use super::*;
use crate::support::stores::engines;
use feldsher::app::wire::Wanted;
use futures_util::{StreamExt, stream};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const CHUNK: usize = 64 * 1024;

#[test]
fn ranges_are_read_as_the_rfc_has_them() {
    let part = |range: std::ops::Range<u64>| Wanted::Part(range);
    let cases = [
        (None, Wanted::Whole),
        (Some("bytes=0-0"), part(0..1)),
        (Some("bytes=0-99"), part(0..100)),
        (Some("bytes=10-"), part(10..100)),
        (Some("bytes=10-1000"), part(10..100)),
        (Some("BYTES=-1"), part(99..100)),
        (Some("bytes=-1000"), part(0..100)),
        (Some("bytes=99999999999999999999999-"), Wanted::Unsatisfiable),
        (Some("bytes=5-99999999999999999999999"), part(5..100)),
        (Some("bytes=100-"), Wanted::Unsatisfiable),
        (Some("bytes=-0"), Wanted::Unsatisfiable),
        (Some("bytes=9-5"), Wanted::Whole),
        (Some("bytes=0-1,5-6"), Wanted::Whole),
        (Some("bytes=-"), Wanted::Whole),
        (Some("bytes=+1-2"), Wanted::Whole),
        (Some("bytes=1--2"), Wanted::Whole),
        (Some("bytes"), Wanted::Whole),
        (Some("lines=0-1"), Wanted::Whole),
        (Some("bytes=a-b"), Wanted::Whole),
    ];
    for (header, wanted) in cases {
        assert_eq!(Wanted::of(header, 100), wanted, "{header:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_goes_up_comes_down_whole_and_in_ranges() {
    for on in engines() {
        let house = House::new(on).await;
        let anna = patient(&house, "+79161234567").await;
        for size in [9, CHUNK - 1, CHUNK, CHUNK + 1, 5 * CHUNK + 777] {
            let content = pdf(size);
            let document = house.declare(&anna, &content).await;
            let path = format!("/v1/documents/{document}");
            let before = house.get(&path, anna.token()).await.is(200);
            assert_eq!((before.text("/state"), before.headers["etag"].as_bytes()), ("declared".to_owned(), &b"\"1\""[..]));
            house.content(&anna, &document, None).await.refused(409, "content_missing");
            let put = house.put_content(&anna, &document, PDF, content.clone()).await.is(200);
            assert_eq!((put.text("/state"), put.text("/sha256")), ("complete".to_owned(), sha256(&content)));
            assert_eq!(house.get(&path, anna.token()).await.is(200).headers["etag"], "\"2\"");
            house.put_content(&anna, &document, PDF, content.clone()).await.refused(409, "content_present");

            let whole = house.content(&anna, &document, None).await.is(200);
            assert_eq!(whole.bytes, content, "{size}");
            for (name, value) in [
                ("content-type", PDF),
                ("accept-ranges", "bytes"),
                ("cache-control", "no-store"),
                ("x-content-type-options", "nosniff"),
                ("content-length", size.to_string().as_str()),
            ] {
                assert_eq!(whole.headers[name], value, "{name}");
            }
            assert!(whole.headers["content-security-policy"].to_str().expect("text").contains("sandbox"));
            assert!(whole.headers["content-disposition"].to_str().expect("text").starts_with("attachment; "));
            let last = size - 1;
            let mut ranges = vec![("bytes=0-0".to_owned(), 0..1), ("bytes=-5".into(), size - 5..size)];
            ranges.push((format!("bytes={last}-"), last..size));
            ranges.push(("bytes=1-99999999".into(), 1..size));
            if size > 2 * CHUNK {
                ranges.push((format!("bytes={}-{}", CHUNK - 1, CHUNK), CHUNK - 1..CHUNK + 1));
                ranges.push((format!("bytes={CHUNK}-{}", 2 * CHUNK - 1), CHUNK..2 * CHUNK));
                ranges.push((format!("bytes={}-{}", CHUNK + 5, 4 * CHUNK + 5), CHUNK + 5..4 * CHUNK + 6));
            }
            for (header, range) in ranges {
                let part = house.content(&anna, &document, Some(&header)).await.is(206);
                assert_eq!(part.bytes, content[range.clone()], "{header} of {size}");
                assert_eq!(part.headers["content-range"], format!("bytes {}-{}/{size}", range.start, range.end - 1));
                assert_eq!(part.headers["content-length"], range.len().to_string());
            }
            let beyond = house.content(&anna, &document, Some(&format!("bytes={size}-"))).await;
            assert_eq!(beyond.headers["content-range"], format!("bytes */{size}"));
            beyond.refused(416, "range_not_satisfiable");
            for ignored in ["bytes=5-1", "bytes=0-1,3-4", "pages=1-2", "nonsense"] {
                assert_eq!(house.content(&anna, &document, Some(ignored)).await.is(200).bytes.len(), size, "{ignored}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_as_declared_leaves_nothing_and_may_be_tried_again() {
    for on in engines() {
        let house = House::new(on).await;
        let anna = patient(&house, "+79161234567").await;
        let content = pdf(200_000);
        let mut body = declaration(&content);
        body["sha256"] = sha256(&content).to_uppercase().into();
        let document = house.post("/v1/documents", anna.token(), body).await.is(201).text("/id");
        let put = async |media_type: &str, bytes: Vec<u8>| house.put_content(&anna, &document, media_type, bytes).await;
        put(PDF, content[..199_999].to_vec()).await.refused(400, "size_mismatch");
        put(PDF, [&content[..], b"x"].concat()).await.refused(400, "size_mismatch");
        put(PDF, Vec::new()).await.refused(400, "size_mismatch");
        let mut other = content.clone();
        other[100_000] ^= 1;
        put(PDF, other).await.refused(400, "checksum_mismatch");
        put("image/png", content.clone()).await.refused(400, "content_not_as_declared");
        let mut script = content.clone();
        script[..9].copy_from_slice(b"<script>1");
        put(PDF, script).await.refused(400, "content_not_as_declared");
        let mut png = content.clone();
        png[..8].copy_from_slice(b"\x89PNG\r\n\x1a\n");
        put(PDF, png).await.refused(400, "content_not_as_declared");
        assert_eq!(house.objects(), Vec::<PathBuf>::new());
        assert_eq!(house.get(&format!("/v1/documents/{document}"), anna.token()).await.text("/state"), "declared");
        put("application/octet-stream", content.clone()).await.is(200);
        assert_eq!(house.objects().len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_large_is_refused_when_declared_and_when_it_turns_out() {
    for on in engines() {
        let house = House::new(on).await;
        let anna = patient(&house, "+79161234567").await;
        let max = usize::try_from(house.app.profile.documents.max_bytes).expect("a size");
        let mut body = declaration(&[]);
        body["sizeBytes"] = (max + 1).into();
        house.post("/v1/documents", anna.token(), body.clone()).await.refused(413, "too_large");
        body["sizeBytes"] = 0.into();
        house.post("/v1/documents", anna.token(), body.clone()).await.refused(400, "invalid");
        body["sizeBytes"] = max.into();
        let document = house.post("/v1/documents", anna.token(), body).await.is(201).text("/id");
        let content = pdf(max + 1);
        // A client that asks before it sends learns it at once; another one may meet a closed connection.
        let mut asking = begin_put(&house, &anna, &document, content.len(), "Expect: 100-continue\r\n").await;
        let mut answer = [0; 12];
        asking.read_exact(&mut answer).await.expect("an answer");
        assert_eq!(&answer, b"HTTP/1.1 413");
        let parts: Vec<std::io::Result<Vec<u8>>> = content.chunks(1024 * 1024).map(|part| Ok(part.to_vec())).collect();
        let path = format!("/v1/documents/{document}/content");
        let chunked = reqwest::Body::wrap_stream(stream::iter(parts));
        let request = house.request(Method::PUT, &path, anna.token()).header("Content-Type", PDF).body(chunked);
        house.send(request).await.refused(413, "too_large");
        assert_eq!(house.objects(), Vec::<PathBuf>::new());
        house.put_content(&anna, &document, PDF, content[..max].to_vec()).await.is(200);
        assert_eq!(house.content(&anna, &document, Some("bytes=-10")).await.is(206).bytes, content[max - 10..max]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn half_an_upload_leaves_nothing() {
    for on in engines() {
        let house = House::new(on).await;
        let anna = patient(&house, "+79161234567").await;
        // More than a part of the file store, so that something is on disk when the client goes.
        let content = pdf(10 * 1024 * 1024);
        let document = house.declare(&anna, &content).await;
        let mut client = begin_put(&house, &anna, &document, content.len(), "").await;
        client.write_all(&content[..9 * 1024 * 1024]).await.expect("a half");
        client.flush().await.expect("a flush");
        eventually(|| !house.objects().is_empty()).await;
        drop(client);
        eventually(|| house.objects().is_empty()).await;
        assert_eq!(house.get(&format!("/v1/documents/{document}"), anna.token()).await.text("/state"), "declared");
        house.put_content(&anna, &document, PDF, content).await.is(200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_uploads_at_once_one_stays() {
    for on in engines() {
        let house = House::new(on).await;
        let anna = patient(&house, "+79161234567").await;
        let content = pdf(300_000);
        let document = house.declare(&anna, &content).await;
        let puts = (0..6).map(|_| house.put_content(&anna, &document, PDF, content.clone()));
        let mut statuses: Vec<u16> =
            futures_util::future::join_all(puts).await.iter().map(|answer| answer.status.as_u16()).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409, 409, 409, 409, 409]);
        assert_eq!(house.objects(), [house.object_of(&document).await]);
        assert_eq!(house.content(&anna, &document, None).await.is(200).bytes, content);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_freeze_cuts_a_running_download() {
    for on in engines() {
        let house = House::new(on).await;
        let anna = patient(&house, "+79161234567").await;
        let content = pdf(12 * 1024 * 1024);
        let document = house.upload(&anna, &content).await;
        let path = format!("/v1/documents/{document}/content");
        let response = house.request(Method::GET, &path, anna.token()).send().await.expect("an answer");
        let mut parts = response.bytes_stream();
        parts.next().await.expect("a part").expect("bytes");
        house
            .app
            .write(&Actor::house("test"), async |tx: &mut Tx| -> Result<()> {
                let sql = "INSERT INTO access_freeze (id, subject, scope, set_at) VALUES ($1, $2, 'patient', $3)";
                let values = [tx.id().into(), id(&anna.id).into(), tx.now().into()];
                tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), sql, values)).await?;
                Ok(())
            })
            .await
            .expect("a freeze");
        tokio::time::sleep(Duration::from_secs(1)).await;
        let rest: Vec<_> = parts.collect().await;
        assert!(rest.last().expect("an end").is_err(), "the connection breaks off");
        house.content(&anna, &document, None).await.refused(403, "frozen");
    }
}

/// A connection on which the head of a PUT was sent.
async fn begin_put(house: &House, who: &Person, document: &str, length: usize, more: &str) -> TcpStream {
    let mut client = TcpStream::connect(house.base.trim_start_matches("http://")).await.expect("a connection");
    let head = format!(
        "PUT /v1/documents/{document}/content HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Type: {PDF}\r\n\
         Content-Length: {length}\r\n{more}\r\n",
        who.token
    );
    client.write_all(head.as_bytes()).await.expect("a head");
    client
}

async fn eventually(is: impl Fn() -> bool) {
    for _ in 0..100 {
        if is() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("it did not come to pass in ten seconds");
}
