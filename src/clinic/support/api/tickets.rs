//! One's own tickets.

use super::super::reading;
use super::super::ticket::{self, NewTicket, Topic};
use super::Tag;
use super::views::{NewTicketMessage, TicketPage, TicketView};
use crate::app::App;
use crate::app::wire::{Accepted, Body, ClientAddr, Created, Cursor, Failure, Limit, Paging, Reply, RequestId};
use crate::clinic::identity::Session;
use crate::kernel::db::{Actor, Who};
use crate::kernel::error::Result;
use poem::web::Data;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::{Object, OpenApi};
use uuid::Uuid;

#[derive(Debug, Object)]
#[oai(rename = "NewTicket", rename_all = "camelCase", deny_unknown_fields)]
struct NewTicketBody {
    topic: Topic,
    /// What is wrong. Medical matters belong to the doctor: support is to read this.
    #[oai(validator(min_length = 1, max_length = 4000))]
    text: String,
    #[oai(validator(max_length = 100))]
    app_version: Option<String>,
    /// Model and operating system, as the app names them.
    #[oai(validator(max_length = 100))]
    device: Option<String>,
}

#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct NewGuestTicket {
    topic: Topic,
    /// What is wrong. Medical matters belong to a doctor: support is to read this.
    #[oai(validator(min_length = 1, max_length = 4000))]
    text: String,
    /// A phone number or an e-mail address by which support may answer. Nothing else is done with it.
    #[oai(validator(min_length = 1, max_length = 254))]
    contact: String,
    /// The policy in force, which one accepts by this.
    #[oai(validator(min_length = 1, max_length = 64))]
    policy_version: String,
}

#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
struct GuestTicketView {
    /// To be named when one asks again.
    id: Uuid,
}

pub struct TicketsApi;

#[OpenApi(prefix_path = "/v1", tag = "Tag::Support")]
impl TicketsApi {
    /// Open a ticket
    ///
    /// The support account that takes it reads it until it is closed, and nobody else does.
    #[oai(path = "/tickets", method = "post", operation_id = "createTicket")]
    async fn create(
        &self,
        app: Data<&App>,
        session: Session,
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] key: Header<String>,
        body: Body<NewTicketBody>,
    ) -> Result<Created<TicketView>, Failure> {
        let caller = session.patient()?.may_write(&app, "createTicket")?.accepted()?;
        let (app_version, device) = (body.0.app_version.as_deref(), body.0.device.as_deref());
        let new = NewTicket { topic: body.0.topic, text: &body.0.text, app_version, device };
        let id = ticket::create(&app, &caller, "createTicket", &key.0, (&body.0, new)).await?;
        let view = TicketView::whole(reading::own(&app, &caller, "createTicket", id).await?)?;
        Ok(Created::at(format!("/v1/tickets/{id}"), view))
    }

    /// Ask support without an account
    ///
    /// Support answers by the contact. All of it is destroyed after the closing, as every ticket is.
    #[oai(path = "/guest-tickets", method = "post", operation_id = "createGuestTicket")]
    async fn create_guest(
        &self,
        app: Data<&App>,
        addr: ClientAddr,
        request: RequestId,
        body: Body<NewGuestTicket>,
    ) -> Result<Accepted<GuestTicketView>, Failure> {
        let asked = &body.0;
        let new = NewTicket { topic: asked.topic, text: &asked.text, app_version: None, device: None };
        let actor = Actor { who: Who::Anonymous, operation: "createGuestTicket", request: request.0 };
        let id = ticket::create_guest(&app, &actor, addr.0, (new, &asked.contact, &asked.policy_version)).await?;
        Ok(Accepted(GuestTicketView { id }))
    }

    /// List one's tickets
    #[oai(path = "/tickets", method = "get", operation_id = "listTickets")]
    async fn list(
        &self,
        app: Data<&App>,
        session: Session,
        limit: Query<Option<Limit>>,
        cursor: Query<Option<Cursor>>,
    ) -> Result<Reply<TicketPage>, Failure> {
        let caller = session.patient()?;
        let page = Paging::of(caller.id, limit.0, cursor.0)?;
        let (tickets, next_cursor) = reading::list(&app, &caller, "listTickets", &page).await?;
        let items: Result<Vec<_>> = tickets.into_iter().map(TicketView::listed).collect();
        Ok(Reply::new(TicketPage { items: items?, next_cursor }))
    }

    /// Read one's ticket
    ///
    /// With its messages and screenshots.
    #[oai(path = "/tickets/:id", method = "get", operation_id = "getTicket")]
    async fn get(&self, app: Data<&App>, session: Session, id: Path<Uuid>) -> Result<Reply<TicketView>, Failure> {
        let caller = session.patient()?;
        Ok(Reply::new(TicketView::whole(reading::own(&app, &caller, "getTicket", id.0).await?)?))
    }

    /// Add to one's ticket
    ///
    /// As long as it is not closed.
    #[oai(path = "/tickets/:id/messages", method = "post", operation_id = "addTicketMessage")]
    async fn add(
        &self,
        app: Data<&App>,
        session: Session,
        id: Path<Uuid>,
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] key: Header<String>,
        body: Body<NewTicketMessage>,
    ) -> Result<Created<TicketView>, Failure> {
        let caller = session.patient()?.may_write(&app, "addTicketMessage")?.accepted()?;
        ticket::add(&app, &caller, "addTicketMessage", &key.0, id.0, (&body.0, &body.0.text)).await?;
        let view = TicketView::whole(reading::own(&app, &caller, "addTicketMessage", id.0).await?)?;
        Ok(Created::at(format!("/v1/tickets/{}", id.0), view))
    }
}
