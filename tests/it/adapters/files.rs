//! One suite of behaviour, run over memory, disk and S3.

use super::config;
use bytes::Bytes;
use chrono::{DateTime, Utc};
use feldsher::adapters::files::{Files, Object, READ_BYTES};
use feldsher::kernel::clock::Ambient;
use feldsher::kernel::error::{Code, Error, Result};
use futures_util::TryStreamExt;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;
use uuid::Uuid;

const MIB: usize = 1024 * 1024;

async fn write(files: &Files, id: Uuid, chunks: &[Bytes]) {
    let mut writer = files.writer(id).await.unwrap();
    for chunk in chunks {
        writer.put(chunk.clone()).await.unwrap();
    }
    writer.finish().await.unwrap();
}

async fn ids(files: &Files) -> Vec<Uuid> {
    let objects: Vec<Object> = files.list().await.unwrap().try_collect().await.unwrap();
    let mut ids: Vec<_> = objects.iter().map(|object| object.id).collect();
    ids.sort();
    ids
}

fn code<T: std::fmt::Debug>(result: Result<T>) -> Code {
    result.unwrap_err().code()
}

/// 12 MiB and a bit, in sealed-chunk sizes, every one different.
fn large() -> Vec<Bytes> {
    (0..=192u32).map(|i| Bytes::from(i.to_le_bytes().repeat(16 * 1024))).collect()
}

async fn suite(files: &Files) {
    let [a, b, c] = [1u128, 2, 3].map(Uuid::from_u128);
    files.check().await.unwrap();

    write(files, a, &["hello ".into(), "world".into()]).await;
    assert_eq!(files.size(a).await.unwrap(), Some(11));
    assert_eq!(files.read_range(a, 0..11).await.unwrap(), "hello world");
    assert_eq!(files.read_range(a, 4..7).await.unwrap(), "o w");
    assert_eq!(files.read_range(a, 11..11).await.unwrap(), "");
    for beyond in [0..12, 11..12, 500..600, 12..12] {
        assert_eq!(code(files.read_range(a, beyond.clone()).await), Code::RangeNotSatisfiable, "{beyond:?}");
    }
    assert_eq!(code(files.read_range(a, 0..READ_BYTES + 1).await), Code::Internal);

    write(files, a, &["other".into()]).await;
    assert_eq!(files.read_range(a, 0..5).await.unwrap(), "other");
    assert_eq!(files.size(a).await.unwrap(), Some(5));

    write(files, b, &[]).await;
    assert_eq!(files.size(b).await.unwrap(), Some(0));

    assert_eq!(files.size(c).await.unwrap(), None);
    assert_eq!(code(files.read_range(c, 0..1).await), Code::NotFound);
    assert_eq!(code(files.read_range(c, 0..0).await), Code::NotFound);

    let chunks = large();
    write(files, c, &chunks).await;
    let whole = chunks.concat();
    assert_eq!(files.size(c).await.unwrap(), Some(whole.len() as u64));
    assert!(files.read_range(c, 0..whole.len() as u64).await.unwrap() == whole);
    let seam = 8 * MIB - 5..8 * MIB + 5;
    assert_eq!(files.read_range(c, seam.start as u64..seam.end as u64).await.unwrap(), whole[seam]);
    write(files, c, &[whole.into()]).await;

    let objects: Vec<Object> = files.list().await.unwrap().try_collect().await.unwrap();
    let listed = objects.iter().find(|object| object.id == a).unwrap();
    assert_eq!(listed.bytes, 5);
    assert!(listed.written_at > DateTime::UNIX_EPOCH);
    assert_eq!(ids(files).await, [a, b, c]);

    for id in [a, a, b, c] {
        files.delete(id).await.unwrap();
    }
    assert!(ids(files).await.is_empty());
    given_up(files, a).await;
}

/// Given up at any moment, by word or by going away, a writer leaves what was there before.
async fn given_up(files: &Files, id: Uuid) {
    write(files, id, &["before".into()]).await;
    for bytes in [3, 20 * MIB] {
        let chunk = Bytes::from(vec![7; bytes]);
        let mut writer = files.writer(id).await.unwrap();
        writer.put(chunk.clone()).await.unwrap();
        assert_eq!(files.size(id).await.unwrap(), Some(6), "unfinished work is not seen");
        writer.abort().await.unwrap();
        let mut writer = files.writer(id).await.unwrap();
        writer.put(chunk).await.unwrap();
        drop(writer);
        assert_eq!(files.size(id).await.unwrap(), Some(6));
        assert_eq!(ids(files).await, [id]);
    }
    files.delete(id).await.unwrap();
}

#[tokio::test]
async fn objects_in_memory() {
    suite(&Files::memory()).await;
}

fn on_disk(folder: &Path) -> Files {
    Files::open(&config(&format!("kind='disk'\npath='{}'", folder.display()))).unwrap()
}

fn names(folder: &Path) -> Vec<String> {
    std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[tokio::test]
async fn objects_on_disk() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("data/files");
    let files = on_disk(&folder);
    suite(&files).await;
    for _ in 0..100 {
        if names(&folder).is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(names(&folder), [] as [&str; 0], "nothing is left of what was given up");

    write(&files, Uuid::from_u128(9), &large()).await;
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    assert_eq!(mode(&folder.join(Uuid::from_u128(9).to_string())), 0o600);
}

#[tokio::test]
async fn what_a_killed_process_left_on_disk_is_swept() {
    let home = tempfile::tempdir().unwrap();
    let files = on_disk(home.path());
    write(&files, Uuid::from_u128(9), &["kept".into()]).await;
    std::fs::write(home.path().join(format!("{}#1", Uuid::from_u128(8))), "half").unwrap();
    assert_eq!(ids(&files).await, [Uuid::from_u128(9)], "half an object is no object");
    assert_eq!(files.sweep_unfinished(DateTime::UNIX_EPOCH).await.unwrap(), 0, "it may still be growing");
    assert_eq!(files.sweep_unfinished(DateTime::<Utc>::MAX_UTC).await.unwrap(), 1);
    assert_eq!(names(home.path()), [Uuid::from_u128(9).to_string()]);
}

#[tokio::test]
async fn a_folder_that_went_away_is_unavailable() {
    let home = tempfile::tempdir().unwrap();
    let files = on_disk(&home.path().join("files"));
    std::fs::remove_dir(home.path().join("files")).unwrap();
    assert!(matches!(files.check().await, Err(Error::Unavailable(_))));
    std::fs::write(home.path().join("file"), "").unwrap();
    assert!(Files::open(&config(&format!("kind='disk'\npath='{}'", home.path().join("file").display()))).is_err());
}

fn s3(endpoint: &str, bucket: &str) -> Files {
    let text = format!("kind='s3'\nendpoint='{endpoint}'\nbucket='{bucket}'\naccess_key_id='id'\nsecret_access_key='hunter2'");
    Files::open(&config(&text)).unwrap()
}

#[tokio::test]
async fn objects_in_s3() {
    let Ok(endpoint) = std::env::var("FELDSHER_TEST_S3") else {
        println!("SKIPPED objects in S3: FELDSHER_TEST_S3 is not set");
        return;
    };
    let endpoint = endpoint.trim_end_matches('/');
    let bucket = format!("feldsher-{}", Ambient::system().id());
    let http = reqwest::Client::builder().build().unwrap();
    assert!(matches!(s3(endpoint, &bucket).check().await, Err(Error::Unavailable(_))), "no bucket yet");
    http.put(format!("{endpoint}/{bucket}")).send().await.unwrap().error_for_status().unwrap();
    let files = s3(endpoint, &bucket);
    suite(&files).await;
    let mut uploads = String::new();
    for _ in 0..100 {
        uploads = http.get(format!("{endpoint}/{bucket}?uploads")).send().await.unwrap().text().await.unwrap();
        if !uploads.contains("<Upload>") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(uploads.contains("ListMultipartUploadsResult") && !uploads.contains("<Upload>"), "parts were left: {uploads}");
}

#[tokio::test]
async fn an_s3_that_is_down_is_unavailable_and_prints_no_key() {
    let files = s3("http://127.0.0.1:9", "bucket");
    assert!(matches!(files.size(Uuid::from_u128(1)).await, Err(Error::Unavailable(_))));
    assert!(!format!("{files:?}").contains("hunter2"));
    let text = "kind='s3'\nendpoint='http://s3.example'\nbucket='b'\naccess_key_id='id'\nsecret_access_key='hunter2'";
    assert!(Files::open(&config(text)).unwrap_err().to_string().contains("plain HTTP"));
}
