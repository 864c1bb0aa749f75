//! Somebody stands at the desk who can't come in any more.

use super::Tag;
use crate::app::App;
use crate::app::wire::{Body, Failure, NoContent};
use crate::clinic::identity::{self, AddressChannel, Caller, Role, Session, Target};
use crate::clinic::privacy;
use crate::kernel::error::Result;
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

#[OpenApi(prefix_path = "/v1/staff/patients", tag = "Tag::Desk")]
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
        let caller = session.staff(&[Role::Reception])?;
        let keys = checked(&app, &caller, id.0).await?;
        let target = Target::check(&app.profile, body.0.channel, &body.0.to)?;
        identity::recover_contact(&app, &caller.actor("putPatientContact"), &keys, &target).await?;
        Ok(NoContent)
    }
}

/// The keys of a patient whom this desk has found, and whose identity it has checked, in the last minutes.
pub(super) async fn checked(app: &App, caller: &Caller, subject: Uuid) -> Result<Arc<SubjectKeys>> {
    let (reader, now) = (app.db.reader(), app.ambient.now());
    privacy::check_found(&reader, caller, subject, now).await?;
    privacy::standing_identity_check(&reader, caller, subject, now).await?;
    app.vault.keys(subject).await
}
