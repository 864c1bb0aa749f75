//! What is told. A rule tells it in its transaction; what leaves the house is a task's matter.

use super::delivery;
use super::rows;
use crate::app::notices::{Channel, Kind};
use crate::clinic::privacy;
use crate::kernel::db::Tx;
use crate::kernel::error::Result;
use uuid::Uuid;

/// Tells somebody (a patient or a staff account) that something happened to `object`.
pub async fn tell(tx: &mut Tx, subject: Uuid, kind: Kind, object: Uuid) -> Result<()> {
    let id = tx.id();
    put(tx, id, subject, kind, object, None).await
}

/// As `tell`, once, however often it is told under the same id: that of the task which tells it.
pub async fn tell_once(tx: &mut Tx, id: Uuid, subject: Uuid, kind: Kind, object: Uuid) -> Result<()> {
    put(tx, id, subject, kind, object, None).await
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
    let sql = "INSERT INTO notification (id, subject, kind, object, text, at) VALUES ($1, $2, $3, $4, $5, $6) \
               ON CONFLICT DO NOTHING";
    let values = [id.into(), subject.into(), kind.as_str().into(), object.into(), text.into(), tx.now().into()];
    if rows::change(tx, sql, values).await? == 1 {
        delivery::open(tx, id, kind, Channel::Push).await?;
        tx.wake(subject);
    }
    Ok(())
}
