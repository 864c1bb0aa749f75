//! Blocks: set by an answered request, opened with a ground, lifted with a reason.

use super::super::blocks::{self, Opening, Told, Wanted};
use super::Tag;
use crate::app::App;
use crate::app::wire::{Body, Created, Cursor, Failure, Instant, Limit, NoContent, Paging, Reply};
use crate::clinic::identity::Session;
use crate::clinic::requests::{self, RequestKind};
use crate::kernel::block::Block;
use crate::kernel::db::Tx;
use crate::kernel::error::{Code, Error, Fault, Result};
use crate::kernel::vault::Class;
use crate::page_of;
use poem::web::Data;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::types::ToJSON;
use poem_openapi::{Enum, Object, OpenApi};
use uuid::Uuid;

/// A class of data that can be blocked.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[oai(rename_all = "camelCase")]
enum BlockableClass {
    Identity,
    Clinical,
    Support,
}

impl From<BlockableClass> for Class {
    fn from(class: BlockableClass) -> Self {
        match class {
            BlockableClass::Identity => Class::Identity,
            BlockableClass::Clinical => Class::Clinical,
            BlockableClass::Support => Class::Support,
        }
    }
}

/// What is shut, and the answer to who asked for it. Without classes it is the document that the request names.
#[derive(Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct NewBlocking {
    #[oai(validator(max_items = 3))]
    classes: Option<Vec<BlockableClass>>,
    /// The answer to the request: at least 10 characters.
    #[oai(validator(min_length = 10, max_length = 1000))]
    text: String,
}

#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct SetBlocks {
    ids: Vec<Uuid>,
}

#[derive(Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct BlockLifting {
    /// At least 10 characters. The person reads it.
    #[oai(validator(max_length = 1000))]
    reason: String,
}

#[derive(Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct BlockGround {
    /// Why it must be read, in 10 to 1000 characters. Kept, sealed, for the officers.
    #[oai(validator(max_length = 1000))]
    ground: String,
}

#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct OpenedBlock {
    opening_id: Uuid,
    until: Instant,
}

/// That something is blocked.
#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct StandingBlock {
    id: Uuid,
    /// `clinical`, …
    class: String,
    /// Absent: the whole class.
    document_id: Option<Uuid>,
    set_at: Instant,
}

impl From<Block> for StandingBlock {
    fn from(row: Block) -> Self {
        Self { id: row.id, class: row.class, document_id: row.document, set_at: row.set_at.into() }
    }
}

#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct StandingBlockList {
    items: Vec<StandingBlock>,
}

/// A doctor opened what is blocked.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct BlockOpeningView {
    at: Instant,
    until: Instant,
    /// Absent when the account is gone.
    doctor_name: Option<String>,
    /// As he stated it. For officers.
    ground: Option<String>,
}

impl From<Opening> for BlockOpeningView {
    fn from(opening: Opening) -> Self {
        let (at, until) = (opening.at.into(), opening.until.into());
        Self { at, until, doctor_name: opening.doctor_name, ground: opening.ground }
    }
}

#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct BlockView {
    id: Uuid,
    class: String,
    document_id: Option<Uuid>,
    request_id: Option<Uuid>,
    set_at: Instant,
    /// What was said when it was set.
    text: String,
    lifted_at: Option<Instant>,
    lifted_because: Option<String>,
    openings: Vec<BlockOpeningView>,
}

impl From<Told> for BlockView {
    fn from(told: Told) -> Self {
        let Told { row, words, openings } = told;
        Self {
            id: row.id,
            class: row.class,
            document_id: row.document,
            request_id: row.request,
            set_at: row.set_at.into(),
            text: words.set,
            lifted_at: row.lifted_at.map(Into::into),
            lifted_because: words.lifted,
            openings: openings.into_iter().map(Into::into).collect(),
        }
    }
}

#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct BlockList {
    items: Vec<BlockView>,
}

page_of!(
    /// Blocks of everybody, newest first, lifted ones too.
    BlockPage of BlockView
);

pub struct BlocksApi;

#[OpenApi(prefix_path = "/v1", tag = "Tag::StaffSharing")]
impl BlocksApi {
    /// Grant a request for blocking
    ///
    /// Shuts the document that it names, or whole classes, to everybody but the person himself, and answers the request.
    /// `state_conflict` for a request of another kind, and once it is closed or the same is blocked already.
    #[oai(path = "/staff/requests/:id/blocking", method = "post", operation_id = "grantBlocking")]
    async fn grant(
        &self,
        app: Data<&App>,
        session: Session,
        id: Path<Uuid>,
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] key: Header<String>,
        body: Body<NewBlocking>,
    ) -> Result<Created<SetBlocks>, Failure> {
        let caller = session.staff_for("grantBlocking")?;
        let text = blocks::check_words("/text", &body.0.text)?;
        let wish = requests::wish(&app, id.0).await?;
        if wish.kind != RequestKind::Blocking {
            return Err(Error::refused(Code::StateConflict).into());
        }
        let mut classes = body.0.classes.clone().unwrap_or_default();
        classes.sort_unstable();
        classes.dedup();
        let document = wish.document.filter(|_| classes.is_empty());
        if classes.is_empty() && document.is_none() {
            return Err(Error::field("/classes", Fault::Required).into());
        }
        let wanted = Wanted { classes: classes.into_iter().map(Class::from).collect(), document };
        let keys = requests::keys_of(&app, id.0).await?;
        let asked = serde_json::json!({ "request": id.0, "blocking": body.0.to_json() });
        let set = app
            .write_once(&caller.actor("grantBlocking"), &caller.keys, &key, &asked, async |tx: &mut Tx| {
                Ok(SetBlocks { ids: blocks::grant(tx, &caller, &keys, id.0, (&wanted, &text)).await? })
            })
            .await?;
        Ok(Created::at(format!("/v1/staff/requests/{}", id.0), set))
    }

    /// List what is blocked, for officers
    ///
    /// With the grounds of the doctors who opened it.
    #[oai(path = "/staff/blocks", method = "get", operation_id = "listBlocks")]
    async fn list(
        &self,
        app: Data<&App>,
        session: Session,
        limit: Query<Option<Limit>>,
        cursor: Query<Option<Cursor>>,
    ) -> Result<Reply<BlockPage>, Failure> {
        let caller = session.staff_for("listBlocks")?;
        let page = Paging::of(caller.id, limit.0, cursor.0)?;
        let (told, next_cursor) = blocks::list(&app, &caller, "listBlocks", &page).await?;
        Ok(Reply::new(BlockPage { items: told.into_iter().map(Into::into).collect(), next_cursor }))
    }

    /// Lift a block
    ///
    /// With a reason that the person reads. `state_conflict` once it is lifted.
    #[oai(path = "/staff/blocks/:id/lifting", method = "post", operation_id = "liftBlock")]
    async fn lift(
        &self,
        app: Data<&App>,
        session: Session,
        id: Path<Uuid>,
        body: Body<BlockLifting>,
    ) -> Result<NoContent, Failure> {
        let caller = session.staff_for("liftBlock")?;
        blocks::lift(&app, &caller, "liftBlock", id.0, &body.0.reason).await?;
        Ok(NoContent)
    }

    /// List what of a patient is blocked
    ///
    /// For a doctor with a reason to treat him: that it is blocked, and nothing of what it says.
    #[oai(path = "/staff/patients/:id/blocks", method = "get", operation_id = "listPatientBlocks")]
    async fn of_patient(&self, app: Data<&App>, session: Session, id: Path<Uuid>) -> Result<Reply<StandingBlockList>, Failure> {
        let caller = session.staff_for("listPatientBlocks")?;
        let standing = blocks::in_the_way(&app, &caller, id.0).await?;
        Ok(Reply::new(StandingBlockList { items: standing.into_iter().map(Into::into).collect() }))
    }

    /// Open what is blocked
    ///
    /// For a doctor with a reason to treat the patient, with a ground that is kept. It ends by itself: after an hour unless the
    /// operator changed it. The patient reads in his access log that it was opened.
    #[oai(path = "/staff/blocks/:id/openings", method = "post", operation_id = "openBlocked")]
    async fn open(
        &self,
        app: Data<&App>,
        session: Session,
        id: Path<Uuid>,
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] key: Header<String>,
        body: Body<BlockGround>,
    ) -> Result<Created<OpenedBlock>, Failure> {
        let caller = session.staff_for("openBlocked")?;
        let block = blocks::find_for(&app, &caller, id.0).await?;
        let ground = blocks::check_words("/ground", &body.0.ground)?;
        let keys = app.vault.keys(block.subject).await?;
        let until = app.profile.sharing.blocked_open.after(app.ambient.now());
        let asked = serde_json::json!({ "block": id.0, "ground": &ground });
        let opened = app
            .write_once(&caller.actor("openBlocked"), &caller.keys, &key, &asked, async |tx: &mut Tx| {
                let opening_id = blocks::open(tx, &caller, &keys, (&block, &ground, until)).await?;
                Ok(OpenedBlock { opening_id, until: until.into() })
            })
            .await?;
        Ok(Created::at(format!("/v1/staff/blocks/{}", id.0), opened))
    }

    /// List what of one's data is blocked
    ///
    /// Oldest first, lifted ones too, with who opened it.
    #[oai(path = "/me/blocks", method = "get", operation_id = "listMyBlocks")]
    async fn own(&self, app: Data<&App>, session: Session) -> Result<Reply<BlockList>, Failure> {
        let caller = session.patient()?.sees_clinical()?;
        let told = blocks::own(&app, &caller, "listMyBlocks").await?;
        Ok(Reply::new(BlockList { items: told.into_iter().map(Into::into).collect() }))
    }
}
