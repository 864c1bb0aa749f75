//! What every node must forget within a second. One table; the node that writes forgets at its own commit, the others
//! poll. Sessions, reasons and freezes are read from the record with each request and need no news: only what is
//! remembered has a topic here.

use super::db::Db;
use super::error::Result;
use chrono::TimeDelta;
use sea_orm::{ConnectionTrait, FromQueryResult, Statement};
use std::collections::HashSet;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Topic {
    /// The unwrapped keys of a subject.
    Keys,
}

impl Topic {
    pub const fn as_str(self) -> &'static str {
        match self {
            Topic::Keys => "keys",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Topic::Keys].into_iter().find(|topic| topic.as_str() == text)
    }
}

/// What a cache is told.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Told {
    Forget(Topic, Uuid),
    /// The table could not be read for a second: nothing remembered may be trusted.
    ForgetAll,
}

type Listener = Box<dyn Fn(Told) + Send + Sync>;

#[derive(Clone, Default)]
pub struct Invalidations(Arc<RwLock<Vec<Listener>>>);

impl Invalidations {
    /// A cache says how it forgets.
    pub fn listen(&self, forget: impl Fn(Told) + Send + Sync + 'static) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).push(Box::new(forget));
    }

    pub(super) fn announce(&self, told: &[(Topic, Uuid)]) {
        for (topic, key) in told {
            self.tell(Told::Forget(*topic, *key));
        }
    }

    fn tell(&self, told: Told) {
        for listener in self.0.read().unwrap_or_else(PoisonError::into_inner).iter() {
            listener(told);
        }
    }
}

const POLL: Duration = Duration::from_millis(250);
/// Without news for so long, caches are emptied.
const DEAF: Duration = Duration::from_secs(1);
/// Rows are read again for so long: commits become visible in another order than their hours.
const OVERLAP_S: i64 = 15;

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    topic: String,
    key: Uuid,
}

/// Polls until told to stop.
pub async fn follow(db: Db, stop: CancellationToken) {
    let mut seen: HashSet<Uuid> = HashSet::new();
    let mut heard = Instant::now();
    while !stop.is_cancelled() {
        match news(&db).await {
            Ok(rows) => {
                heard = Instant::now();
                let fresh: Vec<(Topic, Uuid)> = rows
                    .iter()
                    .filter(|row| !seen.contains(&row.id))
                    .filter_map(|row| Some((Topic::parse(&row.topic)?, row.key)))
                    .collect();
                db.invalidations.announce(&fresh);
                seen = rows.into_iter().map(|row| row.id).collect();
            }
            Err(_) if heard.elapsed() > DEAF => db.invalidations.tell(Told::ForgetAll),
            Err(_) => {}
        }
        tokio::select! { () = stop.cancelled() => {}, () = tokio::time::sleep(POLL) => {} }
    }
}

async fn news(db: &Db) -> Result<Vec<Row>> {
    let since = db.ambient.now() - TimeDelta::seconds(OVERLAP_S);
    let reader = db.reader();
    let query = Statement::from_sql_and_values(
        reader.get_database_backend(),
        "SELECT id, topic, key FROM invalidation WHERE at > $1",
        [since.into()],
    );
    Ok(Row::find_by_statement(query).all(&reader).await?)
}

/// Drops what every node has read long ago.
pub async fn sweep(db: &Db) -> Result<()> {
    let before = db.ambient.now() - TimeDelta::minutes(10);
    db.write(&super::db::Actor::house("invalidation.sweep"), async |tx: &mut super::db::Tx| -> Result<()> {
        let sweep =
            Statement::from_sql_and_values(tx.get_database_backend(), "DELETE FROM invalidation WHERE at < $1", [before.into()]);
        tx.execute_raw(sweep).await?;
        Ok(())
    })
    .await
}
