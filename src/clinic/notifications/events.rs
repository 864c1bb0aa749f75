//! The stream of one's own notices, for an app in the foreground. It looks into the table when it is woken and twice a
//! second anyway, and asks each time whether it may go on: a freeze, the end of the session or of the server ends it.

use super::rows;
use crate::app::App;
use crate::app::wire::events::{COMMENT, event, retry};
use crate::clinic::identity::{self, Caller};
use crate::kernel::access;
use crate::kernel::clock::id_floor;
use crate::kernel::error::Result;
use crate::kernel::waiters::Seat;
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::stream::{self, BoxStream, StreamExt};
use std::collections::BTreeSet;
use std::io;
use std::time::Duration;
use tokio::time::Instant;
use uuid::Uuid;

/// Streams that one session may have open at once.
const STREAMS_MAX: usize = 3;
const LOOK_EVERY: Duration = Duration::from_millis(500);
const HEARTBEAT: TimeDelta = TimeDelta::seconds(15);
/// Ids grow with the hour at which a transaction began, and it may commit this much later, after others.
const OVERLAP: TimeDelta = TimeDelta::seconds(10);
/// Notices in one look. More come with the next one.
const AT_ONCE: u64 = 100;
const COME_AGAIN_MS: u32 = 2_000;

struct Stream {
    app: App,
    subject: Uuid,
    session: Uuid,
    seat: Seat,
    /// What lies above is news, but for what was `sent`.
    floor: Uuid,
    sent: BTreeSet<Uuid>,
    until: Instant,
    /// By the house's clock, which may be set back: a silence is told by how far it is from now, in either direction.
    spoke_at: DateTime<Utc>,
}

/// Opens a stream. After `last` comes what was told since, and perhaps once more what was told in the seconds before it.
///
/// # Errors
/// `frozen`.
pub async fn open(
    app: &App,
    caller: &Caller,
    last: Option<Uuid>,
    lasts: Duration,
) -> Result<BoxStream<'static, io::Result<Bytes>>> {
    access::check_own(&app.db.reader(), caller.id).await?;
    let seat = app.db.waiters.join(caller.id, caller.session, STREAMS_MAX);
    let now = app.ambient.now();
    let from = last.and_then(time_of).map_or(now, |time| time - OVERLAP);
    let stream = Stream {
        app: app.clone(),
        subject: caller.id,
        session: caller.session,
        seat,
        floor: id_floor(from),
        sent: last.into_iter().collect(),
        until: Instant::now() + lasts,
        spoke_at: now,
    };
    let hello = stream::once(async { Ok(Bytes::from(retry(COME_AGAIN_MS))) });
    let rest = stream::unfold(stream, async |mut stream| stream.next().await.map(|part| (Ok(part), stream)));
    Ok(hello.chain(rest).boxed())
}

fn time_of(id: Uuid) -> Option<DateTime<Utc>> {
    let (seconds, nanos) = id.get_timestamp()?.to_unix();
    DateTime::from_timestamp(i64::try_from(seconds).ok()?, nanos)
}

impl Stream {
    /// What is to be said next. None: the stream ends.
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            if Instant::now() >= self.until || self.seat.is_over() {
                return None;
            }
            let news = match self.look().await {
                Ok(news) => news?,
                Err(error) => {
                    tracing::warn!(%error, "a stream of events was ended");
                    return None;
                }
            };
            let now = self.app.ambient.now();
            let is_due = (now - self.spoke_at).abs() >= HEARTBEAT;
            if !news.is_empty() || is_due {
                self.spoke_at = now;
                return Some(Bytes::from(if news.is_empty() { COMMENT.to_owned() } else { news }));
            }
            let pause = LOOK_EVERY.min(self.until.saturating_duration_since(Instant::now()));
            tokio::select! { () = self.seat.woken() => {}, () = tokio::time::sleep(pause) => {} }
        }
    }

    /// The news, as events. None: he may not hear them any more.
    async fn look(&mut self) -> Result<Option<String>> {
        let reader = self.app.db.reader();
        let now = self.app.ambient.now();
        let rows = rows::after(&reader, self.subject, self.floor, AT_ONCE).await?;
        // Asked after the rows were read: nothing that was told after a freeze is heard.
        if !identity::is_open(&reader, self.session, now).await? || access::check_own(&reader, self.subject).await.is_err() {
            return Ok(None);
        }
        let mut news = String::new();
        for row in rows.iter().filter(|row| !self.sent.contains(&row.id)) {
            let data = serde_json::json!({ "id": row.id, "kind": row.kind });
            news.push_str(&event(row.id, "notification", &data));
        }
        self.sent.extend(rows.iter().map(|row| row.id));
        let full = rows.len() as u64 == AT_ONCE;
        let settled = id_floor(now - OVERLAP);
        self.floor = rows.last().filter(|_| full).map_or(self.floor.max(settled), |row| row.id);
        let floor = self.floor;
        self.sent.retain(|id| *id > floor);
        Ok(Some(news))
    }
}
