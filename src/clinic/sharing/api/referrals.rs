//! Referrals, for the doctor who refers.

use super::super::given::Recipient;
use super::super::referral::{self, NewReferral};
use super::super::rows;
use super::Tag;
use super::views::GivenAccess;
use crate::app::App;
use crate::app::wire::{Body, Created, Failure, Instant, NoContent};
use crate::clinic::identity::Session;
use crate::kernel::db::Tx;
use crate::kernel::error::{Error, Result};
use poem::web::Data;
use poem_openapi::param::{Header, Path};
use poem_openapi::types::ToJSON;
use poem_openapi::{Object, OpenApi};
use uuid::Uuid;

/// What is referred, to whom, what for and until when. One of `doctorId` and `clinicId`.
#[derive(Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct NewReferralBody {
    doctor_id: Option<Uuid>,
    /// Every doctor of this clinic.
    clinic_id: Option<Uuid>,
    /// What they may read. Without any: the whole clinical record, which goes to a doctor and to no clinic.
    #[oai(validator(max_items = 50))]
    document_ids: Option<Vec<Uuid>>,
    #[oai(validator(min_length = 1, max_length = 500))]
    purpose: String,
    /// From now on, unless it is said.
    from: Option<Instant>,
    /// At most so long after its beginning as the profile says: 90 days unless the operator changed it.
    until: Instant,
}

pub struct ReferralsApi;

#[OpenApi(prefix_path = "/v1/staff", tag = "Tag::StaffSharing")]
impl ReferralsApi {
    /// Refer a patient to another doctor, or to a clinic
    ///
    /// For the doctor who treats him: by a booking or a conversation of his own, not by a referral or in an emergency. It opens
    /// what it names, from its beginning until its end, and the patient sees it.
    #[oai(path = "/patients/:id/referrals", method = "post", operation_id = "createReferral")]
    async fn create(
        &self,
        app: Data<&App>,
        session: Session,
        id: Path<Uuid>,
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] key: Header<String>,
        body: Body<NewReferralBody>,
    ) -> Result<Created<GivenAccess>, Failure> {
        let caller = session.staff_for("createReferral")?;
        let mut new = NewReferral {
            to: Recipient::of(body.0.doctor_id, body.0.clinic_id)?,
            documents: body.0.document_ids.clone().unwrap_or_default(),
            purpose: body.0.purpose.clone(),
            from: body.0.from.map(Instant::get),
            until: body.0.until.get(),
        };
        referral::check(&app, &caller, id.0, &mut new).await?;
        let keys = app.vault.keys(id.0).await?;
        let asked = serde_json::json!({ "patient": id.0, "referral": body.0.to_json() });
        let given = app
            .write_once(&caller.actor("createReferral"), &caller.keys, &key, &asked, async |tx: &mut Tx| {
                let id = referral::create(tx, &caller, &keys, &new).await?;
                Ok(GivenAccess { id, until: new.until.into() })
            })
            .await?;
        Ok(Created::at(format!("/v1/staff/referrals/{}", given.id), given))
    }

    /// Take a referral back
    ///
    /// Whoever made it. To take it back again changes nothing.
    #[oai(path = "/referrals/:id", method = "delete", operation_id = "endReferral")]
    async fn end(&self, app: Data<&App>, session: Session, id: Path<Uuid>) -> Result<NoContent, Failure> {
        let caller = session.staff_for("endReferral")?;
        let row = rows::find(&app.db.reader(), id.0).await?.ok_or_else(Error::not_found)?;
        let keys = app.vault.keys(row.subject).await?;
        let rule = async |tx: &mut Tx| referral::end_own(tx, &caller, &keys, id.0).await;
        app.write(&caller.actor("endReferral"), rule).await?;
        Ok(NoContent)
    }
}
