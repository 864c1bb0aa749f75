//! Forbidding access to one's data, and allowing it again.

use super::super::freeze::{self, Act};
use super::super::identity_check::{self, DeskChannel, Evidence, IdentityDocument};
use super::Tag;
use crate::app::App;
use crate::app::wire::{Body, Created, Failure, Instant, Reply};
use crate::clinic::identity::{Caller, Role, Session};
use crate::kernel::db::Tx;
use crate::kernel::error::{Code, Error, Fault, Result};
use crate::kernel::freeze::{self as kernel, Freeze};
use crate::kernel::text::check_text;
use poem::web::Data;
use poem_openapi::param::{Header, Path};
use poem_openapi::{Enum, Object, OpenApi};
use uuid::Uuid;

const REASON_CHARS: usize = 500;

#[derive(Enum, Debug, Clone, Copy, PartialEq)]
#[oai(rename_all = "camelCase")]
enum FreezeScope {
    /// The patient's own cabinet.
    Patient,
    /// The cabinets of doctors and all other staff.
    Staff,
    /// Those of insurers, who read by contracts of their own.
    Insurers,
}

impl From<kernel::Scope> for FreezeScope {
    fn from(scope: kernel::Scope) -> Self {
        match scope {
            kernel::Scope::Patient => FreezeScope::Patient,
            kernel::Scope::Staff => FreezeScope::Staff,
            kernel::Scope::Insurers => FreezeScope::Insurers,
        }
    }
}

impl From<FreezeScope> for kernel::Scope {
    fn from(scope: FreezeScope) -> Self {
        match scope {
            FreezeScope::Patient => kernel::Scope::Patient,
            FreezeScope::Staff => kernel::Scope::Staff,
            FreezeScope::Insurers => kernel::Scope::Insurers,
        }
    }
}

#[derive(Enum, Debug, Clone, Copy, PartialEq)]
#[oai(rename_all = "camelCase")]
enum FreezeOrigin {
    /// The patient set it himself, and lifts it himself.
    Patient,
    /// The desk set it for him, and lifts it.
    Desk,
    /// The grace of a deletion; it ends with its undoing.
    Deletion,
    /// The last contract with the clinic has ended; it ends with another one.
    Contract,
}

impl From<kernel::Origin> for FreezeOrigin {
    fn from(origin: kernel::Origin) -> Self {
        match origin {
            kernel::Origin::Patient => FreezeOrigin::Patient,
            kernel::Origin::Desk => FreezeOrigin::Desk,
            kernel::Origin::Deletion => FreezeOrigin::Deletion,
            kernel::Origin::Contract => FreezeOrigin::Contract,
        }
    }
}

#[derive(Enum, Debug, Clone, Copy, PartialEq)]
#[oai(rename_all = "camelCase")]
enum FreezeActKind {
    Set,
    Lifted,
}

#[derive(Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct NewFreeze {
    /// What to freeze, beside what is frozen already.
    #[oai(validator(min_items = 1, max_items = 3))]
    scopes: Vec<FreezeScope>,
    /// In the patient's own words. Kept, sealed.
    #[oai(validator(max_length = 500))]
    reason: Option<String>,
}

impl NewFreeze {
    fn check(self) -> Result<(Vec<kernel::Scope>, Option<String>)> {
        let reason = match self.reason.as_deref().map(str::trim).filter(|reason| !reason.is_empty()) {
            Some(reason) => Some(check_text(reason, REASON_CHARS).map_err(|fault: Fault| Error::field("/reason", fault))?),
            None => None,
        };
        Ok((self.scopes.into_iter().map(Into::into).collect(), reason))
    }
}

/// A freeze that stands.
#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct FrozenScope {
    scope: FreezeScope,
    origin: FreezeOrigin,
    since: Instant,
}

#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct FreezeActView {
    act: FreezeActKind,
    scopes: Vec<FreezeScope>,
    /// By whom.
    origin: FreezeOrigin,
    at: Instant,
    reason: Option<String>,
    /// The staff member who acted for the patient.
    staff_name: Option<String>,
    staff_role: Option<Role>,
    /// How the patient came to the desk, and what it checked.
    channel: Option<DeskChannel>,
    document: Option<IdentityDocument>,
    last_digits: Option<String>,
}

impl From<Act> for FreezeActView {
    fn from(act: Act) -> Self {
        let (staff_name, staff_role) = act.staff.unzip();
        Self {
            act: if act.is_set { FreezeActKind::Set } else { FreezeActKind::Lifted },
            scopes: act.scopes.into_iter().map(Into::into).collect(),
            origin: act.origin.into(),
            at: act.at.into(),
            reason: act.reason,
            staff_name,
            staff_role: staff_role.flatten(),
            channel: act.check.as_ref().map(|check| check.channel),
            document: act.check.as_ref().map(|check| check.document),
            last_digits: act.check.map(|check| check.last_digits),
        }
    }
}

/// What is frozen now, and who did what about it, newest first.
#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct FreezeView {
    frozen: Vec<FrozenScope>,
    acts: Vec<FreezeActView>,
}

/// What is frozen now.
#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct PatientFreeze {
    frozen: Vec<FrozenScope>,
}

fn frozen(standing: Vec<Freeze>) -> Vec<FrozenScope> {
    let view =
        |freeze: Freeze| FrozenScope { scope: freeze.scope.into(), origin: freeze.origin.into(), since: freeze.set_at.into() };
    standing.into_iter().map(view).collect()
}

/// What the desk checked before it acts for a patient.
#[derive(Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct NewIdentityCheck {
    channel: DeskChannel,
    document: IdentityDocument,
    /// Two to six last characters of its number. Never the whole number.
    #[oai(validator(pattern = "^[0-9A-Za-z]{2,6}$"))]
    last_digits: String,
}

#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct IdentityCheckView {
    id: Uuid,
    /// Until when this staff member may act for this patient by it.
    until: Instant,
}

pub struct FreezeApi;

#[OpenApi(prefix_path = "/v1", tag = "Tag::Privacy")]
impl FreezeApi {
    /// Read what of one's data is frozen, and who did it
    #[oai(path = "/me/freeze", method = "get", operation_id = "getFreeze")]
    async fn get(&self, app: Data<&App>, session: Session) -> Result<Reply<FreezeView>, Failure> {
        let caller = session.patient_even_frozen()?;
        let standing = kernel::standing(&app.db.reader(), caller.id).await?;
        Ok(Reply::new(view(&app, &caller, standing).await?))
    }

    /// Forbid access to one's data
    ///
    /// Adds to what is frozen, at once and on everything that runs. Under `patient` one's own cabinet answers `frozen`, but
    /// for this, for signing out and, where the profile allows it, for the export. Under `staff` nobody who works here opens
    /// anything, under `insurers` nobody who reads by a contract. Processing goes on.
    #[oai(path = "/me/freeze", method = "put", operation_id = "putFreeze")]
    async fn put(&self, app: Data<&App>, session: Session, body: Body<NewFreeze>) -> Result<Reply<FreezeView>, Failure> {
        let caller = by_himself(&app, session)?;
        let (scopes, reason) = body.0.check()?;
        let rule = async |tx: &mut Tx| freeze::set_own(tx, &caller.keys, &scopes, reason.as_deref()).await;
        let standing = app.write(&caller.actor("putFreeze"), rule).await?;
        Ok(Reply::new(view(&app, &caller, standing).await?))
    }

    /// Allow access to one's data again
    ///
    /// Lifts what one has set oneself, with a sign-in of the last five minutes (`step_up_required`). What the desk has set
    /// the desk lifts (`identity_check_required`).
    #[oai(path = "/me/freeze", method = "delete", operation_id = "liftFreeze")]
    async fn lift(&self, app: Data<&App>, session: Session) -> Result<Reply<FreezeView>, Failure> {
        let caller = by_himself(&app, session)?.stepped_up(app.ambient.now())?;
        let rule = async |tx: &mut Tx| freeze::lift_own(tx, &caller.keys).await;
        let standing = app.write(&caller.actor("liftFreeze"), rule).await?;
        Ok(Reply::new(view(&app, &caller, standing).await?))
    }

    /// Record a check of who a patient is
    ///
    /// For a quarter of an hour this staff member may act for him by it. He reads it beside what was done.
    #[oai(path = "/staff/patients/:id/identity-checks", method = "post", operation_id = "createIdentityCheck")]
    async fn check(
        &self,
        app: Data<&App>,
        session: Session,
        id: Path<Uuid>,
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] key: Header<String>,
        body: Body<NewIdentityCheck>,
    ) -> Result<Created<IdentityCheckView>, Failure> {
        let caller = session.staff_for("createIdentityCheck")?;
        identity_check::check_found(&app.db.reader(), &caller, id.0, app.ambient.now()).await?;
        let keys = app.vault.keys(id.0).await?;
        let NewIdentityCheck { channel, document, last_digits } = body.0;
        let evidence = Evidence { channel, document, last_digits };
        // The patient belongs to what the key stands for.
        let request = serde_json::json!({ "patient": id.0, "evidence": &evidence });
        let made = app
            .write_once(&caller.actor("createIdentityCheck"), &caller.keys, &key, &request, async |tx: &mut Tx| {
                let (id, until) = identity_check::record(tx, &caller, &keys, &evidence).await?;
                Ok(IdentityCheckView { id, until: until.into() })
            })
            .await?;
        Ok(Created::at(format!("/v1/staff/patients/{}/identity-checks/{}", id.0, made.id), made))
    }

    /// Freeze a patient's data for him
    ///
    /// For a patient whom this desk has found, with a recorded check of who he is (`identity_check_required`).
    #[oai(path = "/staff/patients/:id/freeze", method = "put", operation_id = "putPatientFreeze")]
    async fn put_for(
        &self,
        app: Data<&App>,
        session: Session,
        id: Path<Uuid>,
        body: Body<NewFreeze>,
    ) -> Result<Reply<PatientFreeze>, Failure> {
        let caller = session.staff_for("putPatientFreeze")?;
        let (scopes, reason) = body.0.check()?;
        let keys = app.vault.keys(id.0).await?;
        let rule = async |tx: &mut Tx| freeze::set_at_desk(tx, &caller, &keys, &scopes, reason.as_deref()).await;
        let standing = app.write(&caller.actor("putPatientFreeze"), rule).await?;
        Ok(Reply::new(PatientFreeze { frozen: frozen(standing) }))
    }

    /// Lift the freezes of a patient for him
    ///
    /// As `putPatientFreeze`. Lifts what the desk set and what he set himself.
    #[oai(path = "/staff/patients/:id/freeze", method = "delete", operation_id = "liftPatientFreeze")]
    async fn lift_for(&self, app: Data<&App>, session: Session, id: Path<Uuid>) -> Result<Reply<PatientFreeze>, Failure> {
        let caller = session.staff_for("liftPatientFreeze")?;
        let keys = app.vault.keys(id.0).await?;
        let rule = async |tx: &mut Tx| freeze::lift_at_desk(tx, &caller, &keys).await;
        let standing = app.write(&caller.actor("liftPatientFreeze"), rule).await?;
        Ok(Reply::new(PatientFreeze { frozen: frozen(standing) }))
    }
}

/// # Errors
/// `refused_by_profile` where freezes go by way of the desk alone.
fn by_himself(app: &App, session: Session) -> Result<Caller> {
    let caller = session.patient_even_frozen()?;
    if app.profile.freeze.by_patient { Ok(caller) } else { Err(Error::refused(Code::RefusedByProfile)) }
}

async fn view(app: &App, caller: &Caller, standing: Vec<Freeze>) -> Result<FreezeView> {
    let acts = freeze::acts(app, &caller.keys).await?.into_iter().map(Into::into).collect();
    Ok(FreezeView { frozen: frozen(standing), acts })
}
