//! Money back, by staff.

use super::super::refund::{self, Reason};
use super::super::rows;
use super::views::ChargeView;
use crate::app::App;
use crate::app::wire::{Body, Created, Failure};
use crate::clinic::identity::Session;
use crate::kernel::db::Tx;
use crate::kernel::error::{Error, Fault, Result};
use crate::kernel::text::check_text;
use crate::kernel::vault::Class;
use poem::web::Data;
use poem_openapi::param::{Header, Path};
use poem_openapi::types::ToJSON;
use poem_openapi::{Object, OpenApi, Tags};
use uuid::Uuid;

const REASON_CHARS: usize = 500;

#[derive(Tags)]
enum Tag {
    /// Charges and payments
    Billing,
}

#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct NewRefund {
    /// Minor units of the charge's currency; at most what is left of the payment.
    #[oai(validator(minimum(value = "1")))]
    amount: i64,
    /// Why, in a few words. Kept with the charge.
    #[oai(validator(max_length = 500))]
    reason: String,
}

pub struct RefundsApi;

#[OpenApi(prefix_path = "/v1/staff", tag = "Tag::Billing")]
impl RefundsApi {
    /// Give money back
    ///
    /// In part or in whole. `refund_too_large` when less than that is left of what was paid.
    #[oai(path = "/charges/:id/refunds", method = "post", operation_id = "createRefund")]
    async fn create(
        &self,
        app: Data<&App>,
        session: Session,
        id: Path<Uuid>,
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] key: Header<String>,
        body: Body<NewRefund>,
    ) -> Result<Created<ChargeView>, Failure> {
        let caller = session.staff_for("createRefund")?;
        let new = body.0;
        let reason = checked(&new.reason)?;
        let row = rows::charge(&app.db.reader(), id.0).await?.ok_or_else(Error::not_found)?;
        if !caller.clinics.serve(row.clinic) {
            return Err(Error::not_found().into());
        }
        let keys = app.vault.keys(row.subject).await?;
        if !keys.has(Class::Billing) {
            return Err(Error::not_found().into());
        }
        let refund = app.ambient.id();
        let reason = keys.seal(refund, &Reason { text: reason })?;
        // The charge belongs to what the key stands for: the same key for another charge is another request.
        let request = serde_json::json!({ "charge": id.0, "body": new.to_json() });
        let view = app
            .write_once(&caller.actor("createRefund"), &caller.keys, &key.0, &request, async |tx: &mut Tx| {
                refund::by_staff(tx, &caller, &row, refund, new.amount, reason).await?;
                let row = rows::charge(tx, id.0).await?.ok_or_else(Error::not_found)?;
                let refunds = rows::refunds(tx, id.0).await?;
                Ok(ChargeView::of(row, refunds))
            })
            .await?;
        Ok(Created::at(format!("/v1/charges/{}", view.id), view))
    }
}

fn checked(raw: &str) -> Result<String> {
    let at_fault = |fault: Fault| Error::field("/reason", fault);
    match raw.trim() {
        "" => Err(at_fault(Fault::Required)),
        reason => check_text(reason, REASON_CHARS).map_err(at_fault),
    }
}
