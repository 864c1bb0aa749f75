//! Numbers that two people call theirs.

use super::super::number_claims::{self, Listed};
use super::Tag;
use crate::app::App;
use crate::app::wire::{Body, Cursor, Failure, Instant, Limit, Paging, Reply};
use crate::clinic::identity::Session;
use crate::clinic::identity::api::IdentifierSystem;
use crate::clinic::identity::claims::NumberClaim;
use crate::clinic::identity::numbers::{System, masked};
use crate::kernel::error::{Error, Result};
use crate::page_of;
use poem::web::Data;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::{Enum, Object, OpenApi};
use uuid::Uuid;

#[derive(Enum, Debug, Clone, Copy, PartialEq)]
#[oai(rename_all = "camelCase")]
enum ClaimOutcome {
    /// The number is his: it leaves the other profile, whose owner is told.
    Granted,
    /// It stays where it is.
    Refused,
}

#[derive(Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct NewSettlement {
    outcome: ClaimOutcome,
}

#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct NumberClaimView {
    id: Uuid,
    /// Who claims the number. Of who holds it nothing is told.
    patient_id: Uuid,
    system: IdentifierSystem,
    /// The last characters of the number, where this desk has found the patient in the last minutes.
    masked: Option<String>,
    insurer: Option<String>,
    country: Option<String>,
    created_at: Instant,
}

impl NumberClaimView {
    fn of(listed: Listed) -> Result<Self> {
        let Listed { claim, number } = listed;
        Ok(Self {
            id: claim.id,
            patient_id: claim.subject,
            system: system(&claim)?,
            masked: number.as_ref().map(|number| masked(number.system, &number.value)),
            insurer: number.as_ref().and_then(|number| number.insurer.clone()),
            country: number.and_then(|number| number.country),
            created_at: claim.created_at.into(),
        })
    }
}

fn system(claim: &NumberClaim) -> Result<IdentifierSystem> {
    let system = System::parse(&claim.system).ok_or_else(|| Error::internal("a claim for a number of an unknown kind"))?;
    Ok(system.into())
}

page_of!(
    /// Open claims, oldest first.
    NumberClaimPage of NumberClaimView
);

#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct Settlement {
    id: Uuid,
    patient_id: Uuid,
    outcome: ClaimOutcome,
}

pub struct NumberClaimsApi;

#[OpenApi(prefix_path = "/v1/staff", tag = "Tag::Reception")]
impl NumberClaimsApi {
    /// List numbers that somebody claims and somebody else holds
    #[oai(path = "/number-claims", method = "get", operation_id = "listNumberClaims")]
    async fn list(
        &self,
        app: Data<&App>,
        session: Session,
        limit: Query<Option<Limit>>,
        cursor: Query<Option<Cursor>>,
    ) -> Result<Reply<NumberClaimPage>, Failure> {
        let caller = session.staff_for("listNumberClaims")?;
        let page = Paging::of(caller.id, limit.0, cursor.0)?;
        let mut listed = number_claims::list(&app, &caller, page.place, page.rows()).await?;
        let next_cursor = page.cut(&mut listed, |listed| listed.claim.id)?;
        let items = listed.into_iter().map(NumberClaimView::of).collect::<Result<_>>()?;
        Ok(Reply::new(NumberClaimPage { items, next_cursor }))
    }

    /// Settle whose a number is
    ///
    /// For a patient whom this desk has found, with a recorded check of who he is (`identity_check_required`).
    #[oai(path = "/number-claims/:id/settle", method = "post", operation_id = "settleNumberClaim")]
    async fn settle(
        &self,
        app: Data<&App>,
        session: Session,
        id: Path<Uuid>,
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] key: Header<String>,
        body: Body<NewSettlement>,
    ) -> Result<Reply<Settlement>, Failure> {
        let caller = session.staff_for("settleNumberClaim")?;
        let outcome = body.0.outcome;
        let patient_id = number_claims::settle(&app, &caller, &key, id.0, outcome == ClaimOutcome::Granted).await?;
        Ok(Reply::new(Settlement { id: id.0, patient_id, outcome }))
    }
}
