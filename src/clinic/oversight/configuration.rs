//! A change of the configuration or of the profile leaves its old and its new hash in the trail, and under whose account on
//! this machine the server was started with it.

use crate::app::App;
use crate::app::profile::Profile;
use crate::kernel::audit::Line;
use crate::kernel::db::{Actor, Tx};
use crate::kernel::error::Result;
use crate::kernel::sql::{change, one};
use sea_orm::FromQueryResult;
use sha2::{Digest, Sha256};

const META: &str = "configuration";

#[derive(FromQueryResult)]
struct Known {
    value: String,
}

/// Notes what the server was started with, if it is not what it was started with before. Nodes of one installation have one
/// configuration: where two differ, each start leaves its line.
pub async fn note(app: &App) -> Result<()> {
    let new = hash(app)?;
    let actor = Actor::house("configure");
    app.write(&actor, async |tx: &mut Tx| -> Result<()> {
        let known: Option<Known> = one(tx, "SELECT value FROM meta WHERE name = $1", [META.into()]).await?;
        let old = known.map(|known| known.value);
        if old.as_deref() == Some(new.as_str()) {
            return Ok(());
        }
        let sql = "INSERT INTO meta (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
        change(tx, sql, [META.into(), new.clone().into()]).await?;
        let account = rustix::process::getuid().as_raw();
        let told = format!("{} -> {new} uid {account}", old.as_deref().unwrap_or("none"));
        let id = tx.id();
        tx.audit(Line::new("configure").on("configuration", id).because(&told));
        Ok(())
    })
    .await
}

/// The configuration as it prints itself, where secrets are dots, and the text of the profile.
fn hash(app: &App) -> Result<String> {
    let mut hash = Sha256::new();
    hash.update(format!("{:?}", app.config).as_bytes());
    hash.update(Profile::text(&app.config.profile)?.as_bytes());
    Ok(hex::encode(hash.finalize()))
}
