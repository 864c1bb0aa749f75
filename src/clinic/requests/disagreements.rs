//! The person disagrees with what is known of him, and says why. Whoever reads the value reads that, too.

use super::kind::RequestState;
use super::rows;
use crate::app::App;
use crate::clinic::documents;
use crate::clinic::identity::Caller;
use crate::kernel::access;
use crate::kernel::db::Tx;
use crate::kernel::disagreement::{self, Against, Disagreement};
use crate::kernel::error::{Code, Error, Fault, Result};
use crate::kernel::text::check_text;
use crate::kernel::vault::Class;
use uuid::Uuid;

const TEXT_CHARS: usize = 2000;
/// Each reader of a record reads them all.
const STATEMENTS_MAX: i64 = 50;

/// Fields of the profile, as the contract names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, poem_openapi::Enum)]
#[oai(rename_all = "camelCase")]
pub enum DisputedField {
    Name,
    Surname,
    GivenName,
    Patronymic,
    BirthDate,
    Age,
    Sex,
    Identifiers,
}

impl DisputedField {
    const fn as_str(self) -> &'static str {
        match self {
            DisputedField::Name => "name",
            DisputedField::Surname => "surname",
            DisputedField::GivenName => "givenName",
            DisputedField::Patronymic => "patronymic",
            DisputedField::BirthDate => "birthDate",
            DisputedField::Age => "age",
            DisputedField::Sex => "sex",
            DisputedField::Identifiers => "identifiers",
        }
    }
}

/// A statement to be made: against a field of the profile or against a document.
pub struct NewStatement {
    pub against: Against,
    pub request: Option<Uuid>,
    pub text: String,
}

impl NewStatement {
    /// # Errors
    /// `invalid`, at `/field` for none or both of the two.
    pub fn check(field: Option<DisputedField>, document: Option<Uuid>, request: Option<Uuid>, text: &str) -> Result<Self> {
        let against = match (field, document) {
            (Some(field), None) => Against::Field(field.as_str()),
            (None, Some(document)) => Against::Document(document),
            (None, None) => return Err(Error::field("/field", Fault::Required)),
            (Some(_), Some(_)) => return Err(Error::field("/documentId", Fault::NotAsked)),
        };
        let text = check_text(text.trim(), TEXT_CHARS).and_then(|text| match text.is_empty() {
            true => Err(Fault::Required),
            false => Ok(text),
        });
        Ok(Self { against, request, text: text.map_err(|fault| Error::field("/text", fault))? })
    }
}

/// Writes a statement of the caller down.
///
/// # Errors
/// `not_found` for a document or a request that is not his; `state_conflict` for a request that was not refused, and for too
/// many statements; `frozen`.
pub async fn state(tx: &mut Tx, caller: &Caller, new: &NewStatement) -> Result<Uuid> {
    access::check_own(tx, caller.id).await?;
    if let Against::Document(document) = new.against
        && !documents::are_complete(tx, caller.id, None, &[document]).await?
    {
        return Err(Error::not_found());
    }
    if let Some(request) = new.request {
        let row = rows::find_own(tx, caller.id, request).await?.ok_or_else(Error::not_found)?;
        if RequestState::parse(&row.state) != Some(RequestState::Refused) {
            return Err(Error::refused(Code::StateConflict));
        }
    }
    if disagreement::count(tx, caller.id).await? >= STATEMENTS_MAX {
        return Err(Error::refused(Code::StateConflict));
    }
    disagreement::state(tx, &caller.keys, &new.against, new.request, &new.text).await
}

/// Takes a statement of the caller back.
///
/// # Errors
/// `not_found`; `frozen`.
pub async fn take_back(tx: &mut Tx, caller: &Caller, id: Uuid) -> Result<()> {
    access::check_own(tx, caller.id).await?;
    if disagreement::take_back(tx, &caller.keys, id).await? { Ok(()) } else { Err(Error::not_found()) }
}

/// Every statement of the caller, oldest first.
pub async fn own(app: &App, caller: &Caller, operation: &'static str) -> Result<Vec<Disagreement>> {
    let reader = app.db.reader();
    let openings = app.openings(caller.actor(operation), caller.asker());
    let mut statements = Vec::new();
    for class in [Class::Identity, Class::Clinical] {
        let grant = openings.grant(caller.id, class, ("patient", caller.id)).await?;
        statements.extend(disagreement::standing(&reader, &grant).await?);
    }
    statements.sort_by_key(|statement| statement.id);
    openings.answer(statements).await
}
