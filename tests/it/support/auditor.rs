//! What somebody can read who has copies of both stores and of the files, and some wrapping keys: everything that opens,
//! opened. Written from the description of the formats and not from the vault's code, so that it does not believe what
//! the vault believes. Its control is that before an erasure it opens all.

use aes_gcm_siv::aead::{Aead, KeyInit, Payload};
use aes_gcm_siv::{Aes256GcmSiv, Nonce};
use hmac::{Hmac, Mac};
use regex::Regex;
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, DbBackend, QueryResult, Statement};
use sha2::Sha256;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use uuid::Uuid;

type Secret = [u8; 32];

/// A data key that opened.
pub struct DataKey {
    pub subject: Uuid,
    pub class: String,
    key: Secret,
}

/// Something that opened.
pub struct Opened {
    /// Table and column, or the object.
    pub place: String,
    pub subject: Uuid,
    pub class: String,
    pub plain: Vec<u8>,
}

#[derive(Default)]
pub struct Auditor {
    wrapping: Vec<Secret>,
    pub keys: Vec<DataKey>,
    /// Wrapped keys that no wrapping key opened.
    pub dead: usize,
    secrets: Vec<Secret>,
    blinds: Vec<Vec<u8>>,
}

impl Auditor {
    /// Takes every wrapping key of a folder.
    pub fn with(folder: &Path) -> Self {
        let mut wrapping = Vec::new();
        for entry in fs::read_dir(folder).expect("the wrapping keys").flatten() {
            let mut key = [0; 32];
            if hex::decode_to_slice(fs::read_to_string(entry.path()).unwrap_or_default().trim(), &mut key).is_ok() {
                wrapping.push(key);
            }
        }
        Self { wrapping, ..Self::default() }
    }

    pub fn wrapping_keys(&self) -> &[Secret] {
        &self.wrapping
    }

    /// Takes from a register what the wrapping keys open, and the blind indexes that are in it.
    pub async fn learn(&mut self, register: &str) {
        let db = Database::connect(register).await.expect("a register");
        for row in query(&db, "SELECT subject, class, wrapped, epoch FROM subject_key").await {
            let (subject, class): (Uuid, String) = (get(&row, 0), get(&row, 1));
            let (wrapped, epoch): (Vec<u8>, i32) = (get(&row, 2), get(&row, 3));
            match self.unwrap(&wrapped, &[b"key".as_slice(), subject.as_bytes(), class.as_bytes(), &epoch.to_le_bytes()].concat())
            {
                Some(key) => self.keys.push(DataKey { subject, class, key }),
                None => self.dead += 1,
            }
        }
        for row in query(&db, "SELECT id, secret FROM epoch").await {
            let (epoch, secret): (i32, Vec<u8>) = (get(&row, 0), get(&row, 1));
            let place = [b"key".as_slice(), Uuid::nil().as_bytes(), b"index", &epoch.to_le_bytes()].concat();
            self.secrets.extend(self.unwrap(&secret, &place));
        }
        for row in query(&db, "SELECT blind FROM directory UNION ALL SELECT blind FROM counter").await {
            self.blinds.push(get(&row, 0));
        }
        db.close().await.expect("closed");
    }

    fn unwrap(&self, wrapped: &[u8], place: &[u8]) -> Option<Secret> {
        self.wrapping.iter().find_map(|key| open(key, wrapped, place)?.try_into().ok())
    }

    /// Whether the blind index of a value can be computed anew and stands in one of the registers.
    pub fn recognises(&self, kind: &str, value: &str) -> bool {
        self.secrets.iter().any(|secret| {
            let of_kind = hmac(secret, &[b"index", kind.as_bytes()]);
            let blind = hmac(&of_kind, &[value.as_bytes()]);
            self.blinds.iter().any(|known| known[..] == blind)
        })
    }

    pub fn index_secrets(&self) -> usize {
        self.secrets.len()
    }

    /// Tries every data key on every value of a store, whatever row it may have been sealed for.
    pub async fn open_all(&self, store: &str) -> Vec<Opened> {
        let db = Database::connect(store).await.expect("a store");
        let mut opened = Vec::new();
        for (table, columns) in binary_columns(&db).await {
            let wanted: Vec<&str> = columns.iter().map(|(_, as_bytes)| as_bytes.as_str()).collect();
            for row in query(&db, &format!("SELECT {} FROM \"{table}\"", wanted.join(", "))).await {
                let cells: Vec<Option<Vec<u8>>> = (0..columns.len()).map(|index| get(&row, index)).collect();
                let rows: Vec<Uuid> = cells.iter().flatten().filter_map(|cell| Uuid::from_slice(cell.get(..16)?).ok()).collect();
                for ((column, _), cell) in columns.iter().zip(&cells) {
                    let Some(cell) = cell.as_ref().filter(|cell| cell.len() > 28) else { continue };
                    opened.extend(self.open_cell(&table, column, &rows, cell));
                }
            }
        }
        db.close().await.expect("closed");
        opened
    }

    fn open_cell(&self, table: &str, column: &str, rows: &[Uuid], cell: &[u8]) -> Option<Opened> {
        for DataKey { subject, class, key } in &self.keys {
            for row in rows {
                let parts = [table.as_bytes(), column.as_bytes(), row.as_bytes(), subject.as_bytes(), class.as_bytes()];
                let place: Vec<u8> =
                    parts.iter().flat_map(|part| [&[u8::try_from(part.len()).expect("short")], *part].concat()).collect();
                if let Some(plain) = open(key, cell, &place) {
                    return Some(Opened { place: format!("{table}.{column}"), subject: *subject, class: class.clone(), plain });
                }
            }
        }
        None
    }

    /// Tries whatever looks like a file's key in what opened on every object of a folder.
    pub fn open_files(&self, folder: &Path, opened: &[Opened]) -> Vec<Opened> {
        let looks_like_a_key = Regex::new("[0-9a-f]{64}").expect("a pattern");
        let mut files = Vec::new();
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let Ok(file) = entry.file_name().to_string_lossy().parse::<Uuid>() else { continue };
            let sealed = fs::read(entry.path()).expect("an object");
            for source in opened {
                for found in looks_like_a_key.find_iter(&String::from_utf8_lossy(&source.plain)) {
                    let mut key = [0; 32];
                    hex::decode_to_slice(found.as_str(), &mut key).expect("hex");
                    if let Some(plain) = open_file(&key, file, &sealed) {
                        let place = format!("object {file}");
                        files.push(Opened { place, subject: source.subject, class: source.class.clone(), plain });
                    }
                }
            }
        }
        files
    }
}

fn open(key: &Secret, sealed: &[u8], place: &[u8]) -> Option<Vec<u8>> {
    let (nonce, body) = sealed.split_at_checked(12)?;
    let nonce: [u8; 12] = nonce.try_into().ok()?;
    Aes256GcmSiv::new(&(*key).into()).decrypt(&Nonce::from(nonce), Payload { msg: body, aad: place }).ok()
}

fn open_file(key: &Secret, file: Uuid, sealed: &[u8]) -> Option<Vec<u8>> {
    const CHUNK: usize = 65_536 + 16;
    let total = sealed.len() - sealed.len().div_ceil(CHUNK) * 16;
    let mut plain = Vec::new();
    for (index, chunk) in sealed.chunks(CHUNK).enumerate() {
        let index = (index as u64).to_le_bytes();
        let place = [file.as_bytes().as_slice(), &(total as u64).to_le_bytes(), &index].concat();
        let nonced = [index.as_slice(), &[0; 4], chunk].concat();
        plain.extend(open(key, &nonced, &place)?);
    }
    Some(plain)
}

fn hmac(key: &Secret, parts: &[&[u8]]) -> Secret {
    let mut mac = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(key).expect("any length");
    for part in parts {
        mac.update(&(part.len() as u64).to_le_bytes());
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

async fn query(db: &DatabaseConnection, sql: &str) -> Vec<QueryResult> {
    db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await.expect(sql)
}

fn get<T: sea_orm::TryGetable>(row: &QueryResult, index: usize) -> T {
    row.try_get_by_index(index).expect("a value of this type")
}

/// Each table with its columns that can hold bytes or ids, and how to select them as bytes.
async fn binary_columns(db: &DatabaseConnection) -> BTreeMap<String, Vec<(String, String)>> {
    let sql = match db.get_database_backend() {
        DbBackend::Postgres => {
            "SELECT table_name, column_name, CASE data_type WHEN 'uuid' THEN 'uuid_send(' || quote_ident(column_name) || ')' \
             ELSE quote_ident(column_name) END FROM information_schema.columns \
             WHERE table_schema = 'public' AND data_type IN ('uuid', 'bytea')"
        }
        _ => {
            "SELECT m.name, c.name, 'CASE typeof(\"' || c.name || '\") WHEN ''blob'' THEN \"' || c.name || '\" END' \
             FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table'"
        }
    };
    let mut tables: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    for row in query(db, sql).await {
        tables.entry(get(&row, 0)).or_default().push((get(&row, 1), get(&row, 2)));
    }
    tables
}
