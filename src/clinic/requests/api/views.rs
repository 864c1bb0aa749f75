//! What goes over the wire.

use super::super::kind::{RequestAct, RequestChannel, RequestGround, RequestKind, RequestState};
use super::super::reading::{Asking, Opened, OpenedAct};
use super::super::request::{Entered, NewRequest};
use super::super::rows::Request;
use crate::app::App;
use crate::app::wire::Instant;
use crate::kernel::error::{Error, Result};
use crate::kernel::lang::Lang;
use crate::page_of;
use chrono::{DateTime, Utc};
use poem_openapi::Object;
use uuid::Uuid;

#[derive(Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewRequestBody {
    pub kind: RequestKind,
    /// What is wrong with the data. Required of a correction, a blocking and a destruction.
    pub ground: Option<RequestGround>,
    /// What is asked, in one's own words. Required of all but `information` and `access`.
    #[oai(validator(max_length = 4000))]
    pub text: Option<String>,
    /// The document that it is about.
    pub document_id: Option<Uuid>,
}

impl NewRequestBody {
    pub fn to_new(&self) -> NewRequest {
        NewRequest { kind: self.kind, ground: self.ground, text: self.text.clone(), document: self.document_id }
    }
}

#[derive(Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewPatientRequest {
    pub kind: RequestKind,
    /// How it came: anything but `app`.
    pub channel: RequestChannel,
    /// When it came, if that was earlier: a letter of some days ago. Its term runs from then.
    pub received_at: Option<Instant>,
    /// As of `createRequest`.
    pub ground: Option<RequestGround>,
    /// In the person's own words.
    #[oai(validator(max_length = 4000))]
    pub text: Option<String>,
    pub document_id: Option<Uuid>,
}

impl NewPatientRequest {
    pub fn to_new(&self) -> NewRequest {
        NewRequest { kind: self.kind, ground: self.ground, text: self.text.clone(), document: self.document_id }
    }
}

/// What an officer says, in the language of the person.
#[derive(Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
pub struct OfficerWords {
    /// The answer, or the reasons: at least 10 characters.
    #[oai(validator(max_length = 4000))]
    pub text: String,
    /// The act and article on which a refusal or an extension rests.
    #[oai(validator(max_length = 300))]
    pub rule: Option<String>,
}

/// Entered, and to be answered by its day.
#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct EnteredRequest {
    pub id: Uuid,
    received_at: Instant,
    due_at: Instant,
    /// The act and article that the term stands in.
    rule: String,
}

impl From<Entered> for EnteredRequest {
    fn from(entered: Entered) -> Self {
        Self { id: entered.id, received_at: entered.received_at.into(), due_at: entered.due_at.into(), rule: entered.rule }
    }
}

/// Whom one may complain to.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct ComplaintAuthority {
    name: String,
    url: String,
}

#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct RequestActView {
    act: RequestAct,
    at: Instant,
    /// What was answered, or the reasons.
    text: Option<String>,
    /// The act and article on which that rests.
    rule: Option<String>,
    /// Who did it, if it was staff whose account is still there.
    staff_name: Option<String>,
}

impl RequestActView {
    fn of(opened: OpenedAct) -> Result<Self> {
        let (text, rule) = opened.words.map(|words| (words.text, words.rule)).unzip();
        Ok(Self {
            act: known(RequestAct::parse(&opened.act.act))?,
            at: opened.act.at.into(),
            text,
            rule: rule.flatten(),
            staff_name: opened.staff_name,
        })
    }
}

/// A request with what was said in it and done about it.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct RequestView {
    id: Uuid,
    kind: RequestKind,
    channel: RequestChannel,
    state: RequestState,
    ground: Option<RequestGround>,
    text: Option<String>,
    document_id: Option<Uuid>,
    received_at: Instant,
    /// When it is answered at the latest.
    due_at: Instant,
    /// Whether that has passed without an answer.
    overdue: bool,
    extended_at: Option<Instant>,
    closed_at: Option<Instant>,
    /// The act and article that the term stands in, as they were when the request came.
    rule: String,
    /// What was done, oldest first.
    acts: Vec<RequestActView>,
    /// Whom one may complain to.
    authority: ComplaintAuthority,
}

impl RequestView {
    pub fn of(opened: Opened, app: &App, lang: Lang) -> Result<Self> {
        let Opened { row, said, acts } = opened;
        let operator = &app.profile.operator;
        Ok(Self {
            id: row.id,
            kind: known(RequestKind::parse(&row.kind))?,
            channel: known(RequestChannel::parse(&row.channel))?,
            state: known(RequestState::parse(&row.state))?,
            overdue: is_overdue(&row, app.ambient.now()),
            ground: said.ground,
            text: said.text,
            document_id: row.document,
            received_at: row.received_at.into(),
            due_at: row.due_at.into(),
            extended_at: row.extended_at.map(Into::into),
            closed_at: row.closed_at.map(Into::into),
            rule: row.rule,
            acts: acts.into_iter().map(RequestActView::of).collect::<Result<_>>()?,
            authority: ComplaintAuthority {
                name: operator.authority.in_lang(lang).to_owned(),
                url: operator.authority_url.clone(),
            },
        })
    }
}

page_of!(
    /// One's requests, newest first.
    RequestPage of RequestView
);

/// A request of somebody, as the officer who answers it needs it.
#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct OfficeRequestView {
    request: RequestView,
    patient_id: Uuid,
    /// Absent before he filled in his profile, and when his account is gone.
    patient_name: Option<String>,
    /// Where he can be written to.
    contacts: Vec<String>,
    /// The check of who asked, where staff took it in.
    identity_check_id: Option<Uuid>,
    /// Who works on it.
    officer_id: Option<Uuid>,
}

impl OfficeRequestView {
    pub fn of((opened, asking): (Opened, Asking), app: &App, lang: Lang) -> Result<Self> {
        let (patient_id, identity_check_id, officer_id) = (opened.row.subject, opened.row.identity_check, opened.row.officer);
        Ok(Self {
            request: RequestView::of(opened, app, lang)?,
            patient_id,
            patient_name: asking.name,
            contacts: asking.contacts,
            identity_check_id,
            officer_id,
        })
    }
}

/// A request in the queue: what it is and when it ends, and not who asks.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct QueuedRequest {
    id: Uuid,
    kind: RequestKind,
    channel: RequestChannel,
    state: RequestState,
    received_at: Instant,
    due_at: Instant,
    overdue: bool,
    closed_at: Option<Instant>,
    rule: String,
    officer_id: Option<Uuid>,
}

impl QueuedRequest {
    pub fn of(row: Request, now: DateTime<Utc>) -> Result<Self> {
        Ok(Self {
            id: row.id,
            kind: known(RequestKind::parse(&row.kind))?,
            channel: known(RequestChannel::parse(&row.channel))?,
            state: known(RequestState::parse(&row.state))?,
            overdue: is_overdue(&row, now),
            received_at: row.received_at.into(),
            due_at: row.due_at.into(),
            closed_at: row.closed_at.map(Into::into),
            rule: row.rule,
            officer_id: row.officer,
        })
    }
}

page_of!(
    /// Requests, what ends first.
    QueuedRequestPage of QueuedRequest
);

fn is_overdue(row: &Request, now: DateTime<Utc>) -> bool {
    row.due_at <= row.closed_at.unwrap_or(now)
}

fn known<T>(word: Option<T>) -> Result<T> {
    word.ok_or_else(|| Error::internal("a request with an unknown word"))
}
