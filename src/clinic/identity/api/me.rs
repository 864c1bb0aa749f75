//! A patient's own account.

use super::super::caller::{Caller, Session};
use super::super::numbers::{System, masked};
use super::super::person::{self, Contact, Identifier, Person};
use super::super::rows;
use super::super::sessions::{self, Device};
use crate::app::App;
use crate::app::wire::{Body, Date, ETag, Failure, Instant, NoContent, Reply};
use crate::kernel::db::Tx;
use crate::kernel::error::{Error, Result};
use crate::kernel::vault::Class;
use poem::web::Data;
use poem_openapi::param::{Header, Path};
use poem_openapi::{Enum, Object, OpenApi, Tags};
use uuid::Uuid;

#[derive(Tags)]
enum Tag {
    /// One's own account
    Me,
}

#[derive(Enum, Debug, Clone, Copy, PartialEq)]
#[oai(rename_all = "camelCase")]
enum Sex {
    Male,
    Female,
}

#[derive(Enum, Debug, Clone, Copy, PartialEq)]
#[oai(rename_all = "camelCase")]
pub enum IdentifierSystem {
    Snils,
    Oms,
    OmsLegacy,
    Dms,
    Iin,
    GePersonal,
}

impl From<IdentifierSystem> for System {
    fn from(system: IdentifierSystem) -> Self {
        match system {
            IdentifierSystem::Snils => System::Snils,
            IdentifierSystem::Oms => System::Oms,
            IdentifierSystem::OmsLegacy => System::OmsLegacy,
            IdentifierSystem::Dms => System::Dms,
            IdentifierSystem::Iin => System::Iin,
            IdentifierSystem::GePersonal => System::GePersonal,
        }
    }
}

impl From<System> for IdentifierSystem {
    fn from(system: System) -> Self {
        match system {
            System::Snils => IdentifierSystem::Snils,
            System::Oms => IdentifierSystem::Oms,
            System::OmsLegacy => IdentifierSystem::OmsLegacy,
            System::Dms => IdentifierSystem::Dms,
            System::Iin => IdentifierSystem::Iin,
            System::GePersonal => IdentifierSystem::GePersonal,
        }
    }
}

/// A national number or an insurance policy.
#[derive(Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewIdentifier {
    pub system: IdentifierSystem,
    #[oai(validator(min_length = 1, max_length = 64))]
    pub value: String,
    /// The company behind a voluntary policy (`dms`), required there.
    #[oai(validator(max_length = 200))]
    pub insurer: Option<String>,
}

#[derive(Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct NewProfile {
    #[oai(validator(max_length = 100))]
    surname: Option<String>,
    #[oai(validator(max_length = 100))]
    given_name: Option<String>,
    #[oai(validator(max_length = 100))]
    patronymic: Option<String>,
    birth_date: Option<Date>,
    sex: Option<Sex>,
    #[oai(validator(max_items = 8))]
    identifiers: Option<Vec<NewIdentifier>>,
}

#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct IdentifierView {
    system: IdentifierSystem,
    /// The last characters; the number itself is not sent back.
    masked: String,
    insurer: Option<String>,
    /// Whether a check digit confirmed the number.
    checked: bool,
}

#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct ProfileView {
    surname: Option<String>,
    given_name: Option<String>,
    patronymic: Option<String>,
    birth_date: Option<Date>,
    sex: Option<Sex>,
    identifiers: Vec<IdentifierView>,
}

#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct ContactView {
    /// `sms` or `email`.
    channel: String,
    to: String,
    verified_at: Instant,
}

#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct MeView {
    id: Uuid,
    contacts: Vec<ContactView>,
    /// Absent until it was filled in.
    profile: Option<ProfileView>,
    /// The version of the policy that was accepted last. Absent before the first acceptance.
    accepted_policy_version: Option<String>,
    /// Until when an asked deletion can be undone.
    deletion_at: Option<Instant>,
}

#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct SessionView {
    id: Uuid,
    device_name: Option<String>,
    created_at: Instant,
    used_at: Instant,
    /// Whether this is the session that asks.
    current: bool,
}

#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct SessionList {
    items: Vec<SessionView>,
}

pub struct MeApi;

#[OpenApi(prefix_path = "/v1", tag = "Tag::Me")]
impl MeApi {
    /// Read one's own account
    #[oai(path = "/me", method = "get", operation_id = "getMe")]
    async fn me(&self, app: Data<&App>, session: Session) -> Result<Reply<MeView>, Failure> {
        let caller = session.patient_even_leaving()?;
        let (view, version) = view(&app, &caller).await?;
        Ok(Reply::tagged(view, ETag::of(version)))
    }

    /// Fill in or replace one's profile
    ///
    /// Which fields may and must be given is the profile's matter; `app-config` says so. Numbers are checked by their
    /// algorithms and belong to one person.
    #[oai(path = "/me/profile", method = "put", operation_id = "putProfile")]
    async fn put_profile(
        &self,
        app: Data<&App>,
        session: Session,
        #[oai(name = "If-Match")] if_match: Header<Option<String>>,
        body: Body<NewProfile>,
    ) -> Result<Reply<MeView>, Failure> {
        let caller = session.patient()?.may_write(&app, "putProfile")?.accepted()?;
        let person = person::check(&app.profile, form(body.0), app.ambient.now().date_naive())?;
        let may_overwrite = |version: i64| ETag::of(version).check(if_match.0.as_deref());
        person::put(&app, &caller.actor("putProfile"), &caller.keys, &person, may_overwrite).await?;
        let (view, version) = view(&app, &caller).await?;
        Ok(Reply::tagged(view, ETag::of(version)))
    }

    /// List one's sessions
    #[oai(path = "/me/sessions", method = "get", operation_id = "listSessions")]
    async fn sessions(&self, app: Data<&App>, session: Session) -> Result<Reply<SessionList>, Failure> {
        let caller = session.anybody();
        let rows = rows::living_sessions(&app.db.reader(), caller.id, app.ambient.now()).await?;
        let openings = app.openings(caller.actor("listSessions"), caller.asker());
        let grant = openings.grant(caller.id, Class::Contact, ("session", caller.session)).await?;
        let mut items = Vec::with_capacity(rows.len());
        for row in rows {
            let device = row.device.as_ref().map(|sealed| grant.open::<Device>(row.id, sealed)).transpose()?;
            items.push(SessionView {
                id: row.id,
                device_name: device.map(|device| device.name),
                created_at: row.created_at.into(),
                used_at: row.used_at.into(),
                current: row.id == caller.session,
            });
        }
        Ok(Reply::new(openings.answer(SessionList { items }).await?))
    }

    /// End one of one's sessions
    #[oai(path = "/me/sessions/:id", method = "delete", operation_id = "endSession")]
    async fn end_session(&self, app: Data<&App>, session: Session, id: Path<Uuid>) -> Result<NoContent, Failure> {
        let caller = session.anybody();
        let mine = |row: &rows::session::Model| row.owner == caller.id && row.ended_at.is_none();
        app.write(&caller.actor("endSession"), async |tx: &mut Tx| -> Result<()> {
            let row = rows::find_session(tx, id.0).await?.filter(mine).ok_or_else(Error::not_found)?;
            sessions::end(tx, row.id, "endSession").await
        })
        .await?;
        Ok(NoContent)
    }
}

fn form(profile: NewProfile) -> Person {
    let identifiers = profile.identifiers.unwrap_or_default().into_iter().map(|identifier| Identifier {
        system: identifier.system.into(),
        value: identifier.value,
        insurer: identifier.insurer,
        checked: false,
    });
    Person {
        surname: profile.surname,
        given_name: profile.given_name,
        patronymic: profile.patronymic,
        birth_date: profile.birth_date.map(|date| date.0),
        sex: profile.sex.map(|sex| match sex {
            Sex::Male => "male".to_owned(),
            Sex::Female => "female".to_owned(),
        }),
        identifiers: identifiers.collect(),
    }
}

async fn view(app: &App, caller: &Caller) -> Result<(MeView, i64)> {
    let row = rows::find_patient(&app.db.reader(), caller.id).await?.ok_or_else(Error::not_found)?;
    let openings = app.openings(caller.actor("getMe"), caller.asker());
    let contact: Contact =
        openings.grant(caller.id, Class::Contact, ("patient", caller.id)).await?.open(caller.id, &row.contact)?;
    let person = match &row.identity {
        Some(sealed) => {
            Some(openings.grant(caller.id, Class::Identity, ("patient", caller.id)).await?.open::<Person>(caller.id, sealed)?)
        }
        None => None,
    };
    let contacts = contact.points.into_iter().map(|point| ContactView {
        channel: point.target.channel.as_str().to_owned(),
        to: point.target.shown,
        verified_at: point.verified_at.into(),
    });
    let view = MeView {
        id: caller.id,
        contacts: contacts.collect(),
        profile: person.map(profile_view),
        accepted_policy_version: row.accepted_version,
        deletion_at: row.erase_at.map(Into::into),
    };
    Ok((openings.answer(view).await?, row.version))
}

fn profile_view(person: Person) -> ProfileView {
    let identifiers = person.identifiers.into_iter().map(|identifier| IdentifierView {
        masked: masked(identifier.system, &identifier.value),
        system: identifier.system.into(),
        insurer: identifier.insurer,
        checked: identifier.checked,
    });
    ProfileView {
        surname: person.surname,
        given_name: person.given_name,
        patronymic: person.patronymic,
        birth_date: person.birth_date.map(Date),
        sex: person.sex.and_then(|sex| match sex.as_str() {
            "male" => Some(Sex::Male),
            "female" => Some(Sex::Female),
            _ => None,
        }),
        identifiers: identifiers.collect(),
    }
}
