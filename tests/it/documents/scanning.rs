//! With a scanner, a document is there only once the scanner has called it clean.

use super::*;
use crate::support::stores::{On, Stores, engines};
use crate::support::virus::{clamd, eicar};
use feldsher::adapters::antivirus::AntivirusConfig;
use feldsher::kernel::clock::Ambient;
use tokio::net::TcpListener;

async fn guarded(on: On, clamd: String) -> House {
    let guard = AntivirusConfig { clamd: Some(clamd) };
    House::with(Stores::new(on).await, Ambient::system(), |config| config.antivirus = guard).await
}

#[tokio::test(flavor = "multi_thread")]
async fn t36_a_harmful_document_is_refused_and_leaves_nothing() {
    let Some(clamd) = clamd() else { return };
    for on in engines() {
        let house = guarded(on, clamd.clone()).await;
        let anna = house.patient("+79161234567").await;
        let mut harmful = pdf(200_000);
        // Across the border of two chunks.
        harmful.splice(65_510..65_510, eicar().into_bytes());
        let document = house.declare(&anna, &harmful).await;
        let refused = house.put_content(&anna, &document, PDF, harmful).await;
        refused.refused(400, "content_infected");
        assert_eq!(house.objects(), Vec::<PathBuf>::new(), "{on:?}");
        house.content(&anna, &document, None).await.refused(409, "content_missing");
        let healthy = pdf(200_000);
        let document = house.upload(&anna, &healthy).await;
        assert_eq!(house.content(&anna, &document, None).await.is(200).bytes, healthy, "{on:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn t36_without_its_scanner_no_document_is_taken() {
    for on in engines() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let nowhere = listener.local_addr().expect("an address").to_string();
        drop(listener);
        let house = guarded(on, nowhere).await;
        let anna = house.patient("+79161234567").await;
        let content = pdf(1_000);
        let document = house.declare(&anna, &content).await;
        house.put_content(&anna, &document, PDF, content).await.refused(503, "unavailable");
        assert_eq!(house.objects(), Vec::<PathBuf>::new(), "{on:?}");
    }
}
