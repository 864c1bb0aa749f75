//! Contracts, at the desk and for the patient himself.

use super::contract::{self, NewContract, OBJECT, Terms};
use super::rows::{self, Contract, STANDING};
use crate::app::App;
use crate::app::wire::{Body, Created, Date, Failure, Instant, NoContent, Reply};
use crate::clinic::identity::{DESK, Session};
use crate::clinic::privacy;
use crate::kernel::db::Tx;
use crate::kernel::error::Result;
use crate::kernel::vault::Class;
use poem::web::Data;
use poem_openapi::param::{Header, Path};
use poem_openapi::types::ToJSON;
use poem_openapi::{Enum, Object, OpenApi, Tags};
use uuid::Uuid;

#[derive(Tags)]
enum Tag {
    /// Contracts of patients with the clinic
    Contracts,
}

#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct NewContractBody {
    #[oai(validator(min_length = 1, max_length = 64))]
    number: String,
    /// The clinic, as the contract names it.
    #[oai(validator(min_length = 1, max_length = 200))]
    party: String,
    /// Who signed for the patient, where it was not he.
    #[oai(validator(min_length = 1, max_length = 200))]
    signed_by: Option<String>,
    starts_on: Date,
    /// The last day. Absent: until somebody ends it.
    ends_on: Option<Date>,
    /// The signed copy: a complete document of the patient's.
    document_id: Option<Uuid>,
}

#[derive(Enum, Debug, Clone, Copy, PartialEq)]
#[oai(rename_all = "camelCase")]
enum ContractState {
    Standing,
    Ended,
}

#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct ContractView {
    id: Uuid,
    state: ContractState,
    number: String,
    party: String,
    signed_by: Option<String>,
    clinic_id: Option<Uuid>,
    starts_on: Date,
    ends_on: Option<Date>,
    ended_at: Option<Instant>,
    document_id: Option<Uuid>,
}

impl ContractView {
    fn of(row: Contract, terms: Terms) -> Self {
        Self {
            id: row.id,
            state: if row.state == STANDING { ContractState::Standing } else { ContractState::Ended },
            number: terms.number,
            party: terms.party,
            signed_by: terms.signed_by,
            clinic_id: row.clinic,
            starts_on: Date(row.starts_on),
            ends_on: row.ends_on.map(Date),
            ended_at: row.ended_at.map(Into::into),
            document_id: row.document,
        }
    }
}

/// Newest first.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
struct ContractList {
    items: Vec<ContractView>,
}

/// What is known of a contract as soon as it is entered. It tells nothing of what stands in it, for the desk keeps this answer.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
struct EnteredContract {
    id: Uuid,
}

pub struct ContractsApi;

#[OpenApi(prefix_path = "/v1", tag = "Tag::Contracts")]
impl ContractsApi {
    /// List one's contracts with the clinic
    #[oai(path = "/me/contracts", method = "get", operation_id = "listContracts")]
    async fn own(&self, app: Data<&App>, session: Session) -> Result<Reply<ContractList>, Failure> {
        let caller = session.patient()?;
        let openings = app.openings(caller.actor("listContracts"), caller.asker());
        let grant = openings.grant(caller.id, Class::Evidence, ("patient", caller.id)).await?;
        let mut items = Vec::new();
        for row in rows::all_of(&app.db.reader(), caller.id).await? {
            let terms = grant.open(row.id, &row.sealed)?;
            items.push(ContractView::of(row, terms));
        }
        Ok(Reply::new(openings.answer(ContractList { items }).await?))
    }

    /// List a patient's contracts
    ///
    /// Of one whom this desk has found.
    #[oai(path = "/staff/patients/:id/contracts", method = "get", operation_id = "listPatientContracts")]
    async fn list(&self, app: Data<&App>, session: Session, id: Path<Uuid>) -> Result<Reply<ContractList>, Failure> {
        let caller = session.staff_for("listPatientContracts")?;
        privacy::check_found(&app.db.reader(), &caller, id.0, app.ambient.now()).await?;
        let openings = app.openings(caller.actor("listPatientContracts"), caller.asker());
        let mut items = Vec::new();
        for row in rows::all_of(&app.db.reader(), id.0).await? {
            let grant = openings.grant_on(DESK, id.0, Class::Evidence, (OBJECT, row.id)).await?;
            let terms = grant.open(row.id, &row.sealed)?;
            items.push(ContractView::of(row, terms));
        }
        Ok(Reply::new(openings.answer(ContractList { items }).await?))
    }

    /// Enter a patient's contract
    ///
    /// Of one whom this desk has found, with a recorded check of who he is (`identity_check_required`). Where the profile asks for
    /// a contract, login and password are issued from then on; a cabinet that the end of the last one had shut is open again.
    #[oai(path = "/staff/patients/:id/contracts", method = "post", operation_id = "createContract")]
    async fn create(
        &self,
        app: Data<&App>,
        session: Session,
        id: Path<Uuid>,
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] key: Header<String>,
        body: Body<NewContractBody>,
    ) -> Result<Created<EnteredContract>, Failure> {
        let caller = session.staff_for("createContract")?;
        privacy::check_found(&app.db.reader(), &caller, id.0, app.ambient.now()).await?;
        let new = NewContract {
            number: &body.0.number,
            party: &body.0.party,
            signed_by: body.0.signed_by.as_deref(),
            starts_on: body.0.starts_on.0,
            ends_on: body.0.ends_on.as_ref().map(|date| date.0),
            document: body.0.document_id,
        };
        let terms = new.check(app.profile.today(app.ambient.now()))?;
        let keys = app.vault.keys(id.0).await?;
        let asked = serde_json::json!({ "patient": id.0, "contract": body.0.to_json() });
        let entered = app
            .write_once(&caller.actor("createContract"), &caller.keys, &key, &asked, async |tx: &mut Tx| {
                Ok(EnteredContract { id: contract::enter(tx, &caller, &keys, (&new, &terms)).await?.id })
            })
            .await?;
        Ok(Created::at(format!("/v1/staff/patients/{}/contracts", id.0), entered))
    }

    /// End a patient's contract
    ///
    /// Terms that are counted from it run. Where the profile says so, and it was the last one, his cabinet is shut.
    #[oai(path = "/staff/patients/:id/contracts/:contractId/end", method = "post", operation_id = "endContract")]
    async fn end(
        &self,
        app: Data<&App>,
        session: Session,
        id: Path<Uuid>,
        #[oai(name = "contractId")] contract: Path<Uuid>,
    ) -> Result<NoContent, Failure> {
        let caller = session.staff_for("endContract")?;
        privacy::check_found(&app.db.reader(), &caller, id.0, app.ambient.now()).await?;
        let keys = app.vault.keys(id.0).await?;
        let rule = async |tx: &mut Tx| contract::end_at_desk(tx, &app.profile, &caller, &keys, contract.0).await;
        app.write(&caller.actor("endContract"), rule).await?;
        Ok(NoContent)
    }
}
