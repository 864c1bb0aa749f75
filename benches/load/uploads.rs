//! Files on their way in, beside the same bytes written plain to the same disk.

use super::place::Place;
use super::server::{Server, read, text};
use super::table::{Bar, Figure, Row};
use super::{ROUNDS, size};
use bytes::Bytes;
use feldsher::kernel::clock::Ambient;
use futures_util::future::join_all;
use reqwest::Method;
use serde_json::json;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::time::Instant;

const CONNECTIONS: usize = 4;
/// Files of one connection in one round.
const FILES: usize = 30;
const BYTES: usize = 200_000;

/// The content alone, and the whole of an upload: a document declared, then its content.
pub async fn measure(server: &Server, patients: &[String], place: &Place) -> [Row; 2] {
    let content = pdf();
    let (mut contents, mut wholes, mut plain) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let (content_alone, whole) = upload(server, &patients[..CONNECTIONS], &content, round).await;
        contents.push(content_alone);
        wholes.push(whole);
        plain.push(write_plain(place.folder.path(), &content).await);
    }
    let beside = "written plain, with a sync";
    [
        Row::new("200 KB of a declared document, sealed; 4 connections", &contents)
            .beside(beside, plain.clone())
            .floor(Bar::Ratio(0.3))
            .aim(Bar::Ratio(0.5)),
        Row::new("a document declared and uploaded; 4 connections", &wholes).beside(beside, plain),
    ]
}

/// What looks like a PDF and cannot be compressed.
fn pdf() -> Bytes {
    let mut content = vec![0; BYTES];
    Ambient::system().fill(&mut content);
    content[..9].copy_from_slice(b"%PDF-1.7\n");
    content.into()
}

async fn upload(server: &Server, patients: &[String], content: &Bytes, round: usize) -> (Figure, Figure) {
    let files = size(FILES);
    let new =
        json!({"kind": "upload", "title": "Scan", "fileName": "scan.pdf", "mediaType": "application/pdf", "sizeBytes": BYTES});
    let new = &new;
    let mut declared = Vec::new();
    let declaring = patients.iter().map(|token| async move {
        let mut ids = Vec::new();
        for file in 0..files {
            let (status, answer) = server.post("/v1/documents", token, &format!("file {round} {file}"), new).await;
            assert_eq!(status, 201, "{answer}");
            ids.push(text(&answer, "id"));
        }
        (token, ids)
    });
    let declaration = server.figure(async {
        declared = join_all(declaring).await;
        declared.len() * files
    });
    let declaration = declaration.await;
    let putting = declared.iter().map(|(token, ids)| async move {
        for id in ids {
            let put = server.request(Method::PUT, &format!("/v1/documents/{id}/content"), token);
            let (status, answer) = read(put.header("Content-Type", "application/pdf").body(content.clone())).await;
            assert_eq!(status, 200, "{answer}");
        }
    });
    let content = server.figure(async { join_all(putting).await.len() * files }).await;
    let whole =
        Figure { per_s: 1.0 / (1.0 / declaration.per_s + 1.0 / content.per_s), cpu_us: declaration.cpu_us + content.cpu_us };
    (content, whole)
}

/// Files a second, by as many writers.
async fn write_plain(folder: &Path, content: &Bytes) -> f64 {
    let files = size(FILES);
    let began = Instant::now();
    let writing = (0..CONNECTIONS).map(|writer| {
        let (folder, content) = (folder.to_owned(), content.clone());
        tokio::task::spawn_blocking(move || {
            for file in 0..files {
                let mut file = File::create(folder.join(format!("plain-{writer}-{file}"))).expect("a file");
                file.write_all(&content).and_then(|()| file.sync_all()).expect("a sync");
            }
        })
    });
    for written in join_all(writing).await {
        written.expect("a writer");
    }
    (CONNECTIONS * files) as f64 / began.elapsed().as_secs_f64()
}
