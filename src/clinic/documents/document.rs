//! A document: what it is, who sees it, what may be declared and taken back.

use super::rows::{self, document};
use super::snapshot::{Occasion, Snapshot};
use crate::app::App;
use crate::app::profile::Profile;
use crate::clinic::identity::{Caller, Role};
use crate::kernel::audit::Line;
use crate::kernel::db::Tx;
use crate::kernel::disagreement::Disagreement;
use crate::kernel::error::{Code, Error, Fault, Faults, Result};
use crate::kernel::text::check_line;
use crate::kernel::vault::{Class, FileKey, Personal};
use chrono::{DateTime, Utc};
use poem_openapi::types::ToJSON;
use sea_orm::Set;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How an audit line names a document.
pub const OBJECT: &str = "document";
const MAX_TITLE_CHARS: usize = 200;
const MAX_FILE_NAME_CHARS: usize = 255;

#[derive(Clone, Copy, Debug, PartialEq, Eq, poem_openapi::Enum)]
#[oai(rename_all = "camelCase")]
pub enum DocumentKind {
    /// What the patient himself uploads.
    Upload,
    Conclusion,
    Referral,
    Prescription,
    Result,
    Other,
}

impl DocumentKind {
    const ALL: &'static [DocumentKind] =
        &[Self::Upload, Self::Conclusion, Self::Referral, Self::Prescription, Self::Result, Self::Other];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Upload => "upload",
            Self::Conclusion => "conclusion",
            Self::Referral => "referral",
            Self::Prescription => "prescription",
            Self::Result => "result",
            Self::Other => "other",
        }
    }

    pub fn parse(text: &str) -> Result<Self> {
        let known = Self::ALL.iter().copied().find(|kind| kind.as_str() == text);
        known.ok_or_else(|| Error::internal("a document of an unknown kind"))
    }
}

/// What is sealed about a document.
#[derive(Serialize, Deserialize, Clone)]
pub struct Body {
    pub title: String,
    pub file_name: String,
    pub media_type: String,
    pub size_bytes: u64,
    /// In hexadecimal. Before the upload only if it was declared.
    pub sha256: Option<String>,
    /// The key of the bytes, once there are any.
    pub file_key: Option<FileKey>,
}

impl Personal for Body {
    const TABLE: &'static str = "document";
    const COLUMN: &'static str = "sealed";
    const CLASS: Class = Class::Clinical;
}

/// A document, opened.
#[derive(Clone, Debug)]
pub struct Document {
    pub id: Uuid,
    pub kind: DocumentKind,
    /// The staff member who wrote it. None: the patient himself.
    pub author: Option<Uuid>,
    /// None also when the author's account is gone.
    pub author_name: Option<String>,
    pub title: String,
    pub file_name: String,
    pub media_type: String,
    pub size_bytes: u64,
    pub sha256: Option<String>,
    pub created_at: DateTime<Utc>,
    /// None: declared, and not uploaded yet.
    pub completed_at: Option<DateTime<Utc>>,
    pub version: i64,
    /// The earlier document in whose place this one stands.
    pub corrects: Option<Uuid>,
    /// The document that stands in place of this one.
    pub corrected_by: Option<Uuid>,
    /// What the patient says against it.
    pub disagreements: Vec<Disagreement>,
}

/// A document to be declared.
pub struct NewDocument {
    pub kind: DocumentKind,
    pub title: String,
    pub file_name: String,
    pub media_type: String,
    pub size_bytes: i64,
    pub sha256: Option<String>,
    pub corrects: Option<Uuid>,
}

/// As whom the caller writes: a staff member by his account, the patient by none.
pub fn author_of(caller: &Caller) -> Option<Uuid> {
    (caller.role != Role::Patient).then_some(caller.id)
}

/// A declared document is its author's alone.
pub fn is_visible(caller: &Caller, row: &document::Model) -> bool {
    row.state == rows::COMPLETE || row.author == author_of(caller)
}

/// Checks a declaration against the limits of the profile. Names every fault at once.
///
/// # Errors
/// `invalid`; `too_large`; `class_refused` where the profile takes no clinical data.
fn check(profile: &Profile, new: &NewDocument) -> Result<Body> {
    if profile.refuses(Class::Clinical) {
        return Err(Error::refused(Code::ClassRefused));
    }
    let mut faults = Faults::default();
    let title = faults.check("/title", filled_line(&new.title, MAX_TITLE_CHARS));
    let file_name = faults.check("/fileName", filled_line(&new.file_name, MAX_FILE_NAME_CHARS));
    if !profile.documents.media_types.contains(&new.media_type) {
        faults.add("/mediaType", Fault::UnknownValue);
    }
    if new.size_bytes < 1 {
        faults.add("/sizeBytes", Fault::OutOfRange);
    }
    let sha256 = new.sha256.as_deref().and_then(|hash| faults.check("/sha256", sha256(hash)));
    faults.into_result()?;
    if new.size_bytes > profile.documents.max_bytes {
        return Err(Error::refused(Code::TooLarge));
    }
    Ok(Body {
        title: title.unwrap_or_default(),
        file_name: file_name.unwrap_or_default(),
        media_type: new.media_type.clone(),
        size_bytes: u64::try_from(new.size_bytes).unwrap_or_default(),
        sha256,
        file_key: None,
    })
}

fn filled_line(raw: &str, max_chars: usize) -> Result<String, Fault> {
    let line = check_line(raw.trim(), max_chars)?;
    if line.is_empty() { Err(Fault::Required) } else { Ok(line) }
}

fn sha256(text: &str) -> Result<String, Fault> {
    let hex = text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit());
    if hex { Ok(text.to_ascii_lowercase()) } else { Err(Fault::BadFormat) }
}

/// Declares a document of `subject`: his own, or by a doctor with a reason. The same key makes the same document.
///
/// # Errors
/// `not_found` without a reason, and when it corrects what is no document by staff about him; `profile_required` when the
/// record would not say whose it is; see [`check`].
pub async fn declare(
    app: &App,
    caller: &Caller,
    operation: &'static str,
    key: &str,
    subject: Uuid,
    (asked, new): (&impl ToJSON, NewDocument),
) -> Result<Uuid> {
    let body = check(&app.profile, &new)?;
    let openings = app.openings(caller.actor(operation), caller.asker());
    openings.grant(subject, Class::Clinical, ("patient", subject)).await?;
    if let Some(earlier) = new.corrects {
        let row = rows::find(&app.db.reader(), earlier).await?;
        let is_of_staff = |row: &document::Model| row.subject == subject && row.author.is_some() && row.state == rows::COMPLETE;
        row.filter(is_of_staff).ok_or_else(Error::not_found)?;
    }
    let keys = app.vault.keys(subject).await?;
    let occasion = if new.kind == DocumentKind::Conclusion { Occasion::Conclusion } else { Occasion::Row };
    let snapshot = Snapshot::take(app, &openings, subject, occasion).await?;
    openings.answer(()).await?;
    // The answer that is kept is the id alone: what a doctor writes about a patient must not outlive him under the
    // doctor's key.
    let whole = serde_json::json!({ "subject": subject, "document": asked.to_json() });
    app.write_once(&caller.actor(operation), &caller.keys, key, &whole, async |tx: &mut Tx| {
        let id = tx.id();
        let row = document::ActiveModel {
            id: Set(id),
            subject: Set(subject),
            author: Set(author_of(caller)),
            kind: Set(new.kind.as_str().to_owned()),
            state: Set(rows::DECLARED.to_owned()),
            object: Set(None),
            created_at: Set(tx.now()),
            completed_at: Set(None),
            version: Set(1),
            corrects: Set(new.corrects),
            sealed: Set(keys.seal(id, &body)?),
        };
        rows::insert(tx, row).await?;
        snapshot.keep(tx, &keys).await?;
        tx.audit(Line::new("declare").on(OBJECT, id).about(&keys).of(Class::Clinical));
        Ok(id)
    })
    .await
}

/// Takes back what was declared and never uploaded.
///
/// # Errors
/// `state_conflict` for a complete document: it belongs to the record.
pub async fn take_back(app: &App, caller: &Caller, operation: &'static str, id: Uuid) -> Result<()> {
    app.write(&caller.actor(operation), async |tx: &mut Tx| -> Result<()> {
        crate::kernel::access::check_own(tx, caller.id).await?;
        let own = rows::find(tx, id).await?.filter(|row| row.subject == caller.id && is_visible(caller, row));
        own.ok_or_else(Error::not_found)?;
        let sql = "DELETE FROM document WHERE id = $1 AND state = 'declared'";
        if rows::change(tx, sql, [id.into()]).await? == 0 {
            return Err(Error::refused(Code::StateConflict));
        }
        tx.audit(Line::new("takeBack").on(OBJECT, id).about(&caller.keys).of(Class::Clinical));
        Ok(())
    })
    .await
}
