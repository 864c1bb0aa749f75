//! Clinics, as their administrator writes them: where they are, how they are reached, what is spoken there.

use super::languages;
use super::rows::{self, Card, ClinicRow};
use crate::app::multilingual::{Multilingual, Paragraphs, line};
use crate::app::profile::Profile;
use crate::clinic::identity::Caller;
use crate::clinic::identity::phone::{normalise_email, normalise_phone};
use crate::kernel::audit::Line;
use crate::kernel::db::Tx;
use crate::kernel::error::{Code, Error, Fault, Faults, Result};
use crate::kernel::text::check_line;
use chrono_tz::Tz;
use poem::http::Uri;
use uuid::Uuid;

const WEBSITE_CHARS: usize = 200;

/// What a clinic says of itself.
pub struct ClinicForm {
    pub names: Multilingual,
    pub zone: String,
    pub addresses: Multilingual,
    pub phone: Option<String>,
    pub languages: Vec<String>,
    pub card: Option<Card>,
    /// A closed clinic is offered nowhere; what is booked there stays.
    pub active: bool,
}

impl ClinicForm {
    /// # Errors
    /// `invalid`, with every field at fault.
    pub fn check(&self, profile: &Profile, id: Uuid) -> Result<ClinicRow> {
        let mut faults = Faults::default();
        let region = Some(profile.phone_region.as_str());
        let row = ClinicRow {
            id,
            names: self.names.check("/names", &mut faults, line),
            zone: faults.check("/zone", known_zone(&self.zone)).unwrap_or_default(),
            addresses: self.addresses.check("/addresses", &mut faults, line),
            phone: self.phone.as_deref().and_then(|phone| faults.check("/phone", normalise_phone(phone, region))),
            languages: languages::check(&self.languages, &mut faults),
            card: self.card.as_ref().map(|card| check_card(card, &mut faults)),
            active: self.active,
            version: 1,
        };
        faults.into_result()?;
        Ok(row)
    }
}

fn known_zone(name: &str) -> Result<String, Fault> {
    name.parse::<Tz>().map(|zone| zone.name().to_owned()).map_err(|_| Fault::UnknownValue)
}

fn check_card(card: &Card, faults: &mut Faults) -> Card {
    let email = card.email.as_deref().and_then(|email| faults.check("/card/email", normalise_email(email)));
    if card.latitude.is_some_and(|degrees| !(-90.0..=90.0).contains(&degrees)) {
        faults.add("/card/latitude", Fault::OutOfRange);
    }
    if card.longitude.is_some_and(|degrees| !(-180.0..=180.0).contains(&degrees)) {
        faults.add("/card/longitude", Fault::OutOfRange);
    }
    // Half a place is none.
    match (card.latitude, card.longitude) {
        (Some(_), None) => faults.add("/card/longitude", Fault::Required),
        (None, Some(_)) => faults.add("/card/latitude", Fault::Required),
        _ => {}
    }
    Card {
        email: email.map(|email| email.shown),
        website: card.website.as_deref().and_then(|website| faults.check("/card/website", check_website(website))),
        latitude: card.latitude,
        longitude: card.longitude,
        directions: card.directions.as_ref().map(|texts: &Paragraphs| texts.check("/card/directions", faults)),
    }
}

/// An address of the web, which apps open: neither a script nor a way into a device.
fn check_website(raw: &str) -> Result<String, Fault> {
    let website = check_line(raw.trim(), WEBSITE_CHARS)?;
    let uri: Uri = website.parse().map_err(|_| Fault::BadFormat)?;
    let has_host = uri.host().is_some_and(|host| host.contains('.')) && !website.contains('@');
    if has_host && matches!(uri.scheme_str(), Some("https" | "http")) { Ok(website) } else { Err(Fault::BadFormat) }
}

pub async fn add(tx: &mut Tx, row: &ClinicRow) -> Result<()> {
    rows::insert_clinic(tx, row, tx.now()).await?;
    tx.audit(Line::new("addClinic").on("clinic", row.id));
    Ok(())
}

/// Puts what the clinic says of itself in the place of what it said. Answers it as it stands now.
///
/// # Errors
/// `not_found`; what `is_current` refuses of the version that stands.
pub async fn put(tx: &mut Tx, caller: &Caller, mut row: ClinicRow, is_current: impl Fn(i64) -> Result<()>) -> Result<ClinicRow> {
    tx.hold(&[row.id]).await?;
    let was = super::office::clinic_for(tx, caller, row.id).await?;
    is_current(was.version)?;
    row.version = was.version + 1;
    rows::update_clinic(tx, &row).await?;
    let what = match (was.active, row.active) {
        (true, false) => "closeClinic",
        (false, true) => "openClinic",
        _ => "changeClinic",
    };
    tx.audit(Line::new(what).on("clinic", row.id));
    Ok(row)
}

/// # Errors
/// `forbidden` for an administrator of some clinics: a new one would not be his.
pub fn may_add(caller: &Caller) -> Result<()> {
    if caller.clinics.is_everywhere() { Ok(()) } else { Err(Error::refused(Code::Forbidden)) }
}
