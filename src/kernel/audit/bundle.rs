//! A stretch of the trail about one subject, to be shown to somebody else: lines with their links, under one signature. Whoever has
//! the public key checks the signature; the installation itself also checks that each link follows from its line.

use super::super::error::{Error, Result};
use super::super::sql;
use super::chain::{LineRow, Sealer};
use chrono::{DateTime, Utc};
use ed25519_dalek::{Signature, Verifier, VerifyingKey};
use sea_orm::{ConnectionTrait, FromQueryResult, Value};
use serde::{Deserialize, Serialize};
use std::ops::Range;
use uuid::Uuid;

/// A line of the trail with its place in the chain.
#[derive(Clone, Debug, Serialize, Deserialize, FromQueryResult)]
#[serde(rename_all = "camelCase")]
pub struct ChainedLine {
    pub id: Uuid,
    pub at: DateTime<Utc>,
    /// `staff:` and the account, `patient:` or `representative:` and a mark, `house`, `anonymous`.
    pub who: String,
    pub operation: String,
    pub request: Uuid,
    pub action: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object_kind: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub basis: Option<String>,
    /// Its number in the chain. None: it was not chained yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seq: Option<i64>,
    #[serde(with = "hexadecimal", default, skip_serializing_if = "Option::is_none")]
    pub link: Option<Vec<u8>>,
    /// The link before it. None for the first of the chain.
    #[serde(with = "hexadecimal", default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<Vec<u8>>,
}

/// Lines about the subject of `mark` in a stretch of time, oldest first, at most `limit`.
pub async fn lines_about(
    db: &impl ConnectionTrait,
    mark: [u8; 32],
    within: &Range<DateTime<Utc>>,
    limit: u64,
) -> Result<Vec<ChainedLine>> {
    let sql = format!(
        "SELECT l.id, l.at, l.who, l.operation, l.request, l.action, l.object_kind, l.object_id, l.class, l.basis, c.seq, \
         c.link, p.link AS previous FROM audit_line l LEFT JOIN audit_chain c ON c.line_id = l.id \
         LEFT JOIN audit_chain p ON p.seq = c.seq - 1 WHERE l.about = $1 AND l.at >= $2 AND l.at < $3 ORDER BY l.id LIMIT {limit}"
    );
    let values: [Value; 3] = [mark.to_vec().into(), within.start.into(), within.end.into()];
    sql::all(db, &sql, values).await
}

/// A bundle as it was handed out: a text, and a signature over exactly these bytes.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct HandedOut {
    bundle: String,
    signature: String,
}

/// What of the text is checked beyond its signature.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Bundle {
    mark: String,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    trail: Vec<ChainedLine>,
}

/// What a check of a bundle found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedBundle {
    pub from: DateTime<Utc>,
    pub to: DateTime<Utc>,
    pub lines: usize,
    /// Lines whose link was recomputed and holds. None: there was no key of the chain to do it with.
    pub linked: Option<usize>,
}

/// Checks a bundle by the public key, and with the sealer of the installation also the links of its lines.
///
/// # Errors
/// A sentence that says what does not hold.
pub fn check_bundle(file: &[u8], public_key: [u8; 32], sealer: Option<&Sealer>) -> Result<CheckedBundle> {
    let broken = |what: &str| Error::internal(format!("the bundle does not hold: {what}"));
    let handed: HandedOut = serde_json::from_slice(file).map_err(|_| broken("it is no JSON with bundle and signature"))?;
    let key = VerifyingKey::from_bytes(&public_key).map_err(|_| broken("the public key is none"))?;
    let signature = hex::decode(&handed.signature).ok().and_then(|bytes| Signature::from_slice(&bytes).ok());
    let signature = signature.ok_or_else(|| broken("the signature is none"))?;
    let is_signed = key.verify(handed.bundle.as_bytes(), &signature).is_ok();
    if !is_signed {
        return Err(broken("it was changed, or another key signed it"));
    }
    let bundle: Bundle = serde_json::from_str(&handed.bundle).map_err(|_| broken("what is signed is no claim bundle"))?;
    let about = hex::decode(&bundle.mark).map_err(|_| broken("the mark is none"))?;
    let mut linked = 0;
    for line in &bundle.trail {
        let (Some(sealer), Some(link)) = (sealer, &line.link) else { continue };
        let previous = line.previous.clone().unwrap_or_else(|| vec![0; 32]);
        if sealer.link(&previous, &row(line, &about))[..] != link[..] {
            return Err(broken(&format!("line {} does not follow from the one before", line.id)));
        }
        linked += 1;
    }
    let linked = sealer.map(|_| linked);
    Ok(CheckedBundle { from: bundle.from, to: bundle.to, lines: bundle.trail.len(), linked })
}

fn row(line: &ChainedLine, about: &[u8]) -> LineRow {
    LineRow {
        id: line.id,
        at: line.at,
        who: line.who.clone(),
        operation: line.operation.clone(),
        request: line.request,
        action: line.action.clone(),
        object_kind: line.object_kind.clone(),
        object_id: line.object_id,
        about: Some(about.to_vec()),
        class: line.class.clone(),
        basis: line.basis.clone(),
    }
}

/// Bytes as text.
mod hexadecimal {
    use serde::{Deserialize, Deserializer, Serializer, de::Error as _};

    pub fn serialize<S: Serializer>(bytes: &Option<Vec<u8>>, serializer: S) -> Result<S::Ok, S::Error> {
        match bytes {
            Some(bytes) => serializer.serialize_str(&hex::encode(bytes)),
            None => serializer.serialize_none(),
        }
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<u8>>, D::Error> {
        let text: Option<String> = Option::deserialize(deserializer)?;
        text.map(|text| hex::decode(text).map_err(|_| D::Error::custom("not hexadecimal"))).transpose()
    }
}
