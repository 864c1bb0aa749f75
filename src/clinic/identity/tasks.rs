//! What happens later: the code is sent; challenges, orphans and dead tokens are swept away; an epoch ends.

use super::codes::{self, ByNumber, Channel, Flow, Target};
use super::contact_rows;
use super::rows::{self, challenge, change};
use crate::adapters::SendFault;
use crate::app::App;
use crate::app::catalogue;
use crate::kernel::access::Asker;
use crate::kernel::db::{Actor, Tx};
use crate::kernel::error::{Code, Result};
use crate::kernel::lang::Lang;
use crate::kernel::queue::{Claimed, Outcome, Task};
use crate::kernel::vault::Class;
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[derive(Serialize, Deserialize)]
pub struct SendCode {
    pub challenge: Uuid,
}

impl Task for SendCode {
    const KIND: &'static str = "identity.sendCode";
    const ATTEMPTS: i32 = 6;
}

/// Sends the code of a living challenge. A repetition sends the same code.
pub async fn send_code(app: &App, task: &Claimed) -> Result<Outcome> {
    let id = task.read::<SendCode>()?.challenge;
    let Some(row) = rows::find_challenge(&app.db.reader(), id).await? else { return Ok(Outcome::Done) };
    if row.used_at.is_some() || row.expires_at <= app.ambient.now() {
        return Ok(Outcome::Done);
    }
    let Some(target) = target_of(app, &row, task.attempt).await? else { return Ok(Outcome::Done) };
    let code = codes::derive(&*app.vault.keys(id).await?)?;
    let lang = Lang::of_tag(&row.lang).unwrap_or(app.profile.default_language);
    let args = [("code", code.as_str().into())];
    let key = id.to_string();
    // Who reads a code learns what it is for, so that nobody is talked into telling the wrong one.
    let [sms, subject, body] = if row.flow == Flow::SignIn.as_str() {
        ["sms-code", "mail-code-subject", "mail-code-body"]
    } else {
        ["sms-contact-code", "mail-contact-code-subject", "mail-contact-code-body"]
    };
    let sent = match target.channel {
        Channel::Sms => app.adapters.sms.send(&key, &target.shown, &catalogue::text(lang, sms, &args)).await,
        Channel::Email => {
            let (subject, body) = (catalogue::text(lang, subject, &[]), catalogue::text(lang, body, &args));
            app.adapters.mail.send(&key, &target.shown, &subject, &body).await
        }
    };
    Ok(match sent {
        Ok(()) => Outcome::Done,
        // A code is worth sending twice: it is the same one.
        Err(SendFault::Retry { after_s, why }) => Outcome::Retry { after_s, why },
        Err(SendFault::Unknown { why }) => Outcome::Retry { after_s: None, why },
        Err(SendFault::Reject { why }) => Outcome::Fail { why },
    })
}

/// Where the code goes. None: nobody has the number that was named, he has no phone, or it was sent enough of them.
async fn target_of(app: &App, row: &challenge::Model, attempt: i32) -> Result<Option<Target>> {
    let openings = app.openings(Actor::house("sendCode"), Asker { id: row.id, medical: false });
    let grant = openings.grant(row.id, Class::Contact, ("challenge", row.id)).await?;
    if row.channel != codes::BY_NUMBER {
        return openings.answer(Some(grant.open(row.id, &row.target)?)).await;
    }
    let number: ByNumber = grant.open(row.id, &row.target)?;
    let found = number.find(app, &openings).await?;
    let Some((_, phone)) = openings.answer(found).await? else { return Ok(None) };
    // A repetition sends the same code again, and was counted before.
    let may = attempt > 1 || codes::may_send_by_number(app, &phone.lookup).await?;
    Ok(if may && number.bind(app, row.id, &phone).await? { Some(phone) } else { None })
}

/// Challenges that can't be used any more, and tokens that nobody may show again.
pub async fn sweep(app: &App) -> Result<()> {
    app.vault.sweep_counts().await?;
    let before = app.ambient.now() - TimeDelta::hours(1);
    for id in rows::challenge_ids_before(&app.db.reader(), before).await? {
        app.vault.destroy(id, &[]).await?;
        app.write(&Actor::house("sweep"), async |tx: &mut Tx| -> Result<()> {
            change(tx, "DELETE FROM challenge WHERE id = $1", [id.into()]).await.map(drop)
        })
        .await?;
    }
    app.write(&Actor::house("sweep"), async |tx: &mut Tx| -> Result<()> {
        let now = tx.now();
        change(tx, "DELETE FROM session_token WHERE until < $1", [(now - TimeDelta::days(1)).into()]).await?;
        change(tx, "DELETE FROM session WHERE absolute_until < $1 OR ended_at < $1", [(now - TimeDelta::days(30)).into()])
            .await?;
        contact_rows::sweep_formers(tx, now).await?;
        change(tx, "DELETE FROM staff_invitation WHERE until < $1", [now.into()]).await?;
        change(tx, "DELETE FROM passkey_ceremony WHERE until < $1", [now.into()]).await?;
        crate::kernel::once::sweep(tx, now).await
    })
    .await
}

/// Subjects whose keys were made and whose row never came: somebody stopped between the two stores.
pub async fn sweep_orphans(app: &App) -> Result<()> {
    let before = app.ambient.now() - TimeDelta::hours(1);
    for subject in app.vault.unsettled(before).await? {
        let reader = app.db.reader();
        let known = rows::find_patient(&reader, subject).await?.is_some() || rows::find_staff(&reader, subject).await?.is_some();
        if known {
            app.vault.settle(subject).await?;
        } else if rows::find_challenge(&reader, subject).await?.is_none() {
            app.vault.destroy_orphan(subject, before).await?;
        }
    }
    Ok(())
}

/// The wrapping key changes at least every thirty days; a few days early leaves room for a day of trouble.
pub async fn end_epoch(app: &App) -> Result<()> {
    match app.vault.epoch_began().await? {
        Some(began) if app.ambient.now() - began < TimeDelta::days(27) => Ok(()),
        _ => match app.vault.rotate().await {
            Ok(_) => Ok(()),
            Err(error) if error.code() == Code::NotFound => Ok(()),
            Err(error) => Err(error),
        },
    }
}
