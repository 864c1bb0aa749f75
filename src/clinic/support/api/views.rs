//! What goes over the wire.

use super::super::picture::Region;
use super::super::reading::{Message, Screenshot, Ticket, Whole};
use super::super::rows::{self, screenshot, ticket};
use super::super::screenshot::Body;
use super::super::ticket::Topic;
use crate::app::wire::Instant;
use crate::kernel::error::Result;
use crate::page_of;
use poem_openapi::{Enum, Object};
use uuid::Uuid;

#[derive(Enum, Debug, Clone, Copy, PartialEq)]
#[oai(rename_all = "camelCase")]
pub enum TicketState {
    /// Nobody has taken it yet.
    Open,
    /// Support is at it.
    Taken,
    /// Over. It is destroyed on its day.
    Closed,
}

impl TicketState {
    pub fn of(state: &str) -> Self {
        match state {
            rows::OPEN => TicketState::Open,
            rows::TAKEN => TicketState::Taken,
            _ => TicketState::Closed,
        }
    }

    pub const fn as_str(self) -> &'static str {
        match self {
            TicketState::Open => rows::OPEN,
            TicketState::Taken => rows::TAKEN,
            TicketState::Closed => rows::CLOSED,
        }
    }
}

#[derive(Enum, Debug, Clone, Copy, PartialEq)]
#[oai(rename_all = "camelCase")]
pub enum ScreenshotState {
    /// Its content is awaited.
    Declared,
    /// It is being scanned. Nobody but its sender sees it.
    Quarantined,
    /// It waits for somebody to mark what is private in it.
    ToReview,
    /// Support sees a copy in which the marked regions are blacked out.
    Served,
    /// Something harmful was found in it. It is never shown to support.
    Infected,
}

impl ScreenshotState {
    fn of(state: &str) -> Self {
        match state {
            rows::DECLARED => ScreenshotState::Declared,
            rows::QUARANTINED => ScreenshotState::Quarantined,
            rows::TO_REVIEW => ScreenshotState::ToReview,
            rows::SERVED => ScreenshotState::Served,
            _ => ScreenshotState::Infected,
        }
    }
}

/// A rectangle in pixels of the picture as it is shown, that is after its EXIF orientation was applied; from the upper
/// left corner.
#[derive(Debug, Clone, Copy, Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
pub struct ScreenshotRegion {
    #[oai(validator(minimum(value = "0"), maximum(value = "20000")))]
    x: i32,
    #[oai(validator(minimum(value = "0"), maximum(value = "20000")))]
    y: i32,
    #[oai(validator(minimum(value = "1"), maximum(value = "20000")))]
    width: i32,
    #[oai(validator(minimum(value = "1"), maximum(value = "20000")))]
    height: i32,
}

/// The regions as the room knows them. The validators let no negative number through.
pub fn regions(regions: &[ScreenshotRegion]) -> Vec<Region> {
    let pixels = |pixels: i32| u32::try_from(pixels).unwrap_or_default();
    let region = |region: &ScreenshotRegion| Region {
        x: pixels(region.x),
        y: pixels(region.y),
        width: pixels(region.width),
        height: pixels(region.height),
    };
    regions.iter().map(region).collect()
}

/// What is private in a screenshot; an empty list says that nothing is.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
pub struct ScreenshotMarking {
    #[oai(validator(max_items = 50))]
    pub regions: Vec<ScreenshotRegion>,
}

#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewTicketMessage {
    #[oai(validator(min_length = 1, max_length = 4000))]
    pub text: String,
}

#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct TicketMessageView {
    id: Uuid,
    /// Whether support wrote it; otherwise the ticket's owner did.
    from_support: bool,
    text: String,
    at: Instant,
}

impl From<Message> for TicketMessageView {
    fn from(message: Message) -> Self {
        TicketMessageView { id: message.id, from_support: message.from_support, text: message.text, at: message.at.into() }
    }
}

#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct ScreenshotView {
    id: Uuid,
    ticket_id: Uuid,
    state: ScreenshotState,
    media_type: String,
    /// How many bytes are to be sent, or were.
    size_bytes: i64,
    /// Pixels of the picture as it is shown. Known once it was sent.
    width: Option<i32>,
    height: Option<i32>,
    /// How many regions are marked as private so far.
    regions: i32,
    /// Whether somebody has said what is private in it. Without that support does not get it.
    marked: bool,
    created_at: Instant,
}

impl ScreenshotView {
    pub fn of(row: &screenshot::Model, body: &Body) -> Self {
        let side = |pixels: u32| i32::try_from(pixels).unwrap_or(i32::MAX);
        ScreenshotView {
            id: row.id,
            ticket_id: row.ticket,
            state: ScreenshotState::of(&row.state),
            media_type: body.kind.media_type().to_owned(),
            size_bytes: i64::try_from(body.size_bytes).unwrap_or(i64::MAX),
            width: body.shape.map(|shape| side(shape.width)),
            height: body.shape.map(|shape| side(shape.height)),
            regions: i32::try_from(body.regions.len()).unwrap_or(i32::MAX),
            marked: row.marked_at.is_some(),
            created_at: row.created_at.into(),
        }
    }
}

impl From<&Screenshot> for ScreenshotView {
    fn from(screenshot: &Screenshot) -> Self {
        ScreenshotView::of(&screenshot.row, &screenshot.body)
    }
}

#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct TicketView {
    id: Uuid,
    topic: Topic,
    state: TicketState,
    text: String,
    app_version: Option<String>,
    device: Option<String>,
    /// How somebody without an account is to be answered.
    contact: Option<String>,
    created_at: Instant,
    taken_at: Option<Instant>,
    closed_at: Option<Instant>,
    /// When all of it is destroyed.
    purge_at: Option<Instant>,
    /// Oldest first. Absent in lists.
    messages: Option<Vec<TicketMessageView>>,
    /// Oldest first. Absent in lists.
    screenshots: Option<Vec<ScreenshotView>>,
}

impl TicketView {
    pub fn listed(ticket: Ticket) -> Result<Self> {
        let (row, body) = (ticket.row, ticket.body);
        Ok(TicketView {
            id: row.id,
            topic: Topic::parse(&row.topic)?,
            state: TicketState::of(&row.state),
            text: body.text,
            app_version: body.app_version,
            device: body.device,
            contact: body.guest.map(|guest| guest.contact),
            created_at: row.created_at.into(),
            taken_at: row.taken_at.map(Into::into),
            closed_at: row.closed_at.map(Into::into),
            purge_at: row.purge_at.map(Into::into),
            messages: None,
            screenshots: None,
        })
    }

    pub fn whole(whole: Whole) -> Result<Self> {
        let screenshots = whole.screenshots.iter().map(Into::into).collect();
        let messages = whole.messages.into_iter().map(Into::into).collect();
        Ok(TicketView { messages: Some(messages), screenshots: Some(screenshots), ..Self::listed(whole.ticket)? })
    }
}

/// A ticket as the queue shows it: neither whose it is nor what it says.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct QueuedTicketView {
    id: Uuid,
    topic: Topic,
    state: TicketState,
    created_at: Instant,
    taken_at: Option<Instant>,
    closed_at: Option<Instant>,
}

impl QueuedTicketView {
    pub fn of(row: &ticket::Model) -> Result<Self> {
        Ok(QueuedTicketView {
            id: row.id,
            topic: Topic::parse(&row.topic)?,
            state: TicketState::of(&row.state),
            created_at: row.created_at.into(),
            taken_at: row.taken_at.map(Into::into),
            closed_at: row.closed_at.map(Into::into),
        })
    }
}

/// A screenshot that waits for its first reader.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct WaitingScreenshotView {
    id: Uuid,
    uploaded_at: Option<Instant>,
}

impl WaitingScreenshotView {
    pub fn of(row: &screenshot::Model) -> Self {
        WaitingScreenshotView { id: row.id, uploaded_at: row.uploaded_at.map(Into::into) }
    }
}

page_of!(
    /// One's tickets, newest first.
    TicketPage of TicketView
);
page_of!(
    /// Tickets of the queue, oldest first.
    QueuedTicketPage of QueuedTicketView
);
page_of!(
    /// Screenshots that wait for their first reader, oldest first.
    WaitingScreenshotPage of WaitingScreenshotView
);
