//! Building an archive: every room is asked for what it knows, and all of it goes sealed into the file store as it comes.

use super::super::rows;
use super::anonymous::{Anonymous, LEFT_OUT};
use super::archive::{Archive, Told, Whose};
use super::content::{self, Content};
use super::fhir::{BUNDLE, Bundle};
use super::others::{Issuers, Others};
use super::page::Page;
use super::spool::Spool;
use super::{Packed, page};
use crate::app::App;
use crate::app::room::{Exported, ExportedFile};
use crate::app::stored::{self, Stored};
use crate::clinic::identity::{Event, Happened};
use crate::kernel::db::{Actor, Tx};
use crate::kernel::error::{Code, Error, Result};
use crate::kernel::lang::Lang;
use crate::kernel::queue::{self, Claimed, Outcome, Task};
use crate::kernel::vault::{FileKey, SubjectKeys};
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

/// The room of visits.
const VISITS: &str = "scheduling";
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
    let lang = Lang::of_tag(&row.lang).unwrap_or(app.profile.default_language);
    let content = Content::parse(&row.content);
    let build = Build { app, task, keys: &keys, export: id, object, content, lang, at: Instant::now(), done: 0, parts: 0 };
    match build.all().await {
        Ok(packed) => finish(app, &keys, (id, object), (row.asked_by.is_none(), &packed)).await,
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

/// Stores what opens the archive. A person is told that his own is ready; whoever else asked looks.
async fn finish(app: &App, keys: &SubjectKeys, (id, object): (Uuid, Uuid), built: (bool, &Packed)) -> Result<Outcome> {
    let (is_own, packed) = built;
    let sealed = keys.seal(id, packed)?;
    let expires_at = app.profile.export.keep.after(app.ambient.now());
    let finished = app
        .write(&Actor::house("buildExport"), async |tx: &mut Tx| {
            let now = tx.now();
            let finished = rows::finish_export(tx, (id, object), sealed.clone(), now, expires_at).await?;
            if finished && is_own {
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
    content: Content,
    lang: Lang,
    /// Of the last pulse.
    at: Instant,
    done: i32,
    parts: i32,
}

/// What a build writes to.
struct Copy<'a> {
    archive: Archive,
    page: Page,
    page_text: Spool,
    bundle: Bundle,
    bundle_text: Spool,
    others: Others<'a>,
    issuers: Issuers,
    anonymous: Option<Anonymous>,
}

impl<'a> Build<'a> {
    async fn all(mut self) -> Result<Packed> {
        let app = self.app;
        let key = self.keys.file_key();
        let mut copy = self.begin(&key).await?;
        // Visits first: they say which clinic issued a document.
        let mut rooms: Vec<_> = app.rooms.iter().filter_map(|room| Some((room.name, room.export?))).collect();
        rooms.sort_by_key(|(name, _)| *name != VISITS);
        self.parts = i32::try_from(rooms.len()).unwrap_or(i32::MAX);
        for (room, export) in rooms {
            self.advance(room).await?;
            let parts = export(app, self.keys).await?;
            self.room(&mut copy, room, parts).await?;
            self.done += 1;
        }
        self.advance("packing").await?;
        let (bytes, sha256, signature) = self.end(copy).await?;
        Ok(Packed { bytes, sha256, signature, key })
    }

    async fn begin(&self, key: &FileKey) -> Result<Copy<'a>> {
        let (app, now) = (self.app, self.app.ambient.now());
        let writer = app.adapters.files.writer(self.object).await?;
        let is_anonymised = self.content.is_anonymised();
        let salt = if is_anonymised { app.ambient.bytes() } else { [0; 16] };
        Ok(Copy {
            archive: Archive::begin(writer, self.object, key.clone(), now)?,
            page: Page::begin(&app.profile.operator, self.lang, now),
            page_text: Spool::begin(app, self.keys).await?,
            bundle: Bundle::begin(&app.profile.operator, self.lang, self.keys.subject, salt, now),
            bundle_text: Spool::begin(app, self.keys).await?,
            others: Others::new(&app.profile.export),
            issuers: Issuers::default(),
            anonymous: is_anonymised.then(|| Anonymous { salt, today: app.profile.today(now) }),
        })
    }

    async fn end(&self, copy: Copy<'_>) -> Result<(u64, String, String)> {
        let app = self.app;
        let Copy { mut archive, mut page, mut page_text, bundle, mut bundle_text, others, .. } = copy;
        let is_anonymised = self.content.is_anonymised();
        let left_out = if is_anonymised { LEFT_OUT } else { &[] };
        page.limits(&others.limits(), left_out);
        page_text.put(&page.end()).await?;
        bundle_text.put(&bundle.end()).await?;
        page_text.into_archive(app, &mut archive, "index.html").await?;
        bundle_text.into_archive(app, &mut archive, BUNDLE).await?;
        let whose = Whose { export: self.export, subject: self.keys.subject };
        let told = Told {
            content: self.content.as_str(),
            whose: (!is_anonymised).then_some(whose),
            limits: others.limits(),
            left_out,
            at: app.ambient.now(),
            operator: app.profile.operator.name.in_lang(self.lang).to_owned(),
            profile: format!("{} {}", app.profile.id, app.profile.revision),
        };
        archive.finish(&app.sealer, &told).await
    }

    async fn room(&mut self, copy: &mut Copy<'_>, room: &'static str, parts: Vec<Exported>) -> Result<()> {
        let parts = self.prepared(copy, parts);
        if parts.iter().all(|part| part.rows.is_empty() && part.files.is_empty()) {
            return Ok(());
        }
        copy.page.room(room);
        let mut data = Map::new();
        for mut part in parts {
            for file in &part.files {
                let name = file_name(room, file);
                self.file(&mut copy.archive, room, name.clone(), Stored::of(file)).await?;
                note(&mut part.rows, file.row, name);
            }
            copy.page.part(part.name, &part.rows);
            copy.bundle.part(part.name, &part.rows);
            copy.page_text.put(&copy.page.take()).await?;
            copy.bundle_text.put(&copy.bundle.take()).await?;
            data.insert(part.name.to_owned(), Value::Array(part.rows));
        }
        let text = serde_json::to_vec_pretty(&data).map_err(|_| Error::internal("an export could not be written"))?;
        copy.archive.text(&format!("data/{room}.json"), &text).await
    }

    /// What of a room goes into this copy, and how.
    fn prepared(&self, copy: &mut Copy<'_>, parts: Vec<Exported>) -> Vec<Exported> {
        let mut parts = if self.content.is_extract() { content::clinical(parts) } else { parts };
        copy.issuers.learn(&parts);
        copy.issuers.name(&mut parts, self.app.profile.operator.name.in_lang(self.lang));
        match &copy.anonymous {
            Some(anonymous) => anonymous.parts(parts),
            None => {
                copy.others.redact(&mut parts);
                parts
            }
        }
    }

    async fn file(&mut self, archive: &mut Archive, room: &'static str, name: String, file: Stored) -> Result<()> {
        let all = file.all();
        let mut parts = stored::read(self.app, file, all, stored::ourselves()).await?;
        archive.begin_file(name)?;
        while let Some(part) = parts.try_next().await.map_err(|_| Error::Unavailable("a file of an export"))? {
            archive.part(&part).await?;
            self.pulse(room).await?;
        }
        archive.end_file();
        Ok(())
    }

    /// Says at which room it is, for whoever waits.
    async fn advance(&mut self, step: &'static str) -> Result<()> {
        let (id, object, done, parts) = (self.export, self.object, self.done, self.parts);
        let at = rows::Progress { done, parts, step };
        let lives = self
            .app
            .write(&Actor::house("buildExport"), async |tx: &mut Tx| -> Result<bool> {
                Ok(rows::advance_export(tx, id, object, at).await? && queue::renew(tx, self.task).await?)
            })
            .await?;
        self.at = Instant::now();
        if lives { Ok(()) } else { Err(Error::Unavailable("another attempt builds this export")) }
    }

    /// Says that this attempt still lives.
    ///
    /// # Errors
    /// `Unavailable` when it does not any more: another one has begun, or the subject is gone.
    async fn pulse(&mut self, step: &'static str) -> Result<()> {
        if self.at.elapsed() < PULSE { Ok(()) } else { self.advance(step).await }
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
