//! The register of carriers, for staff; the copies of one's data, for the patient.

use super::carrier::{
    self, CarrierAct, CarrierKind, CarrierReceiver, CarrierState, Change, Description, DestructionMethod, NewCarrier,
};
use super::rows::{self, Act, Carrier};
use crate::app::App;
use crate::app::wire::{Body, Created, Cursor, Failure, Instant, Limit, NoContent, Paging, Reply};
use crate::clinic::identity::{Session, staff_name};
use crate::clinic::privacy;
use crate::kernel::db::Tx;
use crate::kernel::error::Result;
use crate::kernel::vault::Class;
use crate::page_of;
use poem::web::Data;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::{Object, OpenApi, Tags};
use uuid::Uuid;

#[derive(Tags)]
enum Tag {
    /// Carriers: slips, discs, film, copies, media of backups
    Carriers,
}

#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct NewCarrierBody {
    kind: CarrierKind,
    /// By which it is known in the house: each has its own.
    #[oai(validator(min_length = 1, max_length = 64))]
    number: String,
    /// A place or a department, and not a person.
    #[oai(validator(min_length = 1, max_length = 100))]
    keeper: Option<String>,
    /// Whose data is on it: somebody whom the desk has found. Absent: nobody's, or that of many.
    patient_id: Option<Uuid>,
    /// What is on it: with a patient, and only then.
    #[oai(validator(min_length = 1, max_length = 200))]
    description: Option<String>,
}

#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct NewCarrierAct {
    act: CarrierAct,
    /// The place or department that keeps it from then on: needed where it was moved.
    #[oai(validator(min_length = 1, max_length = 100))]
    keeper: Option<String>,
    /// Needed where it was issued.
    receiver: Option<CarrierReceiver>,
    /// Needed where it was destroyed.
    method: Option<DestructionMethod>,
}

#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct CarrierActView {
    act: Option<CarrierAct>,
    at: Instant,
    /// Absent when who noted it works here no more.
    staff_name: Option<String>,
    receiver: Option<CarrierReceiver>,
    method: Option<DestructionMethod>,
    keeper: Option<String>,
}

/// A carrier, as the register has it: whose data is on it, it does not say.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct CarrierView {
    id: Uuid,
    kind: Option<CarrierKind>,
    number: String,
    keeper: Option<String>,
    state: Option<CarrierState>,
    /// Whether it has the data of one person.
    is_of_patient: bool,
    entered_at: Instant,
    destroyed_at: Option<Instant>,
    /// What happened to it, oldest first. Absent in the list.
    acts: Option<Vec<CarrierActView>>,
}

impl CarrierView {
    fn of(row: Carrier, acts: Option<Vec<CarrierActView>>) -> Self {
        Self {
            id: row.id,
            kind: CarrierKind::parse(&row.kind),
            number: row.number,
            keeper: row.keeper,
            state: CarrierState::parse(&row.state),
            is_of_patient: row.subject.is_some(),
            entered_at: row.entered_at.into(),
            destroyed_at: row.destroyed_at.map(Into::into),
            acts,
        }
    }
}

page_of!(
    /// Carriers, newest first.
    CarrierPage of CarrierView
);

/// A copy of one's data.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct CopyView {
    id: Uuid,
    medium: Option<CarrierKind>,
    number: String,
    description: String,
    state: Option<CarrierState>,
    acts: Vec<CarrierActView>,
}

/// Newest first.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
struct CopyList {
    items: Vec<CopyView>,
}

async fn acts(app: &App, carrier: Uuid) -> Result<Vec<CarrierActView>> {
    let mut views = Vec::new();
    for act in rows::acts(&app.db.reader(), carrier).await? {
        let Act { act, staff, at, receiver, method, keeper } = act;
        views.push(CarrierActView {
            act: CarrierAct::parse(&act),
            at: at.into(),
            staff_name: staff_name(app, staff).await?,
            receiver: receiver.as_deref().and_then(CarrierReceiver::parse),
            method: method.as_deref().and_then(DestructionMethod::parse),
            keeper,
        });
    }
    Ok(views)
}

pub struct CarriersApi;

#[OpenApi(prefix_path = "/v1", tag = "Tag::Carriers")]
impl CarriersApi {
    /// List the copies of one's data
    ///
    /// On which medium, to whom each was issued, and what became of it.
    #[oai(path = "/me/copies", method = "get", operation_id = "listCopies")]
    async fn own(&self, app: Data<&App>, session: Session) -> Result<Reply<CopyList>, Failure> {
        let caller = session.patient()?.sees_clinical()?;
        let openings = app.openings(caller.actor("listCopies"), caller.asker());
        let grant = openings.grant(caller.id, Class::Evidence, ("patient", caller.id)).await?;
        let mut items = Vec::new();
        for row in rows::all_of(&app.db.reader(), caller.id).await? {
            let Some(sealed) = &row.sealed else { continue };
            let description: Description = grant.open(row.id, sealed)?;
            items.push(CopyView {
                id: row.id,
                medium: CarrierKind::parse(&row.kind),
                number: row.number,
                description: description.text,
                state: CarrierState::parse(&row.state),
                acts: acts(&app, row.id).await?,
            });
        }
        Ok(Reply::new(openings.answer(CopyList { items }).await?))
    }

    /// Enter a carrier
    ///
    /// With a patient's data for one whom the desk has found. Two carriers of one number are refused (`state_conflict`).
    #[oai(path = "/staff/carriers", method = "post", operation_id = "createCarrier")]
    async fn create(
        &self,
        app: Data<&App>,
        session: Session,
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] key: Header<String>,
        body: Body<NewCarrierBody>,
    ) -> Result<Created<CarrierView>, Failure> {
        let caller = session.staff_for("createCarrier")?;
        let new = NewCarrier {
            kind: body.0.kind,
            number: &body.0.number,
            keeper: body.0.keeper.as_deref(),
            description: body.0.description.as_deref(),
            is_of_patient: body.0.patient_id.is_some(),
        };
        let checked = new.check()?;
        let keys = match body.0.patient_id {
            Some(patient) => {
                privacy::check_found(&app.db.reader(), &caller, patient, app.ambient.now()).await?;
                Some(app.vault.keys(patient).await?)
            }
            None => None,
        };
        let view = app
            .write_once(&caller.actor("createCarrier"), &caller.keys, &key, &body.0, async |tx: &mut Tx| {
                Ok(CarrierView::of(carrier::enter(tx, &caller, keys.as_deref(), (new.kind, &checked)).await?, None))
            })
            .await?;
        Ok(Created::at(format!("/v1/staff/carriers/{}", view.id), view))
    }

    /// List the carriers
    ///
    /// Of the caller's clinics, newest first.
    #[oai(path = "/staff/carriers", method = "get", operation_id = "listCarriers")]
    async fn list(
        &self,
        app: Data<&App>,
        session: Session,
        state: Query<Option<CarrierState>>,
        limit: Query<Option<Limit>>,
        cursor: Query<Option<Cursor>>,
    ) -> Result<Reply<CarrierPage>, Failure> {
        let caller = session.staff_for("listCarriers")?;
        let page: Paging<Uuid> = Paging::of(caller.id, limit.0, cursor.0)?;
        let state = state.0.map(CarrierState::as_str);
        let mut rows = rows::page(&app.db.reader(), &caller.clinics, state, page.place, page.rows()).await?;
        let next_cursor = page.cut(&mut rows, |row| row.id)?;
        Ok(Reply::new(CarrierPage { items: rows.into_iter().map(|row| CarrierView::of(row, None)).collect(), next_cursor }))
    }

    /// Read what happened to a carrier
    #[oai(path = "/staff/carriers/:id", method = "get", operation_id = "getCarrier")]
    async fn get(&self, app: Data<&App>, session: Session, id: Path<Uuid>) -> Result<Reply<CarrierView>, Failure> {
        let caller = session.staff_for("getCarrier")?;
        let row = carrier::find(&app.db.reader(), &caller, id.0).await?;
        let acts = acts(&app, row.id).await?;
        Ok(Reply::new(CarrierView::of(row, Some(acts))))
    }

    /// Note what happened to a carrier
    ///
    /// It was moved, issued, returned or destroyed. What can't have happened is refused (`state_conflict`): nothing happens to
    /// what is destroyed.
    #[oai(path = "/staff/carriers/:id/acts", method = "post", operation_id = "createCarrierAct")]
    async fn act(
        &self,
        app: Data<&App>,
        session: Session,
        id: Path<Uuid>,
        body: Body<NewCarrierAct>,
    ) -> Result<NoContent, Failure> {
        let caller = session.staff_for("createCarrierAct")?;
        let NewCarrierAct { act, keeper, receiver, method } = body.0;
        let change = Change::check(act, keeper.as_deref(), receiver, method)?;
        let rule = async |tx: &mut Tx| carrier::change(tx, &caller, id.0, &change).await;
        app.write(&caller.actor("createCarrierAct"), rule).await?;
        Ok(NoContent)
    }
}
