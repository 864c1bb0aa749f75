//! A patient's phone and e-mail.

use super::super::caller::{Caller, Session};
use super::super::codes::{self, Channel, Flow, Target};
use super::super::contacts;
use super::super::person::Contact;
use super::me::Tag;
use crate::app::App;
use crate::app::wire::{Accepted, AskedLang, Body, ClientAddr, Failure, Instant, NoContent, Reply};
use crate::kernel::error::Result;
use crate::kernel::vault::Class;
use poem::web::Data;
use poem_openapi::{Object, OpenApi};
use uuid::Uuid;

#[derive(Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct NewContact {
    channel: Channel,
    /// A phone number (with `+`, or as dialled in the profile's country) or an e-mail address.
    #[oai(validator(min_length = 1, max_length = 254))]
    to: String,
}

#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct ContactChallenge {
    challenge_id: Uuid,
    expires_at: Instant,
}

#[derive(Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct ContactConfirmation {
    challenge_id: Uuid,
    #[oai(validator(min_length = 1, max_length = 12))]
    code: String,
}

#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct ContactPoint {
    channel: Channel,
    to: String,
    /// Since when it is known to be his. Absent for one that the desk wrote down: the first code that went there and is shown
    /// verifies it, at a sign-in or here.
    verified_at: Option<Instant>,
}

#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct ContactList {
    items: Vec<ContactPoint>,
}

impl From<Contact> for ContactList {
    fn from(contact: Contact) -> Self {
        let items = contact.points.into_iter().map(|point| ContactPoint {
            channel: point.target.channel,
            to: point.target.shown,
            verified_at: point.verified_at.map(Into::into),
        });
        Self { items: items.collect() }
    }
}

pub struct ContactsApi;

#[OpenApi(prefix_path = "/v1/me", tag = "Tag::Me")]
impl ContactsApi {
    /// List one's addresses
    ///
    /// At most one phone and one e-mail.
    #[oai(path = "/contacts", method = "get", operation_id = "listContacts")]
    async fn list(&self, app: Data<&App>, session: Session) -> Result<Reply<ContactList>, Failure> {
        let caller = session.patient()?;
        let openings = app.openings(caller.actor("listContacts"), caller.asker());
        // The grant asks whether his own access is frozen; the book is then read as his own.
        openings.grant(caller.id, Class::Contact, ("patient", caller.id)).await?;
        let (_, contact) = contacts::read(&app, &caller.keys).await?;
        Ok(Reply::new(openings.answer(contact.into()).await?))
    }

    /// Ask for a code to a new address
    ///
    /// Takes a sign-in of the last five minutes (`step_up_required`). An address that somebody else holds is answered alike.
    /// The code is good for `confirmContact` alone, and for this patient. The message follows `Accept-Language`.
    #[oai(path = "/contacts/codes", method = "post", operation_id = "askContactCode")]
    async fn ask(
        &self,
        app: Data<&App>,
        session: Session,
        addr: ClientAddr,
        lang: AskedLang,
        body: Body<NewContact>,
    ) -> Result<Accepted<ContactChallenge>, Failure> {
        let caller = fresh(&app, session, "askContactCode")?;
        let target = Target::check(&app.profile, body.0.channel, &body.0.to)?;
        let flow = Flow::Contact { of: caller.id };
        let actor = caller.actor("askContactCode");
        let (challenge_id, expires_at) = codes::ask(&app, &actor, addr.0, lang.0, flow, &target).await?;
        Ok(Accepted(ContactChallenge { challenge_id, expires_at: expires_at.into() }))
    }

    /// Confirm a new address by its code
    ///
    /// It takes the place of the one that its channel has had: that one opens the account no more, is told so, and every other
    /// session ends. Takes a sign-in of the last five minutes (`step_up_required`). `identifier_taken` when somebody else
    /// holds the address: the desk helps. A lost reply is found out by listing.
    #[oai(path = "/contacts", method = "post", operation_id = "confirmContact")]
    async fn confirm(
        &self,
        app: Data<&App>,
        session: Session,
        body: Body<ContactConfirmation>,
    ) -> Result<Reply<ContactList>, Failure> {
        let caller = fresh(&app, session, "confirmContact")?;
        let shown = (body.0.challenge_id, body.0.code.as_str());
        let actor = caller.actor("confirmContact");
        Ok(Reply::new(contacts::confirm(&app, &actor, &caller.keys, caller.session, shown).await?.into()))
    }

    /// Give up one's e-mail
    ///
    /// It is told so, and every other session ends. Takes a sign-in of the last five minutes (`step_up_required`), and a
    /// verified phone that is left (`state_conflict`).
    #[oai(path = "/contacts/email", method = "delete", operation_id = "deleteEmail")]
    async fn delete_email(&self, app: Data<&App>, session: Session) -> Result<NoContent, Failure> {
        let caller = fresh(&app, session, "deleteEmail")?;
        contacts::drop_email(&app, &caller.actor("deleteEmail"), &caller.keys, caller.session).await?;
        Ok(NoContent)
    }
}

/// What leads into an account is changed by nobody but its owner.
fn fresh(app: &App, session: Session, operation: &'static str) -> Result<Caller> {
    session.patient()?.may_write(app, operation)?.accepted()?.stepped_up(app.ambient.now())
}
