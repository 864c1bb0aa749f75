//! What is found out about a delivery before the first transaction, outside of which alone people's wishes can be opened.

use super::super::preferences::Preferences;
use super::super::quiet;
use super::super::rows::Waiting;
use super::{Due, EXPIRED, FAILED, OFF, SENDING, UNKNOWN, Verdict, WITHHELD, seconds};
use crate::app::App;
use crate::app::notices::{Channel, Kind, Plan, Weight};
use crate::kernel::error::Code;
use crate::kernel::queue::Claimed;
use chrono::{DateTime, Utc};

/// What can't even be read after so many attempts never will be.
const READ_ATTEMPTS: i32 = 5;

/// What the profile, the hour and the person's wishes say.
pub async fn look(app: &App, task: &Claimed, row: Waiting) -> Due {
    let kind = Kind::parse(&row.kind).unwrap_or(Kind::Marketing);
    let channel = Channel::parse(&row.channel).unwrap_or(Channel::Push);
    let plan = app.profile.notice_plan(kind);
    let expires_at = plan.expires.after(row.at);
    let now = app.ambient.now();
    let (preferences, verdict) = match Preferences::of_recipient(app, &row).await {
        Ok(preferences) => {
            let verdict = verdict(app, &row, (kind, channel, &plan), &preferences, (now, expires_at));
            (preferences, verdict)
        }
        Err(error) if error.code() == Code::NotFound => (Preferences::default(), Verdict::End(WITHHELD)),
        Err(error) => {
            tracing::error!(%error, attempt = task.attempt, "a delivery does not read");
            let read = if task.attempt < READ_ATTEMPTS { Verdict::Wait { after_s: None } } else { Verdict::End(FAILED) };
            (Preferences::default(), read)
        }
    };
    Due { task: task.clone(), row, kind, channel, expires_at, preferences, services: Vec::new(), plan, verdict }
}

fn verdict(
    app: &App,
    row: &Waiting,
    (kind, channel, plan): (Kind, Channel, &Plan),
    preferences: &Preferences,
    (now, expires_at): (DateTime<Utc>, DateTime<Utc>),
) -> Verdict {
    let goes = plan.channels.contains(&channel) || plan.fallback.contains(&channel);
    if expires_at <= now {
        return Verdict::End(EXPIRED);
    }
    if !goes || preferences.is_off(kind.group(), channel) {
        return Verdict::End(OFF);
    }
    if row.state == SENDING && kind == Kind::Marketing {
        // Whoever ran it before died between the sending and its end.
        return Verdict::End(UNKNOWN);
    }
    let zone = preferences.zone().unwrap_or(app.profile.notices.zone);
    if kind.weight() != Weight::Urgent
        && let Some(until) = quiet::until(&app.profile.notices, zone, now)
    {
        return Verdict::Wait { after_s: Some(seconds(until - now)) };
    }
    match app.adapters.pauses.check(channel.as_str(), now) {
        Err(crate::adapters::SendFault::Retry { after_s, .. }) => Verdict::Wait { after_s },
        _ => Verdict::Send,
    }
}
