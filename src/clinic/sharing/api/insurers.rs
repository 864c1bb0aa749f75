//! Contracts of insurer, patient and clinic, and who reads for which insurer.

use super::super::contract::{self, NewContract};
use super::super::rows;
use super::Tag;
use super::views::GivenAccess;
use crate::app::App;
use crate::app::wire::{Body, Created, Failure, Instant, NoContent};
use crate::clinic::documents::DocumentKind;
use crate::clinic::identity::{self, Role, Session};
use crate::clinic::privacy;
use crate::kernel::db::Tx;
use crate::kernel::error::{Code, Error, Fault, Result};
use poem::web::Data;
use poem_openapi::param::{Header, Path};
use poem_openapi::types::ToJSON;
use poem_openapi::{Object, OpenApi};
use uuid::Uuid;

/// What the three parties signed.
#[derive(Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct NewInsurerContract {
    /// An insurer among the recipients.
    #[oai(validator(min_length = 1, max_length = 60))]
    insurer: String,
    clinic_id: Uuid,
    #[oai(validator(min_length = 1, max_length = 60))]
    number: String,
    /// Where the signed paper lies.
    #[oai(validator(min_length = 1, max_length = 200))]
    paper_mark: String,
    /// What the insurer may read of the profile: of the fields that the register lets it have.
    #[oai(validator(max_items = 20))]
    fields: Vec<String>,
    /// Documents of these kinds that were completed within the span that follows: what the clinic's doctors wrote, and what the
    /// patient uploaded himself.
    #[oai(validator(max_items = 6))]
    document_kinds: Vec<DocumentKind>,
    documents_from: Instant,
    documents_until: Instant,
    /// When it takes force: from now on, unless it is said.
    from: Option<Instant>,
    until: Instant,
}

/// The insurer for whom somebody reads.
#[derive(Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct StaffInsurer {
    #[oai(validator(min_length = 1, max_length = 60))]
    insurer: String,
}

pub struct InsurersApi;

#[OpenApi(prefix_path = "/v1/staff", tag = "Tag::StaffSharing")]
impl InsurersApi {
    /// Register a contract of insurer, patient and clinic
    ///
    /// For a patient whom the officer has found, with a recorded check of who he is (`identity_check_required`). Whoever reads
    /// for that insurer then reads what the contract names, until its end; the patient sees the contract and each opening.
    #[oai(path = "/patients/:id/insurer-contracts", method = "post", operation_id = "createInsurerContract")]
    async fn create(
        &self,
        app: Data<&App>,
        session: Session,
        id: Path<Uuid>,
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] key: Header<String>,
        body: Body<NewInsurerContract>,
    ) -> Result<Created<GivenAccess>, Failure> {
        let caller = session.staff_for("createInsurerContract")?;
        let now = app.ambient.now();
        privacy::check_found(&app.db.reader(), &caller, id.0, now).await?;
        let asked = &body.0;
        let mut new = NewContract {
            insurer: asked.insurer.clone(),
            clinic: asked.clinic_id,
            number: asked.number.clone(),
            paper_mark: asked.paper_mark.clone(),
            fields: asked.fields.clone(),
            kinds: asked.document_kinds.clone(),
            documents_from: asked.documents_from.get(),
            documents_until: asked.documents_until.get(),
            from: asked.from.map_or(now, Instant::get),
            until: asked.until.get(),
        };
        contract::check(&app, &caller, &mut new).await?;
        let keys = app.vault.keys(id.0).await?;
        let request = serde_json::json!({ "patient": id.0, "contract": asked.to_json() });
        let given = app
            .write_once(&caller.actor("createInsurerContract"), &caller.keys, &key, &request, async |tx: &mut Tx| {
                privacy::standing_check(tx, &caller, id.0).await?;
                let id = contract::create(tx, &caller, &keys, &new).await?;
                Ok(GivenAccess { id, until: new.until.into() })
            })
            .await?;
        Ok(Created::at(format!("/v1/staff/insurer-contracts/{}", given.id), given))
    }

    /// End a contract with an insurer
    ///
    /// Before its day: it was terminated. To end it again changes nothing.
    #[oai(path = "/insurer-contracts/:id", method = "delete", operation_id = "endInsurerContract")]
    async fn end(&self, app: Data<&App>, session: Session, id: Path<Uuid>) -> Result<NoContent, Failure> {
        let caller = session.staff_for("endInsurerContract")?;
        let row = rows::find(&app.db.reader(), id.0).await?.ok_or_else(Error::not_found)?;
        let keys = app.vault.keys(row.subject).await?;
        let rule = async |tx: &mut Tx| contract::end_by_office(tx, &caller, &keys, id.0).await;
        app.write(&caller.actor("endInsurerContract"), rule).await?;
        Ok(NoContent)
    }

    /// Say for which insurer somebody reads
    ///
    /// Of an account with the role `insurer`. What it read for another one ends at once.
    #[oai(path = "/accounts/:id/insurer", method = "put", operation_id = "putStaffInsurer")]
    async fn put_insurer(
        &self,
        app: Data<&App>,
        session: Session,
        id: Path<Uuid>,
        body: Body<StaffInsurer>,
    ) -> Result<NoContent, Failure> {
        let caller = session.staff_for("putStaffInsurer")?;
        // An insurer is no matter of one clinic.
        if !caller.clinics.is_everywhere() {
            return Err(Error::not_found().into());
        }
        let (row, _) = identity::staff_member(&app, id.0).await?;
        if Role::parse(&row.role) != Some(Role::Insurer) {
            return Err(Error::refused(Code::StateConflict).into());
        }
        let known = contract::insurer(&app, &body.0.insurer);
        let insurer = known.ok_or_else(|| Error::field("/insurer", Fault::UnknownValue))?.id.clone();
        let rule = async |tx: &mut Tx| identity::put_insurer(tx, id.0, &insurer).await;
        app.write(&caller.actor("putStaffInsurer"), rule).await?;
        Ok(NoContent)
    }
}
