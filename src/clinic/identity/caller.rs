//! Who calls: the bearer token, resolved. An operation takes a `Session` and asks it for the caller that it accepts.

use super::account::MERGED;
use super::clinics::Clinics;
use super::matrix;
use super::reach;
use super::representation::{self, Acting};
use super::rows;
use super::sessions;
use crate::app::App;
use crate::app::profile::{self, AcceptedBy};
use crate::app::wire::{ClientAddr, Failure, RequestId};
use crate::kernel::access::Asker;
use crate::kernel::db::{Actor, Who};
use crate::kernel::error::{Code, Error, Result};
use crate::kernel::vault::SubjectKeys;
use chrono::{DateTime, TimeDelta, Utc};
use poem::Request;
use poem_openapi::SecurityScheme;
use poem_openapi::auth::Bearer;
use std::net::IpAddr;
use std::sync::Arc;
use uuid::Uuid;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, poem_openapi::Enum, serde::Serialize, serde::Deserialize)]
#[oai(rename = "Role", rename_all = "camelCase")]
#[serde(rename_all = "camelCase")]
pub enum Role {
    Patient,
    Doctor,
    Reception,
    /// Serves those who call: finds, registers, books; issues no credentials.
    CallCentre,
    Support,
    /// Somebody of an insurer.
    Insurer,
    /// Answers for the processing of personal data.
    Officer,
    /// Reads how the house was run, and nothing of anybody.
    Auditor,
    Administrator,
}

impl Role {
    pub const STAFF: &'static [Role] = &[
        Role::Doctor,
        Role::Reception,
        Role::CallCentre,
        Role::Support,
        Role::Insurer,
        Role::Officer,
        Role::Auditor,
        Role::Administrator,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Role::Patient => "patient",
            Role::Doctor => "doctor",
            Role::Reception => "reception",
            Role::CallCentre => "callCentre",
            Role::Support => "support",
            Role::Insurer => "insurer",
            Role::Officer => "officer",
            Role::Auditor => "auditor",
            Role::Administrator => "administrator",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::STAFF.iter().copied().chain([Role::Patient]).find(|role| role.as_str() == text)
    }

    /// Only these roles hold grants for clinical data.
    pub const fn medical(self) -> bool {
        matches!(self, Role::Doctor)
    }
}

/// For how long a sign-in stands for the person himself.
const STEP_UP: TimeDelta = TimeDelta::minutes(5);

/// Somebody who has signed in, for one request.
#[derive(Clone)]
pub struct Caller {
    /// The subject of a patient; the account of a staff member.
    pub id: Uuid,
    pub role: Role,
    pub session: Uuid,
    pub request: Uuid,
    pub addr: IpAddr,
    /// The clinics that a staff member serves.
    pub clinics: Clinics,
    /// The first of them: the one that is meant where none is named. None: the whole installation.
    pub clinic: Option<Uuid>,
    /// The caller's own keys: to seal his data.
    pub keys: Arc<SubjectKeys>,
    /// Somebody acts for him, who is not he.
    pub acting: Option<Acting>,
    state: String,
    is_frozen: bool,
    free_at: Option<DateTime<Utc>>,
    is_provisional: bool,
    owes_undertaking: bool,
    signed_in_at: DateTime<Utc>,
    accepted_version: Option<String>,
    /// The version of the policy that he has to accept by an act before anything personal is taken.
    must_accept: Option<String>,
    has_profile: bool,
}

impl Caller {
    /// As the trail names him, in one operation of the contract.
    pub fn actor(&self, operation: &'static str) -> Actor {
        let who = match (self.role, self.acting) {
            (Role::Patient, Some(acting)) => {
                Who::Representative { subject: self.id, mark: self.keys.mark, by: acting.mark, leave: acting.leave() }
            }
            (Role::Patient, None) => Who::Patient { subject: self.id, mark: self.keys.mark, free_at: self.free_at },
            _ => Who::Staff { id: self.id },
        };
        Actor { who, operation, request: self.request }
    }

    pub fn asker(&self) -> Asker {
        Asker { id: self.id, medical: self.role.medical() }
    }

    /// Where cabinets are for reading, only some operations change anything for a patient. Asked before anything is looked
    /// up or reserved, so that what is refused leaves nothing behind; staff pass.
    ///
    /// # Errors
    /// `read_only`.
    pub fn may_write(self, app: &App, operation: &'static str) -> Result<Self> {
        app.check_writable(&self.actor(operation)).map(|()| self)
    }

    /// For what no seal guards, and tells of the person's health all the same.
    ///
    /// # Errors
    /// `not_found` for a representative to whom what is clinical is closed.
    pub fn sees_clinical(self) -> Result<Self> {
        if self.acting.is_some_and(|acting| !acting.sees_clinical) { Err(Error::not_found()) } else { Ok(self) }
    }

    /// For what tells that somebody sought care.
    ///
    /// # Errors
    /// `not_found` for a representative from whom the profile shields the represented person.
    pub fn unshielded(self) -> Result<Self> {
        if self.acting.is_some_and(|acting| acting.is_shielded) { Err(Error::not_found()) } else { Ok(self) }
    }

    /// As whom he acts in rows that say who did something: the representative where there is one.
    pub fn actor_id(&self) -> Uuid {
        self.acting.map_or(self.id, |acting| acting.representative)
    }

    /// When he signed in; of a representative, when he did so himself.
    pub fn signed_in_at(&self) -> DateTime<Utc> {
        self.signed_in_at
    }

    /// Whether he has to give the undertaking in force before he may do anything else.
    pub fn owes_undertaking(&self) -> bool {
        self.owes_undertaking
    }

    /// The version of the policy that he accepted last.
    pub fn accepted_version(&self) -> Option<&str> {
        self.accepted_version.as_deref()
    }

    /// Before personal data is taken, the policy in force has been accepted.
    ///
    /// # Errors
    /// `acceptance_required`, with the version.
    pub fn accepted(self) -> Result<Self> {
        match &self.must_accept {
            Some(version) => Err(Error::acceptance_required(version)),
            None => Ok(self),
        }
    }

    /// What would hurt most in the hands of somebody who found the phone unlocked takes a sign-in of the last minutes: a
    /// new code to his phone.
    ///
    /// # Errors
    /// `step_up_required`.
    pub fn stepped_up(self, now: DateTime<Utc>) -> Result<Self> {
        if now - self.signed_in_at > STEP_UP { Err(Error::refused(Code::StepUpRequired)) } else { Ok(self) }
    }

    /// Where the service must know who comes, the profile has been filled in.
    ///
    /// # Errors
    /// `profile_required`.
    pub fn with_profile(self, rules: &profile::Person) -> Result<Self> {
        if self.has_profile || rules.required.is_empty() { Ok(self) } else { Err(Error::refused(Code::ProfileRequired)) }
    }
}

/// An opaque access token, as `Authorization: Bearer …`.
#[derive(SecurityScheme)]
#[oai(rename = "session", ty = "bearer", checker = "resolve")]
pub struct Session(Caller);

async fn resolve(request: &Request, bearer: Bearer) -> poem::Result<Caller> {
    Ok(caller(request, &bearer.token).await.map_err(Failure)?)
}

async fn caller(request: &Request, token: &str) -> Result<Caller> {
    let app = request.data::<App>().ok_or_else(|| Error::internal("the server runs without its App"))?;
    let unauthenticated = || Error::refused(Code::Unauthenticated);
    let now = app.ambient.now();
    let (row, clinics) = rows::caller(&app.db.reader(), &sessions::hash(token)).await?.ok_or_else(unauthenticated)?;
    if row.ended_at.is_some() || row.until <= now || row.absolute_until <= now {
        return Err(unauthenticated());
    }
    let role = row.role.as_deref().map_or(Some(Role::Patient), Role::parse).ok_or_else(unauthenticated)?;
    let keys = app.vault.keys(row.owner).await.map_err(|error| match error.code() {
        Code::NotFound => unauthenticated(),
        _ => error,
    })?;
    let undertaking = &app.profile.undertaking;
    let owes_undertaking = undertaking.of(role.as_str()).is_some() && row.undertaking.as_ref() != Some(&undertaking.version);
    // An account that was merged into another has no sessions, by whatever way somebody came in.
    let state =
        row.patient_state.clone().or(row.staff_state.clone()).filter(|state| state != MERGED).ok_or_else(unauthenticated)?;
    // An account that was suspended or ended is signed in nowhere, whatever became of its sessions.
    if role != Role::Patient && !matches!(state.as_str(), rows::ACTIVE | rows::INVITED) {
        return Err(unauthenticated());
    }
    let acting = match row.representation {
        Some(id) => Some(representation::acting(app, id).await?),
        None => None,
    };
    let must_accept = match role {
        Role::Patient => must_accept(app, &row, &state, now).await,
        _ => None,
    };
    Ok(Caller {
        id: row.owner,
        acting,
        role,
        session: row.session,
        request: request.data::<RequestId>().map_or(Uuid::nil(), |id| id.0),
        addr: request.data::<ClientAddr>().map_or(IpAddr::from([0, 0, 0, 0]), |addr| addr.0),
        clinic: clinics.as_slice().first().copied(),
        clinics,
        keys,
        state,
        is_frozen: row.is_frozen,
        free_at: (!row.is_frozen).then_some(now),
        is_provisional: row.is_provisional,
        owes_undertaking,
        signed_in_at: row.signed_in_at,
        accepted_version: row.accepted_version,
        must_accept,
        has_profile: row.has_profile,
    })
}

/// The version that is to be accepted by an act before anything personal is taken. Where going on is enough, it is noted that
/// he went on; what comes of it is another room's matter, and never stands in his way.
async fn must_accept(app: &App, row: &rows::CallerRow, state: &str, now: DateTime<Utc>) -> Option<String> {
    let policy = app.profile.policy_on(now);
    let Some(accepted) = &row.accepted_version else { return Some(policy.version.clone()) };
    if app.profile.is_accepted(accepted, now) || !app.profile.in_force(now) {
        return None;
    }
    if policy.acceptance == AcceptedBy::Act {
        return Some(policy.version.clone());
    }
    if state == rows::ACTIVE
        && let Err(error) = reach::note_continued_use(app, row.owner, row.session, &policy.version).await
    {
        tracing::warn!(%error, "that somebody went on under a new policy could not be noted");
    }
    None
}

impl Session {
    /// Anybody with a living session, also one who may do nothing else yet: to sign out.
    pub fn anybody(self) -> Caller {
        self.0
    }

    /// Anybody with a living session who has made issued credentials his own.
    ///
    /// # Errors
    /// `password_change_required`.
    pub fn anybody_settled(self) -> Result<Caller> {
        if self.0.is_provisional { Err(Error::refused(Code::PasswordChangeRequired)) } else { Ok(self.0) }
    }

    /// A patient whose account lives and is not frozen.
    ///
    /// # Errors
    /// `forbidden` for staff; `deletion_pending` within the grace of a deletion; `frozen`.
    pub fn patient(self) -> Result<Caller> {
        let caller = self.patient_even_frozen()?;
        if caller.is_frozen { Err(Error::refused(Code::Frozen)) } else { Ok(caller) }
    }

    /// A patient whose account lives, also one whose own cabinet is frozen: for the freeze itself and, where the profile
    /// allows it, for his export.
    pub fn patient_even_frozen(self) -> Result<Caller> {
        let caller = self.any_patient()?;
        if caller.state == rows::LEAVING { Err(Error::refused(Code::DeletionPending)) } else { Ok(caller) }
    }

    /// A patient whose cabinet is not frozen, also one who has asked for the deletion of his account.
    pub fn patient_even_leaving(self) -> Result<Caller> {
        let caller = self.any_patient()?;
        if caller.is_frozen { Err(Error::refused(Code::Frozen)) } else { Ok(caller) }
    }

    /// Any patient: to undo a deletion, which a freeze must not make final.
    ///
    /// # Errors
    /// `forbidden` for staff; `password_change_required` for who signed in by an issued password.
    pub fn any_patient(self) -> Result<Caller> {
        if self.0.role == Role::Patient { self.anybody_settled() } else { Err(Error::refused(Code::Forbidden)) }
    }

    /// Any patient, also one who has not changed his issued password yet: to change it.
    pub fn patient_even_new(self) -> Result<Caller> {
        if self.0.role == Role::Patient { Ok(self.0) } else { Err(Error::refused(Code::Forbidden)) }
    }

    /// A staff member whose role may call this operation, as `openapi/access.toml` says.
    ///
    /// # Errors
    /// `forbidden` for everybody else; `password_change_required` before the issued credentials were changed;
    /// `acceptance_required` before the undertaking that the profile asks of the role was given.
    pub fn staff_for(self, operation: &str) -> Result<Caller> {
        let caller = self.settled_staff()?;
        if matrix::allows(operation, caller.role) { Ok(caller) } else { Err(Error::refused(Code::Forbidden)) }
    }

    /// A patient whose account lives, or a staff member whose role may call this operation. To other staff there is no such
    /// thing, as there is none to a stranger.
    ///
    /// # Errors
    /// As of `patient`; `not_found`; `password_change_required`; `acceptance_required`.
    pub fn patient_or_staff_for(self, operation: &str) -> Result<Caller> {
        if self.0.role == Role::Patient {
            return self.patient();
        }
        let caller = self.settled_staff()?;
        if matrix::allows(operation, caller.role) { Ok(caller) } else { Err(Error::not_found()) }
    }

    /// A staff member who has changed the issued credentials and given the undertaking that is asked of him.
    fn settled_staff(self) -> Result<Caller> {
        let caller = self.staff_even_new()?;
        if caller.state != rows::ACTIVE {
            return Err(Error::refused(Code::PasswordChangeRequired));
        }
        if caller.owes_undertaking {
            return Err(Error::refused(Code::AcceptanceRequired));
        }
        Ok(caller)
    }

    /// A staff member, also one who has not changed the issued credentials yet.
    pub fn staff_even_new(self) -> Result<Caller> {
        if self.0.role == Role::Patient { Err(Error::refused(Code::Forbidden)) } else { Ok(self.0) }
    }
}
