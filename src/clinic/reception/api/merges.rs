//! Two accounts of one person.

use super::super::merge::{self, Both};
use super::super::patients;
use super::Tag;
use crate::app::App;
use crate::app::wire::{Body, Created, Failure, Instant, NoContent};
use crate::clinic::identity::Session;
use crate::kernel::db::Tx;
use crate::kernel::error::Result;
use poem::web::Data;
use poem_openapi::param::{Header, Path};
use poem_openapi::types::ToJSON;
use poem_openapi::{Object, OpenApi};
use uuid::Uuid;

#[derive(Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct NewMerge {
    /// The account that is closed and leads to this one.
    other_id: Uuid,
}

#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct MergeView {
    id: Uuid,
    /// The account that stays.
    patient_id: Uuid,
    at: Instant,
}

pub struct MergesApi;

#[OpenApi(prefix_path = "/v1/staff", tag = "Tag::Reception")]
impl MergesApi {
    /// Make one account of two
    ///
    /// Both were found by this desk, and who each of them is was checked (`identity_check_required`). The other one is closed:
    /// its sessions end, its numbers sign in to this one, and its visits are read here. It can be undone.
    #[oai(path = "/patients/:id/merge", method = "post", operation_id = "mergePatient")]
    async fn merge(
        &self,
        app: Data<&App>,
        session: Session,
        id: Path<Uuid>,
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] key: Header<String>,
        body: Body<NewMerge>,
    ) -> Result<Created<MergeView>, Failure> {
        let caller = session.staff_for("mergePatient")?;
        let both = Both::find(&app, &caller, id.0, body.0.other_id).await?;
        let asked = serde_json::json!({ "patient": id.0, "merge": body.0.to_json() });
        let made = app
            .write_once(&caller.actor("mergePatient"), &caller.keys, &key, &asked, async |tx: &mut Tx| {
                let merged = merge::merge(tx, &caller, &both).await?;
                Ok(MergeView { id: merged.id, patient_id: id.0, at: merged.at.into() })
            })
            .await?;
        Ok(Created::at(format!("/v1/staff/patients/{}/merge", id.0), made))
    }

    /// Take the last merge into an account apart again
    ///
    /// With a check of who its owner is. The other account lives on as it was; every session of this one ends.
    #[oai(path = "/patients/:id/merge", method = "delete", operation_id = "undoMerge")]
    async fn undo(&self, app: Data<&App>, session: Session, id: Path<Uuid>) -> Result<NoContent, Failure> {
        let caller = session.staff_for("undoMerge")?;
        patients::check_found(&app, &caller, id.0).await?;
        let keys = app.vault.keys(id.0).await?;
        app.write(&caller.actor("undoMerge"), async |tx: &mut Tx| merge::undo(tx, &caller, &keys).await).await?;
        Ok(NoContent)
    }
}
