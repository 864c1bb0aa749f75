//! The plan of an erasure, the deletion of one's account, and its undoing.

use super::super::erasure;
use super::{PlannedClass, Tag};
use crate::app::App;
use crate::app::wire::{Accepted, AskedLang, Failure, Instant, NoContent, Reply};
use crate::clinic::identity::Session;
use poem::web::Data;
use poem_openapi::{Object, OpenApi};

#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct ErasurePlan {
    /// Every class of data that there is of the person, and what becomes of it.
    classes: Vec<PlannedClass>,
    /// When it would be carried out if it were asked for now: it can be undone until then.
    deletion_at: Instant,
}

#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct PendingDeletion {
    /// What becomes of every class of data.
    classes: Vec<PlannedClass>,
    /// When it is carried out. Until then it can be undone.
    deletion_at: Instant,
    /// Told once. By it staff find the certificate, and what is held, after the account is gone.
    record_number: String,
}

pub struct ErasureApi;

#[OpenApi(prefix_path = "/v1", tag = "Tag::Privacy")]
impl ErasureApi {
    /// Read what a deletion of one's account would do
    ///
    /// Nothing is done that the plan did not say. Titles follow `Accept-Language`.
    #[oai(path = "/me/erasure-plan", method = "get", operation_id = "getErasurePlan")]
    async fn plan(&self, app: Data<&App>, session: Session, lang: AskedLang) -> Result<Reply<ErasurePlan>, Failure> {
        let caller = session.patient()?;
        let (plan, due_at) = erasure::plan_now(&app, &caller.keys).await?;
        Ok(Reply::new(ErasurePlan { classes: PlannedClass::list(plan, lang.0), deletion_at: due_at.into() }))
    }

    /// Delete one's account
    ///
    /// Takes a sign-in of the last five minutes (`step_up_required`). Begins the grace: every other session ends, nothing but
    /// the undoing is possible, and staff see nothing of him any more.
    #[oai(path = "/me", method = "delete", operation_id = "deleteMe")]
    async fn delete(&self, app: Data<&App>, session: Session, lang: AskedLang) -> Result<Accepted<PendingDeletion>, Failure> {
        let caller = session.patient()?.stepped_up(app.ambient.now())?;
        let asked = erasure::ask(&app, &caller.actor("deleteMe"), &caller.keys, caller.session).await?;
        Ok(Accepted(PendingDeletion {
            classes: PlannedClass::list(asked.plan, lang.0),
            deletion_at: asked.due_at.into(),
            record_number: asked.number,
        }))
    }

    /// Undo the deletion of one's account
    #[oai(path = "/me/deletion", method = "delete", operation_id = "undoDeletion")]
    async fn undo(&self, app: Data<&App>, session: Session) -> Result<NoContent, Failure> {
        let caller = session.any_patient()?;
        erasure::undo(&app, &caller.actor("undoDeletion"), &caller.keys).await?;
        Ok(NoContent)
    }
}
