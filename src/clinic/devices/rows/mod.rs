//! The room's tables and every query on them.

mod telemetry;

pub use telemetry::{PeopleRow, TotalRow, add_totals, batches, drop_small_groups, insert_batch, insert_marks, people, totals};

use crate::kernel::error::Result;
use crate::kernel::sql::list;
pub use crate::kernel::sql::{all, change};
use crate::kernel::vault::Sealed;
use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, FromQueryResult};
use uuid::Uuid;

/// What a sweep looks at in one go.
pub const PAGE: usize = 500;

#[derive(FromQueryResult)]
pub struct Installation {
    pub id: Uuid,
    pub session: Uuid,
    pub registered_at: DateTime<Utc>,
    pub sealed: Sealed,
}

#[derive(FromQueryResult)]
pub struct Token {
    pub id: Uuid,
    pub installation: Uuid,
    /// The session of its installation.
    pub session: Uuid,
    pub kind: String,
    pub registered_at: DateTime<Utc>,
    pub sealed: Sealed,
}

/// Where an installation belongs, for the sweep.
#[derive(FromQueryResult)]
pub struct Place {
    pub id: Uuid,
    pub owner: Uuid,
    pub session: Uuid,
}

#[derive(FromQueryResult)]
struct Owner {
    owner: Uuid,
}

/// Somebody's installations, the one registered last first.
pub async fn installations(db: &impl ConnectionTrait, owner: Uuid) -> Result<Vec<Installation>> {
    let sql = "SELECT id, session, registered_at, sealed FROM installation WHERE owner = $1 ORDER BY registered_at DESC, id";
    all(db, sql, [owner.into()]).await
}

pub async fn tokens(db: &impl ConnectionTrait, owner: Uuid) -> Result<Vec<Token>> {
    let sql = "SELECT t.id, t.installation, i.session, t.kind, t.registered_at, t.sealed FROM push_token t \
               JOIN installation i ON i.id = t.installation WHERE t.owner = $1 ORDER BY t.registered_at DESC, t.id";
    all(db, sql, [owner.into()]).await
}

/// Writes an installation, or what it is by now.
pub async fn put_installation(db: &impl ConnectionTrait, owner: Uuid, row: Installation) -> Result<()> {
    let sql = "INSERT INTO installation (id, owner, session, registered_at, sealed) VALUES ($1, $2, $3, $4, $5) \
               ON CONFLICT (id) DO UPDATE SET session = excluded.session, registered_at = excluded.registered_at, \
               sealed = excluded.sealed";
    let values = [row.id.into(), owner.into(), row.session.into(), row.registered_at.into(), row.sealed.into()];
    change(db, sql, values).await.map(drop)
}

/// Writes a token, which may have come from another installation of the same account.
pub async fn put_token(db: &impl ConnectionTrait, owner: Uuid, row: Token) -> Result<()> {
    let sql = "INSERT INTO push_token (id, installation, owner, kind, registered_at, sealed) VALUES ($1, $2, $3, $4, $5, $6) \
               ON CONFLICT (id) DO UPDATE SET installation = excluded.installation, registered_at = excluded.registered_at, \
               sealed = excluded.sealed";
    let values =
        [row.id.into(), row.installation.into(), owner.into(), row.kind.into(), row.registered_at.into(), row.sealed.into()];
    change(db, sql, values).await.map(drop)
}

/// Drops an installation's tokens but for `kept`, and answers how many those were.
pub async fn drop_other_tokens(db: &impl ConnectionTrait, installation: Uuid, kept: &[Uuid]) -> Result<u64> {
    let places: String = (2..kept.len() + 2).map(|place| format!(" AND id <> ${place}")).collect();
    let values = std::iter::once(installation.into()).chain(kept.iter().map(|id| (*id).into()));
    change(db, &format!("DELETE FROM push_token WHERE installation = $1{places}"), values).await
}

/// Which of these accounts have any installation.
pub async fn owners_among(db: &impl ConnectionTrait, accounts: &[Uuid]) -> Result<Vec<Uuid>> {
    let (places, values) = list(0, accounts);
    let sql = format!("SELECT DISTINCT owner FROM installation WHERE owner IN ({places})");
    let owners: Vec<Owner> = all(db, &sql, values).await?;
    Ok(owners.into_iter().map(|row| row.owner).collect())
}

/// Drops the installations of an account beyond the `most` that were registered last.
pub async fn drop_oldest(db: &impl ConnectionTrait, owner: Uuid, most: u32) -> Result<u64> {
    let sql = format!(
        "DELETE FROM installation WHERE owner = $1 AND id NOT IN \
         (SELECT id FROM installation WHERE owner = $1 ORDER BY registered_at DESC, id LIMIT {most})"
    );
    change(db, &sql, [owner.into()]).await
}

/// Drops the token of a kind, if it was registered before `before`, and answers whose it was.
pub async fn drop_token(
    db: &impl ConnectionTrait,
    installation: Uuid,
    kind: &str,
    before: DateTime<Utc>,
) -> Result<Option<Uuid>> {
    let sql = "DELETE FROM push_token WHERE installation = $1 AND kind = $2 AND registered_at < $3 RETURNING owner";
    let dropped: Vec<Owner> = all(db, sql, [installation.into(), kind.into(), before.into()]).await?;
    Ok(dropped.first().map(|row| row.owner))
}

/// A page of all installations, after `last`.
pub async fn places_after(db: &impl ConnectionTrait, last: Uuid) -> Result<Vec<Place>> {
    let sql = format!("SELECT id, owner, session FROM installation WHERE id > $1 ORDER BY id LIMIT {PAGE}");
    all(db, &sql, [last.into()]).await
}
