//! A patient's conversations.

use super::super::conversation::{self, Pair};
use super::super::message::{self, Wanted};
use super::super::reading;
use super::Tag;
use super::views::{ConversationPage, ConversationView, MessagePage, MessageView, NewConversation, NewMessage, ReadMark};
use crate::app::App;
use crate::app::wire::{AskedLang, Body, Created, Cursor, Failure, Limit, NoContent, Paging, Reply};
use crate::clinic::identity::Session;
use poem::web::Data;
use poem_openapi::OpenApi;
use poem_openapi::param::{Header, Path, Query};
use uuid::Uuid;

pub struct ConversationsApi;

#[OpenApi(prefix_path = "/v1", tag = "Tag::Conversations")]
impl ConversationsApi {
    /// Open a conversation with a doctor or a clinic's operator
    ///
    /// When one with the same is open, it is answered, whatever topic is given. `readBy` and `notice` tell who reads it.
    #[oai(path = "/conversations", method = "post", operation_id = "createConversation")]
    async fn create(
        &self,
        app: Data<&App>,
        session: Session,
        lang: AskedLang,
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] key: Header<String>,
        body: Body<NewConversation>,
    ) -> Result<Created<ConversationView>, Failure> {
        let caller = session.patient()?.may_write(&app, "createConversation")?.accepted()?;
        let (kind, with) = body.0.pair()?;
        let pair = Pair { subject: caller.id, kind, with };
        let new = (&body.0, body.0.topic.as_deref());
        let id = conversation::open(&app, &caller, "createConversation", &key.0, pair, new).await?;
        let talk = reading::read(&app, &caller, "createConversation", id).await?;
        Ok(Created::at(format!("/v1/conversations/{id}"), ConversationView::of(talk, &app, lang.0)))
    }

    /// List one's conversations
    ///
    /// Those in which something was said last come first, with the number of unread messages.
    #[oai(path = "/conversations", method = "get", operation_id = "listConversations")]
    async fn list(
        &self,
        app: Data<&App>,
        session: Session,
        lang: AskedLang,
        limit: Query<Option<Limit>>,
        cursor: Query<Option<Cursor>>,
    ) -> Result<Reply<ConversationPage>, Failure> {
        let caller = session.patient()?;
        let page = Paging::of(caller.id, limit.0, cursor.0)?;
        let talks = reading::list(&app, &caller, "listConversations", &page).await?;
        Ok(Reply::new(ConversationPage::of(talks, &app, lang.0)))
    }

    /// Read one of one's conversations
    #[oai(path = "/conversations/:id", method = "get", operation_id = "getConversation")]
    async fn get(
        &self,
        app: Data<&App>,
        session: Session,
        lang: AskedLang,
        id: Path<Uuid>,
    ) -> Result<Reply<ConversationView>, Failure> {
        let caller = session.patient()?;
        let talk = reading::read(&app, &caller, "getConversation", id.0).await?;
        Ok(Reply::new(ConversationView::of(talk, &app, lang.0)))
    }

    /// List the messages of one's conversation
    ///
    /// Newest first. With `after` only those that came since: whoever has all up to a message misses none.
    #[oai(path = "/conversations/:id/messages", method = "get", operation_id = "listMessages")]
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
        let caller = session.patient()?;
        let wanted = Wanted { after: after.0, page: Paging::of(id.0, limit.0, cursor.0)? };
        let messages = message::list(&app, &caller, "listMessages", id.0, &wanted).await?;
        Ok(Reply::new(MessagePage::of(messages)))
    }

    /// Write to the doctor or the operator
    ///
    /// `state_conflict` once the conversation is closed. A document to an operator is `class_refused`.
    #[oai(path = "/conversations/:id/messages", method = "post", operation_id = "createMessage")]
    async fn send(
        &self,
        app: Data<&App>,
        session: Session,
        id: Path<Uuid>,
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] key: Header<String>,
        body: Body<NewMessage>,
    ) -> Result<Created<MessageView>, Failure> {
        let caller = session.patient()?.may_write(&app, "createMessage")?.accepted()?;
        let draft = (&body.0, body.0.to_draft());
        let message = message::send(&app, &caller, "createMessage", &key.0, id.0, draft).await?;
        Ok(Created::at(format!("/v1/conversations/{}/messages", id.0), message.into()))
    }

    /// Mark messages as read
    #[oai(path = "/conversations/:id/read", method = "post", operation_id = "markConversationRead")]
    async fn read(&self, app: Data<&App>, session: Session, id: Path<Uuid>, body: Body<ReadMark>) -> Result<NoContent, Failure> {
        let caller = session.patient()?.may_write(&app, "markConversationRead")?;
        message::mark_read(&app, &caller, "markConversationRead", id.0, body.0.up_to).await?;
        Ok(NoContent)
    }

    /// Close one's conversation
    ///
    /// The other side reads it no more, and nothing more can be written.
    #[oai(path = "/conversations/:id/close", method = "post", operation_id = "closeConversation")]
    async fn close(&self, app: Data<&App>, session: Session, id: Path<Uuid>) -> Result<NoContent, Failure> {
        let caller = session.patient()?.may_write(&app, "closeConversation")?;
        conversation::close(&app, &caller, "closeConversation", id.0).await?;
        Ok(NoContent)
    }
}
