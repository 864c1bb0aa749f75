//! A recording, as the desk or the call centre notes it.

use super::rows::{self, DECLARED, NOTED, Recording};
use crate::app::App;
use crate::app::multilingual::line;
use crate::app::profile::Profile;
use crate::clinic::identity::Caller;
use crate::clinic::identity::phone::normalise_phone;
use crate::clinic::{privacy, reception};
use crate::kernel::audit::Line;
use crate::kernel::db::Tx;
use crate::kernel::error::{Code, Error, Fault, Faults, Result};
use crate::kernel::invalidation::Topic;
use crate::kernel::vault::{Class, FileKey, Personal, SubjectKeys};
use chrono::{DateTime, TimeDelta, Utc};
use poem_openapi::types::{ParseFromJSON, ToJSON};
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use uuid::Uuid;

/// How an audit line names it.
pub const OBJECT: &str = "recording";
/// A call is entered so long after it at most.
const ENTERED_WITHIN: TimeDelta = TimeDelta::days(30);
const LENGTH_S_MAX: i64 = 6 * 3600;

/// With whom the caller spoke.
#[derive(Clone, Copy, Debug, PartialEq, Eq, poem_openapi::Enum)]
#[oai(rename_all = "camelCase")]
pub enum RecordingSource {
    /// Somebody who works here.
    Staff,
    /// An automatic system.
    Automatic,
    /// The desk of a clinic to which the call was put through.
    ClinicDesk,
}

impl RecordingSource {
    const ALL: [RecordingSource; 3] = [RecordingSource::Staff, RecordingSource::Automatic, RecordingSource::ClinicDesk];

    pub const fn as_str(self) -> &'static str {
        match self {
            RecordingSource::Staff => "staff",
            RecordingSource::Automatic => "automatic",
            RecordingSource::ClinicDesk => "clinicDesk",
        }
    }

    /// What the database says is one of them.
    pub fn parse(word: &str) -> Self {
        Self::ALL.into_iter().find(|source| source.as_str() == word).unwrap_or(RecordingSource::Staff)
    }
}

/// Who has the audio.
#[derive(Clone, Copy, Debug, PartialEq, Eq, poem_openapi::Enum)]
#[oai(rename_all = "camelCase")]
pub enum RecordingHolder {
    Operator,
    ThirdParty,
}

impl RecordingHolder {
    pub const fn as_str(self) -> &'static str {
        match self {
            RecordingHolder::Operator => "operator",
            RecordingHolder::ThirdParty => "thirdParty",
        }
    }

    /// What the database says is one of them.
    pub fn parse(word: &str) -> Self {
        if word == "thirdParty" { RecordingHolder::ThirdParty } else { RecordingHolder::Operator }
    }
}

/// What is sealed of a recording.
#[derive(Serialize, Deserialize, Clone, Default)]
pub struct Body {
    /// From which it was called, where that is known.
    pub phone: Option<String>,
    pub media_type: Option<String>,
    pub size_bytes: u64,
    /// In hexadecimal. Before the upload only if it was declared.
    pub sha256: Option<String>,
    /// The key of the bytes, once there are any.
    pub file_key: Option<FileKey>,
}

impl Personal for Body {
    const TABLE: &'static str = "recording";
    const COLUMN: &'static str = "sealed";
    const CLASS: Class = Class::Recording;
}

/// Audio that will be uploaded.
pub struct NewAudio<'a> {
    pub media_type: &'a str,
    pub size_bytes: i64,
    pub sha256: Option<&'a str>,
}

/// A call to be noted.
pub struct NewRecording<'a> {
    pub source: RecordingSource,
    pub holder: RecordingHolder,
    /// Which third party has it.
    pub held_by: Option<&'a str>,
    /// Whether the caller was told that he is recorded.
    pub announced: bool,
    /// Whether he refused.
    pub refused: bool,
    pub began_at: DateTime<Utc>,
    pub length_s: i64,
    pub patient: Option<Uuid>,
    pub lead: Option<Uuid>,
    pub phone: Option<&'a str>,
    pub audio: Option<NewAudio<'a>>,
}

/// # Errors
/// `refused_by_profile` where no calls are recorded.
pub fn check_taken(profile: &Profile) -> Result<()> {
    if profile.recordings.taken { Ok(()) } else { Err(Error::refused(Code::RefusedByProfile)) }
}

impl NewRecording<'_> {
    /// # Errors
    /// `invalid`, with every field at fault; `too_large`.
    pub fn check(&self, profile: &Profile, now: DateTime<Utc>) -> Result<(Body, Option<String>)> {
        let mut faults = Faults::default();
        let is_elsewhere = self.holder == RecordingHolder::ThirdParty;
        if is_elsewhere != self.held_by.is_some() {
            faults.add("/heldBy", if is_elsewhere { Fault::Required } else { Fault::NotAsked });
        }
        if self.began_at > now {
            faults.add("/beganAt", Fault::InTheFuture);
        } else if self.began_at < now - ENTERED_WITHIN {
            faults.add("/beganAt", Fault::OutOfRange);
        }
        if !(0..=LENGTH_S_MAX).contains(&self.length_s) {
            faults.add("/seconds", Fault::OutOfRange);
        }
        if self.patient.is_some() && self.lead.is_some() {
            faults.add("/leadId", Fault::NotAsked);
        }
        let held_by = self.held_by.and_then(|name| faults.check("/heldBy", line(name)));
        let region = Some(profile.phone_region.as_str());
        let mut body = Body {
            phone: self.phone.and_then(|phone| faults.check("/phone", normalise_phone(phone, region))),
            ..Body::default()
        };
        if let Some(audio) = &self.audio {
            // Who refused is not recorded, and nobody is who was not told; what somebody else has is not here.
            if self.refused || is_elsewhere {
                faults.add("/audio", Fault::NotAsked);
            }
            if !self.announced {
                faults.add("/announced", Fault::Required);
            }
            if !profile.recordings.media_types.iter().any(|known| known == audio.media_type) {
                faults.add("/audio/mediaType", Fault::UnknownValue);
            }
            if audio.size_bytes < 1 {
                faults.add("/audio/sizeBytes", Fault::OutOfRange);
            }
            body.media_type = Some(audio.media_type.to_owned());
            body.size_bytes = u64::try_from(audio.size_bytes).unwrap_or_default();
            body.sha256 = audio.sha256.map(str::to_ascii_lowercase);
        }
        faults.into_result()?;
        if self.audio.as_ref().is_some_and(|audio| audio.size_bytes > profile.recordings.max_bytes) {
            return Err(Error::refused(Code::TooLarge));
        }
        Ok((body, held_by))
    }

    fn row(&self, tx: &Tx, app: &App, caller: &Caller, keys: &SubjectKeys, said: &(Body, Option<String>)) -> Result<Recording> {
        let id = tx.id();
        Ok(Recording {
            id,
            subject: keys.subject,
            known: self.patient.is_some(),
            lead: self.lead,
            clinic: caller.clinic,
            staff: caller.id,
            source: self.source.as_str().to_owned(),
            holder: self.holder.as_str().to_owned(),
            held_by: said.1.clone(),
            announced: self.announced,
            refused: self.refused,
            began_at: self.began_at,
            length_s: self.length_s,
            state: if self.audio.is_some() { DECLARED } else { NOTED }.to_owned(),
            object: None,
            flagged_at: None,
            flag: None,
            purge_at: app.profile.recordings.keep.after(self.began_at),
            destroyed_at: None,
            version: 1,
            sealed: keys.seal(id, &said.0)?,
        })
    }
}

/// Notes a call: of a patient whom this desk has found, of a lead of its clinics, or of nobody who is known yet.
///
/// # Errors
/// `not_found` for whom it did not find; `refused_by_profile`; `invalid`; `too_large`.
pub async fn create<T>(
    app: &App,
    caller: &Caller,
    (operation, key, asked): (&'static str, &str, &serde_json::Value),
    new: &NewRecording<'_>,
    answer: impl Fn(&Recording) -> T,
) -> Result<T>
where
    T: ToJSON + ParseFromJSON,
{
    let said = new.check(&app.profile, app.ambient.now())?;
    let reader = app.db.reader();
    check_whose(&reader, caller, new, app.ambient.now()).await?;
    let actor = caller.actor(operation);
    if let Some(first) = app.kept(&actor, &caller.keys, key, asked).await? {
        return Ok(first);
    }
    let keys = keys_for(app, new.patient).await?;
    let written = app
        .write_once(&actor, &caller.keys, key, asked, async |tx: &mut Tx| {
            check_whose(tx, caller, new, tx.now()).await?;
            let row = new.row(tx, app, caller, &keys, &said)?;
            rows::insert(tx, &row, tx.now()).await?;
            tx.invalidate(Topic::Keys, keys.subject);
            tx.audit(Line::new("record").on(OBJECT, row.id).about(&keys).of(Class::Recording));
            Ok(answer(&row))
        })
        .await;
    // Refused, or another request with this key was faster: nothing points to keys that were made for this recording.
    let is_decided = matches!(written, Ok(_) | Err(Error::Refused(_)));
    if is_decided && new.patient.is_none() && rows::all_of(&reader, keys.subject).await?.is_empty() {
        app.vault.destroy(keys.subject, &[]).await?;
    }
    written
}

async fn check_whose(db: &impl ConnectionTrait, caller: &Caller, new: &NewRecording<'_>, now: DateTime<Utc>) -> Result<()> {
    if let Some(patient) = new.patient {
        privacy::check_found(db, caller, patient, now).await?;
    }
    match new.lead {
        Some(lead) if !reception::is_lead(db, caller, lead).await? => Err(Error::not_found()),
        _ => Ok(()),
    }
}

/// The patient's keys, or new ones for this recording alone.
async fn keys_for(app: &App, patient: Option<Uuid>) -> Result<Arc<SubjectKeys>> {
    if let Some(patient) = patient {
        return app.vault.ensure(patient, &[Class::Recording]).await;
    }
    let keys = app.vault.create(&[Class::Recording]).await?;
    // No account will ever follow: he is no orphan for the sweep.
    app.vault.settle(keys.subject).await?;
    Ok(keys)
}

/// A recording of the caller's clinics.
///
/// # Errors
/// `not_found`.
pub async fn find(db: &impl ConnectionTrait, caller: &Caller, id: Uuid) -> Result<Recording> {
    let row = rows::find(db, id).await?;
    let is_theirs = |row: &Recording| row.clinic.map_or(caller.clinics.is_everywhere(), |clinic| caller.clinics.serve(clinic));
    row.filter(is_theirs).ok_or_else(Error::not_found)
}
