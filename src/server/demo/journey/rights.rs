//! Rights: he forbids access to his data, allows it again, and takes all of it with him.

use super::super::guest::{Answer, Guest, Stumble, holds};
use super::{People, opening};
use ed25519_dalek::{Signature, Verifier, VerifyingKey};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::io::{Cursor, Read};

/// Longer than a sign-in counts as fresh, and shorter than an access token lives.
const STALE_S: i64 = 6 * 60;

pub async fn freeze(guest: &mut Guest, people: &mut People) -> Result<(), Stumble> {
    guest.chapter("12. He freezes his data");
    let documents = format!("/v1/staff/patients/{}/documents", people.patient_id);
    let body = json!({"scopes": ["patient", "staff"], "reason": "Телефон остался у ребёнка"});
    guest.get(&documents, &people.doctor).await?.is(200)?;
    guest.put("/v1/me/freeze", &people.patient, body).await?.is(200)?;
    for path in ["/v1/me", "/v1/documents", "/v1/conversations"] {
        guest.get(path, &people.patient).await?.refused(403, "frozen")?;
    }
    guest.get(&documents, &people.doctor).await?.refused(404, "not_found")?;
    guest.done("at once his own cabinet answers frozen, and the doctor gets 404");
    guest.later(STALE_S).await?;
    guest.delete("/v1/me/freeze", &people.patient).await?.refused(403, "step_up_required")?;
    guest.done("six minutes later the phone that somebody left open can't lift it");
    people.patient = opening::sign_in_by_code(guest).await?;
    let lifted = guest.delete("/v1/me/freeze", &people.patient).await?.is(200)?.json();
    holds(lifted["acts"].as_array().map(Vec::len) == Some(2), "both acts are kept")?;
    guest.get("/v1/me", &people.patient).await?.is(200)?;
    guest.get(&documents, &people.doctor).await?.is(200)?;
    guest.done("a fresh sign-in lifted it; both acts are kept, and he reads them");
    Ok(())
}

pub async fn export(guest: &mut Guest, people: &People) -> Result<(), Stumble> {
    guest.chapter("13. He takes all of his data with him");
    let id = guest.post("/v1/me/exports", &people.patient, json!({})).await?.is(202)?.text("/id");
    let path = format!("/v1/me/exports/{id}");
    let ready = guest.until(&path, &people.patient, "/state", "ready").await?;
    guest.done(format!("a task built the archive; it can be fetched until {}", ready.text("/expiresAt")));
    let archive = guest.get(&format!("{path}/content"), &people.patient).await?.is(200)?.bytes;
    holds(hex::encode(Sha256::digest(&archive)) == ready.text("/sha256"), "the archive has the hash that was told")?;
    let entries = check_archive(&archive, &ready)?;
    guest.done(format!(
        "downloaded {} KB; the manifest's signature and the hashes of its {entries} files are right",
        archive.len() / 1024
    ));
    Ok(())
}

/// The manifest is the house's own, and every file that it names is there and unchanged. Answers how many there are.
fn check_archive(archive: &[u8], export: &Answer) -> Result<usize, Stumble> {
    let mut archive = zip::ZipArchive::new(Cursor::new(archive)).map_err(|error| error.to_string())?;
    let mut file = |name: &str| -> Result<Vec<u8>, Stumble> {
        let mut bytes = Vec::new();
        let mut entry = archive.by_name(name).map_err(|error| format!("{name}: {error}"))?;
        entry.read_to_end(&mut bytes).map_err(|error| error.to_string())?;
        Ok(bytes)
    };
    let manifest = file("manifest.json")?;
    check_signature(&manifest, export).ok_or("the manifest is not signed by the house")?;
    let told: Value = serde_json::from_slice(&manifest).map_err(|error| error.to_string())?;
    let entries = told["entries"].as_array().cloned().unwrap_or_default();
    for entry in &entries {
        let name = entry["name"].as_str().unwrap_or_default();
        holds(entry["sha256"] == hex::encode(Sha256::digest(file(name)?)), format!("{name} has its hash"))?;
    }
    holds(!entries.is_empty(), "there are files")?;
    Ok(entries.len())
}

fn check_signature(manifest: &[u8], export: &Answer) -> Option<()> {
    let key: [u8; 32] = hex::decode(export.text("/publicKey")).ok()?.try_into().ok()?;
    let signature = Signature::from_slice(&hex::decode(export.text("/manifestSignature")).ok()?).ok()?;
    VerifyingKey::from_bytes(&key).ok()?.verify(manifest, &signature).ok()
}
