//! What is found out about a delivery before the first transaction, outside of which alone people's wishes can be opened.

use super::super::preferences::Preferences;
use super::super::quiet;
use super::super::rows::Waiting;
use super::{Due, EXPIRED, FAILED, OFF, Reach, SENDING, UNKNOWN, Verdict, WITHHELD, seconds};
use crate::app::App;
use crate::app::notices::{Channel, Kind, Plan, Weight};
use crate::clinic::devices;
use crate::kernel::access::Asker;
use crate::kernel::db::Actor;
use crate::kernel::error::{Code, Result};
use crate::kernel::queue::Claimed;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;

/// What can't even be read after so many attempts never will be.
const READ_ATTEMPTS: i32 = 5;

/// What the profile, the hour and the person's wishes say.
pub async fn look(app: &App, task: &Claimed, row: Waiting, reach: Reach) -> Due {
    let kind = Kind::parse(&row.kind).unwrap_or(Kind::Marketing);
    let channel = Channel::parse(&row.channel).unwrap_or(Channel::Push);
    let of_kind = app.profile.notice_plan(kind);
    let goes = match kind {
        Kind::VisitReminder => app.profile.reminds_by(channel),
        _ => of_kind.channels.contains(&channel) || of_kind.fallback.contains(&channel),
    };
    // A campaign, and a reminder, goes the one way that it was made for; whoever left no address is not written to.
    let plan = match row.purpose.is_some() || kind == Kind::VisitReminder || !reach.addresses {
        true => Plan { channels: vec![channel], fallback: Vec::new(), ..of_kind },
        false => of_kind,
    };
    let by_plan = plan.expires.after(row.at);
    let expires_at = row.until.map_or(by_plan, |until| until.min(by_plan));
    let (preferences, verdict) = match wishes(app, &row, kind, reach.phone).await {
        Ok((preferences, zone)) => {
            let is_wanted = goes && !preferences.is_off(kind.group(), channel);
            (preferences, verdict(app, &row, (kind, channel), is_wanted, zone, expires_at))
        }
        Err(error) if error.code() == Code::NotFound => (Preferences::default(), Verdict::End(WITHHELD)),
        Err(error) => {
            tracing::error!(%error, attempt = task.attempt, "a delivery does not read");
            let read = if task.attempt < READ_ATTEMPTS { Verdict::Wait { after_s: None } } else { Verdict::End(FAILED) };
            (Preferences::default(), read)
        }
    };
    let services = Vec::new();
    Due { task: task.clone(), row, kind, channel, expires_at, preferences, services, reach, plan, verdict }
}

/// What the recipient wants, and by which clock his nights are quiet: the one he chose, else his newest phone's, else the
/// profile's. No clock: the notice goes at any hour.
async fn wishes(app: &App, row: &Waiting, kind: Kind, has_phone: bool) -> Result<(Preferences, Option<Tz>)> {
    let rules = &app.profile.notices;
    let preferences = Preferences::of_recipient(app, row).await?;
    if kind.weight() == Weight::Urgent || rules.quiet_from == rules.quiet_to {
        return Ok((preferences, None));
    }
    if let Some(zone) = preferences.zone() {
        return Ok((preferences, Some(zone)));
    }
    if !has_phone {
        return Ok((preferences, Some(rules.zone)));
    }
    let openings = app.openings(Actor::house("deliver"), Asker { id: row.subject, medical: false });
    let zone = devices::zone_of(app, &openings, row.subject).await?;
    openings.answer((preferences, Some(zone.unwrap_or(rules.zone)))).await
}

fn verdict(
    app: &App,
    row: &Waiting,
    (kind, channel): (Kind, Channel),
    is_wanted: bool,
    zone: Option<Tz>,
    expires_at: DateTime<Utc>,
) -> Verdict {
    let now = app.ambient.now();
    if expires_at <= now {
        return Verdict::End(EXPIRED);
    }
    if !is_wanted {
        return Verdict::End(OFF);
    }
    if row.state == SENDING && kind == Kind::Marketing {
        // Whoever ran it before died between the sending and its end.
        return Verdict::End(UNKNOWN);
    }
    if let Some(zone) = zone
        && let Some(until) = quiet::until(&app.profile.notices, zone, now)
    {
        return Verdict::Wait { after_s: Some(seconds(until - now)) };
    }
    match app.adapters.pauses.check(channel.as_str(), now) {
        Err(crate::adapters::SendFault::Retry { after_s, .. }) => Verdict::Wait { after_s },
        _ => Verdict::Send,
    }
}
