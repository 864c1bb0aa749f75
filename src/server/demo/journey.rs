//! One patient's life, from the claim of the installation to the day after his erasure.

mod care;
mod ending;
mod help;
mod opening;
mod phone;
mod rights;
mod talk;
mod visit;

use super::guest::{Guest, Stumble};
use crate::app::App;
use std::collections::BTreeMap;
use std::path::Path;

/// Who and what the chapters hand on to each other.
#[derive(Default)]
pub(super) struct People {
    pub admin: String,
    pub doctor: String,
    pub other_doctor: String,
    pub reception: String,
    pub support: String,
    pub officer: String,
    pub patient: String,
    pub patient_id: String,
    pub clinic: String,
    pub service: String,
    pub doctor_id: String,
    pub document: String,
    pub booking: String,
    /// When the visit ends, as the API writes it.
    pub ends_at: String,
    pub charge: String,
    /// TOTP secrets by login, to sign in again after the clock was moved.
    pub totp: BTreeMap<&'static str, String>,
}

pub async fn walk(guest: &mut Guest, app: &App, claim: Option<&Path>) -> Result<(), Stumble> {
    let mut people = People::default();
    opening::claim_and_build(guest, app, claim, &mut people).await?;
    opening::patient_signs_in(guest, &mut people).await?;
    opening::accept_and_register(guest, &people).await?;
    phone::register(guest, app, &people).await?;
    care::book(guest, app, &mut people).await?;
    phone::be_told(guest, &people).await?;
    care::exchange_documents(guest, &mut people).await?;
    talk::with_the_doctor(guest, &people).await?;
    talk::with_the_operator(guest, &people).await?;
    help::send_telemetry(guest, app, &people).await?;
    help::ask_support(guest, &people).await?;
    visit::afterwards(guest, app, &mut people).await?;
    rights::freeze(guest, &mut people).await?;
    rights::export(guest, &people).await?;
    ending::read_the_trail(guest, &people).await?;
    ending::withdraw(guest, &people).await?;
    ending::leave(guest, app, &mut people).await?;
    Ok(())
}
