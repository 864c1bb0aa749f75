//! Beginning to pay: the wish is written down first, then the provider is asked under the charge's own key, so that
//! whoever asks again (the app, or the task that stands by) asks for the same payment.

use super::charge::{self, Details};
use super::payers;
use super::rows::{self, ChargeRow, change, state};
use super::tasks::{Begin, LookUp};
use crate::adapters::payments::{Line as ReceiptLine, Money, Order, PayFault, Sheet, Vat};
use crate::app::App;
use crate::app::profile::{Route, Service};
use crate::clinic::identity::{self, AddressChannel, Caller};
use crate::clinic::notifications::{self, Kind};
use crate::clinic::privacy;
use crate::kernel::access::Asker;
use crate::kernel::audit::Line;
use crate::kernel::db::{Actor, Tx, Verdict};
use crate::kernel::error::{Code, Error, Fault, Result};
use crate::kernel::queue::Task;
use crate::kernel::vault::Class;
use chrono::{DateTime, TimeDelta, Utc};
use poem_openapi::types::ToJSON;
use uuid::Uuid;

/// How long the request itself has the word before the task stands in for it.
const HEAD_START: TimeDelta = TimeDelta::seconds(20);
const FIRST_LOOK: TimeDelta = TimeDelta::minutes(1);
const KEEPS_MAX: usize = 5;

pub struct Wish {
    pub save_method: bool,
    pub return_url: Option<String>,
}

/// Begins to pay a charge, or goes on with it. The first wish holds.
///
/// # Errors
/// `not_found`; `consent_required` where the profile lets nothing go to the provider without one; `invalid` at `/returnUrl`
/// where the provider needs one; `state_conflict` when it can't be paid any more; `payment_declined`; `unavailable` when the
/// provider gives no answer: to be repeated.
pub async fn begin(app: &App, caller: &Caller, charge: Uuid, key: &str, body: &impl ToJSON, wish: Wish) -> Result<Sheet> {
    let row = rows::charge_of(&app.db.reader(), caller.id, charge).await?.ok_or_else(Error::not_found)?;
    if wish.return_url.is_none() && app.adapters.payments.needs_return_url() {
        return Err(Error::field("/returnUrl", Fault::Required));
    }
    check_may_go(app, caller).await?;
    let save_method = wish.save_method && app.adapters.payments.saves_methods();
    let keys = app.vault.ensure(caller.id, &[Class::Billing]).await?;
    let is_new = is_to_begin(&row, app.ambient.now());
    let customer = if is_new { payers::for_payment(app, caller.id, save_method).await? } else { None };
    let details = Details { payment: None, customer, return_url: wish.return_url, save_method };
    app.write_once(&caller.actor("beginPayment"), &keys, key, body, async |tx: &mut Tx| -> Result<bool> {
        let row = rows::charge_of(tx, caller.id, charge).await?.ok_or_else(Error::not_found)?;
        if !is_to_begin(&row, tx.now()) {
            return may_go_on(&row, tx.now()).map(|()| true);
        }
        // What has ended unpaid is begun anew under another key; the first key is the charge's own id.
        let attempt = if row.begun_at.is_none() { row.attempt } else { tx.id() };
        let sql = "UPDATE charge SET state = $3, attempt = $4, begun_at = $5, check_at = $6, checks = 0, sealed = $7, \
                   version = version + 1 WHERE id = $1 AND version = $2";
        let values = [
            charge.into(),
            row.version.into(),
            state::PENDING.into(),
            attempt.into(),
            tx.now().into(),
            (tx.now() + FIRST_LOOK).into(),
            keys.seal(charge, &details)?.into(),
        ];
        if change(tx, sql, values).await? == 1 {
            let stand_in = Begin { charge }.task().at(tx.now() + HEAD_START);
            tx.enqueue(stand_in.once(format!("{}:{charge}", Begin::KIND)));
            tx.audit(Line::new("beginPayment").on("charge", charge).about(&keys).of(Class::Billing));
        }
        Ok(true)
    })
    .await?;
    sheet(app, charge).await
}

/// Nobody pays it now, and somebody may.
/// The refusal is written down: that nothing went to the provider is part of what the patient was promised.
async fn check_may_go(app: &App, caller: &Caller) -> Result<()> {
    let service = Service::of_payments(app.adapters.payments.name());
    let Some(Route::ByConsent(consent)) = service.map(|service| app.profile.way_to(service)) else { return Ok(()) };
    app.write(&caller.actor("beginPayment"), async |tx: &mut Tx| -> Verdict<()> {
        match privacy::is_consent_given(tx, caller.id, consent).await {
            Ok(true) => Ok(()).into(),
            Ok(false) => {
                tx.audit(
                    Line::new("withhold").on("patient", caller.id).about(&caller.keys).of(Class::Billing).because("residency"),
                );
                Verdict::kept(Error::refused(Code::ConsentRequired))
            }
            Err(error) => Err(error).into(),
        }
    })
    .await
}

fn is_to_begin(row: &ChargeRow, now: DateTime<Utc>) -> bool {
    (row.state == state::OPEN || row.state == state::CANCELED) && !row.abandoned && row.due_at > now
}

fn may_go_on(row: &ChargeRow, now: DateTime<Utc>) -> Result<()> {
    let is_over = row.abandoned || row.due_at <= now || row.state == state::CANCELED;
    if is_over && !row.is_paid() { Err(Error::refused(Code::StateConflict)) } else { Ok(()) }
}

async fn sheet(app: &App, charge: Uuid) -> Result<Sheet> {
    let row = charge::known(app, charge).await?;
    may_go_on(&row, app.ambient.now())?;
    if row.is_paid() {
        return Ok(Sheet::Done { payment: String::new() });
    }
    create(app, &row).await?.map_err(|fault| match fault {
        PayFault::Declined { .. } => Error::refused(Code::PaymentDeclined),
        PayFault::Retry { .. } | PayFault::Unknown { .. } | PayFault::Reject { .. } => {
            Error::Unavailable("the payment provider gives no answer")
        }
    })
}

/// Where the receipt goes: the patient's verified address, else his phone. A provider that sends none learns neither.
async fn receipt_address(app: &App, subject: Uuid) -> Result<Option<String>> {
    if !app.adapters.payments.needs_receipt_address() {
        return Ok(None);
    }
    let openings = app.openings(Actor::house("receipt"), Asker { id: subject, medical: false });
    let mut addresses = identity::addresses(app, &openings, subject).await?;
    addresses.sort_by_key(|target| target.channel != AddressChannel::Email);
    openings.answer(addresses.into_iter().next().map(|target| target.shown)).await
}

/// Asks the provider for the payment of a charge, and writes down which one it is.
pub(super) async fn create(app: &App, row: &ChargeRow) -> Result<Result<Sheet, PayFault>> {
    let Some(details) = charge::details(app, row).await? else { return Err(Error::not_found()) };
    let title = app.profile.billing.receipt_title.in_lang(app.profile.default_language).to_owned();
    let order = Order {
        charge: row.attempt,
        money: Money::new(row.amount, row.currency.clone()),
        customer: details.customer,
        return_url: details.return_url,
        lines: vec![ReceiptLine { title, amount: row.amount, vat: Vat::None }],
        receipt_to: receipt_address(app, row.subject).await?,
        save_method: details.save_method,
    };
    let answer = app.adapters.payments.create(&order).await;
    match &answer {
        Ok(sheet) => keep_payment(app, row, sheet).await?,
        Err(PayFault::Unknown { .. }) => mark(app, row, state::UNKNOWN).await?,
        Err(PayFault::Declined { .. }) => mark(app, row, state::FAILED).await?,
        Err(PayFault::Reject { why }) => tracing::error!(charge = %row.id, why, "the provider takes no such payment"),
        Err(PayFault::Retry { .. }) => {}
    }
    Ok(answer)
}

/// The provider's id of the payment, sealed beside the wish.
async fn keep_payment(app: &App, row: &ChargeRow, sheet: &Sheet) -> Result<()> {
    for _ in 0..KEEPS_MAX {
        let row = charge::known(app, row.id).await?;
        let Some(details) = charge::details(app, &row).await? else { return Ok(()) };
        if details.payment.as_deref() == Some(sheet.payment()) {
            return Ok(());
        }
        let keys = app.vault.keys(row.subject).await?;
        let sealed = keys.seal(row.id, &Details { payment: Some(sheet.payment().to_owned()), ..details })?;
        let kept = app
            .write(&Actor::house("beginPayment"), async |tx: &mut Tx| -> Result<u64> {
                let sql = "UPDATE charge SET sealed = $3, state = CASE WHEN state = $4 THEN $5 ELSE state END, \
                           version = version + 1 WHERE id = $1 AND version = $2";
                let values =
                    [row.id.into(), row.version.into(), sealed.clone().into(), state::UNKNOWN.into(), state::PENDING.into()];
                if matches!(sheet, Sheet::Done { .. }) {
                    tx.enqueue(LookUp { charge: row.id }.task().once(format!("{}:{}", LookUp::KIND, row.id)));
                }
                change(tx, sql, values).await
            })
            .await?;
        if kept == 1 {
            return Ok(());
        }
    }
    Err(Error::Unavailable("a charge changes too fast"))
}

/// Notes how asking for the payment went. What is known better by now stays.
async fn mark(app: &App, row: &ChargeRow, to: &'static str) -> Result<()> {
    app.write(&Actor::house("beginPayment"), async |tx: &mut Tx| -> Result<()> {
        let sql = "UPDATE charge SET state = $3, version = version + 1 WHERE id = $1 AND version = $2";
        let marked = change(tx, sql, [row.id.into(), row.version.into(), to.into()]).await? == 1;
        if marked && to == state::FAILED {
            notifications::tell(tx, row.subject, Kind::PaymentFailed, row.id).await?;
        }
        Ok(())
    })
    .await
}
