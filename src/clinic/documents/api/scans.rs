//! The scan of an insurance policy: a document of one's own beside it. The policy lies in a room below, which can't see
//! documents; so whose the document is, is checked here.

use super::super::reading;
use crate::app::App;
use crate::app::wire::{Body, Failure, Reply};
use crate::clinic::identity::api::InsurancePolicyView;
use crate::clinic::identity::{Session, policies};
use crate::kernel::error::{Error, Result};
use poem::web::Data;
use poem_openapi::param::Path;
use poem_openapi::{Object, OpenApi, Tags};
use uuid::Uuid;

#[derive(Tags)]
enum Tag {
    /// Documents
    Documents,
}

#[derive(Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct NewPolicyScan {
    document_id: Uuid,
}

pub struct ScansApi;

#[OpenApi(prefix_path = "/v1", tag = "Tag::Documents")]
impl ScansApi {
    /// Put a scan beside an insurance policy
    ///
    /// A complete document of one's own. It stays a document, which the desk does not open: the policy itself is shown there.
    #[oai(path = "/me/policies/:id/scan", method = "put", operation_id = "putInsurancePolicyScan")]
    async fn put(
        &self,
        app: Data<&App>,
        session: Session,
        id: Path<Uuid>,
        body: Body<NewPolicyScan>,
    ) -> Result<Reply<InsurancePolicyView>, Failure> {
        let caller = session.patient()?.may_write(&app, "putInsurancePolicyScan")?.accepted()?;
        let document = body.0.document_id;
        if !reading::are_complete(&app.db.reader(), caller.id, None, &[document]).await? {
            return Err(Error::not_found().into());
        }
        let policy = policies::attach_scan(&app, &caller, "putInsurancePolicyScan", id.0, document).await?;
        Ok(Reply::new(InsurancePolicyView::of(&app, policy).await?))
    }
}
