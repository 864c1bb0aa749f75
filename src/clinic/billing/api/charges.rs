//! A patient's charges, and how he pays them.

use super::super::payment::{self, Wish};
use super::super::rows;
use super::views::{ChargeView, PaymentSheet};
use crate::app::App;
use crate::app::wire::{Body, Cursor, Failure, Limit, Paging, Reply};
use crate::clinic::identity::{Caller, Session};
use crate::kernel::error::{Error, Fault, Result};
use crate::kernel::text::check_line;
use crate::kernel::vault::Class;
use crate::page_of;
use poem::web::Data;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::types::ToJSON;
use poem_openapi::{Object, OpenApi, Tags};
use uuid::Uuid;

const URL_CHARS: usize = 500;

#[derive(Tags)]
enum Tag {
    /// Charges and payments
    Billing,
}

/// How the patient wishes to pay.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct NewPayment {
    /// Whether the provider may offer the same method again. Default: it forgets it.
    save_method: Option<bool>,
    /// Where a page of the provider leads back to: a link into the app. Providers with a page need it.
    #[oai(validator(max_length = 500))]
    return_url: Option<String>,
}

page_of! {
    /// Charges, the newest first.
    ChargePage of ChargeView
}

pub struct ChargesApi;

#[OpenApi(prefix_path = "/v1", tag = "Tag::Billing")]
impl ChargesApi {
    /// List one's charges
    #[oai(path = "/charges", method = "get", operation_id = "listCharges")]
    async fn list(
        &self,
        app: Data<&App>,
        session: Session,
        limit: Query<Option<Limit>>,
        cursor: Query<Option<Cursor>>,
    ) -> Result<Reply<ChargePage>, Failure> {
        let caller = session.patient()?;
        check_may_read(&app, &caller, "listCharges").await?;
        let page = Paging::of(caller.id, limit.0, cursor.0)?;
        let reader = app.db.reader();
        let mut rows = rows::charges_of(&reader, caller.id, page.place, page.rows()).await?;
        let next_cursor = page.cut(&mut rows, |row| row.id)?;
        let mut items = Vec::with_capacity(rows.len());
        for row in rows {
            let refunds = if row.is_paid() { rows::refunds(&reader, row.id).await? } else { Vec::new() };
            items.push(ChargeView::of(row, refunds));
        }
        Ok(Reply::new(ChargePage { items, next_cursor }))
    }

    /// Read one's charge
    #[oai(path = "/charges/:id", method = "get", operation_id = "getCharge")]
    async fn get(&self, app: Data<&App>, session: Session, id: Path<Uuid>) -> Result<Reply<ChargeView>, Failure> {
        let caller = session.patient()?;
        check_may_read(&app, &caller, "getCharge").await?;
        let reader = app.db.reader();
        let row = rows::charge_of(&reader, caller.id, id.0).await?.ok_or_else(Error::not_found)?;
        let refunds = rows::refunds(&reader, row.id).await?;
        Ok(Reply::new(ChargeView::of(row, refunds)))
    }

    /// Begin to pay a charge
    ///
    /// Answers what the payment sheet of the app needs. To ask again is the same payment, never another one, and the first
    /// wish holds. `unavailable`: the provider gave no answer; ask again.
    #[oai(path = "/charges/:id/payment", method = "post", operation_id = "beginPayment")]
    async fn pay(
        &self,
        app: Data<&App>,
        session: Session,
        id: Path<Uuid>,
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] key: Header<String>,
        body: Body<NewPayment>,
    ) -> Result<Reply<PaymentSheet>, Failure> {
        let caller = session.patient()?.may_write(&app, "beginPayment")?.accepted()?;
        let wish = Wish {
            save_method: body.0.save_method.unwrap_or(false),
            return_url: body.0.return_url.as_deref().map(checked_url).transpose()?,
        };
        // The charge belongs to what the key stands for: the same key for another charge is another request.
        let request = serde_json::json!({ "charge": id.0, "body": body.0.to_json() });
        let sheet = payment::begin(&app, &caller, id.0, &key.0, &request, wish).await?;
        Ok(Reply::new(sheet.into()))
    }
}

/// # Errors
/// `frozen`.
pub(super) async fn check_may_read(app: &App, caller: &Caller, operation: &'static str) -> Result<()> {
    let openings = app.openings(caller.actor(operation), caller.asker());
    openings.grant(caller.id, Class::Billing, ("patient", caller.id)).await?;
    openings.answer(()).await
}

/// A link of an app or of a site. Whose scheme it is, the provider asks no more than we do.
fn checked_url(raw: &str) -> Result<String> {
    let at_fault = |fault: Fault| Error::field("/returnUrl", fault);
    let url = check_line(raw.trim(), URL_CHARS).map_err(at_fault)?;
    let parsed = reqwest::Url::parse(&url).map_err(|_| at_fault(Fault::BadFormat))?;
    let is_script = matches!(parsed.scheme(), "javascript" | "data" | "file" | "blob" | "vbscript");
    if is_script { Err(at_fault(Fault::BadFormat)) } else { Ok(url) }
}
