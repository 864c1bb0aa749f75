//! Advertising, by an administrator.

use super::super::campaign::{self, NewCampaign};
use super::super::delivery;
use super::super::notice::{OWN, PARTNERS};
use super::super::rows::campaign as rows;
use super::Tag;
use crate::app::App;
use crate::app::multilingual::{Multilingual, line};
use crate::app::notices::Channel;
use crate::app::wire::{Body, Created, Cursor, Failure, Instant, Limit, Paging, Reply};
use crate::clinic::identity::{Caller, Session};
use crate::kernel::db::Tx;
use crate::kernel::error::{Code, Error, Faults, Result};
use crate::page_of;
use poem::web::Data;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::{Enum, Object, OpenApi};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

#[derive(Enum, Debug, Clone, Copy, PartialEq)]
#[oai(rename_all = "camelCase")]
pub enum CampaignPurpose {
    /// For the service itself.
    Own,
    /// For others.
    Partners,
}

#[derive(Enum, Debug, Clone, Copy, PartialEq)]
#[oai(rename_all = "camelCase")]
pub enum CampaignState {
    /// Its messages are being written.
    Queueing,
    /// All are written; some may wait for the morning.
    Queued,
}

#[derive(Debug, Object)]
#[oai(rename = "NewCampaign", rename_all = "camelCase", deny_unknown_fields)]
struct CampaignBody {
    channel: Channel,
    purpose: CampaignPurpose,
    /// For the inbox. What goes by the channel itself says only that there is a message.
    title: Multilingual,
    body: Multilingual,
}

/// A campaign, and how many of its messages went how. Whose they are is not told.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct CampaignView {
    id: Uuid,
    channel: Channel,
    purpose: CampaignPurpose,
    title: Multilingual,
    body: Multilingual,
    state: CampaignState,
    created_at: Instant,
    queued_at: Option<Instant>,
    /// To how many who consented messages were written.
    queued: i64,
    /// Still to be sent.
    waiting: i64,
    sent: i64,
    /// Not sent: the consent was withdrawn meanwhile, the way is switched off, the account ends or is frozen.
    withheld: i64,
    /// Not arrived, as far as is known: nowhere to send it to, refused, too late, or without an answer. None is repeated.
    undelivered: i64,
}

page_of!(
    /// Campaigns, the newest first.
    CampaignPage of CampaignView
);

impl CampaignView {
    async fn of(db: &impl ConnectionTrait, row: rows::Campaign) -> Result<Self> {
        let counts = rows::counts(db, row.id).await?;
        let count = |states: &[&str]| states.iter().filter_map(|state| counts.get(*state)).sum();
        Ok(Self {
            id: row.id,
            channel: row.channel()?,
            purpose: if row.purpose == PARTNERS { CampaignPurpose::Partners } else { CampaignPurpose::Own },
            state: if row.state == rows::QUEUED { CampaignState::Queued } else { CampaignState::Queueing },
            created_at: row.created_at.into(),
            queued_at: row.queued_at.map(Into::into),
            queued: row.queued,
            waiting: count(&[delivery::WAITING, delivery::SENDING, delivery::BEHIND]),
            sent: count(&[delivery::SENT]),
            withheld: count(&[delivery::OFF, delivery::WITHHELD]),
            undelivered: count(&[delivery::NOWHERE, delivery::FAILED, delivery::EXPIRED, delivery::UNKNOWN]),
            title: row.title,
            body: row.body,
        })
    }
}

pub struct CampaignsApi;

#[OpenApi(prefix_path = "/v1/staff", tag = "Tag::Notifications")]
impl CampaignsApi {
    /// Advertise to everybody who consents
    ///
    /// By an administrator of the whole house: consents are given to it, not to a clinic. Messages are written little by
    /// little, and each one's consent, quiet hours and freeze are looked at when it is sent. `state_conflict` while another
    /// campaign is being queued; `refused_by_profile` where no advertising goes this way.
    #[oai(path = "/campaigns", method = "post", operation_id = "createCampaign")]
    async fn create(
        &self,
        app: Data<&App>,
        session: Session,
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] key: Header<String>,
        body: Body<CampaignBody>,
    ) -> Result<Created<CampaignView>, Failure> {
        let caller = of_the_house(session, "createCampaign")?;
        let new = checked(&body.0)?;
        campaign::check(&app.profile, &new)?;
        let view = app
            .write_once(&caller.actor("createCampaign"), &caller.keys, &key.0, &body.0, async |tx: &mut Tx| {
                let row = campaign::begin(tx, caller.id, &new).await?;
                CampaignView::of(tx, row).await
            })
            .await?;
        Ok(Created::at(format!("/v1/staff/campaigns/{}", view.id), view))
    }

    /// List campaigns
    #[oai(path = "/campaigns", method = "get", operation_id = "listCampaigns")]
    async fn list(
        &self,
        app: Data<&App>,
        session: Session,
        limit: Query<Option<Limit>>,
        cursor: Query<Option<Cursor>>,
    ) -> Result<Reply<CampaignPage>, Failure> {
        let caller = of_the_house(session, "listCampaigns")?;
        let page = Paging::of(caller.id, limit.0, cursor.0)?;
        let reader = app.db.reader();
        let mut rows = rows::page(&reader, page.place, page.rows()).await?;
        let next_cursor = page.cut(&mut rows, |row| row.id)?;
        let mut items = Vec::with_capacity(rows.len());
        for row in rows {
            items.push(CampaignView::of(&reader, row).await?);
        }
        Ok(Reply::new(CampaignPage { items, next_cursor }))
    }

    /// Read a campaign, and how its messages went
    #[oai(path = "/campaigns/:id", method = "get", operation_id = "getCampaign")]
    async fn get(&self, app: Data<&App>, session: Session, id: Path<Uuid>) -> Result<Reply<CampaignView>, Failure> {
        of_the_house(session, "getCampaign")?;
        let reader = app.db.reader();
        let row = rows::find(&reader, id.0).await?.ok_or_else(Error::not_found)?;
        Ok(Reply::new(CampaignView::of(&reader, row).await?))
    }
}

/// An administrator of all clinics.
fn of_the_house(session: Session, operation: &str) -> Result<Caller> {
    let caller = session.staff_for(operation)?;
    if caller.clinics.is_everywhere() { Ok(caller) } else { Err(Error::refused(Code::Forbidden)) }
}

fn checked(body: &CampaignBody) -> Result<NewCampaign> {
    let mut faults = Faults::default();
    let title = body.title.check("/title", &mut faults, line);
    let text = body.body.check("/body", &mut faults, line);
    faults.into_result()?;
    let purpose = match body.purpose {
        CampaignPurpose::Own => OWN,
        CampaignPurpose::Partners => PARTNERS,
    };
    Ok(NewCampaign { channel: body.channel, purpose, title, body: text })
}
