//! Services, as their administrator writes them: what it is, how long it takes, whom it is for, who pays how much.

use super::rows::{self, Prices, ServiceRow};
use super::{office, speciality};
use crate::app::multilingual::{Multilingual, Paragraphs, line};
use crate::app::profile::{Payer, Profile};
use crate::app::wire::Money;
use crate::clinic::identity::{Caller, Sex};
use crate::clinic::programmes;
use crate::kernel::audit::Line;
use crate::kernel::db::Tx;
use crate::kernel::error::{Error, Fault, Faults, Result};
use poem_openapi::Enum;
use std::ops::RangeInclusive;
use uuid::Uuid;

/// Shortest and longest service, in minutes. The longest is also what the search for overlaps reckons with, so that a service
/// may not be longer than this with its buffers either.
const DURATION_MIN: RangeInclusive<i32> = 5..=480;
const BUFFER_MIN: RangeInclusive<i32> = 0..=240;
/// Up to sixty days.
const LEAD_MIN: RangeInclusive<i32> = 0..=86_400;
const AGE: RangeInclusive<i32> = 0..=130;
/// Nobody's fee has more digits: what is larger was meant otherwise.
const AMOUNT: RangeInclusive<i64> = 0..=10_000_000_000;
const KIND_CHARS: usize = 40;

/// How patient and doctor meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[oai(rename_all = "camelCase")]
pub enum ServiceMode {
    InPerson,
    Video,
    Chat,
    HomeVisit,
    /// A diagnostic exam.
    Exam,
}

impl ServiceMode {
    const ALL: [Self; 5] = [Self::InPerson, Self::Video, Self::Chat, Self::HomeVisit, Self::Exam];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InPerson => "inPerson",
            Self::Video => "video",
            Self::Chat => "chat",
            Self::HomeVisit => "homeVisit",
            Self::Exam => "exam",
        }
    }

    /// What the database says is one of them.
    pub fn parse(word: &str) -> Self {
        Self::ALL.into_iter().find(|mode| mode.as_str() == word).unwrap_or(Self::InPerson)
    }
}

/// When a booking of a service stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[oai(rename_all = "camelCase")]
pub enum Confirmation {
    /// With the booking itself.
    AtOnce,
    /// When reception has confirmed it.
    Reception,
    /// When it is paid; at once where its payer pays nothing.
    Payment,
}

impl Confirmation {
    const ALL: [Self; 3] = [Self::AtOnce, Self::Reception, Self::Payment];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AtOnce => "atOnce",
            Self::Reception => "reception",
            Self::Payment => "payment",
        }
    }

    /// What the database says is one of them.
    pub fn parse(word: &str) -> Self {
        Self::ALL.into_iter().find(|known| known.as_str() == word).unwrap_or(Self::Payment)
    }
}

/// What a service is to be.
pub struct ServiceForm {
    pub clinic: Uuid,
    pub names: Multilingual,
    pub speciality: Option<String>,
    pub mode: Option<ServiceMode>,
    pub duration_min: i32,
    pub preparation: Option<Paragraphs>,
    pub buffer_before_min: Option<i32>,
    pub buffer_after_min: Option<i32>,
    pub lead_min: Option<i32>,
    pub confirmation: Option<Confirmation>,
    pub min_age: Option<i32>,
    pub max_age: Option<i32>,
    pub sex: Option<Sex>,
    pub equipment: Option<String>,
    /// What the patient pays himself: short for `prices` with `self` alone.
    pub price: Option<Money>,
    pub prices: Option<Vec<(Payer, Option<Money>)>>,
    pub active: bool,
    pub programme: Option<Uuid>,
}

impl ServiceForm {
    /// # Errors
    /// `invalid`, with every field at fault.
    pub fn check(&self, profile: &Profile, id: Uuid) -> Result<ServiceRow> {
        let mut faults = Faults::default();
        self.check_times(&mut faults);
        self.check_limits(&mut faults);
        let prices = self.checked_prices(&profile.booking.payers, &mut faults);
        let row = ServiceRow {
            id,
            clinic: self.clinic,
            names: self.names.check("/names", &mut faults, line),
            speciality: self.speciality.as_deref().and_then(|code| faults.check("/speciality", speciality::check(code))),
            mode: self.mode.unwrap_or(ServiceMode::InPerson).as_str().to_owned(),
            duration_min: self.duration_min,
            preparation: self.preparation.as_ref().map(|texts| texts.check("/preparation", &mut faults)),
            buffer_before_min: self.buffer_before_min.unwrap_or(0),
            buffer_after_min: self.buffer_after_min.unwrap_or(0),
            lead_min: self.lead_min,
            confirmation: self.confirmation.unwrap_or(Confirmation::Payment).as_str().to_owned(),
            min_age: self.min_age,
            max_age: self.max_age,
            sex: self.sex.map(Sex::word),
            equipment: self.equipment.as_deref().and_then(|kind| faults.check("/equipment", check_kind(kind))),
            prices,
            active: self.active,
            version: 1,
            programme: self.programme,
        };
        faults.into_result()?;
        Ok(row)
    }

    fn check_times(&self, faults: &mut Faults) {
        let (before, after) = (self.buffer_before_min.unwrap_or(0), self.buffer_after_min.unwrap_or(0));
        let times = [
            ("/durationMinutes", self.duration_min, DURATION_MIN),
            ("/bufferBeforeMinutes", before, BUFFER_MIN),
            ("/bufferAfterMinutes", after, BUFFER_MIN),
            ("/leadMinutes", self.lead_min.unwrap_or(0), LEAD_MIN),
        ];
        let wrong: Vec<_> = times.into_iter().filter(|(_, minutes, range)| !range.contains(minutes)).collect();
        for (pointer, ..) in &wrong {
            faults.add(*pointer, Fault::OutOfRange);
        }
        if wrong.is_empty() && self.duration_min + before + after > *DURATION_MIN.end() {
            faults.add("/bufferAfterMinutes", Fault::OutOfRange);
        }
    }

    fn check_limits(&self, faults: &mut Faults) {
        for (pointer, age) in [("/minAge", self.min_age), ("/maxAge", self.max_age)] {
            if age.is_some_and(|age| !AGE.contains(&age)) {
                faults.add(pointer, Fault::OutOfRange);
            }
        }
        if matches!((self.min_age, self.max_age), (Some(least), Some(most)) if most < least) {
            faults.add("/maxAge", Fault::OutOfRange);
        }
    }

    /// In the order of the payers. Whoever pays nothing has no price, and of two ways to say it one is meant.
    fn checked_prices(&self, known: &[Payer], faults: &mut Faults) -> Prices {
        if self.price.is_some() && self.prices.is_some() {
            faults.add("/price", Fault::NotAsked);
        }
        let mut prices = match &self.prices {
            Some(prices) => prices.clone(),
            None => vec![(Payer::Own, self.price.clone())],
        };
        // What nobody names is free for whoever comes first in the profile.
        if self.prices.is_none() && self.price.is_none() && !known.contains(&Payer::Own) {
            prices = known.first().map(|payer| (*payer, None)).into_iter().collect();
        }
        let at = |index: usize, field: &str| match self.prices {
            Some(_) => format!("/prices/{index}/{field}"),
            None => format!("/{field}"),
        };
        if prices.is_empty() {
            faults.add("/prices", Fault::Required);
        }
        for (index, (payer, price)) in prices.iter().enumerate() {
            if !known.contains(payer) {
                faults.add(at(index, if self.prices.is_some() { "payer" } else { "price" }), Fault::UnknownValue);
            } else if prices.iter().take(index).any(|(other, _)| other == payer) {
                faults.add(at(index, "payer"), Fault::Duplicate);
            }
            if price.as_ref().is_some_and(|price| !AMOUNT.contains(&price.amount)) {
                faults.add(at(index, "price/amount"), Fault::OutOfRange);
            }
        }
        prices.iter_mut().for_each(|(_, price)| *price = price.take().filter(|price| price.amount > 0));
        prices.sort_by_key(|(payer, _)| *payer);
        Prices(prices)
    }
}

/// The kind of a machine: one word of Latin letters and digits, that of a service and that of a machine the same.
///
/// # Errors
/// [`Fault::Required`], [`Fault::TooLong`], [`Fault::BadFormat`].
pub fn check_kind(kind: &str) -> Result<String, Fault> {
    let mut bytes = kind.bytes();
    match bytes.next() {
        None => Err(Fault::Required),
        Some(_) if kind.len() > KIND_CHARS => Err(Fault::TooLong),
        Some(b'a'..=b'z') if bytes.all(|byte| byte.is_ascii_alphanumeric()) => Ok(kind.to_owned()),
        Some(_) => Err(Fault::BadFormat),
    }
}

/// # Errors
/// `not_found` for a clinic that is not the caller's.
pub async fn add(tx: &mut Tx, caller: &Caller, row: &ServiceRow) -> Result<()> {
    office::clinic_for(tx, caller, row.clinic).await?;
    check_programme(tx, row).await?;
    rows::insert_service(tx, row, tx.now()).await?;
    tx.audit(Line::new("addService").on("service", row.id));
    Ok(())
}

/// # Errors
/// `invalid` at `/programmeId` for a programme that is not there.
async fn check_programme(tx: &Tx, row: &ServiceRow) -> Result<()> {
    match row.programme {
        Some(programme) if !programmes::is_programme(tx, programme).await? => {
            Err(Error::field("/programmeId", Fault::UnknownValue))
        }
        _ => Ok(()),
    }
}

/// The service, offered or not, of a clinic of the caller's.
///
/// # Errors
/// `not_found`.
pub async fn find(db: &impl sea_orm::ConnectionTrait, caller: &Caller, id: Uuid) -> Result<ServiceRow> {
    let row = rows::service_of_office(db, id).await?;
    row.filter(|row| caller.clinics.serve(row.clinic)).ok_or_else(Error::not_found)
}

/// Puts what the service is to be in the place of what it was. What is booked stays as it was booked. Answers it as it
/// stands now.
///
/// # Errors
/// `not_found`, also for a clinic that is not the caller's; `invalid` at `/clinicId` for another one than its own; what
/// `is_current` refuses of the version that stands.
pub async fn put(
    tx: &mut Tx,
    caller: &Caller,
    mut row: ServiceRow,
    is_current: impl Fn(i64) -> Result<()>,
) -> Result<ServiceRow> {
    tx.hold(&[row.id]).await?;
    let was = find(tx, caller, row.id).await?;
    is_current(was.version)?;
    if row.clinic != was.clinic {
        office::clinic_for(tx, caller, row.clinic).await?;
        return Err(Error::field("/clinicId", Fault::UnknownValue));
    }
    check_programme(tx, &row).await?;
    row.version = was.version + 1;
    rows::update_service(tx, &row).await?;
    tx.audit(Line::new("changeService").on("service", row.id));
    Ok(row)
}
