//! The plan of an erasure, the deletion of one's account, and its undoing.

use super::super::erasure::{self, Followed};
use super::{PlannedClass, Tag};
use crate::app::App;
use crate::app::wire::{Accepted, AskedLang, Failure, Instant, NoContent, Reply};
use crate::clinic::identity::Session;
use crate::kernel::lang::Lang;
use poem::web::Data;
use poem_openapi::{Object, OpenApi};
use uuid::Uuid;

#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct ErasurePlan {
    /// Every class of data that there is of the person, and what becomes of it.
    classes: Vec<PlannedClass>,
    /// When it would be carried out if it were asked for now: it can be undone until then.
    deletion_at: Instant,
    /// For whom one acts and nobody else does, and who can't sign in himself: their accounts would end with one's own. To keep
    /// one, let the desk record another representative first, or hand it over.
    dependants: Vec<FollowedDeletion>,
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
    /// Whose accounts end with one's own. An undoing undoes theirs, too.
    dependants: Vec<FollowedDeletion>,
}

/// An account that ends with that of its last representative.
#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct FollowedDeletion {
    /// Of the representation, as in the list of dependants.
    id: Uuid,
    patient_id: Uuid,
    /// What becomes of every class of data.
    classes: Vec<PlannedClass>,
    /// As one's own, once it was asked for.
    record_number: Option<String>,
}

impl FollowedDeletion {
    fn list(followed: Vec<Followed>, is_asked: bool, lang: Lang) -> Vec<Self> {
        let one = |followed: Followed| Self {
            id: followed.representation,
            patient_id: followed.subject,
            classes: PlannedClass::list(followed.plan, lang),
            record_number: is_asked.then_some(followed.number),
        };
        followed.into_iter().map(one).collect()
    }
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
        let dependants = FollowedDeletion::list(erasure::followed(&app, &caller.keys).await?, false, lang.0);
        Ok(Reply::new(ErasurePlan { classes: PlannedClass::list(plan, lang.0), deletion_at: due_at.into(), dependants }))
    }

    /// Delete one's account
    ///
    /// Takes a sign-in of the last five minutes (`step_up_required`). Begins the grace: every other session ends, nothing but
    /// the undoing is possible, and staff see nothing of him any more.
    #[oai(path = "/me", method = "delete", operation_id = "deleteMe")]
    async fn delete(&self, app: Data<&App>, session: Session, lang: AskedLang) -> Result<Accepted<PendingDeletion>, Failure> {
        let caller = session.patient()?.may_write(&app, "deleteMe")?.stepped_up(app.ambient.now())?;
        let asked = erasure::ask(&app, &caller.actor("deleteMe"), &caller.keys, caller.session).await?;
        Ok(Accepted(PendingDeletion {
            classes: PlannedClass::list(asked.plan, lang.0),
            deletion_at: asked.due_at.into(),
            record_number: asked.number,
            dependants: FollowedDeletion::list(asked.dependants, true, lang.0),
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
