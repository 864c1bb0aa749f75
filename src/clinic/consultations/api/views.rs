//! What goes over the wire.

use super::super::content::Kind;
use super::super::message::{Draft, HeldMessage, Message};
use super::super::reading::Talk;
use crate::app::App;
use crate::app::catalogue;
use crate::app::disagreement::{self, DisagreementView};
use crate::app::wire::{Cursor, Instant};
use crate::kernel::error::{Error, Fault, Result};
use crate::kernel::lang::Lang;
use crate::page_of;
use poem_openapi::{Enum, Object};
use uuid::Uuid;

#[derive(Enum, Debug, Clone, Copy, PartialEq)]
#[oai(rename_all = "camelCase")]
pub enum ConversationPartner {
    Doctor,
    /// The reception of a clinic.
    Operator,
}

impl From<Kind> for ConversationPartner {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Doctor => Self::Doctor,
            Kind::Operator => Self::Operator,
        }
    }
}

#[derive(Enum, Debug, Clone, Copy, PartialEq)]
#[oai(rename_all = "camelCase")]
pub enum ConversationReader {
    /// The doctor of the conversation and no other: it is part of the medical record.
    Doctor,
    /// Everybody at the clinic's reception, who are no medical staff.
    Reception,
}

#[derive(Enum, Debug, Clone, Copy, PartialEq)]
#[oai(rename_all = "camelCase")]
pub enum ConversationState {
    Open,
    /// Nothing more can be written, and the other side reads it no more.
    Closed,
}

#[derive(Enum, Debug, Clone, Copy, PartialEq)]
#[oai(rename_all = "camelCase")]
pub enum MessageSide {
    Patient,
    Staff,
}

#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewConversation {
    pub with: ConversationPartner,
    /// With a doctor: whom the patient has or had a booking with, as long as he is treated.
    pub doctor_id: Option<Uuid>,
    /// With an operator: of which clinic.
    pub clinic_id: Option<Uuid>,
    /// What it is about, in a line. Sealed like the messages.
    #[oai(validator(max_length = 200))]
    pub topic: Option<String>,
}

impl NewConversation {
    /// With whom, and whose id that is.
    ///
    /// # Errors
    /// `invalid` when the id is missing, or that of the other kind is given.
    pub fn pair(&self) -> Result<(Kind, Uuid)> {
        let (kind, wanted, other) = match self.with {
            ConversationPartner::Doctor => (Kind::Doctor, ("/doctorId", self.doctor_id), ("/clinicId", self.clinic_id)),
            ConversationPartner::Operator => (Kind::Operator, ("/clinicId", self.clinic_id), ("/doctorId", self.doctor_id)),
        };
        if other.1.is_some() {
            return Err(Error::field(other.0, Fault::NotAsked));
        }
        wanted.1.map(|id| (kind, id)).ok_or_else(|| Error::field(wanted.0, Fault::Required))
    }
}

#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewStaffConversation {
    /// A patient who has or had a booking with the doctor.
    pub patient_id: Uuid,
    #[oai(validator(max_length = 200))]
    pub topic: Option<String>,
}

#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewMessage {
    /// At least this or a document.
    #[oai(validator(max_length = 4000))]
    pub text: Option<String>,
    /// Complete documents: a patient attaches his own, a doctor those that he wrote about this patient.
    #[oai(default, validator(max_items = 10, unique_items))]
    pub document_ids: Vec<Uuid>,
}

impl NewMessage {
    pub fn to_draft(&self) -> Draft {
        Draft { text: self.text.clone(), documents: self.document_ids.clone() }
    }
}

#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReadMark {
    /// The message up to and with which everything has been read.
    pub up_to: Uuid,
}

#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct ConversationView {
    id: Uuid,
    with: ConversationPartner,
    /// Who reads what the patient writes.
    read_by: ConversationReader,
    /// To be shown above the conversation: who reads it, and whom to call in an emergency.
    notice: String,
    emergency_phone: String,
    state: ConversationState,
    doctor_id: Option<Uuid>,
    doctor_name: Option<String>,
    clinic_id: Option<Uuid>,
    clinic_name: Option<String>,
    /// For the doctor.
    patient_id: Option<Uuid>,
    /// For staff. Absent when the patient has not said who he is.
    patient_name: Option<String>,
    /// What he says against what is known of him. For staff.
    disagreements: Option<Vec<DisagreementView>>,
    topic: Option<String>,
    opened_at: Instant,
    /// Until then it is open, unless somebody closes it.
    open_until: Instant,
    closed_at: Option<Instant>,
    /// When something was said last, or when it was opened.
    last_at: Instant,
    /// Messages of the other side that have not been read.
    unread: i64,
}

page_of!(
    /// Conversations, that in which something was said last first.
    ConversationPage of ConversationView
);

impl ConversationView {
    pub fn of(talk: Talk, app: &App, lang: Lang) -> Self {
        let Talk { row, kind, .. } = talk;
        let phone = &app.profile.consultations.emergency_phone;
        let notice = format!("conversation-notice-{}", kind.as_str());
        let name = talk.with.map(|names| names.in_lang(lang).to_owned());
        let (doctor_name, clinic_name) = if kind == Kind::Doctor { (name, None) } else { (None, name) };
        Self {
            id: row.id,
            with: kind.into(),
            read_by: match kind {
                Kind::Doctor => ConversationReader::Doctor,
                Kind::Operator => ConversationReader::Reception,
            },
            notice: catalogue::text(lang, &notice, &[("phone", phone.as_str().into())]),
            emergency_phone: phone.clone(),
            state: if talk.is_open { ConversationState::Open } else { ConversationState::Closed },
            doctor_id: row.doctor,
            doctor_name,
            clinic_id: row.clinic,
            clinic_name,
            patient_id: talk.patient,
            patient_name: talk.patient_name,
            disagreements: disagreement::views(talk.disagreements),
            topic: talk.topic,
            opened_at: row.opened_at.into(),
            open_until: row.until.into(),
            closed_at: row.closed_at.map(Into::into),
            last_at: row.last_at.into(),
            unread: row.unread,
        }
    }
}

impl ConversationPage {
    pub fn of((talks, next_cursor): (Vec<Talk>, Option<Cursor>), app: &App, lang: Lang) -> Self {
        Self { items: talks.into_iter().map(|talk| ConversationView::of(talk, app, lang)).collect(), next_cursor }
    }
}

#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct MessageView {
    id: Uuid,
    at: Instant,
    from: MessageSide,
    /// The staff member who wrote it. Absent for the patient's.
    author_id: Option<Uuid>,
    author_name: Option<String>,
    text: Option<String>,
    /// Their description and content are read as those of every document.
    document_ids: Vec<Uuid>,
    /// Whether the side that did not write it has read it.
    is_read: bool,
}

impl From<Message> for MessageView {
    fn from(message: Message) -> Self {
        Self {
            id: message.id,
            at: message.at.into(),
            from: if message.author.is_some() { MessageSide::Staff } else { MessageSide::Patient },
            author_id: message.author,
            author_name: message.author_name,
            text: message.text,
            document_ids: message.documents,
            is_read: message.is_read,
        }
    }
}

page_of!(
    /// Messages, newest first.
    MessagePage of MessageView
);

impl MessagePage {
    pub fn of((messages, next_cursor): (Vec<Message>, Option<Cursor>)) -> Self {
        Self { items: messages.into_iter().map(Into::into).collect(), next_cursor }
    }
}

/// A message of a held record.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct HeldMessageView {
    conversation_id: Uuid,
    doctor_id: Option<Uuid>,
    topic: Option<String>,
    message: MessageView,
}

page_of!(
    /// Messages of a held record, newest first.
    HeldMessagePage of HeldMessageView
);

impl HeldMessagePage {
    pub fn of((messages, next_cursor): (Vec<HeldMessage>, Option<Cursor>)) -> Self {
        let view = |held: HeldMessage| HeldMessageView {
            conversation_id: held.message.conversation,
            doctor_id: held.doctor,
            topic: held.topic,
            message: held.message.into(),
        };
        Self { items: messages.into_iter().map(view).collect(), next_cursor }
    }
}
