//! An account that others held for somebody becomes his own.

use super::super::identity_check;
use super::super::rows;
use super::Tag;
use crate::app::App;
use crate::app::wire::{Body, Failure, NoContent};
use crate::clinic::identity::Session;
use crate::clinic::identity::representation;
use crate::kernel::db::Tx;
use crate::kernel::error::{Code, Error, Result};
use poem::web::Data;
use poem_openapi::param::Path;
use poem_openapi::{Object, OpenApi};
use uuid::Uuid;

#[derive(Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct OwnPhone {
    /// His own number, by whose codes he signs in from now on.
    #[oai(validator(min_length = 1, max_length = 40))]
    phone: String,
}

pub struct HandOverApi;

#[OpenApi(prefix_path = "/v1/staff", tag = "Tag::Privacy")]
impl HandOverApi {
    /// Hand an account over to whom it belongs
    ///
    /// To somebody who was represented and now signs in himself, against a check of who he is (`identity_check_required`). He
    /// signs in with a code to the number that he named; sessions of others end, and parents of an adult act for him no longer.
    /// Where nobody signs in by a code it is `refused_by_profile`: the desk issues credentials instead.
    #[oai(path = "/patients/:id/handover", method = "post", operation_id = "handOverAccount")]
    async fn hand_over(
        &self,
        app: Data<&App>,
        session: Session,
        id: Path<Uuid>,
        body: Body<OwnPhone>,
    ) -> Result<NoContent, Failure> {
        let caller = session.staff_for("handOverAccount")?;
        let (reader, now) = (app.db.reader(), app.ambient.now());
        identity_check::check_found(&reader, &caller, id.0, now).await?;
        let check = rows::standing_check(&reader, id.0, caller.id, now).await?;
        check.ok_or_else(|| Error::refused(Code::IdentityCheckRequired))?;
        let keys = app.vault.keys(id.0).await?;
        let prepared = representation::prepare_hand_over(&app, &keys, &body.0.phone).await?;
        app.write(&caller.actor("handOverAccount"), async |tx: &mut Tx| -> Result<()> {
            identity_check::standing(tx, &caller, id.0).await?;
            representation::hand_over(tx, &keys, &prepared).await
        })
        .await?;
        Ok(NoContent)
    }
}
