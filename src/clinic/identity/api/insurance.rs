//! A patient's insurance policies.

use super::super::caller::Session;
use super::super::holding::Known;
use super::super::identifier::{self, Identifier, Places};
use super::super::numbers::{System, masked};
use super::super::policies::{self, Policy, PolicyState};
use super::super::staff::staff_name;
use crate::app::App;
use crate::app::profile::Profile;
use crate::app::wire::{Body, Created, Date, Failure, Instant, NoContent, Reply};
use crate::kernel::error::{Fault, Faults, Result};
use crate::kernel::vault::Class;
use poem::web::Data;
use poem_openapi::param::{Header, Path};
use poem_openapi::{Enum, Object, OpenApi, Tags};
use uuid::Uuid;

#[derive(Tags)]
enum Tag {
    /// Insurance policies
    Insurance,
}

#[derive(Enum, Debug, Clone, Copy, PartialEq)]
#[oai(rename_all = "camelCase")]
pub enum InsuranceKind {
    /// Compulsory, with a single number (ЕНП).
    Oms,
    /// Compulsory, of an old series or temporary.
    OmsLegacy,
    /// Voluntary.
    Dms,
}

impl From<InsuranceKind> for System {
    fn from(kind: InsuranceKind) -> Self {
        match kind {
            InsuranceKind::Oms => System::Oms,
            InsuranceKind::OmsLegacy => System::OmsLegacy,
            InsuranceKind::Dms => System::Dms,
        }
    }
}

#[derive(Enum, Debug, Clone, Copy, PartialEq)]
#[oai(rename_all = "camelCase", remote = "PolicyState")]
pub enum InsurancePolicyState {
    /// The desk has to settle whose it is: come with the policy.
    Pending,
    Declared,
    Verified,
    Rejected,
    Expired,
}

#[derive(Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct NewInsurancePolicy {
    kind: InsuranceKind,
    #[oai(validator(min_length = 1, max_length = 64))]
    number: String,
    /// Required for a voluntary policy.
    #[oai(validator(max_length = 200))]
    insurer: Option<String>,
    valid_from: Option<Date>,
    /// The last day on which it is valid.
    valid_to: Option<Date>,
}

impl NewInsurancePolicy {
    fn check(&self, app: &App) -> Result<Identifier> {
        let mut faults = Faults::default();
        let raw = Identifier::raw(self.kind.into(), self.number.clone(), self.insurer.clone(), None);
        let places = Places { system: "/kind", value: "/number", insurer: "/insurer", country: "/kind" };
        if !asks_for_numbers(&app.profile) {
            faults.add("/kind", Fault::NotAsked);
        }
        let number = identifier::check(&app.profile, &raw, &places, &mut faults);
        let [from, to] = [&self.valid_from, &self.valid_to].map(|date| date.as_ref().map(|date| date.0));
        if from.zip(to).is_some_and(|(from, to)| to < from) {
            faults.add("/validTo", Fault::OutOfRange);
        }
        faults.into_result()?;
        let record = policies::declared(app.ambient.id(), app.ambient.now(), from, to);
        Ok(Identifier { policy: Some(record), ..number.unwrap_or(raw) })
    }
}

fn asks_for_numbers(profile: &Profile) -> bool {
    profile.person.allowed.iter().any(|field| field == "identifiers")
}

#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct InsurancePolicyView {
    id: Uuid,
    kind: InsuranceKind,
    /// The last characters; the number itself is not sent back.
    masked: String,
    insurer: Option<String>,
    /// Whether a check digit confirmed the number.
    checked: bool,
    valid_from: Option<Date>,
    /// The last day on which it is valid.
    valid_to: Option<Date>,
    /// A document of the owner's own.
    scan_document_id: Option<Uuid>,
    state: InsurancePolicyState,
    declared_at: Instant,
    /// When the desk verified or rejected it.
    judged_at: Option<Instant>,
    /// Which staff member did. Absent when the account is gone.
    judged_by: Option<String>,
}

impl InsurancePolicyView {
    /// Without the name of who judged.
    fn new(policy: Policy) -> Self {
        let Policy { number, record, state } = policy;
        Self {
            id: record.id,
            kind: match number.system {
                System::Dms => InsuranceKind::Dms,
                System::OmsLegacy => InsuranceKind::OmsLegacy,
                _ => InsuranceKind::Oms,
            },
            masked: masked(number.system, &number.value),
            insurer: number.insurer,
            checked: number.checked,
            valid_from: record.valid_from.map(Date),
            valid_to: record.valid_to.map(Date),
            scan_document_id: record.scan,
            state: state.into(),
            declared_at: record.declared_at.into(),
            judged_at: record.judgement.map(|judgement| judgement.at.into()),
            judged_by: None,
        }
    }

    pub async fn of(app: &App, policy: Policy) -> Result<Self> {
        let judged_by = match policy.record.judgement {
            Some(judgement) => staff_name(app, judgement.by).await?,
            None => None,
        };
        Ok(Self { judged_by, ..Self::new(policy) })
    }
}

#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct InsurancePolicyList {
    items: Vec<InsurancePolicyView>,
}

impl InsurancePolicyList {
    pub async fn of(app: &App, policies: Vec<Policy>) -> Result<Self> {
        let mut items = Vec::with_capacity(policies.len());
        for policy in policies {
            items.push(InsurancePolicyView::of(app, policy).await?);
        }
        Ok(Self { items })
    }
}

pub struct InsuranceApi;

#[OpenApi(prefix_path = "/v1", tag = "Tag::Insurance")]
impl InsuranceApi {
    /// List one's insurance policies
    ///
    /// Who of the clinic's staff verified or rejected one, and when, stands beside it.
    #[oai(path = "/me/policies", method = "get", operation_id = "listInsurancePolicies")]
    async fn list(&self, app: Data<&App>, session: Session) -> Result<Reply<InsurancePolicyList>, Failure> {
        let caller = session.patient()?;
        let openings = app.openings(caller.actor("listInsurancePolicies"), caller.asker());
        let grant = openings.grant(caller.id, Class::Identity, ("patient", caller.id)).await?;
        let known = Known::read(&app, &grant).await?;
        let list = InsurancePolicyList::of(&app, policies::of(&known, app.ambient.now().date_naive())).await?;
        Ok(Reply::new(openings.answer(list).await?))
    }

    /// Tell of an insurance policy
    ///
    /// It stands in the profile's `identifiers` too: there is one truth about a number. One that somebody else holds is kept
    /// as a claim (`pending`), which the desk settles.
    #[oai(path = "/me/policies", method = "post", operation_id = "createInsurancePolicy")]
    async fn create(
        &self,
        app: Data<&App>,
        session: Session,
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] key: Header<String>,
        body: Body<NewInsurancePolicy>,
    ) -> Result<Created<InsurancePolicyView>, Failure> {
        let caller = session.patient()?.may_write(&app, "createInsurancePolicy")?.accepted()?;
        let caller = caller.with_profile(&app.profile.person)?;
        let number = body.0.check(&app)?;
        let view = policies::add(&app, &caller, &key, &body.0, &number, InsurancePolicyView::new).await?;
        Ok(Created::at(format!("/v1/me/policies/{}", view.id), view))
    }

    /// Delete an insurance policy
    ///
    /// Its number leaves the profile too.
    #[oai(path = "/me/policies/:id", method = "delete", operation_id = "deleteInsurancePolicy")]
    async fn delete(&self, app: Data<&App>, session: Session, id: Path<Uuid>) -> Result<NoContent, Failure> {
        let caller = session.patient()?.may_write(&app, "deleteInsurancePolicy")?;
        policies::remove(&app, &caller, id.0).await?;
        Ok(NoContent)
    }
}
