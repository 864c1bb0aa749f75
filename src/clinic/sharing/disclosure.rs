//! Disclosures: a set of fields of one person goes to a recipient whom the register of the profile names, on the ground that it
//! names: a consent for that recipient, a contract with that insurer, a demand by law. What has no ground is refused, and the
//! refusal is written down. The obligation of confidentiality goes with it, and its acknowledgement is kept.

use super::rows::{self, NewDisclosure};
use crate::app::App;
use crate::app::catalogue;
use crate::app::profile::{Recipient, RecipientBasis};
use crate::app::wire::{Cursor, Paging};
use crate::clinic::identity::{self, AddressChannel, Caller, Person};
use crate::clinic::privacy;
use crate::kernel::access::Openings;
use crate::kernel::audit::Line;
use crate::kernel::block;
use crate::kernel::db::Tx;
use crate::kernel::error::{Code, Error, Fault, Result};
use crate::kernel::freeze::{self, Scope};
use crate::kernel::lang::Lang;
use crate::kernel::text::check_line;
use crate::kernel::vault::{Class, Personal, SubjectKeys};
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How an audit line names one; also the basis of its openings.
pub const OBJECT: &str = "disclosure";
const REFERENCE_CHARS: usize = 300;

/// What was said with it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Words {
    pub recipient_name: String,
    pub purpose: String,
    /// The obligation, as it went to the recipient.
    pub obligation: String,
    /// The number of a demand, or what it answers.
    pub reference: Option<String>,
    /// The act and article of the register.
    pub source: Option<String>,
    /// By whom, and how, the recipient acknowledged the obligation.
    pub acknowledgement: Option<String>,
}

impl Personal for Words {
    const TABLE: &'static str = "disclosure";
    const COLUMN: &'static str = "sealed";
    const CLASS: Class = Class::Evidence;
}

/// A field of a person with its value.
pub struct FieldValue {
    pub field: String,
    pub value: String,
}

pub struct NewDisclosing {
    pub recipient: String,
    pub fields: Vec<String>,
    pub reference: Option<String>,
}

impl NewDisclosing {
    /// # Errors
    /// `invalid`.
    pub fn check(&mut self) -> Result<()> {
        self.fields.sort_unstable();
        self.fields.dedup();
        if let Some(field) = self.fields.iter().position(|field| !Recipient::FIELDS.contains(&field.as_str())) {
            return Err(Error::field(format!("/fields/{field}"), Fault::UnknownValue));
        }
        let raw = self.reference.as_deref().map(str::trim).filter(|text| !text.is_empty());
        let checked = raw.map(|text| check_line(text, REFERENCE_CHARS)).transpose();
        self.reference = checked.map_err(|fault| Error::field("/reference", fault))?;
        Ok(())
    }
}

/// How it ended: the id of what was written down, and the code by which it was refused.
pub struct Ruled {
    pub id: Uuid,
    pub refused: Option<Code>,
}

/// Decides by the register, and writes down what it decided, either way. What is refused must be committed as well: the caller
/// refuses after the transaction.
pub async fn disclose(tx: &mut Tx, app: &App, caller: &Caller, keys: &SubjectKeys, new: &NewDisclosing) -> Result<Ruled> {
    let known = app.profile.recipient(&new.recipient);
    let refused = match known {
        None => Some(Code::RefusedByProfile),
        Some(recipient) => obstacle(tx, app, recipient, keys.subject, new).await?,
    };
    let lang = app.profile.default_language;
    let words = Words {
        recipient_name: known.map(|known| known.name.in_lang(lang).to_owned()).unwrap_or_default(),
        purpose: known.map(|known| known.purpose.in_lang(lang).to_owned()).unwrap_or_default(),
        obligation: obligation(lang),
        reference: new.reference.clone(),
        source: known.map(|known| known.source.clone()).filter(|source| !source.is_empty()),
        acknowledgement: None,
    };
    let id = tx.id();
    let basis = known.map(|known| known.basis.as_str());
    let row = NewDisclosure {
        id,
        subject: keys.subject,
        recipient: &new.recipient,
        basis,
        fields: &new.fields,
        staff: caller.id,
        at: tx.now(),
        refused: refused.map(Code::as_str),
        sealed: keys.seal(id, &words)?,
    };
    rows::insert_disclosure(tx, row).await?;
    let action = if refused.is_some() { "refuseDisclosure" } else { "disclose" };
    tx.audit(Line::new(action).on(OBJECT, id).about(keys).of(Class::Identity).because(basis.unwrap_or("none")));
    Ok(Ruled { id, refused })
}

/// What stands against it.
async fn obstacle(tx: &Tx, app: &App, recipient: &Recipient, subject: Uuid, new: &NewDisclosing) -> Result<Option<Code>> {
    if new.fields.iter().any(|field| !recipient.fields.contains(field)) {
        return Ok(Some(Code::RefusedByProfile));
    }
    let frozen = freeze::standing(tx, subject).await?;
    let is_frozen = |scope: Scope| frozen.iter().any(|freeze| freeze.scope == scope || freeze.origin == freeze::Origin::Deletion);
    Ok(match recipient.basis {
        // Neither a freeze, nor a block, nor a missing consent stops a demand that the law lets somebody make.
        RecipientBasis::Law => new.reference.is_none().then_some(Code::ConsentRequired),
        _ if block::is_shut(tx, subject, Class::Identity).await? => Some(Code::Frozen),
        RecipientBasis::Consent if is_frozen(Scope::Staff) => Some(Code::Frozen),
        RecipientBasis::Contract if is_frozen(Scope::Insurers) => Some(Code::Frozen),
        RecipientBasis::Consent => (!has_consent(tx, app, recipient, subject).await?).then_some(Code::ConsentRequired),
        RecipientBasis::Contract => {
            let contracts = rows::contracts(tx, subject, &recipient.id, tx.now()).await?;
            let mut covers = false;
            for contract in contracts {
                let scope = contract.scope()?;
                covers = covers || new.fields.iter().all(|field| scope.fields.contains(field));
            }
            (!covers).then_some(Code::ConsentRequired)
        }
    })
}

/// Whether a consent that names this recipient is given now. One for somebody else says nothing of him.
async fn has_consent(db: &impl ConnectionTrait, app: &App, recipient: &Recipient, subject: Uuid) -> Result<bool> {
    for item in app.profile.consents.iter().filter(|item| item.recipient == recipient.id) {
        if privacy::is_consent_given(db, subject, &item.id).await? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// What travels with every disclosure.
pub fn obligation(lang: Lang) -> String {
    catalogue::text(lang, "disclosure-obligation", &[])
}

/// The values of the fields that went out, for whoever hands them on.
pub async fn handed_on(
    app: &App,
    caller: &Caller,
    operation: &'static str,
    subject: Uuid,
    (id, fields): (Uuid, &[String]),
) -> Result<Vec<FieldValue>> {
    let openings = app.openings(caller.actor(operation), caller.asker());
    let grant = openings.grant_on(OBJECT, subject, Class::Identity, (OBJECT, id)).await?;
    let person = identity::open_person_by(app, &grant).await?;
    let values = values(app, &openings, person.as_ref(), fields, OBJECT, (subject, OBJECT, id)).await?;
    openings.answer(values).await
}

/// Fields with their values; what is not known of him is left out. The caller has a grant for `person`.
pub async fn values(
    app: &App,
    openings: &Openings<'_>,
    person: Option<&Person>,
    fields: &[String],
    basis: &'static str,
    (subject, kind, object): (Uuid, &'static str, Uuid),
) -> Result<Vec<FieldValue>> {
    let wants_address = fields.iter().any(|field| matches!(field.as_str(), "phone" | "email"));
    let addresses = match wants_address {
        true => identity::addresses_on(app, openings, basis, subject, (kind, object)).await?,
        false => Vec::new(),
    };
    let address = |channel| addresses.iter().find(|target| target.channel == channel).map(|target| target.shown.clone());
    let value = |field: &str| match field {
        "phone" => address(AddressChannel::Sms),
        "email" => address(AddressChannel::Email),
        field => person.and_then(|person| of_person(person, field)),
    };
    let with_value = |field: &String| value(field).map(|value| FieldValue { field: field.clone(), value });
    Ok(fields.iter().filter_map(with_value).collect())
}

fn of_person(person: &Person, field: &str) -> Option<String> {
    match field {
        "name" => person.name.clone(),
        "surname" => person.surname.clone(),
        "givenName" => person.given_name.clone(),
        "patronymic" => person.patronymic.clone(),
        "birthDate" => person.birth_date.map(|day| day.to_string()),
        "sex" => person.sex.clone(),
        _ => None,
    }
}

/// A disclosure, opened.
pub struct Told {
    pub row: rows::Disclosure,
    pub words: Words,
    pub staff_name: Option<String>,
}

/// A page of what went out of the caller, newest first.
pub async fn own(
    app: &App,
    caller: &Caller,
    operation: &'static str,
    page: &Paging<Uuid>,
) -> Result<(Vec<Told>, Option<Cursor>)> {
    let mut found = rows::disclosures_of(&app.db.reader(), caller.id, page.place, page.rows()).await?;
    let next_cursor = page.cut(&mut found, |row| row.id)?;
    let openings = app.openings(caller.actor(operation), caller.asker());
    let grant = openings.grant(caller.id, Class::Evidence, ("patient", caller.id)).await?;
    let mut told = Vec::with_capacity(found.len());
    for row in found {
        let words = grant.open(row.id, &row.sealed)?;
        let staff_name = identity::staff_name(app, row.staff).await?;
        told.push(Told { row, words, staff_name });
    }
    openings.answer((told, next_cursor)).await
}

/// Keeps the recipient's acknowledgement of the obligation.
///
/// # Errors
/// `not_found`, also for a refusal; `state_conflict` when it is kept already.
pub async fn acknowledge(app: &App, caller: &Caller, operation: &'static str, id: Uuid, text: &str) -> Result<()> {
    let text = match text.trim() {
        "" => Err(Fault::Required),
        text => check_line(text, REFERENCE_CHARS),
    };
    let text = text.map_err(|fault| Error::field("/text", fault))?;
    let row = rows::find_disclosure(&app.db.reader(), id).await?.filter(|row| row.refused.is_none());
    let row = row.ok_or_else(Error::not_found)?;
    let keys = app.vault.keys(row.subject).await?;
    let openings = app.openings(caller.actor(operation), caller.asker());
    let grant = openings.grant_on(OBJECT, row.subject, Class::Evidence, (OBJECT, id)).await?;
    let words: Words = grant.open(id, &row.sealed)?;
    let words = Words { acknowledgement: Some(text), ..words };
    let sealed = keys.seal(id, &words)?;
    openings.answer(()).await?;
    app.write(&caller.actor(operation), async |tx: &mut Tx| -> Result<()> {
        if !rows::acknowledge(tx, id, tx.now(), sealed.clone()).await? {
            return Err(Error::refused(Code::StateConflict));
        }
        tx.audit(Line::new("acknowledgeDisclosure").on(OBJECT, id).about(&keys));
        Ok(())
    })
    .await
}
