//! Building an archive: every room is asked for what it knows, and all of it goes sealed into the file store as it comes.

use super::super::rows;
use super::archive::{Archive, Told};
use super::page::Page;
use super::{Packed, page};
use crate::app::App;
use crate::app::room::{Exported, ExportedFile};
use crate::app::stored::{self, Stored};
use crate::clinic::identity::{Event, Happened};
use crate::kernel::db::{Actor, Tx};
use crate::kernel::error::{Code, Error, Result};
use crate::kernel::lang::Lang;
use crate::kernel::queue::{self, Claimed, Outcome, Task};
use crate::kernel::vault::SubjectKeys;
use futures_util::TryStreamExt;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::time::Duration;
use tokio::time::Instant;
use uuid::Uuid;

#[derive(Serialize, Deserialize)]
pub struct BuildExport {
    pub export: Uuid,
}

impl Task for BuildExport {
    const KIND: &'static str = "privacy.buildExport";
    const ATTEMPTS: i32 = 6;
}

/// How often a build prolongs its lease and says how far it has come. A third of the lease, so that one late pulse is no loss.
const PULSE: Duration = Duration::from_secs(15);

/// Builds the archive of an export. A repetition begins anew, under another object.
pub async fn run(app: &App, task: &Claimed) -> Result<Outcome> {
    let id = task.read::<BuildExport>()?.export;
    let Some(row) = rows::find_export(&app.db.reader(), id).await? else { return Ok(Outcome::Done) };
    let keys = match app.vault.keys(row.subject).await {
        Err(error) if error.code() == Code::NotFound => return Ok(Outcome::Done),
        keys => keys?,
    };
    let object = app.ambient.id();
    let begun = app.write(&Actor::house("buildExport"), async |tx: &mut Tx| rows::begin_export(tx, id, object).await).await?;
    if !begun {
        return Ok(Outcome::Done);
    }
    let build = Build { app, task, keys: &keys, export: id, object, at: Instant::now(), done: 0, parts: 0 };
    let lang = Lang::of_tag(&row.lang).unwrap_or(app.profile.default_language);
    match build.all(lang).await {
        Ok(packed) => finish(app, &keys, (id, object), &packed).await,
        Err(error) => {
            if task.attempt >= task.attempts_max {
                let now = app.ambient.now();
                let fail = async |tx: &mut Tx| rows::fail_export(tx, id, now).await;
                app.write(&Actor::house("buildExport"), fail).await?;
            }
            Err(error)
        }
    }
}

async fn finish(app: &App, keys: &SubjectKeys, (id, object): (Uuid, Uuid), packed: &Packed) -> Result<Outcome> {
    let sealed = keys.seal(id, packed)?;
    let expires_at = app.profile.export.keep.after(app.ambient.now());
    let finished = app
        .write(&Actor::house("buildExport"), async |tx: &mut Tx| {
            let now = tx.now();
            let finished = rows::finish_export(tx, (id, object), sealed.clone(), now, expires_at).await?;
            if finished {
                tx.enqueue(Happened { subject: keys.subject, event: Event::ExportReady, object: id }.task());
            }
            Ok::<_, Error>(finished)
        })
        .await?;
    if !finished {
        app.adapters.files.delete(object).await?;
    }
    Ok(Outcome::Done)
}

struct Build<'a> {
    app: &'a App,
    task: &'a Claimed,
    keys: &'a SubjectKeys,
    export: Uuid,
    object: Uuid,
    /// Of the last pulse.
    at: Instant,
    done: i32,
    parts: i32,
}

impl Build<'_> {
    async fn all(mut self, lang: Lang) -> Result<Packed> {
        let app = self.app;
        let key = self.keys.file_key();
        let writer = app.adapters.files.writer(self.object).await?;
        let mut archive = Archive::begin(writer, self.object, key.clone(), app.ambient.now())?;
        let mut page = Page::begin(&app.profile.operator, lang, app.ambient.now());
        let rooms: Vec<_> = app.rooms.iter().filter_map(|room| Some((room.name, room.export?))).collect();
        self.parts = i32::try_from(rooms.len()).unwrap_or(i32::MAX);
        for (room, export) in rooms {
            let parts = export(app, self.keys).await?;
            self.room(&mut archive, &mut page, room, parts).await?;
            self.done += 1;
        }
        archive.text("index.html", page.end().as_bytes()).await?;
        let told = Told {
            export: self.export,
            subject: self.keys.subject,
            at: app.ambient.now(),
            operator: app.profile.operator.name.in_lang(lang).to_owned(),
            profile: format!("{} {}", app.profile.id, app.profile.revision),
        };
        let (bytes, sha256, signature) = archive.finish(&app.sealer, &told).await?;
        Ok(Packed { bytes, sha256, signature, key })
    }

    async fn room(&mut self, archive: &mut Archive, page: &mut Page, room: &'static str, parts: Vec<Exported>) -> Result<()> {
        if parts.iter().all(|part| part.rows.is_empty() && part.files.is_empty()) {
            return Ok(());
        }
        page.room(room);
        let mut data = Map::new();
        for mut part in parts {
            for file in &part.files {
                let name = file_name(room, file);
                self.file(archive, name.clone(), Stored::of(file)).await?;
                note(&mut part.rows, file.row, name);
            }
            page.part(part.name, &part.rows);
            data.insert(part.name.to_owned(), Value::Array(part.rows));
        }
        let text = serde_json::to_vec_pretty(&data).map_err(|_| Error::internal("an export could not be written"))?;
        archive.text(&format!("data/{room}.json"), &text).await?;
        self.pulse().await
    }

    async fn file(&mut self, archive: &mut Archive, name: String, file: Stored) -> Result<()> {
        let all = file.all();
        let mut parts = stored::read(self.app, file, all, stored::ourselves()).await?;
        archive.begin_file(name)?;
        while let Some(part) = parts.try_next().await.map_err(|_| Error::Unavailable("a file of an export"))? {
            archive.part(&part).await?;
            self.pulse().await?;
        }
        archive.end_file();
        Ok(())
    }

    /// Says that this attempt still lives.
    ///
    /// # Errors
    /// `Unavailable` when it does not any more: another one has begun, or the subject is gone.
    async fn pulse(&mut self) -> Result<()> {
        if self.at.elapsed() < PULSE {
            return Ok(());
        }
        let (id, object, done, parts) = (self.export, self.object, self.done, self.parts);
        let lives = self
            .app
            .write(&Actor::house("buildExport"), async |tx: &mut Tx| -> Result<bool> {
                Ok(rows::advance_export(tx, id, object, done, parts).await? && queue::renew(tx, self.task).await?)
            })
            .await?;
        self.at = Instant::now();
        if lives { Ok(()) } else { Err(Error::Unavailable("another attempt builds this export")) }
    }
}

/// Names of the person's own files stand beside them, in the data; here only what is harmless in every file system.
fn file_name(room: &str, file: &ExportedFile) -> String {
    let extension = match file.media_type.as_str() {
        "application/pdf" => "pdf",
        "image/jpeg" => "jpg",
        "image/png" => "png",
        "image/webp" => "webp",
        _ => "bin",
    };
    format!("files/{room}/{}.{extension}", file.row)
}

/// Writes into the row of a file where it lies.
fn note(rows: &mut [Value], id: Uuid, name: String) {
    let id = json!(id);
    if let Some(row) = rows.iter_mut().filter_map(Value::as_object_mut).find(|row| row.get("id") == Some(&id)) {
        row.insert(page::FILE.to_owned(), name.into());
    }
}
