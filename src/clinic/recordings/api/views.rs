//! What goes over the wire.

use super::super::ending::RecordingFlag;
use super::super::listening::ListeningReason;
use super::super::recording::{RecordingHolder, RecordingSource};
use super::super::rows::{self, COMPLETE, DECLARED, DESTROYED, Listening, NOTED, Recording};
use crate::app::App;
use crate::app::wire::Instant;
use crate::clinic::identity::staff_name;
use crate::kernel::error::Result;
use crate::page_of;
use poem_openapi::{Enum, Object};
use uuid::Uuid;

/// Audio that will be uploaded.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewAudioBody {
    /// One of those that the profile takes: MP3, Ogg and WAV unless the operator changed it.
    #[oai(validator(min_length = 3, max_length = 100))]
    pub media_type: String,
    #[oai(validator(minimum(value = "1")))]
    pub size_bytes: i64,
    /// SHA-256 of the content in hexadecimal, to be checked at the upload.
    #[oai(validator(pattern = "^[0-9A-Fa-f]{64}$"))]
    pub sha256: Option<String>,
}

#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewRecordingBody {
    pub source: RecordingSource,
    pub holder: RecordingHolder,
    /// Which third party has the audio: needed where it has.
    #[oai(validator(min_length = 1, max_length = 200))]
    pub held_by: Option<String>,
    /// Whether the caller was told that he is recorded: audio is taken of nobody else.
    pub announced: bool,
    /// Whether he refused: then no audio is taken.
    pub refused: bool,
    pub began_at: Instant,
    #[oai(validator(minimum(value = "0"), maximum(value = "21600")))]
    pub seconds: i64,
    /// Whose call it was: somebody whom the caller has found. Absent: not known yet.
    pub patient_id: Option<Uuid>,
    /// Somebody who only asked.
    pub lead_id: Option<Uuid>,
    /// From which it was called.
    #[oai(validator(min_length = 1, max_length = 40))]
    pub phone: Option<String>,
    /// Absent: none is taken here.
    pub audio: Option<NewAudioBody>,
}

/// A recording as soon as it is noted.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct NotedRecording {
    pub id: Uuid,
    pub state: RecordingState,
    /// When it is destroyed.
    pub purge_at: Instant,
}

#[derive(Enum, Debug, Clone, Copy, PartialEq)]
#[oai(rename_all = "camelCase")]
pub enum RecordingState {
    /// There is no audio here: it is held elsewhere, or the caller refused.
    Noted,
    /// Its audio is awaited.
    Declared,
    Complete,
    /// Flagged: nobody listens.
    Shut,
    /// The audio is gone.
    Destroyed,
}

impl RecordingState {
    pub fn parse(word: &str) -> Self {
        match word {
            NOTED => RecordingState::Noted,
            DECLARED => RecordingState::Declared,
            COMPLETE => RecordingState::Complete,
            DESTROYED => RecordingState::Destroyed,
            _ => RecordingState::Shut,
        }
    }
}

/// That somebody listened.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct ListeningView {
    id: Uuid,
    at: Instant,
    /// Until when he may.
    until: Instant,
    /// Absent when he works here no more.
    staff_name: Option<String>,
    reason: Option<ListeningReason>,
}

impl ListeningView {
    pub async fn of(app: &App, row: Listening) -> Result<Self> {
        Ok(Self {
            id: row.id,
            at: row.at.into(),
            until: row.until.into(),
            staff_name: staff_name(app, row.staff).await?,
            reason: ListeningReason::parse(&row.why),
        })
    }
}

#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct RecordingView {
    id: Uuid,
    source: RecordingSource,
    holder: RecordingHolder,
    held_by: Option<String>,
    announced: bool,
    refused: bool,
    began_at: Instant,
    seconds: i64,
    state: RecordingState,
    /// Whether it is known whose call it was.
    is_linked: bool,
    flagged_at: Option<Instant>,
    /// Why it was flagged.
    flag: Option<RecordingFlag>,
    purge_at: Instant,
    /// Who listened, oldest first.
    listenings: Vec<ListeningView>,
}

impl RecordingView {
    pub async fn of(app: &App, row: Recording) -> Result<Self> {
        let mut listenings = Vec::new();
        for listening in rows::listenings(&app.db.reader(), row.id).await? {
            listenings.push(ListeningView::of(app, listening).await?);
        }
        Ok(Self {
            id: row.id,
            source: RecordingSource::parse(&row.source),
            holder: RecordingHolder::parse(&row.holder),
            held_by: row.held_by,
            announced: row.announced,
            refused: row.refused,
            began_at: row.began_at.into(),
            seconds: row.length_s,
            state: RecordingState::parse(&row.state),
            is_linked: row.known,
            flagged_at: row.flagged_at.map(Into::into),
            flag: row.flag.as_deref().and_then(RecordingFlag::parse),
            purge_at: row.purge_at.into(),
            listenings,
        })
    }
}

page_of!(
    /// Recordings, newest first.
    RecordingPage of RecordingView
);

#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewListening {
    pub reason: ListeningReason,
}

#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewFlag {
    pub flag: RecordingFlag,
}

#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
pub struct RecordingLink {
    pub patient_id: Uuid,
}
