//! Conversations of doctors with their patients, and of a clinic's reception.

use super::super::content::Kind;
use super::super::conversation::{self, Pair};
use super::super::message::{self, Wanted};
use super::super::reading;
use super::Tag;
use super::views::{
    ConversationPage, ConversationView, HeldMessagePage, MessagePage, MessageView, NewMessage, NewStaffConversation, ReadMark,
};
use crate::app::App;
use crate::app::wire::{AskedLang, Body, Created, Cursor, Failure, Limit, NoContent, Paging, Reply};
use crate::clinic::identity::Session;
use poem::web::Data;
use poem_openapi::OpenApi;
use poem_openapi::param::{Header, Path, Query};
use uuid::Uuid;

pub struct StaffConversationsApi;

#[OpenApi(prefix_path = "/v1/staff", tag = "Tag::StaffConversations")]
impl StaffConversationsApi {
    /// Open a conversation with a patient
    ///
    /// For a doctor with whom he has or had a booking, as long as he is treated. When one is open, it is answered.
    #[oai(path = "/conversations", method = "post", operation_id = "createStaffConversation")]
    async fn create(
        &self,
        app: Data<&App>,
        session: Session,
        lang: AskedLang,
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] key: Header<String>,
        body: Body<NewStaffConversation>,
    ) -> Result<Created<ConversationView>, Failure> {
        let caller = session.staff_for("createStaffConversation")?;
        let pair = Pair { subject: body.0.patient_id, kind: Kind::Doctor, with: caller.id };
        let new = (&body.0, body.0.topic.as_deref());
        let id = conversation::open(&app, &caller, "createStaffConversation", &key.0, pair, new).await?;
        let talk = reading::read(&app, &caller, "createStaffConversation", id).await?;
        Ok(Created::at(format!("/v1/staff/conversations/{id}"), ConversationView::of(talk, &app, lang.0)))
    }

    /// List one's open conversations
    ///
    /// A doctor's own; reception gets those of its clinic with the operator. Each opening is written down.
    #[oai(path = "/conversations", method = "get", operation_id = "listStaffConversations")]
    async fn list(
        &self,
        app: Data<&App>,
        session: Session,
        lang: AskedLang,
        limit: Query<Option<Limit>>,
        cursor: Query<Option<Cursor>>,
    ) -> Result<Reply<ConversationPage>, Failure> {
        let caller = session.staff_for("listStaffConversations")?;
        let page = Paging::of(caller.id, limit.0, cursor.0)?;
        let talks = reading::list(&app, &caller, "listStaffConversations", &page).await?;
        Ok(Reply::new(ConversationPage::of(talks, &app, lang.0)))
    }

    /// Read one of one's open conversations
    #[oai(path = "/conversations/:id", method = "get", operation_id = "getStaffConversation")]
    async fn get(
        &self,
        app: Data<&App>,
        session: Session,
        lang: AskedLang,
        id: Path<Uuid>,
    ) -> Result<Reply<ConversationView>, Failure> {
        let caller = session.staff_for("getStaffConversation")?;
        let talk = reading::read(&app, &caller, "getStaffConversation", id.0).await?;
        Ok(Reply::new(ConversationView::of(talk, &app, lang.0)))
    }

    /// List the messages of one's open conversation
    ///
    /// Newest first. With `after` only those that came since: whoever has all up to a message misses none.
    #[oai(path = "/conversations/:id/messages", method = "get", operation_id = "listStaffMessages")]
    async fn messages(
        &self,
        app: Data<&App>,
        session: Session,
        id: Path<Uuid>,
        /// The last message that the caller has.
        after: Query<Option<Uuid>>,
        limit: Query<Option<Limit>>,
        cursor: Query<Option<Cursor>>,
    ) -> Result<Reply<MessagePage>, Failure> {
        let caller = session.staff_for("listStaffMessages")?;
        let wanted = Wanted { after: after.0, page: Paging::of(id.0, limit.0, cursor.0)? };
        let messages = message::list(&app, &caller, "listStaffMessages", id.0, &wanted).await?;
        Ok(Reply::new(MessagePage::of(messages)))
    }

    /// Write to the patient
    #[oai(path = "/conversations/:id/messages", method = "post", operation_id = "createStaffMessage")]
    async fn send(
        &self,
        app: Data<&App>,
        session: Session,
        id: Path<Uuid>,
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] key: Header<String>,
        body: Body<NewMessage>,
    ) -> Result<Created<MessageView>, Failure> {
        let caller = session.staff_for("createStaffMessage")?;
        let draft = (&body.0, body.0.to_draft());
        let message = message::send(&app, &caller, "createStaffMessage", &key.0, id.0, draft).await?;
        Ok(Created::at(format!("/v1/staff/conversations/{}/messages", id.0), message.into()))
    }

    /// Mark messages as read, for one's side
    #[oai(path = "/conversations/:id/read", method = "post", operation_id = "markStaffConversationRead")]
    async fn read(&self, app: Data<&App>, session: Session, id: Path<Uuid>, body: Body<ReadMark>) -> Result<NoContent, Failure> {
        let caller = session.staff_for("markStaffConversationRead")?;
        message::mark_read(&app, &caller, "markStaffConversationRead", id.0, body.0.up_to).await?;
        Ok(NoContent)
    }

    /// Close a conversation
    ///
    /// Nothing more can be written, and staff read it no more: the reason to open it ends.
    #[oai(path = "/conversations/:id/close", method = "post", operation_id = "closeStaffConversation")]
    async fn close(&self, app: Data<&App>, session: Session, id: Path<Uuid>) -> Result<NoContent, Failure> {
        let caller = session.staff_for("closeStaffConversation")?;
        conversation::close(&app, &caller, "closeStaffConversation", id.0).await?;
        Ok(NoContent)
    }

    /// List what a held record holds of conversations
    ///
    /// Newest first. For a doctor who has opened the record by its number with a ground; by `patientId` of that opening.
    #[oai(path = "/patients/:id/held-messages", method = "get", operation_id = "listHeldMessages")]
    async fn held(
        &self,
        app: Data<&App>,
        session: Session,
        id: Path<Uuid>,
        limit: Query<Option<Limit>>,
        cursor: Query<Option<Cursor>>,
    ) -> Result<Reply<HeldMessagePage>, Failure> {
        let caller = session.staff_for("listHeldMessages")?;
        let page = Paging::of(id.0, limit.0, cursor.0)?;
        let messages = message::list_held(&app, &caller, "listHeldMessages", id.0, &page).await?;
        Ok(Reply::new(HeldMessagePage::of(messages)))
    }
}
