//! What a patient saved at the payment provider.

use super::super::payers::{self, Saved};
use super::charges::check_may_read;
use crate::app::App;
use crate::app::wire::{Failure, NoContent, Reply};
use crate::clinic::identity::Session;
use poem::web::Data;
use poem_openapi::param::Path;
use poem_openapi::{Object, OpenApi, Tags};
use uuid::Uuid;

#[derive(Tags)]
enum Tag {
    /// Charges and payments
    Billing,
}

/// A saved way of paying. It holds no card number.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct PaymentMethod {
    id: Uuid,
    /// Such as `visa`; `unknown` when the provider does not say.
    brand: String,
    last4: String,
    expires_year: Option<i32>,
    /// 1 to 12.
    expires_month: Option<i32>,
}

#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
struct PaymentMethods {
    items: Vec<PaymentMethod>,
}

impl From<Saved> for PaymentMethod {
    fn from(saved: Saved) -> Self {
        let (year, month) = saved.method.expires.unzip();
        Self {
            id: saved.id,
            brand: saved.method.brand,
            last4: saved.method.last4,
            expires_year: year.map(i32::from),
            expires_month: month.map(i32::from),
        }
    }
}

pub struct PaymentMethodsApi;

#[OpenApi(prefix_path = "/v1", tag = "Tag::Billing")]
impl PaymentMethodsApi {
    /// List one's saved payment methods
    ///
    /// The payment provider keeps them. There are none before the first payment with `saveMethod`.
    #[oai(path = "/me/payment-methods", method = "get", operation_id = "listPaymentMethods")]
    async fn list(&self, app: Data<&App>, session: Session) -> Result<Reply<PaymentMethods>, Failure> {
        let caller = session.patient()?;
        check_may_read(&app, &caller, "listPaymentMethods").await?;
        let saved = payers::methods(&app, &caller.keys).await?;
        Ok(Reply::new(PaymentMethods { items: saved.into_iter().map(Into::into).collect() }))
    }

    /// Remove a saved payment method
    #[oai(path = "/me/payment-methods/:id", method = "delete", operation_id = "deletePaymentMethod")]
    async fn delete(&self, app: Data<&App>, session: Session, id: Path<Uuid>) -> Result<NoContent, Failure> {
        let caller = session.patient()?.may_write(&app, "deletePaymentMethod")?;
        payers::remove_method(&app, &caller, id.0).await?;
        Ok(NoContent)
    }
}
