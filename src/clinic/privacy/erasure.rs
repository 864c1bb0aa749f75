//! The end of an account: asked for, undone within its grace, or gone through step by step. Each step may be repeated: it
//! stopped either before its receipt was written, and is done again to the same end, or after it, and is not.

use super::certificates::{self, AT_REQUEST, CRYPTO_ERASURE, Certificate};
use super::held;
use super::number;
use super::plan::{self, Planned, held_classes};
use super::rows::{self, ASKED, DONE, RUNNING, certificate, change, erasure};
use super::tasks::Erase;
use crate::app::App;
use crate::app::room::Forget;
use crate::clinic::identity::{self, Event, Happened, representation};
use crate::kernel::access;
use crate::kernel::audit::Line;
use crate::kernel::db::{Actor, Tx};
use crate::kernel::error::{Code, Error, Result};
use crate::kernel::freeze::{self, Origin, Scope};
use crate::kernel::invalidation::Topic;
use crate::kernel::once;
use crate::kernel::queue::Task;
use crate::kernel::vault::{Class, SubjectKeys};
use chrono::{DateTime, Utc};
use sea_orm::Set;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The steps, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The register knows that the subject is gone.
    Tombstone,
    /// The keys of every class that is not held are destroyed, and what the directory knew.
    Keys,
    /// Each room has changed its rows.
    Rows,
    /// The certificate and, where something is held, its record are written.
    Certificate,
}

impl Step {
    pub const fn as_str(self) -> &'static str {
        match self {
            Step::Tombstone => "tombstone",
            Step::Keys => "keys",
            Step::Rows => "rows",
            Step::Certificate => "certificate",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Step::Tombstone, Step::Keys, Step::Rows, Step::Certificate].into_iter().find(|step| step.as_str() == text)
    }

    const fn next(self) -> &'static str {
        match self {
            Step::Tombstone => Step::Keys.as_str(),
            Step::Keys => Step::Rows.as_str(),
            Step::Rows => Step::Certificate.as_str(),
            Step::Certificate => DONE,
        }
    }
}

/// What a finished step leaves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Receipt {
    pub step: String,
    pub at: DateTime<Utc>,
    /// Of the tombstone: the generation of the register that knows of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub generation: Option<i64>,
}

/// What somebody is told who asks for the deletion of his account.
pub struct Asked {
    pub plan: Vec<Planned>,
    pub due_at: DateTime<Utc>,
    /// By which staff find later what is held of him. Nobody else has it.
    pub number: String,
    /// Those whom nobody could reach without him: their accounts end with his.
    pub dependants: Vec<Followed>,
}

/// Somebody without a sign-in of his own, whose last representative goes.
pub struct Followed {
    pub subject: Uuid,
    /// By which the represented person is known to his representative.
    pub representation: Uuid,
    pub plan: Vec<Planned>,
    pub number: String,
}

/// What would happen to `keys`' subject if he asked now.
pub async fn plan_now(app: &App, keys: &SubjectKeys) -> Result<(Vec<Planned>, DateTime<Utc>)> {
    let due_at = app.profile.erasure.grace.after(app.ambient.now());
    Ok((plan::of(app, keys.subject, Some(keys), due_at).await?, due_at))
}

/// Those whose accounts would end with that of `keys`' subject, since nobody could reach them without him.
pub async fn followed(app: &App, keys: &SubjectKeys) -> Result<Vec<Followed>> {
    let mut all = Vec::new();
    for left in representation::left_alone(app, keys.subject).await? {
        let keys = app.vault.keys(left.subject).await?;
        let (plan, _) = plan_now(app, &keys).await?;
        let number = number::new(&app.ambient);
        all.push(Followed { subject: left.subject, representation: left.representation, plan, number });
    }
    Ok(all)
}

/// Begins the grace. Every session but the asking one ends, and staff are shut out.
///
/// # Errors
/// `deletion_pending` when it has begun already.
pub async fn ask(app: &App, actor: &Actor, keys: &SubjectKeys, session: Uuid) -> Result<Asked> {
    let (plan, due_at) = plan_now(app, keys).await?;
    app.check_writable(actor)?;
    let number = number::new(&app.ambient);
    let dependants = followed(app, keys).await?;
    app.write(actor, async |tx: &mut Tx| -> Result<()> {
        for left in &dependants {
            identity::ask_to_leave(tx, left.subject, session, due_at).await?;
            freeze::set(tx, left.subject, Scope::Staff, Origin::Deletion).await?;
            let id = tx.id();
            rows::insert(tx, new_row(id, left.subject, left.number.clone(), tx.now(), due_at, &left.plan)?).await?;
            tx.audit(Line::new("askErasure").on("erasure", id).because(representation::OBJECT));
        }
        identity::ask_to_leave(tx, keys.subject, session, due_at).await?;
        // Blocked on day 0 for staff too; reasons as such stay, for the undoing.
        freeze::set(tx, keys.subject, Scope::Staff, Origin::Deletion).await?;
        let id = tx.id();
        rows::insert(tx, new_row(id, keys.subject, number.clone(), tx.now(), due_at, &plan)?).await?;
        let told = Happened { subject: keys.subject, event: Event::DeletionBegun, object: id };
        tx.enqueue(told.task());
        tx.audit(Line::new("askErasure").on("erasure", id).about(keys));
        Ok(())
    })
    .await?;
    Ok(Asked { plan, due_at, number, dependants })
}

/// Begins, without any grace, the erasure of an account that was merged into one that is erased. To begin it again changes
/// nothing.
pub async fn begin_at_once(app: &App, subject: Uuid) -> Result<()> {
    let keys = match app.vault.keys(subject).await {
        Ok(keys) => keys,
        Err(error) if error.code() == Code::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    let plan = plan::of(app, subject, Some(&keys), app.ambient.now()).await?;
    let number = number::new(&app.ambient);
    app.write(&Actor::house("erase"), async |tx: &mut Tx| -> Result<()> {
        if identity::erase_at_once(tx, subject).await? {
            let id = tx.id();
            rows::insert(tx, new_row(id, subject, number.clone(), tx.now(), tx.now(), &plan)?).await?;
            tx.enqueue(Erase { subject }.task().once(format!("{}:{subject}", Erase::KIND)));
            tx.audit(Line::new("askErasure").on("erasure", id).about(&keys));
        }
        Ok(())
    })
    .await
}

/// The row of an erasure that was asked for.
pub(super) fn new_row(
    id: Uuid,
    subject: Uuid,
    number: String,
    asked_at: DateTime<Utc>,
    due_at: DateTime<Utc>,
    plan: &[Planned],
) -> Result<erasure::ActiveModel> {
    Ok(erasure::ActiveModel {
        id: Set(id),
        subject: Set(subject),
        number: Set(number),
        state: Set(ASKED.to_owned()),
        step: Set(Step::Tombstone.as_str().to_owned()),
        asked_at: Set(asked_at),
        due_at: Set(due_at),
        plan: Set(rows::write_json(&plan)?),
        receipts: Set(rows::write_json(&Vec::<Receipt>::new())?),
        certificate: Set(None),
    })
}

/// Undoes it, as long as its first step has not begun.
///
/// # Errors
/// `state_conflict` when nothing was asked for, or it is too late.
pub async fn undo(app: &App, actor: &Actor, keys: &SubjectKeys) -> Result<()> {
    app.check_writable(actor)?;
    let dependants = representation::left_alone(app, keys.subject).await?;
    app.write(actor, async |tx: &mut Tx| -> Result<()> {
        let sql = "DELETE FROM erasure WHERE subject = $1 AND state = $2";
        if change(tx, sql, [keys.subject.into(), ASKED.into()]).await? == 0 {
            return Err(Error::refused(Code::StateConflict));
        }
        for left in &dependants {
            if change(tx, sql, [left.subject.into(), ASKED.into()]).await? == 1 {
                identity::stay(tx, left.subject).await?;
                freeze::lift(tx, left.subject, Origin::Deletion).await?;
            }
        }
        identity::stay(tx, keys.subject).await?;
        freeze::lift(tx, keys.subject, Origin::Deletion).await?;
        tx.audit(Line::new("undoErasure").about(keys));
        Ok(())
    })
    .await
}

/// Goes the next step of a subject's erasure and answers which it was. `None`: there is none to go, since nothing was
/// asked for, its grace lasts, or all is done.
pub async fn advance(app: &App, subject: Uuid) -> Result<Option<Step>> {
    let Some(mut row) = rows::find_erasure(&app.db.reader(), subject).await? else { return Ok(None) };
    if row.state == ASKED && !begin(app, &mut row).await? {
        return Ok(None);
    }
    let step = Step::parse(&row.step).ok_or_else(|| Error::internal("an erasure has an unknown step"))?;
    match step {
        Step::Tombstone => bury(app, &row).await?,
        Step::Keys => destroy_keys(app, &row).await?,
        Step::Rows => forget_rows(app, &row).await?,
        Step::Certificate => certify(app, &row).await?,
    }
    Ok(Some(step))
}

/// From here on it can't be undone. The plan is made once more, since a doctor may have written within the grace, and what
/// it says now is what is done: after the keys and rows are gone nobody could tell any more.
async fn begin(app: &App, row: &mut erasure::Model) -> Result<bool> {
    if row.due_at > app.ambient.now() {
        return Ok(false);
    }
    let keys = match app.vault.keys(row.subject).await {
        Ok(keys) => keys,
        // Another runner has begun meanwhile, and has come as far as the keys.
        Err(error) if error.code() == Code::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    let plan = rows::write_json(&plan::of(app, row.subject, Some(&keys), row.due_at).await?)?;
    // Held keys must not be taken for those of somebody whose row never came.
    app.vault.settle(row.subject).await?;
    let begun = app
        .write(&Actor::house("erase"), async |tx: &mut Tx| -> Result<u64> {
            let sql = "UPDATE erasure SET state = $2, plan = $3 WHERE id = $1 AND state = $4";
            change(tx, sql, [row.id.into(), RUNNING.into(), plan.clone().into(), ASKED.into()]).await
        })
        .await?;
    row.plan = plan;
    Ok(begun == 1)
}

async fn bury(app: &App, row: &erasure::Model) -> Result<()> {
    let generation = app.vault.bury(row.subject).await?;
    app.write(&Actor::house("erase"), async |tx: &mut Tx| -> Result<()> {
        finish(tx, row, Step::Tombstone, Some(generation)).await.map(drop)
    })
    .await
}

async fn destroy_keys(app: &App, row: &erasure::Model) -> Result<()> {
    app.vault.destroy(row.subject, &held_classes(&row.plan()?)).await?;
    app.write(&Actor::house("erase"), async |tx: &mut Tx| -> Result<()> {
        tx.invalidate(Topic::Keys, row.subject);
        finish(tx, row, Step::Keys, None).await.map(drop)
    })
    .await
}

/// One transaction for all rooms: either somebody is gone from every table, or from none.
async fn forget_rows(app: &App, row: &erasure::Model) -> Result<()> {
    let receipts: Vec<Receipt> = rows::read_json(&row.receipts)?;
    let generation = receipts.iter().filter_map(|receipt| receipt.generation).max().unwrap_or(0);
    let who = Forget { subject: row.subject, stand_in: stand_in(app), held: held_classes(&row.plan()?) };
    app.write(&Actor::house("erase"), async |tx: &mut Tx| -> Result<()> {
        if !finish(tx, row, Step::Rows, None).await? {
            return Ok(());
        }
        forget_everywhere(tx, app, &who).await?;
        once::forget(tx, row.subject).await?;
        access::forget(tx, row.subject).await?;
        rows::raise_generation(tx, generation).await
    })
    .await
}

/// Each room's part, in their order.
pub(super) async fn forget_everywhere(tx: &mut Tx, app: &App, who: &Forget) -> Result<()> {
    for room in app.rooms {
        (room.forget)(tx, who).await?;
    }
    Ok(())
}

/// Who stands in rows that stay as depersonalised data: nobody, and random through and through.
pub(super) fn stand_in(app: &App) -> Uuid {
    uuid::Builder::from_random_bytes(app.ambient.bytes()).into_uuid()
}

async fn certify(app: &App, row: &erasure::Model) -> Result<()> {
    let plan = row.plan()?;
    let now = app.ambient.now();
    let operator = &app.profile.operator;
    let language = app.profile.default_language;
    let body = Certificate {
        number: row.number.clone(),
        operator_name: operator.name.in_lang(language).to_owned(),
        operator_address: operator.address.in_lang(language).to_owned(),
        classes: plan.clone(),
        method: CRYPTO_ERASURE.to_owned(),
        wrapping_key_ends_at: certificates::wrapping_key_ends_at(app).await?,
        reason: AT_REQUEST.to_owned(),
        asked_at: row.asked_at,
        erased_at: now,
    };
    let keys = app.vault.create(&[Class::Evidence]).await?;
    let id = keys.subject;
    app.vault.settle(id).await?;
    let sealed = keys.seal(id, &body)?;
    let until = app.profile.retention_of(Class::Evidence).map(|rule| rule.keep.after(row.due_at));
    // What was on its way when the rows were forgotten (a notice, told by a transaction that saw him still there) is met here.
    let who = Forget { subject: row.subject, stand_in: stand_in(app), held: held_classes(&plan) };
    let is_first = app
        .write(&Actor::house("erase"), async |tx: &mut Tx| -> Result<bool> {
            if !finish(tx, row, Step::Certificate, None).await? {
                return Ok(false);
            }
            forget_everywhere(tx, app, &who).await?;
            let kept = certificate::ActiveModel {
                id: Set(id),
                number: Set(row.number.clone()),
                at: Set(now),
                until: Set(until),
                sealed: Set(sealed.clone()),
            };
            rows::insert(tx, kept).await?;
            held::keep(tx, &row.number, row.subject, &plan).await?;
            let sql = "UPDATE erasure SET state = $2, subject = $3, certificate = $4 WHERE id = $1";
            change(tx, sql, [row.id.into(), DONE.into(), who.stand_in.into(), id.into()]).await?;
            tx.audit(Line::new("erase").on("erasure", row.id).because(AT_REQUEST));
            Ok(true)
        })
        .await?;
    if is_first { Ok(()) } else { app.vault.destroy(id, &[]).await }
}

/// Writes the receipt of a step. `false`: somebody else has gone it meanwhile.
async fn finish(tx: &mut Tx, row: &erasure::Model, step: Step, generation: Option<i64>) -> Result<bool> {
    let mut receipts: Vec<Receipt> = rows::read_json(&row.receipts)?;
    receipts.push(Receipt { step: step.as_str().to_owned(), at: tx.now(), generation });
    let sql = "UPDATE erasure SET step = $3, receipts = $4 WHERE id = $1 AND step = $2";
    let receipts = rows::write_json(&receipts)?;
    Ok(change(tx, sql, [row.id.into(), step.as_str().into(), step.next().into(), receipts.into()]).await? == 1)
}
