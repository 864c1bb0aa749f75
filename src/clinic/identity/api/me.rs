//! A patient's own account.

use super::super::attestation;
use super::super::caller::{Caller, Session};
use super::super::contact_rows;
use super::super::credentials;
use super::super::holding::{self, Known};
use super::super::person::{self, Age, Contact, Form, Person};
use super::super::representation;
use super::super::rows;
use super::identifiers::IdentifierView;
pub(super) use super::identifiers::{IdentifierSystem, NewIdentifier};
use crate::app::App;
use crate::app::disagreement::{DisagreementView, views as disagreement_views};
use crate::app::wire::{Body, ClientAddr, Date, ETag, Failure, Instant, NoContent, Reply};
use crate::kernel::disagreement::{self, Disagreement};
use crate::kernel::error::{Error, Result};
use crate::kernel::vault::Class;
use chrono::NaiveDate;
use poem::web::Data;
use poem_openapi::param::Header;
use poem_openapi::{Enum, Object, OpenApi, Tags};
use uuid::Uuid;

#[derive(Tags)]
pub(super) enum Tag {
    /// One's own account
    Me,
}

#[derive(Enum, Debug, Clone, Copy, PartialEq)]
#[oai(rename_all = "camelCase")]
pub enum Sex {
    Male,
    Female,
}

impl Sex {
    /// As it is stored.
    pub fn word(self) -> String {
        match self {
            Sex::Male => "male".to_owned(),
            Sex::Female => "female".to_owned(),
        }
    }
}

#[derive(Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewProfile {
    /// One name, where the profile asks for no more.
    #[oai(validator(max_length = 100))]
    name: Option<String>,
    #[oai(validator(max_length = 100))]
    surname: Option<String>,
    #[oai(validator(max_length = 100))]
    given_name: Option<String>,
    #[oai(validator(max_length = 100))]
    patronymic: Option<String>,
    birth_date: Option<Date>,
    /// In years, today. Where the profile asks for no birth date.
    #[oai(validator(minimum(value = "0"), maximum(value = "130")))]
    age: Option<i32>,
    sex: Option<Sex>,
    /// All of one's numbers and policies: what is not here is given up. Absent: they stay as they are, for numbers are not
    /// sent back and an app can't repeat them.
    #[oai(validator(max_items = 8))]
    identifiers: Option<Vec<NewIdentifier>>,
}

/// An age, and when it was right.
#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct AgeView {
    years: i32,
    /// The day on which it was said.
    said_on: Date,
}

#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct ProfileView {
    name: Option<String>,
    surname: Option<String>,
    given_name: Option<String>,
    patronymic: Option<String>,
    birth_date: Option<Date>,
    age: Option<AgeView>,
    sex: Option<Sex>,
    identifiers: Vec<IdentifierView>,
    /// What he says against these values.
    disagreements: Option<Vec<DisagreementView>>,
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
    /// The verified ones.
    contacts: Vec<ContactView>,
    /// Absent until it was filled in.
    profile: Option<ProfileView>,
    /// Whether to ask him to attest that all this is complete, exact and current: he has not done so, or not as it is now, or
    /// too long ago.
    attestation_due: bool,
    /// The version of the policy that was accepted last. Absent before the first acceptance.
    accepted_policy_version: Option<String>,
    /// Until when an asked deletion can be undone.
    deletion_at: Option<Instant>,
}

#[derive(Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct PasswordChange {
    /// The issued one, or one's own.
    #[oai(validator(min_length = 1, max_length = 256))]
    current_password: String,
    /// 10 to 256 characters of any script.
    #[oai(validator(min_length = 1, max_length = 256))]
    new_password: String,
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
    /// algorithms and belong to one person: one that somebody else holds is kept as a claim (`pending`), which the desk
    /// settles. What an IIN says of birth date and sex is a hint: `contradicts` names the fields.
    #[oai(path = "/me/profile", method = "put", operation_id = "putProfile")]
    async fn put_profile(
        &self,
        app: Data<&App>,
        session: Session,
        #[oai(name = "If-Match")] if_match: Header<Option<String>>,
        body: Body<NewProfile>,
    ) -> Result<Reply<MeView>, Failure> {
        let caller = session.patient()?.may_write(&app, "putProfile")?.accepted()?;
        let today = app.ambient.now().date_naive();
        let form = body.0.into_form(today);
        let form = match caller.acting {
            // His age decides who may represent him, and how far.
            Some(_) => {
                let form = person::check_from(&app.profile, form, today, 0)?;
                representation::check_birth_date(&app, caller.id, form.person.birth_date).await?;
                form
            }
            None => person::check(&app.profile, form, today)?,
        };
        let may_overwrite = |version: i64| ETag::of(version).check(if_match.0.as_deref());
        holding::put(&app, &caller.actor("putProfile"), &caller.keys, &form, may_overwrite).await?;
        let (view, version) = view(&app, &caller).await?;
        Ok(Reply::tagged(view, ETag::of(version)))
    }

    /// Change one's password
    ///
    /// For a patient to whom the desk has issued credentials. Every session ends: sign in with the new one. A lost password is
    /// replaced at a desk, and nowhere else.
    #[oai(path = "/me/password", method = "put", operation_id = "changePassword")]
    async fn change_password(
        &self,
        app: Data<&App>,
        session: Session,
        addr: ClientAddr,
        body: Body<PasswordChange>,
    ) -> Result<NoContent, Failure> {
        let caller = session.patient_even_new()?.may_write(&app, "changePassword")?;
        let PasswordChange { current_password, new_password } = body.0;
        credentials::change(&app, &caller, addr.0, "changePassword", &current_password, &new_password).await?;
        Ok(NoContent)
    }
}

impl NewProfile {
    /// As it was typed: unchecked.
    pub fn into_form(self, today: NaiveDate) -> Form {
        let person = Person {
            name: self.name,
            surname: self.surname,
            given_name: self.given_name,
            patronymic: self.patronymic,
            birth_date: self.birth_date.map(|date| date.0),
            age: self.age.map(|years| Age { years: u32::try_from(years).unwrap_or_default(), said_on: today }),
            sex: self.sex.map(Sex::word),
            identifiers: Vec::new(),
        };
        Form { person, numbers: self.identifiers.map(|numbers| numbers.into_iter().map(Into::into).collect()) }
    }
}

async fn view(app: &App, caller: &Caller) -> Result<(MeView, i64)> {
    let row = rows::find_patient(&app.db.reader(), caller.id).await?.ok_or_else(Error::not_found)?;
    let openings = app.openings(caller.actor("getMe"), caller.asker());
    let contact: Contact =
        openings.grant(caller.id, Class::Contact, ("patient", caller.id)).await?.open(caller.id, &row.contact)?;
    let grant = openings.grant(caller.id, Class::Identity, ("patient", caller.id)).await?;
    let known = Known::of(app, &grant, &row).await?;
    let disagreements = disagreement::standing(&app.db.reader(), &grant).await?;
    let contacts = contact.points.into_iter().filter_map(|point| {
        let channel = point.target.channel.as_str().to_owned();
        Some(ContactView { channel, to: point.target.shown, verified_at: point.verified_at?.into() })
    });
    let attested = contact_rows::last_attestation(&app.db.reader(), caller.id).await?;
    let view = MeView {
        id: caller.id,
        contacts: contacts.collect(),
        attestation_due: attestation::is_due(&app.profile, &row, attested.as_ref(), app.ambient.now()),
        profile: profile_view(&known, disagreements),
        accepted_policy_version: row.accepted_version,
        deletion_at: row.erase_at.map(Into::into),
    };
    Ok((openings.answer(view).await?, known.version))
}

/// `None` before anything was said.
fn profile_view(known: &Known, disagreements: Vec<Disagreement>) -> Option<ProfileView> {
    let person = known.person.as_ref()?;
    let held = person.identifiers.iter().map(|number| IdentifierView::of(person, number, false));
    let claimed = known.claims.iter().map(|claim| IdentifierView::of(person, &claim.number, true));
    Some(ProfileView {
        name: person.name.clone(),
        surname: person.surname.clone(),
        given_name: person.given_name.clone(),
        patronymic: person.patronymic.clone(),
        birth_date: person.birth_date.map(Date),
        age: person.age.map(|age| AgeView { years: i32::try_from(age.years).unwrap_or(i32::MAX), said_on: Date(age.said_on) }),
        sex: person.sex.as_deref().and_then(|sex| match sex {
            "male" => Some(Sex::Male),
            "female" => Some(Sex::Female),
            _ => None,
        }),
        identifiers: held.chain(claimed).collect(),
        disagreements: disagreement_views(disagreements),
    })
}
