//! The first transaction of a delivery: nothing leaves the house that was not allowed at this moment.

use super::super::notice::{OWN, marketing_consent};
use super::super::rows;
use super::ending::{again, close};
use super::{BARRED, BEHIND, Due, EXPIRED, NOWHERE, SENDING, Verdict, WITHHELD, open_all};
use crate::app::notices::{Channel, Kind};
use crate::app::profile::{Profile, Service};
use crate::clinic::{identity, privacy};
use crate::kernel::access;
use crate::kernel::db::Tx;
use crate::kernel::error::Result;
use crate::kernel::queue::{self, Claimed, Outcome};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// What is to be sent, and by which providers.
pub type Sending = BTreeMap<Uuid, Vec<Service>>;

/// The first transaction: freeze, account, consent, the provider's country, and order.
pub async fn mark(tx: &mut Tx, profile: &Profile, due: &[Due], settled: &[(&Claimed, Outcome)]) -> Result<Sending> {
    let mut outcomes = settled.to_vec();
    let mut sending = Sending::new();
    if !due.is_empty() {
        let ids: Vec<Uuid> = due.iter().map(|due| due.row.id).collect();
        let subjects: Vec<Uuid> = due.iter().map(|due| due.row.subject).collect();
        // Whoever marks or ends deliveries of the same people waits, so that who is next is clear.
        tx.hold(&subjects).await?;
        let standing = rows::standing(tx, &ids).await?;
        let accounts = identity::accounts(tx, &subjects).await?;
        let frozen = access::frozen_among(tx, &subjects).await?;
        // Looked at again here: a visit may have been cancelled since.
        let over = match due.iter().any(|due| due.row.until.is_some()) {
            true => rows::over(tx, &ids, tx.now()).await?,
            false => BTreeSet::new(),
        };
        let mut ended = Vec::new();
        let mut behind = Vec::new();
        let mut beside = Vec::new();
        for due in due {
            let Some(before) = standing.get(&due.row.id) else {
                outcomes.push((&due.task, Outcome::Done));
                continue;
            };
            let lives = accounts.get(&due.row.subject).copied();
            let may = lives.is_some() && (due.kind.is_vital() || (lives == Some(true) && !frozen.contains(&due.row.subject)));
            beside.extend(others(due));
            let services = open_services(tx, profile, due).await?;
            let verdict = match due.verdict {
                Verdict::End(state) => Verdict::End(state),
                _ if over.contains(&due.row.id) => Verdict::End(EXPIRED),
                _ if !may || !is_consented(tx, due).await? => Verdict::End(WITHHELD),
                _ if services.is_empty() => Verdict::End(BARRED),
                _ if due.channel == Channel::Push && !due.reach.phone => Verdict::End(NOWHERE),
                verdict => verdict,
            };
            let outcome = match verdict {
                Verdict::End(state) => {
                    ended.push((due, state));
                    Outcome::Done
                }
                Verdict::Wait { after_s } => again(tx, due, after_s, "not now"),
                Verdict::Send if before.is_some() => {
                    behind.push(due.row.id);
                    Outcome::Done
                }
                Verdict::Send => {
                    sending.insert(due.row.id, services);
                    continue;
                }
            };
            outcomes.push((&due.task, outcome));
        }
        open_all(tx, &beside).await?;
        rows::set_state(tx, &sending.keys().copied().collect::<Vec<_>>(), SENDING).await?;
        // Before others end: one of these may be next then.
        rows::set_state(tx, &behind, BEHIND).await?;
        close(tx, &ended).await?;
    }
    queue::settle_all(tx, &outcomes).await?;
    Ok(sending)
}

/// The push is a notice's first delivery: it opens those that go beside it.
fn others(due: &Due) -> impl Iterator<Item = (Uuid, Kind, Channel)> {
    let is_first = due.channel == Channel::Push;
    let ways = due.plan.channels.iter().copied().filter(move |channel| is_first && *channel != Channel::Push);
    ways.map(|channel| (due.row.notification, due.kind, channel))
}

async fn is_consented(tx: &Tx, due: &Due) -> Result<bool> {
    match due.kind {
        Kind::Marketing => {
            let purpose = due.row.purpose.as_deref().unwrap_or(OWN);
            privacy::is_consent_given(tx, due.row.subject, &marketing_consent(purpose, due.channel)).await
        }
        _ => Ok(true),
    }
}

/// The providers of a channel to which something of this person may go now.
async fn open_services(tx: &Tx, profile: &Profile, due: &Due) -> Result<Vec<Service>> {
    let services: &[Service] = match due.channel {
        Channel::Push => &[Service::Apns, Service::Fcm, Service::Rustore],
        Channel::Sms => &[Service::Sms],
        Channel::Email => &[Service::Mail],
    };
    let mut open = Vec::with_capacity(services.len());
    for service in services {
        if privacy::may_go_to(tx, profile, *service, due.row.subject).await? {
            open.push(*service);
        }
    }
    Ok(open)
}
