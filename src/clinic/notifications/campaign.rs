//! Campaigns: advertising in the house's own words, to everybody who consents to it. It is queued in slices, so that nothing
//! else waits for it; whether it may still be sent is looked at for each message when it is sent.

use super::delivery;
use super::notice::marketing_consent;
use super::rows::campaign as rows;
use crate::app::App;
use crate::app::multilingual::Multilingual;
use crate::app::notices::{Channel, Kind};
use crate::app::profile::Profile;
use crate::clinic::privacy;
use crate::kernel::audit::Line;
use crate::kernel::db::{Actor, Tx};
use crate::kernel::error::{Code, Error, Result};
use crate::kernel::queue::{Claimed, Outcome, Task};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// People whose messages are queued in one transaction.
const SLICE: u64 = 100;
/// Messages of one campaign that may wait to be sent. As long as there are more, nobody else's are queued.
const WAITING_MAX: i64 = 1_000;
/// Seconds between two slices, and while too many messages wait.
const PAUSE_S: u32 = 1;
const LONG_PAUSE_S: u32 = 30;

/// Queues the next slice of a campaign.
#[derive(Serialize, Deserialize)]
pub struct QueueCampaign {
    pub campaign: Uuid,
}

impl Task for QueueCampaign {
    const KIND: &'static str = "notifications.queueCampaign";
    /// A run is a slice, and a night a thousand of them.
    const ATTEMPTS: i32 = 1_000_000;
}

/// What is to be advertised.
pub struct NewCampaign {
    pub channel: Channel,
    /// `notice::OWN` or `notice::PARTNERS`.
    pub purpose: &'static str,
    pub title: Multilingual,
    pub body: Multilingual,
}

/// # Errors
/// `refused_by_profile` where no advertising goes this way, or nobody is asked for his consent to it.
pub fn check(profile: &Profile, new: &NewCampaign) -> Result<()> {
    let plan = profile.notice_plan(Kind::Marketing);
    let goes = plan.channels.contains(&new.channel) || plan.fallback.contains(&new.channel);
    let item = marketing_consent(new.purpose, new.channel);
    let is_asked_for = profile.consents.iter().any(|consent| consent.id == item);
    let is_offered = profile.notice_channels().contains(&new.channel);
    if goes && is_asked_for && is_offered { Ok(()) } else { Err(Error::refused(Code::RefusedByProfile)) }
}

/// Begins a campaign.
///
/// # Errors
/// `state_conflict` while another one is being queued.
pub async fn begin(tx: &mut Tx, author: Uuid, new: &NewCampaign) -> Result<rows::Campaign> {
    let id = tx.id();
    if !rows::insert(tx, id, author, new, tx.now()).await? {
        return Err(Error::refused(Code::StateConflict));
    }
    tx.enqueue(QueueCampaign { campaign: id }.task());
    tx.audit(Line::new("beginCampaign").on("campaign", id).because(&marketing_consent(new.purpose, new.channel)));
    rows::find(tx, id).await?.ok_or_else(Error::not_found)
}

/// Queues the messages to the next people who consent, and comes again until there are none.
pub async fn queue_slice(app: &App, task: &Claimed) -> Result<Outcome> {
    let QueueCampaign { campaign } = task.read()?;
    if rows::waiting(&app.db.reader(), campaign).await? >= WAITING_MAX {
        return Ok(Outcome::Retry { after_s: Some(LONG_PAUSE_S), why: "enough of it waits to be sent" });
    }
    let is_queued =
        app.write(&Actor::house("queueCampaign"), async |tx: &mut Tx| -> Result<bool> { slice(tx, campaign).await }).await?;
    Ok(if is_queued { Outcome::Done } else { Outcome::Retry { after_s: Some(PAUSE_S), why: "more are to come" } })
}

/// Answers whether all are queued.
async fn slice(tx: &mut Tx, id: Uuid) -> Result<bool> {
    let Some(campaign) = rows::find(tx, id).await?.filter(|campaign| campaign.state == rows::QUEUEING) else { return Ok(true) };
    let channel = campaign.channel()?;
    let item = marketing_consent(&campaign.purpose, channel);
    let people = privacy::consenting(tx, &item, campaign.queued_up_to, SLICE).await?;
    let is_last = (people.len() as u64) < SLICE;
    // Whoever runs the same slice beside us finds it taken.
    if !rows::advance(tx, &campaign, &people, is_last, tx.now()).await? {
        return Ok(false);
    }
    for subject in people {
        let notice = tx.id();
        rows::insert_notice(tx, notice, subject, id, tx.now()).await?;
        delivery::open_campaign(tx, notice, channel, id).await?;
        tx.wake(subject);
    }
    Ok(is_last)
}
