//! What everybody reads of clinics, services and doctors, in one language.

use super::super::rows::{Card, ClinicRow, DoctorRow, Place, ServiceRow};
use super::super::services::{Confirmation, ServiceMode};
use super::super::speciality;
use crate::app::profile::Payer;
use crate::app::wire::Money;
use crate::clinic::identity::Sex;
use crate::kernel::lang::Lang;
use crate::page_of;
use poem_openapi::Object;
use uuid::Uuid;

/// A place where patients are seen.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct ClinicView {
    pub id: Uuid,
    /// In the language of `Accept-Language`, as the address is.
    pub name: String,
    pub address: String,
    /// With `+` and the country's code.
    pub phone: Option<String>,
    /// The IANA name of the time zone, for example `Asia/Almaty`.
    pub zone: String,
    /// What is spoken there: two letters each, by ISO 639-1.
    pub languages: Vec<String>,
    pub card: Option<ClinicCard>,
}

/// How a clinic is reached, besides its phone.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct ClinicCard {
    pub email: Option<String>,
    pub website: Option<String>,
    /// Degrees north, WGS 84. Stands with `longitude`, degrees east.
    pub latitude: Option<f64>,
    pub longitude: Option<f64>,
    /// How to find the entrance, in the language of `Accept-Language`.
    pub directions: Option<String>,
}

/// What a patient can come for.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct ServiceView {
    pub id: Uuid,
    pub clinic_id: Uuid,
    /// In the language of `Accept-Language`.
    pub name: String,
    /// Absent: doctors of every speciality do it.
    pub speciality: Option<String>,
    pub mode: ServiceMode,
    pub duration_minutes: i32,
    /// How to prepare for it, in the language of `Accept-Language`.
    pub preparation: Option<String>,
    /// What the patient pays who pays himself. Absent: nothing, or the price is agreed upon on the spot.
    pub price: Option<Money>,
    /// Who may stand for it, and what the patient then pays. A payer who is not named does not stand for it.
    pub prices: Vec<PayerPrice>,
    pub confirmation: Confirmation,
    /// For patients of this age and older, in whole years.
    pub min_age: Option<i32>,
    /// For patients of this age and younger, in whole years.
    pub max_age: Option<i32>,
    /// Absent: for everybody.
    pub sex: Option<Sex>,
}

/// What a patient pays for a service, by who stands for it.
#[derive(Clone, Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none, deny_unknown_fields)]
pub struct PayerPrice {
    pub payer: Payer,
    /// Absent: nothing.
    pub price: Option<Money>,
}

#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct DoctorView {
    pub id: Uuid,
    /// In the language of `Accept-Language`, as the other names are.
    pub name: String,
    /// The code.
    pub speciality: String,
    pub speciality_name: String,
    /// The first of `clinics`.
    pub clinic_id: Uuid,
    pub clinic_name: String,
    /// Where he receives.
    pub clinics: Vec<DoctorClinic>,
    /// What he speaks: two letters each, by ISO 639-1.
    pub languages: Vec<String>,
    /// What he has learned and done, in the language of `Accept-Language`.
    pub qualifications: Option<String>,
}

/// A clinic in which a doctor receives.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct DoctorClinic {
    pub id: Uuid,
    pub name: String,
}

page_of! {
    /// Clinics.
    ClinicPage of ClinicView
}
page_of! {
    /// Services.
    ServicePage of ServiceView
}
page_of! {
    /// Doctors: the nearest to the name that was sought, else in the order of their names.
    DoctorPage of DoctorView
}

impl ClinicView {
    pub fn of(row: ClinicRow, lang: Lang) -> Self {
        let (name, address) = (row.names.in_lang(lang).to_owned(), row.addresses.in_lang(lang).to_owned());
        let card = row.card.map(|card| ClinicCard::of(card, lang));
        Self { id: row.id, name, address, phone: row.phone, zone: row.zone, languages: row.languages.0, card }
    }
}

impl ClinicCard {
    fn of(card: Card, lang: Lang) -> Self {
        let directions = card.directions.map(|texts| texts.in_lang(lang).to_owned());
        Self { email: card.email, website: card.website, latitude: card.latitude, longitude: card.longitude, directions }
    }
}

impl ServiceView {
    /// With the prices of those payers whom the profile knows: it may have changed since they were written.
    pub fn of(row: ServiceRow, lang: Lang, payers: &[Payer]) -> Self {
        let known = row.prices.0.iter().filter(|(payer, _)| payers.contains(payer));
        Self {
            id: row.id,
            clinic_id: row.clinic,
            name: row.names.in_lang(lang).to_owned(),
            mode: ServiceMode::parse(&row.mode),
            duration_minutes: row.duration_min,
            preparation: row.preparation.as_ref().map(|texts| texts.in_lang(lang).to_owned()),
            price: row.prices.price(Payer::Own).filter(|_| payers.contains(&Payer::Own)),
            prices: known.map(|(payer, price)| PayerPrice { payer: *payer, price: price.clone() }).collect(),
            confirmation: Confirmation::parse(&row.confirmation),
            min_age: row.min_age,
            max_age: row.max_age,
            sex: row.sex.as_deref().and_then(sex),
            speciality: row.speciality,
        }
    }
}

/// The sex that a service is for, as it is stored.
pub fn sex(word: &str) -> Option<Sex> {
    [Sex::Male, Sex::Female].into_iter().find(|sex| sex.word() == word)
}

impl DoctorView {
    pub fn of(row: DoctorRow, places: Vec<Place>, lang: Lang) -> Self {
        let clinic = |place: Place| DoctorClinic { id: place.clinic, name: place.names.in_lang(lang).to_owned() };
        Self {
            id: row.id,
            name: row.names.in_lang(lang).to_owned(),
            speciality_name: speciality::name(lang, &row.speciality),
            speciality: row.speciality,
            clinic_id: row.clinic,
            clinic_name: row.clinic_names.in_lang(lang).to_owned(),
            clinics: places.into_iter().filter(|place| place.active).map(clinic).collect(),
            languages: row.languages.0,
            qualifications: row.qualifications.map(|texts| texts.in_lang(lang).to_owned()),
        }
    }
}
