//! Charges that a person has to look at.

use super::super::parked;
use super::super::rows::{self, ChargeRow};
use super::views::ChargeState;
use crate::app::App;
use crate::app::wire::{Cursor, Failure, Instant, Limit, Money, Paging, Reply};
use crate::clinic::identity::Session;
use crate::page_of;
use poem::web::Data;
use poem_openapi::param::{Path, Query};
use poem_openapi::{Enum, Object, OpenApi, Tags};
use uuid::Uuid;

#[derive(Tags)]
enum Tag {
    /// Charges and payments
    Billing,
}

#[derive(Enum, Debug, Clone, Copy, PartialEq)]
#[oai(rename_all = "camelCase")]
enum StaffChargeFilter {
    /// What the provider said of it can't be.
    Parked,
}

#[derive(Enum, Debug, Clone, Copy, PartialEq)]
#[oai(rename_all = "camelCase")]
pub enum ParkedReason {
    /// A payment names the charge, and is of another sum or currency than it asks for.
    OtherPayment,
    /// What was paid is said to be unpaid.
    Contradiction,
    /// The provider refuses the question itself: it knows no such payment, or not our account.
    Refused,
}

impl ParkedReason {
    fn of(code: &str) -> Self {
        match code {
            parked::CONTRADICTION => Self::Contradiction,
            parked::REFUSED => Self::Refused,
            _ => Self::OtherPayment,
        }
    }
}

/// A charge, for whoever settles it: without its patient.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct StaffChargeView {
    id: Uuid,
    clinic_id: Uuid,
    booking_id: Uuid,
    state: ChargeState,
    price: Money,
    /// What was paid, as it was understood last.
    paid: Option<Money>,
    refunded: Option<Money>,
    created_at: Instant,
    begun_at: Option<Instant>,
    paid_at: Option<Instant>,
    /// Why it waits for a person. Absent: it does not.
    parked: Option<ParkedReason>,
    parked_at: Option<Instant>,
}

impl StaffChargeView {
    fn of(row: ChargeRow) -> Self {
        let money = |amount: i64| Money { amount, currency: row.currency.clone() };
        Self {
            id: row.id,
            clinic_id: row.clinic,
            booking_id: row.object,
            state: ChargeState::of(&row.state),
            price: money(row.amount),
            paid: row.is_paid().then(|| money(row.paid_amount)),
            refunded: (row.refunded_amount > 0).then(|| money(row.refunded_amount)),
            created_at: row.created_at.into(),
            begun_at: row.begun_at.map(Into::into),
            paid_at: row.paid_at.map(Into::into),
            parked: row.parked.as_deref().map(ParkedReason::of),
            parked_at: row.parked_at.map(Into::into),
        }
    }
}

page_of!(
    /// Charges, the one opened first first.
    StaffChargePage of StaffChargeView
);

pub struct ParkedChargesApi;

#[OpenApi(prefix_path = "/v1/staff", tag = "Tag::Billing")]
impl ParkedChargesApi {
    /// List charges that a person has to look at
    ///
    /// Of the caller's clinics; of all where the caller belongs to none. The provider's words contradict them, so that
    /// nothing was changed and nothing is looked up any more by itself.
    #[oai(path = "/charges", method = "get", operation_id = "listStaffCharges")]
    async fn list(
        &self,
        app: Data<&App>,
        session: Session,
        #[oai(name = "state")] _state: Query<StaffChargeFilter>,
        limit: Query<Option<Limit>>,
        cursor: Query<Option<Cursor>>,
    ) -> Result<Reply<StaffChargePage>, Failure> {
        let caller = session.staff_for("listStaffCharges")?;
        let page = Paging::of(caller.id, limit.0, cursor.0)?;
        let mut rows = rows::parked(&app.db.reader(), &caller.clinics, page.place, page.rows()).await?;
        let next_cursor = page.cut(&mut rows, |row| row.id)?;
        Ok(Reply::new(StaffChargePage { items: rows.into_iter().map(StaffChargeView::of).collect(), next_cursor }))
    }

    /// Look a parked charge up again
    ///
    /// Once it was put right at the provider: takes the mark away and asks the provider now. What still contradicts the
    /// charge parks it again. A charge that is not parked is answered as it stands.
    #[oai(path = "/charges/:id/look-up", method = "post", operation_id = "lookUpCharge")]
    async fn look_up(&self, app: Data<&App>, session: Session, id: Path<Uuid>) -> Result<Reply<StaffChargeView>, Failure> {
        let caller = session.staff_for("lookUpCharge")?;
        Ok(Reply::new(StaffChargeView::of(parked::settle(&app, &caller, "lookUpCharge", id.0).await?)))
    }
}
