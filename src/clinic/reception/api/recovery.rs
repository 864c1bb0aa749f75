//! Somebody stands at the desk who can't come in any more.

use super::Tag;
use crate::app::App;
use crate::app::wire::{Body, Failure, NoContent};
use crate::clinic::identity::{self, AddressChannel, Caller, Session, Target};
use crate::clinic::privacy;
use crate::kernel::db::{Actor, Tx};
use crate::kernel::error::{Error, Result};
use crate::kernel::vault::SubjectKeys;
use poem::web::Data;
use poem_openapi::param::Path;
use poem_openapi::{Object, OpenApi};
use std::sync::Arc;
use uuid::Uuid;

#[derive(Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct PatientContact {
    channel: AddressChannel,
    /// A phone number (with `+`, or as dialled in the profile's country) or an e-mail address.
    #[oai(validator(min_length = 1, max_length = 254))]
    to: String,
}

pub struct RecoveryApi;

#[OpenApi(prefix_path = "/v1/staff/patients", tag = "Tag::Reception")]
impl RecoveryApi {
    /// Set a patient's phone or e-mail for him
    ///
    /// For one whom this desk has found and whose identity it has checked (`identity_check_required`). Every session of his
    /// ends; the address that he had is told; the new one stays unverified until a code that went there is shown. Setting the
    /// same once more changes nothing but that. `identifier_taken` when somebody else holds it.
    #[oai(path = "/:id/contacts", method = "put", operation_id = "putPatientContact")]
    async fn put_contact(
        &self,
        app: Data<&App>,
        session: Session,
        id: Path<Uuid>,
        body: Body<PatientContact>,
    ) -> Result<NoContent, Failure> {
        let caller = session.staff_for("putPatientContact")?;
        let actor = caller.actor("putPatientContact");
        let keys = checked(&app, &caller, &actor, id.0).await?;
        let target = Target::check(&app.profile, body.0.channel, &body.0.to)?;
        identity::recover_contact(&app, &actor, &keys, &target).await?;
        Ok(NoContent)
    }
}

/// The keys of a patient whom this desk has found, and whose identity it has checked, in the last minutes.
/// Also of one who is leaving, and comes to stay; not of one whose account was merged into another meanwhile.
pub(super) async fn checked(app: &App, caller: &Caller, actor: &Actor, patient: Uuid) -> Result<Arc<SubjectKeys>> {
    let check = async |tx: &mut Tx| -> Result<()> {
        privacy::check_found(tx, caller, patient, tx.now()).await?;
        let account = identity::account(tx, patient).await?;
        account.filter(|account| account.is_active || account.is_leaving).ok_or_else(Error::not_found)?;
        privacy::standing_check(tx, caller, patient).await.map(drop)
    };
    app.write(actor, check).await?;
    app.vault.keys(patient).await
}
