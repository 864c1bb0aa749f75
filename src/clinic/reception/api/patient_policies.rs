//! A patient's insurance policies, for the desk to which they are shown.

use super::super::patient_policies;
use super::Tag;
use crate::app::App;
use crate::app::wire::{Body, Failure, Reply};
use crate::clinic::identity::Session;
use crate::clinic::identity::api::{InsurancePolicyList, InsurancePolicyView};
use poem::web::Data;
use poem_openapi::param::Path;
use poem_openapi::{Enum, Object, OpenApi};
use uuid::Uuid;

#[derive(Enum, Debug, Clone, Copy, PartialEq)]
#[oai(rename_all = "camelCase")]
enum PolicyOutcome {
    Verified,
    Rejected,
}

#[derive(Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct NewVerification {
    outcome: PolicyOutcome,
}

pub struct PatientPoliciesApi;

#[OpenApi(prefix_path = "/v1/staff", tag = "Tag::Reception")]
impl PatientPoliciesApi {
    /// List the insurance policies of a patient whom this desk has found
    ///
    /// He reads it in his access log.
    #[oai(path = "/patients/:id/policies", method = "get", operation_id = "listPatientInsurancePolicies")]
    async fn list(&self, app: Data<&App>, session: Session, id: Path<Uuid>) -> Result<Reply<InsurancePolicyList>, Failure> {
        let caller = session.staff_for("listPatientInsurancePolicies")?;
        let policies = patient_policies::list(&app, &caller, id.0).await?;
        Ok(Reply::new(InsurancePolicyList::of(&app, policies).await?))
    }

    /// Verify or reject an insurance policy that is shown
    ///
    /// With a recorded check of who the patient is (`identity_check_required`). He sees who said so, and when. Said again,
    /// the last word holds.
    #[oai(path = "/patients/:id/policies/:policy/verification", method = "post", operation_id = "verifyInsurancePolicy")]
    async fn verify(
        &self,
        app: Data<&App>,
        session: Session,
        id: Path<Uuid>,
        policy: Path<Uuid>,
        body: Body<NewVerification>,
    ) -> Result<Reply<InsurancePolicyView>, Failure> {
        let caller = session.staff_for("verifyInsurancePolicy")?;
        let is_verified = body.0.outcome == PolicyOutcome::Verified;
        let policy = patient_policies::judge(&app, &caller, id.0, policy.0, is_verified).await?;
        Ok(Reply::new(InsurancePolicyView::of(&app, policy).await?))
    }
}
