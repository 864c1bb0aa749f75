//! Services: what a patient can come for, and what it costs whom.

use super::asked::Asked;
use super::doctors::{DoctorRow, doctor_columns};
use super::{all, change, one};
use crate::app::multilingual::{Multilingual, Paragraphs};
use crate::app::profile::Payer;
use crate::app::wire::{Money, Paging};
use crate::clinic::identity::Clinics;
use crate::kernel::error::Result;
use chrono::{DateTime, Utc};
use sea_orm::{ColIdx, ConnectionTrait, DbErr, FromQueryResult, QueryResult, TryGetError, TryGetable, Value};
use uuid::Uuid;

#[derive(Clone, Debug, FromQueryResult)]
pub struct ServiceRow {
    pub id: Uuid,
    pub clinic: Uuid,
    pub names: Multilingual,
    pub speciality: Option<String>,
    /// `inPerson`, `video`, `chat`, `homeVisit`, `exam`.
    pub mode: String,
    pub duration_min: i32,
    pub preparation: Option<Paragraphs>,
    /// Minutes that its doctor and its machine need before and after the visit.
    pub buffer_before_min: i32,
    pub buffer_after_min: i32,
    /// A slot nearer than this is not offered. None: as the profile says.
    pub lead_min: Option<i32>,
    /// `atOnce`, `reception`, `payment`.
    pub confirmation: String,
    /// Whole years, both included.
    pub min_age: Option<i32>,
    pub max_age: Option<i32>,
    /// `male` or `female`, where it is for one of them alone.
    pub sex: Option<String>,
    /// The kind of machine that it needs.
    pub equipment: Option<String>,
    pub prices: Prices,
    pub active: bool,
    pub version: i64,
    /// Only for whoever takes part in this programme.
    pub programme: Option<Uuid>,
}

/// What each payer pays. Whom it does not name does not pay for the service.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Prices(pub Vec<(Payer, Option<Money>)>);

impl Prices {
    /// Whether this payer pays for the service, be it nothing.
    pub fn takes(&self, payer: Payer) -> bool {
        self.0.iter().any(|(known, _)| *known == payer)
    }

    /// What the patient has to pay where this payer stands for the service. None: nothing.
    pub fn price(&self, payer: Payer) -> Option<Money> {
        self.0.iter().find(|(known, _)| *known == payer).and_then(|(_, price)| price.clone())
    }
}

impl TryGetable for Prices {
    /// Reads `self:150000:KZT oms`, as `PRICES` makes it. The order is that of the payers, whatever the engine's was.
    fn try_get_by<I: ColIdx>(row: &QueryResult, index: I) -> Result<Self, TryGetError> {
        let text = Option::<String>::try_get_by(row, index)?.unwrap_or_default();
        let price = |item: &str| {
            let mut parts = item.split(':');
            let payer = parts.next().and_then(Payer::parse)?;
            let price = parts.next().and_then(|amount| amount.parse().ok()).zip(parts.next());
            Some((payer, price.map(|(amount, currency)| Money { amount, currency: currency.to_owned() })))
        };
        let mut prices: Vec<_> = text.split_whitespace().filter_map(price).collect();
        prices.sort_by_key(|(payer, _)| *payer);
        Ok(Self(prices))
    }
}

/// All prices of a service in one column: a list needs no second query.
const PRICES: &str = "(SELECT string_agg(p.payer || COALESCE(':' || p.amount || ':' || p.currency, ''), ' ') \
                      FROM service_price p WHERE p.service = s.id)";

/// The columns of a service `s`, each behind `pre`.
fn service_columns(pre: &str) -> String {
    let plain = [
        "id",
        "clinic",
        "names",
        "speciality",
        "mode",
        "duration_min",
        "preparation",
        "buffer_before_min",
        "buffer_after_min",
        "lead_min",
        "confirmation",
        "min_age",
        "max_age",
        "sex",
        "equipment",
        "active",
        "version",
        "programme",
    ];
    let plain: Vec<String> = plain.iter().map(|column| format!("s.{column} AS {pre}{column}")).collect();
    format!("{}, {PRICES} AS {pre}prices", plain.join(", "))
}

/// Which services are wanted. What is absent is not asked.
#[derive(Default)]
pub struct ServiceFilter {
    pub clinic: Option<Uuid>,
    /// A service without a speciality is done in each.
    pub speciality: Option<String>,
    pub mode: Option<&'static str>,
    pub payer: Option<Payer>,
}

/// The services that are offered.
pub async fn services(db: &impl ConnectionTrait, filter: &ServiceFilter, page: &Paging<Uuid>) -> Result<Vec<ServiceRow>> {
    let mut asked = offered();
    if let Some(clinic) = filter.clinic {
        asked.and("s.clinic = {}", [clinic.into()]);
    }
    if let Some(speciality) = &filter.speciality {
        asked.and("(s.speciality IS NULL OR s.speciality = {})", [speciality.as_str().into()]);
    }
    if let Some(mode) = filter.mode {
        asked.and("s.mode = {}", [mode.into()]);
    }
    if let Some(payer) = filter.payer {
        asked.and("EXISTS (SELECT 1 FROM service_price p WHERE p.service = s.id AND p.payer = {})", [payer.as_str().into()]);
    }
    if let Some(after) = page.place {
        asked.and("s.id > {}", [after.into()]);
    }
    asked.end(&format!("ORDER BY s.id LIMIT {}", page.rows()));
    all(db, &asked.sql, asked.values).await
}

/// The service, while it is offered.
pub async fn service(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<ServiceRow>> {
    let mut asked = offered();
    asked.and("s.id = {}", [id.into()]);
    one(db, &asked.sql, asked.values).await
}

fn offered() -> Asked {
    let columns = service_columns("");
    Asked::new(&format!("SELECT {columns} FROM service s JOIN clinic c ON c.id = s.clinic WHERE s.active AND c.active"))
}

/// The services of an administrator's clinics, those that are not offered too.
pub async fn services_of_office(
    db: &impl ConnectionTrait,
    scope: &Clinics,
    clinic: Option<Uuid>,
    page: &Paging<Uuid>,
) -> Result<Vec<ServiceRow>> {
    let mut asked = Asked::new(&format!("SELECT {} FROM service s WHERE 1 = 1", service_columns("")));
    asked.within("s.clinic", scope);
    if let Some(clinic) = clinic {
        asked.and("s.clinic = {}", [clinic.into()]);
    }
    if let Some(after) = page.place {
        asked.and("s.id > {}", [after.into()]);
    }
    asked.end(&format!("ORDER BY s.id LIMIT {}", page.rows()));
    all(db, &asked.sql, asked.values).await
}

/// The service, offered or not.
pub async fn service_of_office(db: &impl ConnectionTrait, id: Uuid) -> Result<Option<ServiceRow>> {
    one(db, &format!("SELECT {} FROM service s WHERE s.id = $1", service_columns("")), [id.into()]).await
}

/// A doctor, and a service that he does in one of his clinics.
#[derive(Clone, Debug)]
pub struct Done {
    pub doctor: DoctorRow,
    pub service: ServiceRow,
}

impl FromQueryResult for Done {
    fn from_query_result(row: &QueryResult, pre: &str) -> Result<Self, DbErr> {
        Ok(Self {
            doctor: DoctorRow::from_query_result(row, &format!("{pre}d_"))?,
            service: ServiceRow::from_query_result(row, &format!("{pre}s_"))?,
        })
    }
}

/// The doctor in the clinic of the service, if he does it; without an id his shortest service. One round trip.
pub async fn done_by(db: &impl ConnectionTrait, doctor: Uuid, service: Option<Uuid>) -> Result<Option<Done>> {
    let sql = format!(
        "SELECT {}, {} FROM doctor d JOIN doctor_clinic w ON w.doctor = d.id JOIN clinic c ON c.id = w.clinic \
         JOIN service s ON s.clinic = c.id AND (s.speciality IS NULL OR s.speciality = d.speciality) \
         WHERE d.active AND c.active AND s.active AND d.id = $1 AND ($2 IS NULL OR s.id = $2) \
         ORDER BY s.duration_min, w.place, s.id LIMIT 1",
        doctor_columns("d_"),
        service_columns("s_")
    );
    one(db, &sql, [doctor.into(), service.into()]).await
}

fn values(row: &ServiceRow) -> Vec<Value> {
    vec![
        row.id.into(),
        row.clinic.into(),
        row.names.clone().into(),
        row.speciality.clone().into(),
        row.mode.as_str().into(),
        row.duration_min.into(),
        row.preparation.clone().into(),
        row.buffer_before_min.into(),
        row.buffer_after_min.into(),
        row.lead_min.into(),
        row.confirmation.as_str().into(),
        row.min_age.into(),
        row.max_age.into(),
        row.sex.clone().into(),
        row.equipment.clone().into(),
        row.active.into(),
        row.version.into(),
        row.programme.into(),
    ]
}

pub async fn insert_service(db: &impl ConnectionTrait, row: &ServiceRow, now: DateTime<Utc>) -> Result<()> {
    let sql = "INSERT INTO service (id, clinic, names, speciality, mode, duration_min, preparation, buffer_before_min, \
               buffer_after_min, lead_min, confirmation, min_age, max_age, sex, equipment, active, version, programme, created_at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)";
    change(db, sql, values(row).into_iter().chain([now.into()])).await?;
    put_prices(db, row.id, &row.prices).await
}

/// Puts what the service is in the place of what it was. It stays in its clinic.
pub async fn update_service(db: &impl ConnectionTrait, row: &ServiceRow) -> Result<()> {
    let sql = "UPDATE service SET names = $3, speciality = $4, mode = $5, duration_min = $6, preparation = $7, \
               buffer_before_min = $8, buffer_after_min = $9, lead_min = $10, confirmation = $11, min_age = $12, max_age = $13, \
               sex = $14, equipment = $15, active = $16, version = $17, programme = $18 WHERE id = $1 AND clinic = $2";
    change(db, sql, values(row)).await?;
    put_prices(db, row.id, &row.prices).await
}

/// Puts the prices in the place of all that the service had.
async fn put_prices(db: &impl ConnectionTrait, service: Uuid, prices: &Prices) -> Result<()> {
    change(db, "DELETE FROM service_price WHERE service = $1", [service.into()]).await?;
    for (payer, price) in &prices.0 {
        let sql = "INSERT INTO service_price (service, payer, amount, currency) VALUES ($1, $2, $3, $4)";
        let (amount, currency) = (price.as_ref().map(|price| price.amount), price.as_ref().map(|price| price.currency.clone()));
        change(db, sql, [service.into(), payer.as_str().into(), amount.into(), currency.into()]).await?;
    }
    Ok(())
}
