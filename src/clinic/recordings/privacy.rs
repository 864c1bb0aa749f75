//! What recordings owe the house: their columns, their part of an erasure and of an export, their duty.

use super::ending;
use super::linking::{self, DestroyKeys};
use super::recording::Body;
use super::rows::{self, COMPLETE, SHUT, change};
use crate::app::App;
use crate::app::room::{Duty, Exported, ExportedFile, Forget, Room, Runner};
use crate::clinic::identity::staff_name;
use crate::kernel::db::Tx;
use crate::kernel::error::Result;
use crate::kernel::queue::Task;
use crate::kernel::vault::{Class, Column, Holds, SubjectKeys};
use chrono::{TimeDelta, TimeZone, Utc};
use serde_json::json;
use uuid::Uuid;

pub const ROOM: Room = Room {
    name: "recordings",
    columns,
    forget: |tx, who| Box::pin(forget(tx, who)),
    holdings: None,
    objects: Some(|app, objects| Box::pin(objects_named(app, objects))),
    export: Some(|app, keys| Box::pin(export(app, keys))),
    runners: &[Runner { kind: DestroyKeys::KIND, run: |app, task| Box::pin(linking::destroy_keys(app, task)) }],
    duties: &[Duty { name: "recordings.purge", every: TimeDelta::hours(1), run: |app| Box::pin(ending::sweep(app)) }],
};

fn columns() -> Vec<Column> {
    use Holds::{Office, Plain, Sealed, Subject};
    [
        Column::of(
            "recording",
            &[
                ("id", Plain),
                ("subject", Subject),
                ("known", Plain),
                ("lead", Plain),
                ("clinic", Plain),
                ("staff", Office),
                ("source", Plain),
                ("holder", Plain),
                ("held_by", Office),
                ("announced", Plain),
                ("refused", Plain),
                ("began_at", Plain),
                ("length_s", Plain),
                ("state", Plain),
                ("object", Plain),
                ("entered_at", Plain),
                ("completed_at", Plain),
                ("flagged_at", Plain),
                ("flagged_by", Office),
                ("flag", Plain),
                ("purge_at", Plain),
                ("destroyed_at", Plain),
                ("version", Plain),
                ("sealed", Sealed(Class::Recording)),
            ],
        ),
        Column::of(
            "recording_listening",
            &[
                ("id", Plain),
                ("recording", Plain),
                ("subject", Subject),
                ("staff", Office),
                ("at", Plain),
                ("until", Plain),
                ("why", Plain),
            ],
        ),
    ]
    .concat()
}

/// What is held stays, past its own day, until the hold ends: then this is called once more.
async fn forget(tx: &mut Tx, who: &Forget) -> Result<()> {
    if !who.held.contains(&Class::Recording) {
        return ending::forget(tx, who.subject).await;
    }
    let Some(never) = Utc.with_ymd_and_hms(9999, 1, 1, 0, 0, 0).single() else { return Ok(()) };
    change(tx, "UPDATE recording SET purge_at = $2 WHERE subject = $1", [who.subject.into(), never.into()]).await.map(drop)
}

async fn objects_named(app: &App, objects: &[Uuid]) -> Result<Vec<Uuid>> {
    rows::named_objects(&app.db.reader(), objects).await
}

async fn export(app: &App, keys: &SubjectKeys) -> Result<Vec<Exported>> {
    let reader = app.db.reader();
    let rows = rows::all_of(&reader, keys.subject).await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let grant = app.own_grant(keys, Class::Recording).await?;
    let (mut recordings, mut files) = (Vec::new(), Vec::new());
    for row in rows {
        let body: Body = grant.open(row.id, &row.sealed)?;
        let mut listenings = Vec::new();
        for listening in rows::listenings(&reader, row.id).await? {
            let name = staff_name(app, listening.staff).await?;
            listenings.push(json!({ "at": listening.at, "staffName": name, "reason": listening.why }));
        }
        let bytes = i64::try_from(body.size_bytes).unwrap_or(i64::MAX);
        recordings.push(json!({
            "id": row.id, "source": row.source, "holder": row.holder, "heldBy": row.held_by, "announced": row.announced,
            "refused": row.refused, "beganAt": row.began_at, "seconds": row.length_s, "state": row.state, "phone": body.phone,
            "mediaType": body.media_type, "sizeBytes": bytes, "sha256": body.sha256, "flaggedAt": row.flagged_at,
            // Why the audio is not in the archive.
            "withheld": (row.state == SHUT).then_some(row.flag).flatten(), "purgeAt": row.purge_at, "listenings": listenings,
        }));
        if let (COMPLETE, Some(object), Some(key), Some(media_type)) =
            (row.state.as_str(), row.object, body.file_key, body.media_type)
        {
            files.push(ExportedFile { row: row.id, object, key, bytes, media_type });
        }
    }
    Ok(vec![Exported { name: "recordings", rows: recordings, files }])
}
