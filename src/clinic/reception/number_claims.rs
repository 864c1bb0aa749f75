//! A number that two people call theirs is settled where one of them shows his document.

use crate::app::App;
use crate::clinic::identity::claims::{self, NumberClaim};
use crate::clinic::identity::{Caller, Identifier};
use crate::clinic::privacy::identity_check;
use crate::kernel::db::Tx;
use crate::kernel::error::{Code, Error, Result};
use uuid::Uuid;

/// How often a grant is tried again when one of the two changed his profile meanwhile.
const ATTEMPTS: usize = 3;

/// An open claim, and the number where this desk has found who claims it.
pub struct Listed {
    pub claim: NumberClaim,
    pub number: Option<Identifier>,
}

/// Open claims, oldest first. Numbers are opened for people whom this desk has found in the last minutes, and for no others:
/// the list is no way to browse.
pub async fn list(app: &App, caller: &Caller, after: Option<Uuid>, limit: u64) -> Result<Vec<Listed>> {
    let openings = app.openings(caller.actor("listNumberClaims"), caller.asker());
    let mut listed = Vec::new();
    for claim in claims::open_after(&app.db.reader(), after, limit).await? {
        let number = match claims::number(&openings, &claim).await {
            Ok(number) => Some(number),
            Err(error) if error.code() == Code::NotFound => None,
            Err(error) => return Err(error),
        };
        listed.push(Listed { claim, number });
    }
    openings.answer(listed).await
}

/// Settles a claim: the number goes to who claims it, or stays where it is. Answers who claimed.
///
/// # Errors
/// `not_found` for a claim of somebody whom this desk did not find; `identity_check_required`; `state_conflict` for one that
/// was settled before.
pub async fn settle(app: &App, caller: &Caller, key: &str, id: Uuid, is_granted: bool) -> Result<Uuid> {
    const OPERATION: &str = "settleNumberClaim";
    let actor = caller.actor(OPERATION);
    let body = serde_json::json!({ "claim": id, "isGranted": is_granted });
    for _ in 0..ATTEMPTS {
        let claim = claims::find(&app.db.reader(), id).await?;
        identity_check::check_found(&app.db.reader(), caller, claim.subject, app.ambient.now()).await?;
        let keys = app.vault.keys(claim.subject).await?;
        // A claim that was settled before is answered from what was kept, or refused, below.
        let handover = if is_granted && claims::is_open(&claim) {
            let holder = claims::holder(app, caller, OPERATION, &claim).await?;
            app.write(&actor, async |tx: &mut Tx| -> Result<()> {
                identity_check::standing(tx, caller, claim.subject).await?;
                claims::begin(tx, id, holder).await
            })
            .await?;
            Some(claims::hand_over(app, caller, OPERATION, &claim).await?)
        } else {
            None
        };
        let settled = app
            .write_once(&actor, &caller.keys, key, &body, async |tx: &mut Tx| {
                identity_check::standing(tx, caller, claim.subject).await?;
                match &handover {
                    Some(handover) => claims::grant(tx, caller, handover).await?,
                    None if is_granted => return Err(Error::refused(Code::StateConflict)),
                    None => claims::settle(tx, caller, &keys, id, "refused").await?,
                }
                Ok(true)
            })
            .await;
        match settled {
            Err(error) if error.code() == Code::PreconditionFailed => {}
            Err(error) => return Err(error),
            Ok(_) => {
                if let Some(handover) = &handover {
                    claims::clean_up(app, handover).await?;
                }
                return Ok(claim.subject);
            }
        }
    }
    Err(Error::Unavailable("a profile changes too fast"))
}
