//! Patients whom the desk enters, and what it writes of those that it found.

use super::rights::{self, Said};
use super::rows::{self, registration};
use super::{found, leads};
use crate::app::App;
use crate::clinic::identity::{self, Addresses, Caller, Newcomer, PersonForm};
use crate::clinic::privacy::{self, AtDesk, ConsentAct, DeskChannel, Told};
use crate::kernel::audit::Line;
use crate::kernel::db::Tx;
use crate::kernel::error::{Code, Error, Result};
use crate::kernel::vault::SubjectKeys;
use chrono::{DateTime, Utc};
use poem_openapi::types::{ParseFromJSON, ToJSON};
use sea_orm::Set;
use uuid::Uuid;

/// Somebody to be entered: checked, but for what others hold.
pub struct NewPatient {
    pub channel: DeskChannel,
    pub person: PersonForm,
    pub addresses: Addresses,
    pub acceptance: Said,
    pub rights: Option<Said>,
}

/// Enters a patient: keys and numbers first, then everything that is written of him at once. The desk may go on with him for
/// some minutes, as if it had found him. The same key enters the same one.
///
/// # Errors
/// `identifier_taken`, which names the field: he is there already, and the desk finds him by it; `policy_not_in_force`;
/// `rights_notice_required`; `rate_limited`.
pub async fn enter<T>(
    app: &App,
    caller: &Caller,
    (operation, key, asked): (&'static str, &str, &serde_json::Value),
    new: &NewPatient,
    lead: Option<Uuid>,
    answer: impl Fn(Uuid, DateTime<Utc>) -> T,
) -> Result<T>
where
    T: ToJSON + ParseFromJSON,
{
    let actor = caller.actor(operation);
    if let Some(first) = app.kept(&actor, &caller.keys, key, asked).await? {
        return Ok(first);
    }
    check_told(app, new)?;
    // Whether a number is known may be tried out here as well as by a search.
    identity::count_search(app, caller).await?;
    let newcomer = Newcomer::prepare(app, &new.person, &new.addresses).await?;
    let written = app
        .write_once(&actor, &caller.keys, key, asked, async |tx: &mut Tx| {
            write(tx, app, caller, &newcomer, new).await?;
            if let Some(lead) = lead {
                leads::convert(tx, caller, lead).await?;
            }
            let until = identity::take_found(tx, caller, &newcomer.keys);
            Ok(answer(newcomer.keys.subject, until))
        })
        .await;
    // Also when another request with this key was faster: then nothing points to these keys. What ended in our own fault may
    // stand all the same, and is left to the sweep of orphans.
    if matches!(written, Ok(_) | Err(Error::Refused(_))) {
        newcomer.abandon(app).await?;
    }
    written
}

fn check_told(app: &App, new: &NewPatient) -> Result<()> {
    match &new.rights {
        Some(said) => rights::check(&app.profile, said, app.ambient.now()),
        None if app.profile.desk.rights_notice => Err(Error::refused(Code::RightsNoticeRequired)),
        None => Ok(()),
    }
}

async fn write(tx: &mut Tx, app: &App, caller: &Caller, newcomer: &Newcomer, new: &NewPatient) -> Result<()> {
    newcomer.insert(tx).await?;
    let keys = &newcomer.keys;
    accept(tx, app, caller, keys, &new.acceptance, new.channel).await?;
    let act = ConsentAct { channel: new.channel.as_str().to_owned(), staff: Some(caller.id) };
    privacy::give_by_act(tx, &app.profile, keys, new.acceptance.language, (act, caller.addr.to_string())).await?;
    if let Some(said) = &new.rights {
        rights::record(tx, caller, keys, said, new.channel).await?;
    }
    let row = registration::ActiveModel {
        subject: Set(keys.subject),
        staff: Set(caller.id),
        clinic: Set(caller.clinic),
        channel: Set(new.channel.as_str().to_owned()),
        at: Set(tx.now()),
    };
    rows::insert(tx, row).await
}

async fn accept(tx: &mut Tx, app: &App, caller: &Caller, keys: &SubjectKeys, said: &Said, channel: DeskChannel) -> Result<()> {
    let at_desk = AtDesk {
        version: &said.version,
        text_hash: &said.text_hash,
        language: said.language,
        address: caller.addr.to_string(),
        told: Told { staff: caller.id, telling: said.telling, channel },
    };
    privacy::accept_at_desk(tx, &app.profile, keys, &at_desk).await.map(drop)
}

/// What the desk has told somebody who is there already.
pub struct TellPatient {
    pub channel: DeskChannel,
    pub acceptance: Option<Said>,
    pub rights: Option<Said>,
}

/// Writes down what a patient was told and accepted at the desk.
///
/// # Errors
/// `not_found`; `deletion_pending`; `policy_not_in_force`.
pub async fn tell(tx: &mut Tx, app: &App, caller: &Caller, keys: &SubjectKeys, new: &TellPatient) -> Result<()> {
    found(tx, caller, keys.subject, tx.now()).await?;
    if let Some(said) = &new.acceptance {
        accept(tx, app, caller, keys, said, new.channel).await?;
    }
    if let Some(said) = &new.rights {
        rights::check(&app.profile, said, tx.now())?;
        rights::record(tx, caller, keys, said, new.channel).await?;
    }
    tx.audit(Line::new("tell").on("patient", keys.subject).about(keys));
    Ok(())
}

/// Replaces what is known of a patient, against a document that was checked.
///
/// # Errors
/// `not_found`; `deletion_pending`; `identity_check_required`; `acceptance_required`. A number of somebody else becomes a claim.
pub async fn replace(app: &App, caller: &Caller, operation: &'static str, patient: Uuid, person: &PersonForm) -> Result<()> {
    let actor = caller.actor(operation);
    let account = app
        .write(&actor, async |tx: &mut Tx| {
            let account = found(tx, caller, patient, tx.now()).await?;
            privacy::standing_check(tx, caller, patient).await?;
            Ok(account)
        })
        .await?;
    if account.accepted_version.is_none() {
        return Err(Error::refused(Code::AcceptanceRequired));
    }
    let keys = app.vault.keys(patient).await?;
    identity::put_person(app, &actor, &keys, person, |_| Ok(())).await
}

/// Whether this desk has found the patient and may do something for him.
///
/// # Errors
/// `not_found`; `deletion_pending`.
pub async fn check_found(app: &App, caller: &Caller, patient: Uuid) -> Result<()> {
    found(&app.db.reader(), caller, patient, app.ambient.now()).await.map(drop)
}
