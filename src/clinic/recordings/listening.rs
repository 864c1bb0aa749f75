//! Listening: by staff with a reason that is written down, by the person himself.

use super::recording::{self, Body, OBJECT};
use super::rows::{self, COMPLETE, Listening, Recording};
use crate::app::App;
use crate::app::stored::{self, AskAgain, Label, Stored};
use crate::app::wire::{Download, attachment};
use crate::clinic::identity::Caller;
use crate::kernel::access::{Grant, NewReason};
use crate::kernel::audit::Line;
use crate::kernel::db::Tx;
use crate::kernel::error::{Code, Error, Result};
use crate::kernel::vault::Class;
use uuid::Uuid;

/// The basis on which staff listen.
pub const LISTENING: &str = "listening";

/// Why somebody listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, poem_openapi::Enum)]
#[oai(rename_all = "camelCase")]
pub enum ListeningReason {
    Complaint,
    QualityControl,
    /// What was agreed upon is disputed.
    Dispute,
    /// The person himself asked for it.
    PersonsRequest,
    /// An authority or a court did.
    LawfulDemand,
}

impl ListeningReason {
    const ALL: [ListeningReason; 5] = [
        ListeningReason::Complaint,
        ListeningReason::QualityControl,
        ListeningReason::Dispute,
        ListeningReason::PersonsRequest,
        ListeningReason::LawfulDemand,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            ListeningReason::Complaint => "complaint",
            ListeningReason::QualityControl => "qualityControl",
            ListeningReason::Dispute => "dispute",
            ListeningReason::PersonsRequest => "personsRequest",
            ListeningReason::LawfulDemand => "lawfulDemand",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == word)
    }
}

/// Writes down why a staff member is about to listen; from then on he may, for as long as the profile says.
///
/// # Errors
/// `not_found`; `content_missing` where there is no audio here; `state_conflict` for what is flagged.
pub async fn begin(app: &App, caller: &Caller, operation: &'static str, id: Uuid, why: ListeningReason) -> Result<Listening> {
    let row = recording::find(&app.db.reader(), caller, id).await?;
    let keys = app.vault.keys(row.subject).await?;
    app.write(&caller.actor(operation), async |tx: &mut Tx| -> Result<Listening> {
        let row = recording::find(tx, caller, id).await?;
        check_audible(&row)?;
        let listening = Listening {
            id: tx.id(),
            recording: id,
            subject: row.subject,
            staff: caller.id,
            at: tx.now(),
            until: app.profile.recordings.listening.after(tx.now()),
            why: why.as_str().to_owned(),
        };
        rows::insert_listening(tx, &listening).await?;
        // To this listening alone, for whoever began it.
        tx.allow(NewReason {
            subject: row.subject,
            party: listening.id,
            class: Class::Recording,
            basis: LISTENING,
            object: id,
            from: listening.at,
            until: Some(listening.until),
        });
        tx.audit(Line::new("beginListening").on(OBJECT, id).about(&keys).of(Class::Recording).because(why.as_str()));
        Ok(listening)
    })
    .await
}

fn check_audible(row: &Recording) -> Result<()> {
    match row.state.as_str() {
        COMPLETE => Ok(()),
        rows::SHUT => Err(Error::refused(Code::StateConflict)),
        _ => Err(Error::refused(Code::ContentMissing)),
    }
}

/// The audio, for a listening that its staff member has begun and that is not over.
///
/// # Errors
/// `not_found`, whatever the cause; as [`begin`].
pub async fn by_staff(
    app: &App,
    caller: &Caller,
    operation: &'static str,
    (id, listening): (Uuid, Uuid),
    range: Option<&str>,
) -> Result<Download> {
    let reader = app.db.reader();
    let row = recording::find(&reader, caller, id).await?;
    let begun = rows::listening(&reader, listening).await?;
    begun.filter(|begun| begun.recording == id && begun.staff == caller.id).ok_or_else(Error::not_found)?;
    check_audible(&row)?;
    let openings = app.openings(caller.actor(operation), caller.asker());
    let grant = openings.grant_as(listening, row.subject, Class::Recording, (OBJECT, id)).await?;
    let (subject, actor, asker, again) = (row.subject, caller.actor(operation), caller.asker(), app.clone());
    // The lines of this opening stand in the trail already: it is the same one, and these are dropped.
    let ask: AskAgain = Box::new(move || {
        let (app, actor) = (again.clone(), actor.clone());
        Box::pin(async move {
            app.openings(actor, asker).grant_as(listening, subject, Class::Recording, (OBJECT, id)).await.map(drop)
        })
    });
    let download = serve(app, &row, &grant, range, ask).await?;
    openings.answer(download).await
}

/// The audio, for the person whose call it was.
///
/// # Errors
/// `not_found`; `content_missing`; `state_conflict` where it was flagged, so that others are not harmed; `frozen`.
pub async fn own(app: &App, caller: &Caller, operation: &'static str, id: Uuid, range: Option<&str>) -> Result<Download> {
    let row = rows::find(&app.db.reader(), id).await?;
    let row = row.filter(|row| row.subject == caller.id).ok_or_else(Error::not_found)?;
    check_audible(&row)?;
    let openings = app.openings(caller.actor(operation), caller.asker());
    let grant = openings.grant(caller.id, Class::Recording, (OBJECT, id)).await?;
    let (subject, actor, asker, again) = (caller.id, caller.actor(operation), caller.asker(), app.clone());
    let ask: AskAgain = Box::new(move || {
        let (app, actor) = (again.clone(), actor.clone());
        Box::pin(async move { app.openings(actor, asker).grant(subject, Class::Recording, (OBJECT, id)).await.map(drop) })
    });
    let download = serve(app, &row, &grant, range, ask).await?;
    openings.answer(download).await
}

async fn serve(app: &App, row: &Recording, grant: &Grant, range: Option<&str>, ask: AskAgain) -> Result<Download> {
    let body: Body = grant.open(row.id, &row.sealed)?;
    let (Some(object), Some(key), Some(media_type)) = (row.object, body.file_key, body.media_type) else {
        return Err(Error::refused(Code::ContentMissing));
    };
    let label = Label { media_type, disposition: attachment("recording") };
    stored::download(app, Stored::new(object, key, body.size_bytes), range, label, ask).await
}
