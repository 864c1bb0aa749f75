//! Insurance policies that are shown at the desk.

use crate::app::App;
use crate::clinic::identity::policies::{self, Policy};
use crate::clinic::identity::{self, Caller, DESK, Judgement, KnownPerson};
use crate::clinic::privacy::identity_check;
use crate::kernel::audit::Line;
use crate::kernel::db::Tx;
use crate::kernel::error::{Code, Error, Result};
use crate::kernel::vault::Class;
use uuid::Uuid;

/// How often a word is tried again when the patient changed his profile meanwhile.
const ATTEMPTS: usize = 3;

/// The policies of a patient whom this desk has found.
///
/// # Errors
/// `not_found`, as for nobody.
pub async fn list(app: &App, caller: &Caller, patient: Uuid) -> Result<Vec<Policy>> {
    let known = read(app, caller, "listPatientInsurancePolicies", patient).await?;
    Ok(policies::of(&known, app.ambient.now().date_naive()))
}

async fn read(app: &App, caller: &Caller, operation: &'static str, patient: Uuid) -> Result<KnownPerson> {
    // A doctor's reason opens the class too; what the desk may, rests on its search alone.
    identity_check::check_found(&app.db.reader(), caller, patient, app.ambient.now()).await?;
    let openings = app.openings(caller.actor(operation), caller.asker());
    let grant = openings.grant(patient, Class::Identity, ("patient", patient)).await?;
    let known = KnownPerson::read(app, &grant).await?;
    openings.answer(known).await
}

/// Notes what the desk says of a policy that it was shown: by whom, and when. The last word holds.
///
/// # Errors
/// `not_found`; `identity_check_required`; `state_conflict` while it is not settled whose the number is.
pub async fn judge(app: &App, caller: &Caller, patient: Uuid, policy: Uuid, is_verified: bool) -> Result<Policy> {
    const OPERATION: &str = "verifyInsurancePolicy";
    let judgement = Judgement { is_verified, by: caller.id, at: app.ambient.now() };
    let verb = if is_verified { "verify" } else { "reject" };
    for _ in 0..ATTEMPTS {
        let known = read(app, caller, OPERATION, patient).await?;
        let today = app.ambient.now().date_naive();
        let noted = policies::noted(&known, policy, today, |record| record.judgement = Some(judgement))?;
        let keys = app.vault.keys(patient).await?;
        let written = app
            .write(&caller.actor(OPERATION), async |tx: &mut Tx| -> Result<()> {
                identity_check::standing(tx, caller, patient).await?;
                identity::rewrite_person(tx, &keys, known.version, &noted.person).await?;
                tx.audit(Line::new(verb).on("insurancePolicy", policy).about(&keys).of(Class::Identity).because(DESK));
                Ok(())
            })
            .await;
        match written {
            Err(error) if error.code() == Code::PreconditionFailed => {}
            written => return written.map(|()| noted.policy),
        }
    }
    Err(Error::Unavailable("a profile changes too fast"))
}
