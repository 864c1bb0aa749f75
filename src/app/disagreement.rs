//! How a statement of disagreement is shown beside the value that it is about.

use super::wire::Instant;
use crate::kernel::disagreement::Disagreement;
use poem_openapi::Object;
use uuid::Uuid;

/// What the person says against a value that is known of him.
#[derive(Debug, Clone, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct DisagreementView {
    pub id: Uuid,
    /// The field of the profile that it is about: `surname`, `birthDate`, …
    pub field: Option<String>,
    /// The document that it is about.
    pub document_id: Option<Uuid>,
    /// The refused request that it answers.
    pub request_id: Option<Uuid>,
    /// In his own words.
    pub text: String,
    pub at: Instant,
}

impl From<Disagreement> for DisagreementView {
    fn from(statement: Disagreement) -> Self {
        Self {
            id: statement.id,
            field: statement.field,
            document_id: statement.document,
            request_id: statement.request,
            text: statement.text,
            at: statement.at.into(),
        }
    }
}

/// None where nobody disagrees, so that the answer stays as it was.
pub fn views(statements: Vec<Disagreement>) -> Option<Vec<DisagreementView>> {
    (!statements.is_empty()).then(|| statements.into_iter().map(Into::into).collect())
}
