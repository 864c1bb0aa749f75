//! A patient whom the desk enters: the same account that he would have opened himself, and later comes to by his number.

use super::PATIENT_CLASSES;
use super::candidates;
use super::codes::{Channel, Target};
use super::holding;
use super::person::{self, Contact, Form, Person, Point};
use super::phone::{normalise_email, normalise_phone};
use super::rows::{self, change, patient};
use crate::app::App;
use crate::app::profile::Profile;
use crate::kernel::audit::Line;
use crate::kernel::db::Tx;
use crate::kernel::error::{Code, Error, Fault, Faults, Result};
use crate::kernel::vault::{Class, Reservation, Sealed, SubjectKeys};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::Set;
use std::sync::Arc;
use uuid::Uuid;

/// How somebody is reached, as far as he told. Either may be missing.
pub struct Addresses {
    phone: Option<Target>,
    email: Option<Target>,
}

impl Addresses {
    /// # Errors
    /// `invalid` at `/phone` and `/email`; `not_asked` there for a channel that the profile does not know.
    pub fn check(profile: &Profile, phone: Option<&str>, email: Option<&str>) -> Result<Self> {
        let mut faults = Faults::default();
        let knows = |channel: Channel| profile.sign_in.channels.iter().any(|known| known == channel.as_str());
        let allowed = |channel: Channel| if knows(channel) { Ok(()) } else { Err(Fault::NotAsked) };
        let phone = phone.and_then(|raw| {
            let normal = allowed(Channel::Sms).and_then(|()| normalise_phone(raw, Some(&profile.phone_region)));
            let phone = faults.check("/phone", normal)?;
            Some(Target { channel: Channel::Sms, shown: phone.clone(), lookup: phone })
        });
        let email = email.and_then(|raw| {
            let email = faults.check("/email", allowed(Channel::Email).and_then(|()| normalise_email(raw)))?;
            Some(Target { channel: Channel::Email, shown: email.shown, lookup: email.lookup })
        });
        faults.into_result()?;
        Ok(Self { phone, email })
    }

    fn each(&self) -> impl Iterator<Item = (&'static str, &Target)> {
        // The phone last: who holds it can sign in, and whatever is refused before leaves it alone.
        [("/email", &self.email), ("/phone", &self.phone)].into_iter().filter_map(|(at, target)| Some((at, target.as_ref()?)))
    }
}

/// Somebody whose keys and numbers are durable, and whose row is not written yet.
pub struct Newcomer {
    pub keys: Arc<SubjectKeys>,
    identity: Sealed,
    contact: Sealed,
    /// When his keys were made. None: they were there.
    made_at: Option<DateTime<Utc>>,
}

impl Newcomer {
    /// Makes his keys and reserves what is his alone. Where something is taken, nothing is left behind.
    ///
    /// # Errors
    /// `identifier_taken` at `/phone`, `/email` or `/identifiers/N/value`: he is there already.
    pub async fn prepare(app: &App, form: &Form, addresses: &Addresses) -> Result<Self> {
        let numbers = form.numbers.iter().flatten().map(|number| holding::begun(app, number)).collect();
        let person = &Person { identifiers: numbers, ..form.person.clone() };
        let mut begun = None;
        for (pointer, target) in addresses.each() {
            let Some(holder) = app.vault.find(&target.index()).await? else { continue };
            let is_known = rows::find_patient(&app.db.reader(), holder).await?.is_some();
            // Somebody stopped between the two stores: what he began is gone on with.
            if is_known || begun.is_some_and(|begun| begun != holder) || !app.vault.adopt(holder).await? {
                return Err(person::taken(pointer.to_owned()));
            }
            begun = Some(holder);
        }
        let keys = match begun {
            Some(subject) => app.vault.ensure(subject, PATIENT_CLASSES).await?,
            None => app.vault.create(PATIENT_CLASSES).await?,
        };
        let made_at = begun.is_none().then(|| app.ambient.now());
        if let Err(error) = Self::reserve(app, &keys, person, addresses).await {
            give_up(app, keys.subject, made_at).await?;
            return Err(error);
        }
        let points = addresses.each().map(|(_, target)| Point { target: target.clone(), verified_at: app.ambient.now() });
        let contact = keys.seal(keys.subject, &Contact { points: points.collect() })?;
        let identity = keys.seal(keys.subject, person)?;
        Ok(Self { keys, identity, contact, made_at })
    }

    async fn reserve(app: &App, keys: &SubjectKeys, person: &Person, addresses: &Addresses) -> Result<()> {
        for (index, number) in person.identifiers.iter().enumerate() {
            if let Reservation::Taken(_) = app.vault.reserve(keys, &number.index()).await? {
                return Err(person::taken(format!("/identifiers/{index}/value")));
            }
        }
        candidates::list(app, keys, person).await?;
        for (pointer, target) in addresses.each() {
            if let Reservation::Taken(_) = app.vault.reserve(keys, &target.index()).await? {
                return Err(person::taken(pointer.to_owned()));
            }
        }
        Ok(())
    }

    /// Writes his row. Whoever holds his phone may have signed in between the two: then the account is there, and gets the
    /// rest of what he told.
    ///
    /// # Errors
    /// `state_conflict` when he has filled in a profile of his own meanwhile.
    pub async fn insert(&self, tx: &mut Tx) -> Result<()> {
        let subject = self.keys.subject;
        let row = patient::ActiveModel {
            subject: Set(subject),
            state: Set(rows::ACTIVE.to_owned()),
            identity: Set(Some(self.identity.clone())),
            contact: Set(self.contact.clone()),
            accepted_version: Set(None),
            version: Set(1),
            created_at: Set(tx.now()),
            leaving_since: Set(None),
            erase_at: Set(None),
        };
        if !rows::insert_patient(tx, row).await? {
            let sql = "UPDATE patient SET identity = $2, contact = $3, version = version + 1 \
                       WHERE subject = $1 AND identity IS NULL AND state = 'active'";
            let values = [subject.into(), self.identity.clone().into(), self.contact.clone().into()];
            if change(tx, sql, values).await? == 0 {
                return Err(Error::refused(Code::StateConflict));
            }
        }
        tx.audit(Line::new("register").on("patient", subject).about(&self.keys).of(Class::Identity));
        Ok(())
    }

    /// Gives up what was prepared for nothing, unless his account is there.
    pub async fn abandon(&self, app: &App) -> Result<()> {
        match rows::find_patient(&app.db.reader(), self.keys.subject).await? {
            Some(_) => Ok(()),
            None => give_up(app, self.keys.subject, self.made_at).await,
        }
    }
}

/// Destroys keys that lead nowhere. Whoever signs in by a number that they hold has adopted them since, and they stay.
async fn give_up(app: &App, subject: Uuid, made_at: Option<DateTime<Utc>>) -> Result<()> {
    match made_at {
        Some(made_at) => app.vault.destroy_orphan(subject, made_at + TimeDelta::milliseconds(1)).await,
        None => Ok(()),
    }
}
