//! Recordings, as the desk and the call centre note them, and as those listen to them who have a reason.

use super::super::recording::{self, NewAudio, NewRecording, check_taken};
use super::super::rows::Recording;
use super::super::{ending, linking, listening, rows, upload};
use super::Tag;
use super::views::{
    ListeningView, NewFlag, NewListening, NewRecordingBody, NotedRecording, RecordingLink, RecordingPage, RecordingState,
    RecordingView,
};
use crate::app::App;
use crate::app::wire::{Body, Created, Cursor, Download, Failure, Limit, NoContent, Paging, Reply, Upload};
use crate::clinic::identity::Session;
use crate::kernel::error::Result;
use poem::web::Data;
use poem_openapi::OpenApi;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::types::ToJSON;
use uuid::Uuid;

pub struct StaffRecordingsApi;

#[OpenApi(prefix_path = "/v1/staff", tag = "Tag::Recordings")]
impl StaffRecordingsApi {
    /// Note a call
    ///
    /// With the audio to follow (`putStaffRecordingContent`), or without: somebody else has it, or the caller refused. Where no
    /// calls are recorded: `refused_by_profile`.
    #[oai(path = "/recordings", method = "post", operation_id = "createRecording")]
    async fn create(
        &self,
        app: Data<&App>,
        session: Session,
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] key: Header<String>,
        body: Body<NewRecordingBody>,
    ) -> Result<Created<NotedRecording>, Failure> {
        let caller = session.staff_for("createRecording")?;
        check_taken(&app.profile)?;
        let asked = body.0.to_json().unwrap_or_default();
        let said = &body.0;
        let new = NewRecording {
            source: said.source,
            holder: said.holder,
            held_by: said.held_by.as_deref(),
            announced: said.announced,
            refused: said.refused,
            began_at: said.began_at.get(),
            length_s: said.seconds,
            patient: said.patient_id,
            lead: said.lead_id,
            phone: said.phone.as_deref(),
            audio: said.audio.as_ref().map(|audio| NewAudio {
                media_type: &audio.media_type,
                size_bytes: audio.size_bytes,
                sha256: audio.sha256.as_deref(),
            }),
        };
        let noted = |row: &Recording| NotedRecording {
            id: row.id,
            state: RecordingState::parse(&row.state),
            purge_at: row.purge_at.into(),
        };
        let noted = recording::create(&app, &caller, ("createRecording", &key, &asked), &new, noted).await?;
        Ok(Created::at(format!("/v1/staff/recordings/{}", noted.id), noted))
    }

    /// List recordings
    ///
    /// Of the caller's clinics, newest first; those of one patient where he is named. Nothing of what was said, nor of who called.
    #[oai(path = "/recordings", method = "get", operation_id = "listStaffRecordings")]
    async fn list(
        &self,
        app: Data<&App>,
        session: Session,
        #[oai(name = "patientId")] patient: Query<Option<Uuid>>,
        limit: Query<Option<Limit>>,
        cursor: Query<Option<Cursor>>,
    ) -> Result<Reply<RecordingPage>, Failure> {
        let caller = session.staff_for("listStaffRecordings")?;
        check_taken(&app.profile)?;
        let page: Paging<Uuid> = Paging::of(caller.id, limit.0, cursor.0)?;
        let mut found = rows::page(&app.db.reader(), &caller.clinics, patient.0, page.place, page.rows()).await?;
        let next_cursor = page.cut(&mut found, |row| row.id)?;
        let mut items = Vec::with_capacity(found.len());
        for row in found {
            items.push(RecordingView::of(&app, row).await?);
        }
        Ok(Reply::new(RecordingPage { items, next_cursor }))
    }

    /// Upload the audio of a call
    ///
    /// By whoever has noted it: of the declared size, hash and type. When it is not, nothing is kept and it can be tried again.
    #[oai(path = "/recordings/:id/content", method = "put", operation_id = "putStaffRecordingContent")]
    async fn put(&self, app: Data<&App>, session: Session, id: Path<Uuid>, content: Upload) -> Result<NoContent, Failure> {
        let caller = session.staff_for("putStaffRecordingContent")?;
        check_taken(&app.profile)?;
        upload::put(&app, &caller, "putStaffRecordingContent", id.0, content).await?;
        Ok(NoContent)
    }

    /// Say whose call it was
    ///
    /// Somebody whom the caller has found. From then on it is among his data, and he reads who listened.
    #[oai(path = "/recordings/:id/patient", method = "put", operation_id = "linkRecording")]
    async fn link(
        &self,
        app: Data<&App>,
        session: Session,
        id: Path<Uuid>,
        body: Body<RecordingLink>,
    ) -> Result<NoContent, Failure> {
        let caller = session.staff_for("linkRecording")?;
        check_taken(&app.profile)?;
        linking::link(&app, &caller, "linkRecording", id.0, body.0.patient_id).await?;
        Ok(NoContent)
    }

    /// Say why one is about to listen
    ///
    /// The person reads it beside the recording, and each listening in his access log.
    #[oai(path = "/recordings/:id/listenings", method = "post", operation_id = "createListening")]
    async fn begin(
        &self,
        app: Data<&App>,
        session: Session,
        id: Path<Uuid>,
        body: Body<NewListening>,
    ) -> Result<Created<ListeningView>, Failure> {
        let caller = session.staff_for("createListening")?;
        check_taken(&app.profile)?;
        let begun = listening::begin(&app, &caller, "createListening", id.0, body.0.reason).await?;
        let place = format!("/v1/staff/recordings/{}/content?listeningId={}", id.0, begun.id);
        Ok(Created::at(place, ListeningView::of(&app, begun).await?))
    }

    /// Listen to a recording
    ///
    /// By a listening that one has begun and that is not over. Whole, or one range of its bytes.
    #[oai(path = "/recordings/:id/content", method = "get", operation_id = "getStaffRecordingContent")]
    async fn content(
        &self,
        app: Data<&App>,
        session: Session,
        id: Path<Uuid>,
        #[oai(name = "listeningId")] listening: Query<Uuid>,
        /// One range: `bytes=0-1023`, `bytes=1024-` or `bytes=-512`.
        #[oai(name = "Range")]
        range: Header<Option<String>>,
    ) -> Result<Download, Failure> {
        let caller = session.staff_for("getStaffRecordingContent")?;
        check_taken(&app.profile)?;
        let which = (id.0, listening.0);
        Ok(listening::by_staff(&app, &caller, "getStaffRecordingContent", which, range.0.as_deref()).await?)
    }

    /// Flag a recording
    ///
    /// It is shut at once, for those who listen too. Where the profile refuses what is in it, the audio is destroyed,
    /// unless a legal hold keeps it.
    #[oai(path = "/recordings/:id/flag", method = "post", operation_id = "flagRecording")]
    async fn flag(&self, app: Data<&App>, session: Session, id: Path<Uuid>, body: Body<NewFlag>) -> Result<NoContent, Failure> {
        let caller = session.staff_for("flagRecording")?;
        check_taken(&app.profile)?;
        ending::flag(&app, &caller, "flagRecording", id.0, body.0.flag).await?;
        Ok(NoContent)
    }

    /// Destroy the audio of a call
    ///
    /// What a legal hold keeps is refused (`state_conflict`).
    #[oai(path = "/recordings/:id/content", method = "delete", operation_id = "destroyRecording")]
    async fn destroy(&self, app: Data<&App>, session: Session, id: Path<Uuid>) -> Result<NoContent, Failure> {
        let caller = session.staff_for("destroyRecording")?;
        check_taken(&app.profile)?;
        ending::destroy(&app, &caller, "destroyRecording", id.0).await?;
        Ok(NoContent)
    }
}
