//! Invoices to print.

use super::super::invoices;
use crate::app::App;
use crate::app::wire::{AskedLang, Failure, Printed};
use crate::clinic::identity::Session;
use crate::kernel::error::Result;
use poem::web::Data;
use poem_openapi::param::Path;
use poem_openapi::{OpenApi, Tags};
use uuid::Uuid;

#[derive(Tags)]
enum Tag {
    /// Charges and payments
    Billing,
}

pub struct InvoicesApi;

#[OpenApi(prefix_path = "/v1", tag = "Tag::Billing")]
impl InvoicesApi {
    /// Print the invoice of one's charge
    ///
    /// A page in the language of `Accept-Language`: who sells, for which visit, how much, until when or since when it is paid, and what
    /// went back. `state_conflict`: it was never paid, and cannot be paid any more.
    #[oai(path = "/charges/:id/invoice", method = "get", operation_id = "getInvoice")]
    async fn invoice(&self, app: Data<&App>, session: Session, lang: AskedLang, id: Path<Uuid>) -> Result<Printed, Failure> {
        let caller = session.patient()?.unshielded()?;
        Ok(Printed(invoices::page(&app, &caller, "getInvoice", (id.0, lang.0)).await?))
    }
}
