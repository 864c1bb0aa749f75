//! Those who only asked.

use super::super::leads::{self, Lead};
use super::super::patients;
use super::super::rows::{CLOSED, OPEN, lead};
use super::Tag;
use super::patients::{EnteredPatient, RegisteredPatient, placed};
use crate::app::App;
use crate::app::wire::{Body, Created, Cursor, Failure, Instant, Limit, NoContent, Paging, Reply};
use crate::clinic::identity::Session;
use crate::clinic::privacy::DeskChannel;
use crate::kernel::db::Tx;
use crate::kernel::error::Result;
use crate::page_of;
use poem::web::Data;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::types::ToJSON;
use poem_openapi::{Enum, Object, OpenApi};
use uuid::Uuid;

#[derive(Enum, Debug, Clone, Copy, PartialEq)]
#[oai(rename_all = "camelCase")]
enum LeadState {
    Open,
    Closed,
}

impl LeadState {
    fn as_str(self) -> &'static str {
        match self {
            LeadState::Open => OPEN,
            LeadState::Closed => CLOSED,
        }
    }
}

#[derive(Enum, Debug, Clone, Copy, PartialEq)]
#[oai(rename_all = "camelCase")]
enum LeadSex {
    Male,
    Female,
}

/// What somebody said who asked. As little as he wants.
#[derive(Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct NewLead {
    channel: DeskChannel,
    /// What he is to be called.
    #[oai(validator(min_length = 1, max_length = 100))]
    name: String,
    #[oai(validator(min_length = 1, max_length = 40))]
    phone: Option<String>,
    #[oai(validator(min_length = 1, max_length = 254))]
    email: Option<String>,
    sex: Option<LeadSex>,
    /// In years.
    #[oai(validator(minimum(value = "0"), maximum(value = "130")))]
    age: Option<i32>,
    /// What he wants, in his words.
    #[oai(validator(min_length = 1, max_length = 2000))]
    intent: String,
}

impl NewLead {
    fn into_lead(self) -> Lead {
        let NewLead { name, phone, email, sex, age, intent, .. } = self;
        let sex = sex.map(|sex| match sex {
            LeadSex::Male => "male".to_owned(),
            LeadSex::Female => "female".to_owned(),
        });
        Lead { name, phone, email, sex, age, intent }
    }
}

/// A lead that was written.
#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct LeadReceipt {
    id: Uuid,
    /// When it is destroyed.
    purge_at: Instant,
}

#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct LeadView {
    id: Uuid,
    state: LeadState,
    channel: Option<DeskChannel>,
    name: String,
    phone: Option<String>,
    email: Option<String>,
    sex: Option<LeadSex>,
    age: Option<i32>,
    intent: String,
    created_at: Instant,
    closed_at: Option<Instant>,
    purge_at: Instant,
}

impl LeadView {
    fn of((row, lead): (lead::Model, Lead)) -> Self {
        Self {
            id: row.id,
            state: if row.state == OPEN { LeadState::Open } else { LeadState::Closed },
            channel: DeskChannel::parse(&row.channel),
            name: lead.name,
            phone: lead.phone,
            email: lead.email,
            sex: lead.sex.and_then(|sex| match sex.as_str() {
                "male" => Some(LeadSex::Male),
                "female" => Some(LeadSex::Female),
                _ => None,
            }),
            age: lead.age,
            intent: lead.intent,
            created_at: row.created_at.into(),
            closed_at: row.closed_at.map(Into::into),
            purge_at: row.purge_at.into(),
        }
    }
}

page_of! {
    /// Leads, the newest first.
    LeadPage of LeadView
}

pub struct LeadsApi;

#[OpenApi(prefix_path = "/v1/staff", tag = "Tag::Leads")]
impl LeadsApi {
    /// Write down that somebody asked
    ///
    /// Kept for the term of the profile, under keys of its own, and then destroyed.
    #[oai(path = "/leads", method = "post", operation_id = "createLead")]
    async fn create(
        &self,
        app: Data<&App>,
        session: Session,
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] key: Header<String>,
        body: Body<NewLead>,
    ) -> Result<Created<LeadReceipt>, Failure> {
        let caller = session.staff_for("createLead")?;
        leads::check_taken(&app)?;
        let (asked, channel) = (body.0.to_json().unwrap_or_default(), body.0.channel);
        let lead = body.0.into_lead().check(&app.profile)?;
        let answer = |row: &lead::Model| LeadReceipt { id: row.id, purge_at: row.purge_at.into() };
        let request = ("createLead", key.as_str(), &asked);
        let made = leads::create(&app, &caller, request, (&lead, channel), answer).await?;
        Ok(Created::at(format!("/v1/staff/leads/{}", made.id), made))
    }

    /// List the leads of one's clinics
    #[oai(path = "/leads", method = "get", operation_id = "listLeads")]
    async fn list(
        &self,
        app: Data<&App>,
        session: Session,
        /// Default `open`.
        state: Query<Option<LeadState>>,
        limit: Query<Option<Limit>>,
        cursor: Query<Option<Cursor>>,
    ) -> Result<Reply<LeadPage>, Failure> {
        let caller = session.staff_for("listLeads")?;
        let state = state.0.unwrap_or(LeadState::Open).as_str();
        let page = Paging::of(caller.id, limit.0, cursor.0)?;
        let (found, next_cursor) = leads::list(&app, &caller, "listLeads", state, &page).await?;
        Ok(Reply::new(LeadPage { items: found.into_iter().map(LeadView::of).collect(), next_cursor }))
    }

    /// Close a lead
    #[oai(path = "/leads/:id/close", method = "post", operation_id = "closeLead")]
    async fn close(&self, app: Data<&App>, session: Session, id: Path<Uuid>) -> Result<NoContent, Failure> {
        let caller = session.staff_for("closeLead")?;
        app.write(&caller.actor("closeLead"), async |tx: &mut Tx| leads::close(tx, &caller, id.0).await).await?;
        Ok(NoContent)
    }

    /// Enter as a patient who only asked
    ///
    /// As `createPatient`; without a phone he gets the one of the lead, which is closed and destroyed within the hour.
    #[oai(path = "/leads/:id/patient", method = "post", operation_id = "convertLead")]
    async fn convert(
        &self,
        app: Data<&App>,
        session: Session,
        id: Path<Uuid>,
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] key: Header<String>,
        body: Body<EnteredPatient>,
    ) -> Result<Created<RegisteredPatient>, Failure> {
        let caller = session.staff_for("convertLead")?;
        let asked = serde_json::json!({ "lead": id.0, "patient": body.0.to_json() });
        let request = ("convertLead", key.as_str(), &asked);
        // The answer of the first time comes before the lead is looked at, which is closed since.
        let first: Option<RegisteredPatient> = app.kept(&caller.actor("convertLead"), &caller.keys, &key, &asked).await?;
        let made = match first {
            Some(first) => first,
            None => {
                let lead = leads::open(&app, &caller, "convertLead", id.0).await?;
                let new = body.0.check(&app, lead.phone.as_deref())?;
                let answer =
                    |patient_id, until: chrono::DateTime<chrono::Utc>| RegisteredPatient { patient_id, until: until.into() };
                patients::enter(&app, &caller, request, &new, Some(id.0), answer).await.map_err(placed)?
            }
        };
        Ok(Created::at(format!("/v1/staff/patients/{}", made.patient_id), made))
    }
}
