//! What is told. A rule tells it in its transaction; what leaves the house is a task's matter.

use super::delivery;
use super::rows;
use crate::app::notices::{Channel, Kind};
use crate::clinic::privacy;
use crate::kernel::db::Tx;
use crate::kernel::error::Result;
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// Tells somebody (a patient or a staff account) that something happened to `object`.
pub async fn tell(tx: &mut Tx, subject: Uuid, kind: Kind, object: Uuid) -> Result<()> {
    let (id, now) = (tx.id(), tx.now());
    let row = vec![id.into(), subject.into(), kind.as_str().into(), object.into(), now.into()];
    tx.put("notification", &["id", "subject", "kind", "object", "at"], row);
    delivery::put(tx, id, subject, kind, Channel::Push);
    tx.wake(subject);
    Ok(())
}

/// As `tell`, once, however often it is told under the same id: that of the task which tells it.
pub async fn tell_once(tx: &mut Tx, id: Uuid, subject: Uuid, kind: Kind, object: Uuid) -> Result<()> {
    put(tx, id, subject, kind, object, None).await
}

/// As `tell`, about what is over at `until`: what has not left the house by then stays in it.
pub async fn tell_until(tx: &mut Tx, subject: Uuid, kind: Kind, object: Uuid, until: DateTime<Utc>) -> Result<()> {
    let id = tx.id();
    put(tx, id, subject, kind, object, None).await?;
    end_by(tx, id, until).await
}

/// Reminds somebody of a visit, by one way alone and until it begins. Reminders by several ways are one notice: with `notice`
/// this way is added to it. Answers the notice.
pub async fn remind(
    tx: &mut Tx,
    notice: Option<Uuid>,
    (subject, booking): (Uuid, Uuid),
    channel: Channel,
    until: DateTime<Utc>,
) -> Result<Uuid> {
    let id = notice.unwrap_or_else(|| tx.id());
    if insert(tx, id, subject, Kind::VisitReminder, booking, None).await? {
        end_by(tx, id, until).await?;
        tx.wake(subject);
    }
    delivery::open(tx, id, Kind::VisitReminder, channel).await?;
    Ok(id)
}

/// What a notice told is no more: what has not left the house stays in it.
pub async fn withdraw(tx: &mut Tx, notice: Uuid) -> Result<()> {
    end_by(tx, notice, tx.now()).await
}

async fn end_by(tx: &Tx, notice: Uuid, until: DateTime<Utc>) -> Result<()> {
    let sql = "UPDATE notification SET until = $2 WHERE id = $1 AND (until IS NULL OR until > $2)";
    rows::change(tx, sql, [notice.into(), until.into()]).await.map(drop)
}

/// Tells somebody what the house advertises: the text of the catalogue under `campaign-{text}`. False: he has consented to
/// no channel, and nothing is written. Each channel's own consent is looked at again when it is about to be sent.
pub async fn tell_marketing(tx: &mut Tx, subject: Uuid, text: &str) -> Result<bool> {
    for channel in Channel::ALL {
        if privacy::is_consent_given(tx, subject, &marketing_consent(OWN, *channel)).await? {
            let id = tx.id();
            put(tx, id, subject, Kind::Marketing, Uuid::nil(), Some(text)).await?;
            return Ok(true);
        }
    }
    Ok(false)
}

/// Advertising of the house itself.
pub const OWN: &str = "own";
/// Advertising of others, sent by the house.
pub const PARTNERS: &str = "partners";

/// The item of consent that lets advertising of a purpose go a way.
pub fn marketing_consent(purpose: &str, channel: Channel) -> String {
    format!("marketing.{purpose}.{}", channel.as_str())
}

/// Writes a notice once, however often it is told under the same id.
pub async fn put(tx: &mut Tx, id: Uuid, subject: Uuid, kind: Kind, object: Uuid, text: Option<&str>) -> Result<()> {
    if insert(tx, id, subject, kind, object, text).await? {
        delivery::open(tx, id, kind, Channel::Push).await?;
        tx.wake(subject);
    }
    Ok(())
}

/// Answers whether it was not there before.
async fn insert(tx: &Tx, id: Uuid, subject: Uuid, kind: Kind, object: Uuid, text: Option<&str>) -> Result<bool> {
    let sql = "INSERT INTO notification (id, subject, kind, object, text, at) VALUES ($1, $2, $3, $4, $5, $6) \
               ON CONFLICT DO NOTHING";
    let values = [id.into(), subject.into(), kind.as_str().into(), object.into(), text.into(), tx.now().into()];
    Ok(rows::change(tx, sql, values).await? == 1)
}
