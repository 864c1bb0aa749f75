//! The sealer: chains committed lines in batches and signs a checkpoint after each.
//!
//! link(n) = HMAC-SHA-256(chain key, link(n-1) ‖ line(n)); a checkpoint is an Ed25519 signature over (n, link(n), time),
//! appended to a file that lies apart from the database. What was committed after the last batch is not protected yet.

use super::super::clock::Ambient;
use super::super::db::{Actor, Db, Tx};
use super::super::durable;
use super::super::error::{Error, Result};
use chrono::{DateTime, Utc};
use ed25519_dalek::{Signature, Signer, SigningKey, Verifier};
use hmac::{Hmac, KeyInit, Mac};
use sea_orm::{ConnectionTrait, FromQueryResult, Statement, Value};
use sha2::Sha256;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use uuid::Uuid;

/// Lines chained in one transaction.
const BATCH: u32 = 1_000;

/// The keys of the chain and of its checkpoints, and where the checkpoints lie.
pub struct Sealer {
    chain_key: [u8; 32],
    signing_key: SigningKey,
    pub(super) checkpoints: PathBuf,
}

#[derive(serde::Serialize, serde::Deserialize)]
pub(super) struct Checkpoint {
    pub seq: i64,
    pub link: String,
    pub at: DateTime<Utc>,
    pub signature: String,
}

#[derive(FromQueryResult)]
pub(super) struct LineRow {
    pub id: Uuid,
    pub at: DateTime<Utc>,
    pub who: String,
    pub operation: String,
    pub request: Uuid,
    pub action: String,
    pub object_kind: Option<String>,
    pub object_id: Option<Uuid>,
    pub about: Option<Vec<u8>>,
    pub class: Option<String>,
    pub basis: Option<String>,
}

#[derive(FromQueryResult)]
pub(super) struct Tail {
    pub seq: i64,
    pub link: Vec<u8>,
}

impl Sealer {
    /// Reads the two keys in `folder`, or makes them (0600).
    pub fn open(folder: &Path, ambient: &Ambient) -> Result<Self> {
        let chain_key = key_file(&folder.join("audit-chain.key"), ambient)?;
        let signing_key = SigningKey::from_bytes(&key_file(&folder.join("audit-checkpoint.key"), ambient)?);
        Ok(Self { chain_key, signing_key, checkpoints: folder.join("audit-checkpoints.jsonl") })
    }

    /// The public half of the installation's signing key.
    pub fn public_key(&self) -> [u8; 32] {
        self.signing_key.verifying_key().to_bytes()
    }

    /// Signs a JSON object with the installation's key (Ed25519, RFC 8032). A checkpoint never begins with a brace, so
    /// that neither passes for the other.
    ///
    /// # Errors
    /// `Internal` for anything but an object.
    pub fn sign_json(&self, document: &[u8]) -> Result<[u8; 64]> {
        match document.first() {
            Some(b'{') => Ok(self.signing_key.sign(document).to_bytes()),
            _ => Err(Error::internal("only a JSON object is signed")),
        }
    }

    #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
    pub(super) fn link(&self, previous: &[u8], line: &LineRow) -> [u8; 32] {
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(&self.chain_key).expect("any length");
        let at = line.at.timestamp_millis().to_be_bytes();
        let object_id = line.object_id.map(|id| id.as_bytes().to_vec());
        let fields: [Option<&[u8]>; 12] = [
            Some(previous),
            Some(line.id.as_bytes()),
            Some(&at),
            Some(line.who.as_bytes()),
            Some(line.operation.as_bytes()),
            Some(line.request.as_bytes()),
            Some(line.action.as_bytes()),
            line.object_kind.as_deref().map(str::as_bytes),
            object_id.as_deref(),
            line.about.as_deref(),
            line.class.as_deref().map(str::as_bytes),
            line.basis.as_deref().map(str::as_bytes),
        ];
        for field in fields {
            // Absent and empty differ; lengths stand before the bytes.
            mac.update(&field.map_or(u64::MAX, |bytes| bytes.len() as u64).to_be_bytes());
            mac.update(field.unwrap_or_default());
        }
        mac.finalize().into_bytes().into()
    }

    /// A signed line about a link.
    pub(super) fn signed(&self, seq: i64, link: &[u8], at: DateTime<Utc>) -> Result<String> {
        let signature = self.signing_key.sign(&signed_bytes(seq, link, at));
        let checkpoint = Checkpoint { seq, link: hex::encode(link), at, signature: hex::encode(signature.to_bytes()) };
        serde_json::to_string(&checkpoint).map_err(|_| Error::internal("a checkpoint could not be written"))
    }

    /// Signs the tail and appends it to the checkpoints.
    fn checkpoint(&self, seq: i64, link: &[u8], at: DateTime<Utc>) -> Result<()> {
        let mut text = self.signed(seq, link, at)?;
        text.push('\n');
        let mut file = OpenOptions::new()
            .append(true)
            .create(true)
            .mode(0o600)
            .open(&self.checkpoints)
            .map_err(|e| io(&self.checkpoints, &e))?;
        file.write_all(text.as_bytes()).map_err(|error| io(&self.checkpoints, &error))
    }

    /// The last checkpoint whose signature holds; whether a line of the file did not hold.
    pub(super) fn last_checkpoint(&self) -> Result<(Option<Checkpoint>, bool)> {
        let text = match fs::read_to_string(&self.checkpoints) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(io(&self.checkpoints, &error)),
        };
        let mut forged = false;
        let mut last = None;
        for line in text.lines() {
            match serde_json::from_str::<Checkpoint>(line).ok().filter(|checkpoint| self.holds(checkpoint)) {
                Some(checkpoint) => last = Some(checkpoint),
                None => forged = true,
            }
        }
        Ok((last, forged))
    }

    /// Whether this is the installation's own signature under a JSON object.
    pub(super) fn signed_json(&self, document: &[u8], signature: &[u8]) -> bool {
        let Ok(signature) = Signature::from_slice(signature) else { return false };
        document.first() == Some(&b'{') && self.signing_key.verifying_key().verify(document, &signature).is_ok()
    }

    pub(super) fn holds(&self, checkpoint: &Checkpoint) -> bool {
        let (Ok(link), Ok(signature)) = (hex::decode(&checkpoint.link), hex::decode(&checkpoint.signature)) else { return false };
        let Ok(signature) = Signature::from_slice(&signature) else { return false };
        self.signing_key.verifying_key().verify(&signed_bytes(checkpoint.seq, &link, checkpoint.at), &signature).is_ok()
    }
}

fn signed_bytes(seq: i64, link: &[u8], at: DateTime<Utc>) -> Vec<u8> {
    [b"feldsher audit checkpoint 1\n".as_slice(), &seq.to_be_bytes(), &at.timestamp_millis().to_be_bytes(), link].concat()
}

/// Chains one batch. Answers how many lines it took. One sealer at a time holds the duty, by lease; the chain's primary
/// key would refuse a second one.
pub async fn seal_once(db: &Db, sealer: &Sealer) -> Result<usize> {
    if !any_unchained(db).await? {
        return Ok(0);
    }
    let sealed = db
        .write(&Actor::house("audit.seal"), async |tx: &mut Tx| -> Result<Option<(usize, i64, Vec<u8>)>> {
            let backend = tx.get_database_backend();
            let tail_query = Statement::from_string(backend, "SELECT seq, link FROM audit_chain ORDER BY seq DESC LIMIT 1");
            let tail = Tail::find_by_statement(tail_query).one(tx).await?.unwrap_or(Tail { seq: 0, link: vec![0; 32] });
            let sql = format!("SELECT * FROM audit_line WHERE chained = $1 ORDER BY id LIMIT {BATCH}");
            let lines = LineRow::find_by_statement(Statement::from_sql_and_values(backend, &sql, [false.into()])).all(tx).await?;
            if lines.is_empty() {
                return Ok(None);
            }
            let (mut seq, mut link) = (tail.seq, tail.link);
            let mut rows: Vec<String> = Vec::with_capacity(lines.len());
            let mut values: Vec<Value> = Vec::with_capacity(lines.len() * 3);
            for line in &lines {
                seq += 1;
                link = sealer.link(&link, line).to_vec();
                let n = values.len();
                rows.push(format!("(${}, ${}, ${})", n + 1, n + 2, n + 3));
                values.extend([seq.into(), line.id.into(), link.clone().into()]);
            }
            let sql = format!("INSERT INTO audit_chain (seq, line_id, link) VALUES {}", rows.join(", "));
            tx.execute_raw(Statement::from_sql_and_values(backend, &sql, values)).await?;
            let first_seq = seq - i64::try_from(lines.len()).unwrap_or(0);
            let sql = "UPDATE audit_line SET chained = $1 WHERE id IN (SELECT line_id FROM audit_chain WHERE seq > $2)";
            tx.execute_raw(Statement::from_sql_and_values(backend, sql, [true.into(), first_seq.into()])).await?;
            Ok(Some((lines.len(), seq, link)))
        })
        .await?;
    let Some((count, seq, link)) = sealed else { return Ok(0) };
    sealer.checkpoint(seq, &link, db.ambient.now())?;
    Ok(count)
}

/// Whether a line waits for the sealer.
pub async fn any_unchained(db: &Db) -> Result<bool> {
    let reader = db.reader();
    let sql = "SELECT 1 AS one FROM audit_line WHERE chained = $1 LIMIT 1";
    Ok(reader.query_one_raw(Statement::from_sql_and_values(reader.get_database_backend(), sql, [false.into()])).await?.is_some())
}

fn key_file(path: &Path, ambient: &Ambient) -> Result<[u8; 32]> {
    let mut key = [0; 32];
    match fs::read_to_string(path) {
        Ok(text) => {
            hex::decode_to_slice(text.trim(), &mut key)
                .map_err(|_| Error::internal(format!("{} is not a key", path.display())))?;
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            key = ambient.bytes();
            if !durable::create(path, &hex::encode(key), ambient).map_err(|error| io(path, &error))? {
                return key_file(path, ambient);
            }
        }
        Err(error) => return Err(io(path, &error)),
    }
    Ok(key)
}

fn io(path: &Path, error: &std::io::Error) -> Error {
    Error::internal(format!("{}: {error}", path.display()))
}
