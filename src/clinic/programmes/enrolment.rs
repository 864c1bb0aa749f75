//! Taking part: applied for, admitted while a place is left, waited for, ended. Whoever changes who takes part holds the
//! programme first, so that nobody waits for another in a circle.

use super::programme::{ProgrammeAdmission, not_eligible};
use super::rows::{self, APPLIED, ENROLLED, Enrolment, WAITING};
use crate::app::profile::Profile;
use crate::clinic::identity;
use crate::clinic::notifications::{self, Kind};
use crate::kernel::access;
use crate::kernel::audit::Line;
use crate::kernel::db::Tx;
use crate::kernel::error::{Code, Error, Reason, Result};
use crate::kernel::vault::{Class, SubjectKeys};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

/// How an audit line names it.
pub const OBJECT: &str = "enrolment";

/// Why somebody takes part no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, poem_openapi::Enum)]
#[oai(rename_all = "camelCase")]
pub enum EnrolmentEnd {
    /// He left.
    Left,
    /// Staff did not admit him, or ended it.
    ByStaff,
    /// The programme is over.
    ProgrammeEnded,
    /// His account is gone.
    AccountEnded,
}

impl EnrolmentEnd {
    const ALL: [EnrolmentEnd; 4] =
        [EnrolmentEnd::Left, EnrolmentEnd::ByStaff, EnrolmentEnd::ProgrammeEnded, EnrolmentEnd::AccountEnded];

    pub const fn as_str(self) -> &'static str {
        match self {
            EnrolmentEnd::Left => "left",
            EnrolmentEnd::ByStaff => "byStaff",
            EnrolmentEnd::ProgrammeEnded => "programmeEnded",
            EnrolmentEnd::AccountEnded => "accountEnded",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|end| end.as_str() == word)
    }
}

/// How somebody came to apply: by himself, or by a staff member who has found him.
pub struct Entry<'a> {
    pub channel: &'a str,
    pub staff: Option<Uuid>,
    /// What of the programme's limits does not fit him.
    pub misfits: Vec<Reason>,
}

/// Whom the desk enters has agreed to the policy and told who he is, as he would have for himself.
///
/// # Errors
/// `not_found` for an account that leaves, or leads to another one; `acceptance_required`; `profile_required`.
pub async fn check_account(db: &impl ConnectionTrait, profile: &Profile, subject: Uuid) -> Result<()> {
    let account = identity::account(db, subject).await?.filter(|account| account.is_active).ok_or_else(Error::not_found)?;
    if account.accepted_version.is_none() {
        return Err(Error::refused(Code::AcceptanceRequired));
    }
    if !account.has_profile && !profile.person.required.is_empty() {
        return Err(Error::refused(Code::ProfileRequired));
    }
    Ok(())
}

/// Enters somebody into a programme: at once while a place is left, else he waits for a place or for staff.
///
/// # Errors
/// `not_found`; `not_eligible` with every reason; `state_conflict` when he takes part or waits already; `frozen`.
pub async fn apply(tx: &mut Tx, keys: &SubjectKeys, programme: Uuid, entry: Entry<'_>) -> Result<Enrolment> {
    tx.hold(&[programme]).await?;
    access::check_own(tx, keys.subject).await?;
    let of = rows::programme(tx, programme).await?.ok_or_else(Error::not_found)?;
    let mut against = entry.misfits;
    if !of.is_open(tx.now()) {
        against.push(Reason::ProgrammeClosed);
    }
    if !against.is_empty() {
        return Err(not_eligible(against));
    }
    let mut row = Enrolment {
        id: tx.id(),
        programme,
        subject: keys.subject,
        state: APPLIED.to_owned(),
        channel: entry.channel.to_owned(),
        entered_by: entry.staff,
        applied_at: tx.now(),
        enrolled_at: None,
        ended_at: None,
        ended_why: None,
    };
    if !rows::insert(tx, &row).await? {
        return Err(Error::refused(Code::StateConflict));
    }
    tx.audit(Line::new("enrol").on(OBJECT, row.id).about(keys).of(Class::Clinical));
    if ProgrammeAdmission::parse(&of.admission) == ProgrammeAdmission::AtOnce {
        give_place(tx, &mut row).await?;
    }
    Ok(row)
}

/// Gives a place to one who waits for staff or for a place. Where none is left he waits for one.
///
/// # Errors
/// `not_found`; `state_conflict` for one who takes part already, or no more.
pub async fn admit(tx: &mut Tx, id: Uuid) -> Result<Enrolment> {
    let mut row = held(tx, id).await?;
    if ![APPLIED, WAITING].contains(&row.state.as_str()) {
        return Err(Error::refused(Code::StateConflict));
    }
    give_place(tx, &mut row).await?;
    tx.audit(Line::new("admit").on(OBJECT, id).of(Class::Clinical));
    Ok(row)
}

/// Ends somebody's part; the place goes to who waits longest.
///
/// # Errors
/// `not_found`, also for somebody else's where an `owner` is named; `state_conflict` when it has ended.
pub async fn end(tx: &mut Tx, id: Uuid, owner: Option<Uuid>, why: EnrolmentEnd) -> Result<()> {
    let row = held(tx, id).await?;
    if owner.is_some_and(|owner| owner != row.subject) {
        return Err(Error::not_found());
    }
    if !rows::end(tx, id, why.as_str(), tx.now()).await? {
        return Err(Error::refused(Code::StateConflict));
    }
    if why == EnrolmentEnd::ByStaff || why == EnrolmentEnd::ProgrammeEnded {
        notifications::tell(tx, row.subject, Kind::EnrolmentChanged, id).await?;
    }
    tx.audit(Line::new("endEnrolment").on(OBJECT, id).of(Class::Clinical));
    if row.state == ENROLLED {
        rows::free_place(tx, row.programme).await?;
        move_up(tx, row.programme).await?;
    }
    Ok(())
}

/// Those who wait get the places that are left, in the order in which they came.
pub async fn move_up(tx: &mut Tx, programme: Uuid) -> Result<()> {
    while let Some(mut next) = rows::next_waiting(tx, programme).await? {
        give_place(tx, &mut next).await?;
        if next.state != ENROLLED {
            break;
        }
    }
    Ok(())
}

/// The enrolment as it stands once its programme is held.
async fn held(tx: &mut Tx, id: Uuid) -> Result<Enrolment> {
    let seen = rows::find(tx, id).await?.ok_or_else(Error::not_found)?;
    tx.hold(&[seen.programme]).await?;
    rows::find(tx, id).await?.ok_or_else(Error::not_found)
}

async fn give_place(tx: &mut Tx, row: &mut Enrolment) -> Result<()> {
    let was = std::mem::take(&mut row.state);
    let is_given = rows::take_place(tx, row.programme).await?;
    row.state = if is_given { ENROLLED } else { WAITING }.to_owned();
    row.enrolled_at = is_given.then(|| tx.now());
    if row.state != was {
        rows::set_state(tx, row.id, &row.state, row.enrolled_at).await?;
        notifications::tell(tx, row.subject, Kind::EnrolmentChanged, row.id).await?;
    }
    Ok(())
}

/// The enrolment by which somebody takes part in a programme now: a booking of its services hangs on it.
pub async fn standing(db: &impl ConnectionTrait, subject: Uuid, programme: Uuid) -> Result<Option<Uuid>> {
    Ok(rows::standing(db, subject, programme).await?.map(|row| row.id))
}

/// Hangs a booking on the enrolment by which its patient may have it.
pub async fn hang(tx: &Tx, enrolment: Uuid, booking: Uuid) -> Result<()> {
    rows::hang(tx, enrolment, booking).await
}
