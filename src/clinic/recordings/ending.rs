//! The end of a recording: flagged and shut, destroyed by an officer, or on its day.

use super::recording::{self, Body, OBJECT};
use super::rows::{self, DESTROYED, Recording};
use crate::app::App;
use crate::app::stored::DeleteObject;
use crate::clinic::identity::Caller;
use crate::clinic::privacy;
use crate::kernel::access;
use crate::kernel::audit::Line;
use crate::kernel::db::{Actor, Tx};
use crate::kernel::error::{Code, Error, Result};
use crate::kernel::invalidation::Topic;
use crate::kernel::queue::Task;
use crate::kernel::vault::{Class, SubjectKeys};
use uuid::Uuid;

const SWEPT_AT_ONCE: u64 = 200;

/// What is wrong with a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq, poem_openapi::Enum)]
#[oai(rename_all = "camelCase")]
pub enum RecordingFlag {
    /// Somebody's health is spoken of. Where the profile refuses such data, the audio is destroyed at once.
    HealthData,
    /// Somebody else is heard, or spoken of, whom it could harm.
    OtherPerson,
    /// The caller was not told, or had refused.
    NotAllowed,
    /// It is another call than was noted.
    Mistaken,
}

impl RecordingFlag {
    const ALL: [RecordingFlag; 4] =
        [RecordingFlag::HealthData, RecordingFlag::OtherPerson, RecordingFlag::NotAllowed, RecordingFlag::Mistaken];

    pub const fn as_str(self) -> &'static str {
        match self {
            RecordingFlag::HealthData => "healthData",
            RecordingFlag::OtherPerson => "otherPerson",
            RecordingFlag::NotAllowed => "notAllowed",
            RecordingFlag::Mistaken => "mistaken",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|flag| flag.as_str() == word)
    }
}

/// Flags a recording: it is shut at once, for those who listen too. Where what is in it may not be here at all it is destroyed.
///
/// # Errors
/// `not_found`; `state_conflict` when there is nothing to be shut.
pub async fn flag(app: &App, caller: &Caller, operation: &'static str, id: Uuid, flag: RecordingFlag) -> Result<()> {
    let row = recording::find(&app.db.reader(), caller, id).await?;
    let keys = app.vault.keys(row.subject).await?;
    let may_not_be = match flag {
        RecordingFlag::HealthData => app.profile.refuses(Class::Clinical),
        RecordingFlag::NotAllowed => true,
        RecordingFlag::OtherPerson | RecordingFlag::Mistaken => false,
    };
    app.write(&caller.actor(operation), async |tx: &mut Tx| -> Result<()> {
        if !rows::flag(tx, id, (flag.as_str(), caller.id), tx.now()).await? {
            return Err(Error::refused(Code::StateConflict));
        }
        access::end_reasons(tx, id).await?;
        tx.audit(Line::new("flag").on(OBJECT, id).about(&keys).of(Class::Recording).because(flag.as_str()));
        let row = recording::find(tx, caller, id).await?;
        if may_not_be && !is_held(tx, &row).await? {
            empty(tx, &keys, row).await?;
        }
        Ok(())
    })
    .await
}

/// An officer destroys the audio of a recording. What is known of the call stays until its day.
///
/// # Errors
/// `not_found`; `state_conflict` when there is none any more, a legal hold keeps it, or somebody was quicker.
pub async fn destroy(app: &App, caller: &Caller, operation: &'static str, id: Uuid) -> Result<()> {
    let row = recording::find(&app.db.reader(), caller, id).await?;
    let keys = app.vault.keys(row.subject).await?;
    app.write(&caller.actor(operation), async |tx: &mut Tx| -> Result<()> {
        let row = recording::find(tx, caller, id).await?;
        if row.state == DESTROYED || is_held(tx, &row).await? {
            return Err(Error::refused(Code::StateConflict));
        }
        access::end_reasons(tx, id).await?;
        empty(tx, &keys, row).await
    })
    .await
}

/// Whether an officer keeps it for a court, or whoever else is owed it.
async fn is_held(tx: &Tx, row: &Recording) -> Result<bool> {
    if !row.known {
        return Ok(false);
    }
    privacy::is_legally_held(tx, row.subject, Class::Recording, tx.now()).await
}

/// Takes away the audio with its key, and from where it was called.
async fn empty(tx: &mut Tx, keys: &SubjectKeys, row: Recording) -> Result<()> {
    delete_object(tx, &row);
    let id = row.id;
    let sealed = keys.seal(id, &Body::default())?;
    let emptied = Recording { state: DESTROYED.to_owned(), object: None, destroyed_at: Some(tx.now()), sealed, ..row };
    if !rows::replace(tx, &emptied, None).await? {
        return Err(Error::refused(Code::StateConflict));
    }
    tx.audit(Line::new("destroy").on(OBJECT, id).about(keys).of(Class::Recording));
    Ok(())
}

/// The bytes go by a task.
pub fn delete_object(tx: &mut Tx, row: &Recording) {
    if let Some(object) = row.object {
        tx.enqueue(DeleteObject { object }.task().once(format!("deleteObject:{object}")));
    }
}

/// Destroys the recordings whose day has come, with the keys of those that were nobody's. What an officer holds waits.
pub async fn sweep(app: &App) -> Result<()> {
    let mut after = Uuid::nil();
    loop {
        let due = rows::due(&app.db.reader(), app.ambient.now(), after, SWEPT_AT_ONCE).await?;
        let Some(last) = due.last() else { return Ok(()) };
        after = last.id;
        for row in due {
            purge(app, &row).await?;
        }
    }
}

async fn purge(app: &App, row: &Recording) -> Result<()> {
    // Before the row, which is what leads to them.
    if !row.known {
        app.vault.destroy(row.subject, &[]).await?;
    }
    app.write(&Actor::house("purgeRecording"), async |tx: &mut Tx| -> Result<()> {
        if is_held(tx, row).await? {
            return Ok(());
        }
        delete_object(tx, row);
        rows::drop_row(tx, row.id).await?;
        access::drop_reasons(tx, row.id).await?;
        if !row.known {
            access::forget(tx, row.subject).await?;
            tx.invalidate(Topic::Keys, row.subject);
        }
        tx.audit(Line::new("purge").on(OBJECT, row.id).of(Class::Recording));
        Ok(())
    })
    .await
}

/// Everything under these keys goes: at an erasure that holds nothing of it, and on the day on which that ends.
pub async fn forget(tx: &mut Tx, subject: Uuid) -> Result<()> {
    for row in rows::all_of(tx, subject).await? {
        delete_object(tx, &row);
        rows::drop_row(tx, row.id).await?;
    }
    Ok(())
}
