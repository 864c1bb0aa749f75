//! Statements of disagreement.

use super::super::disagreements::{self, DisputedField, NewStatement};
use super::Tag;
use crate::app::App;
use crate::app::disagreement::DisagreementView;
use crate::app::wire::{Body, Created, Failure, NoContent, Reply};
use crate::clinic::identity::Session;
use crate::kernel::db::Tx;
use crate::kernel::error::Result;
use poem::web::Data;
use poem_openapi::param::{Header, Path};
use poem_openapi::{Object, OpenApi};
use uuid::Uuid;

/// With which value one disagrees, and why. One of `field` and `documentId`.
#[derive(Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct NewDisagreement {
    /// Of one's profile.
    field: Option<DisputedField>,
    document_id: Option<Uuid>,
    /// The refused request that it answers.
    request_id: Option<Uuid>,
    #[oai(validator(min_length = 1, max_length = 2000))]
    text: String,
}

#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct StatedDisagreement {
    id: Uuid,
}

#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct DisagreementList {
    items: Vec<DisagreementView>,
}

pub struct DisagreementsApi;

#[OpenApi(prefix_path = "/v1/me", tag = "Tag::Requests")]
impl DisagreementsApi {
    /// Disagree with what is known of one
    ///
    /// From then on it stands beside the value, for every reader and in every export.
    #[oai(path = "/disagreements", method = "post", operation_id = "createDisagreement")]
    async fn create(
        &self,
        app: Data<&App>,
        session: Session,
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] key: Header<String>,
        body: Body<NewDisagreement>,
    ) -> Result<Created<StatedDisagreement>, Failure> {
        let caller = session.patient()?.sees_clinical()?;
        let asked = &body.0;
        let new = NewStatement::check(asked.field, asked.document_id, asked.request_id, &asked.text)?;
        let stated = app
            .write_once(&caller.actor("createDisagreement"), &caller.keys, &key, asked, async |tx: &mut Tx| {
                Ok(StatedDisagreement { id: disagreements::state(tx, &caller, &new).await? })
            })
            .await?;
        Ok(Created::at(format!("/v1/me/disagreements/{}", stated.id), stated))
    }

    /// List one's disagreements
    ///
    /// Oldest first: at most fifty.
    #[oai(path = "/disagreements", method = "get", operation_id = "listDisagreements")]
    async fn list(&self, app: Data<&App>, session: Session) -> Result<Reply<DisagreementList>, Failure> {
        let caller = session.patient()?.sees_clinical()?;
        let statements = disagreements::own(&app, &caller, "listDisagreements").await?;
        Ok(Reply::new(DisagreementList { items: statements.into_iter().map(Into::into).collect() }))
    }

    /// Take a disagreement back
    #[oai(path = "/disagreements/:id", method = "delete", operation_id = "withdrawDisagreement")]
    async fn withdraw(&self, app: Data<&App>, session: Session, id: Path<Uuid>) -> Result<NoContent, Failure> {
        let caller = session.patient()?.sees_clinical()?;
        let rule = async |tx: &mut Tx| disagreements::take_back(tx, &caller, id.0).await;
        app.write(&caller.actor("withdrawDisagreement"), rule).await?;
        Ok(NoContent)
    }
}
