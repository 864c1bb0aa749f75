//! A carrier: entered, moved, issued, returned, destroyed.

use super::rows::{self, Act, Carrier};
use crate::clinic::identity::{Caller, DESK};
use crate::clinic::privacy;
use crate::kernel::audit::Line;
use crate::kernel::db::Tx;
use crate::kernel::error::{Code, Error, Fault, Faults, Result};
use crate::kernel::text::check_line;
use crate::kernel::vault::{Class, Personal, SubjectKeys};
use poem_openapi::Enum;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How an audit line names it.
pub const OBJECT: &str = "carrier";
const KEEPER_CHARS: usize = 100;
const NUMBER_CHARS: usize = 64;
const DESCRIPTION_CHARS: usize = 200;

/// An enumeration of the contract whose words stand in the database, too.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
        #[oai(rename_all = "camelCase")]
        pub enum $name { $($(#[$vdoc])* $variant),+ }
        impl $name {
            pub const fn as_str(self) -> &'static str { match self { $($name::$variant => $text),+ } }
            pub fn parse(word: &str) -> Option<Self> { [$($name::$variant),+].into_iter().find(|known| known.as_str() == word) }
        }
    };
}

words! {
    /// What it is.
    CarrierKind {
        /// A slip with login and password, of a visit.
        Slip = "slip",
        PaperCopy = "paperCopy",
        Disc = "disc",
        Film = "film",
        /// A stick, a memory card.
        FlashDrive = "flashDrive",
        BackupMedium = "backupMedium",
        Other = "other",
    }
}

words! {
    CarrierState {
        /// In the house.
        Kept = "kept",
        /// Somebody else has it.
        Issued = "issued",
        Destroyed = "destroyed",
    }
}

words! {
    /// What happened to it.
    CarrierAct {
        Entered = "entered",
        /// Another place or department keeps it.
        Moved = "moved",
        Issued = "issued",
        Returned = "returned",
        Destroyed = "destroyed",
    }
}

words! {
    /// To whom it was issued.
    CarrierReceiver {
        Patient = "patient",
        /// Who acts for him.
        Representative = "representative",
        OtherClinic = "otherClinic",
        Insurer = "insurer",
        Authority = "authority",
        Staff = "staff",
    }
}

words! {
    /// How it was destroyed.
    DestructionMethod {
        Shredded = "shredded",
        Burned = "burned",
        Degaussed = "degaussed",
        Overwritten = "overwritten",
        Crushed = "crushed",
    }
}

/// What is on it, in the words of who entered it. Sealed with the data of whom it tells.
#[derive(Serialize, Deserialize)]
pub struct Description {
    pub text: String,
}

impl Personal for Description {
    const TABLE: &'static str = "carrier";
    const COLUMN: &'static str = "sealed";
    const CLASS: Class = Class::Evidence;
}

/// A carrier to be entered.
pub struct NewCarrier<'a> {
    pub kind: CarrierKind,
    pub number: &'a str,
    pub keeper: Option<&'a str>,
    /// What is on it: with a patient, and with nobody else.
    pub description: Option<&'a str>,
    pub is_of_patient: bool,
}

/// One that passed.
pub struct Checked {
    pub number: String,
    pub keeper: Option<String>,
    pub description: Option<Description>,
}

impl NewCarrier<'_> {
    /// # Errors
    /// `invalid`, with every field at fault.
    pub fn check(&self) -> Result<Checked> {
        let mut faults = Faults::default();
        let description = match (self.description, self.is_of_patient) {
            (Some(text), true) => faults.check("/description", filled(text, DESCRIPTION_CHARS)),
            (None, true) => {
                faults.add("/description", Fault::Required);
                None
            }
            (Some(_), false) => {
                faults.add("/description", Fault::NotAsked);
                None
            }
            (None, false) => None,
        };
        let checked = Checked {
            number: faults.check("/number", filled(self.number, NUMBER_CHARS)).unwrap_or_default(),
            keeper: self.keeper.and_then(|keeper| faults.check("/keeper", filled(keeper, KEEPER_CHARS))),
            description: description.map(|text| Description { text }),
        };
        faults.into_result()?;
        Ok(checked)
    }
}

fn filled(raw: &str, max_chars: usize) -> Result<String, Fault> {
    let line = check_line(raw.trim(), max_chars)?;
    if line.is_empty() { Err(Fault::Required) } else { Ok(line) }
}

/// Enters a carrier; of a patient's data by a desk that has found him.
///
/// # Errors
/// `not_found` for whom it did not find; `state_conflict` when there is one of this number.
pub async fn enter(
    tx: &mut Tx,
    caller: &Caller,
    keys: Option<&SubjectKeys>,
    (kind, checked): (CarrierKind, &Checked),
) -> Result<Carrier> {
    let id = tx.id();
    let mut sealed = None;
    if let Some(keys) = keys {
        privacy::check_found(tx, caller, keys.subject, tx.now()).await?;
        sealed = checked.description.as_ref().map(|description| keys.seal(id, description)).transpose()?;
    }
    let row = Carrier {
        id,
        subject: keys.map(|keys| keys.subject),
        clinic: caller.clinic,
        kind: kind.as_str().to_owned(),
        number: checked.number.clone(),
        keeper: checked.keeper.clone(),
        state: CarrierState::Kept.as_str().to_owned(),
        staff: caller.id,
        entered_at: tx.now(),
        destroyed_at: None,
        sealed,
    };
    if !rows::insert(tx, &row).await? {
        return Err(Error::refused(Code::StateConflict));
    }
    note(tx, caller, id, &Change { act: CarrierAct::Entered, keeper: row.keeper.clone(), receiver: None, method: None }).await?;
    let line = Line::new("enterCarrier").on(OBJECT, id).of(Class::Evidence);
    tx.audit(match keys {
        Some(keys) => line.about(keys).because(DESK),
        None => line,
    });
    Ok(row)
}

/// What is to happen to a carrier.
pub struct Change {
    pub act: CarrierAct,
    pub keeper: Option<String>,
    pub receiver: Option<CarrierReceiver>,
    pub method: Option<DestructionMethod>,
}

impl Change {
    /// # Errors
    /// `invalid`, with every field that the act needs and that is not there, or that it does not take.
    pub fn check(
        act: CarrierAct,
        keeper: Option<&str>,
        receiver: Option<CarrierReceiver>,
        method: Option<DestructionMethod>,
    ) -> Result<Self> {
        let mut faults = Faults::default();
        let needed = [
            ("/keeper", act == CarrierAct::Moved, keeper.is_some(), act != CarrierAct::Destroyed),
            ("/receiver", act == CarrierAct::Issued, receiver.is_some(), act == CarrierAct::Issued),
            ("/method", act == CarrierAct::Destroyed, method.is_some(), act == CarrierAct::Destroyed),
        ];
        for (pointer, is_needed, is_there, may_be) in needed {
            if is_needed && !is_there {
                faults.add(pointer, Fault::Required);
            } else if is_there && !may_be {
                faults.add(pointer, Fault::NotAsked);
            }
        }
        if act == CarrierAct::Entered {
            faults.add("/act", Fault::UnknownValue);
        }
        let keeper = keeper.and_then(|keeper| faults.check("/keeper", filled(keeper, KEEPER_CHARS)));
        faults.into_result()?;
        Ok(Self { act, keeper, receiver, method })
    }
}

/// Notes what happened to a carrier of the caller's clinics.
///
/// # Errors
/// `not_found`; `state_conflict` where it can't have happened: what was issued is not issued again before it is back, and what is
/// destroyed is gone.
pub async fn change(tx: &mut Tx, caller: &Caller, id: Uuid, change: &Change) -> Result<()> {
    find(tx, caller, id).await?;
    let (kept, issued) = (CarrierState::Kept.as_str(), CarrierState::Issued.as_str());
    let (from, to): (&[&str], &str) = match change.act {
        CarrierAct::Entered | CarrierAct::Moved => (&[kept], kept),
        CarrierAct::Issued => (&[kept], issued),
        CarrierAct::Returned => (&[issued], kept),
        CarrierAct::Destroyed => (&[kept, issued], CarrierState::Destroyed.as_str()),
    };
    let destroyed_at = (change.act == CarrierAct::Destroyed).then(|| tx.now());
    if !rows::set_state(tx, id, from, (to, change.keeper.as_deref(), destroyed_at)).await? {
        return Err(Error::refused(Code::StateConflict));
    }
    note(tx, caller, id, change).await?;
    tx.audit(Line::new("changeCarrier").on(OBJECT, id).of(Class::Evidence));
    Ok(())
}

async fn note(tx: &mut Tx, caller: &Caller, id: Uuid, change: &Change) -> Result<()> {
    let act = Act {
        act: change.act.as_str().to_owned(),
        staff: caller.id,
        at: tx.now(),
        receiver: change.receiver.map(|receiver| receiver.as_str().to_owned()),
        method: change.method.map(|method| method.as_str().to_owned()),
        keeper: change.keeper.clone(),
    };
    let act_id = tx.id();
    rows::insert_act(tx, act_id, id, &act).await
}

/// A carrier of the caller's clinics.
///
/// # Errors
/// `not_found`.
pub async fn find(db: &impl sea_orm::ConnectionTrait, caller: &Caller, id: Uuid) -> Result<Carrier> {
    let row = rows::find(db, id).await?;
    let is_theirs = |row: &Carrier| row.clinic.map_or(caller.clinics.is_everywhere(), |clinic| caller.clinics.serve(clinic));
    row.filter(is_theirs).ok_or_else(Error::not_found)
}
