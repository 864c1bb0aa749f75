//! Legal holds, for officers.

use super::super::reading;
use super::Tag;
use crate::app::App;
use crate::app::wire::{Body, Created, Cursor, Failure, Instant, Limit, NoContent, Paging, Reply};
use crate::clinic::identity::{Caller, Session};
use crate::clinic::privacy::{self, NewLegalHold as Wanted, ReviewedHold};
use crate::kernel::db::Tx;
use crate::kernel::error::{Error, Fault, Result};
use crate::kernel::vault::Class;
use crate::page_of;
use poem::web::Data;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::types::ToJSON;
use poem_openapi::{Enum, Object, OpenApi};
use uuid::Uuid;

/// A class of data that can be kept from an erasure.
#[derive(Enum, Debug, Clone, Copy, PartialEq)]
#[oai(rename_all = "camelCase")]
enum HoldableClass {
    Clinical,
    Billing,
    Evidence,
    Support,
    Recording,
}

impl From<HoldableClass> for Class {
    fn from(class: HoldableClass) -> Self {
        match class {
            HoldableClass::Clinical => Class::Clinical,
            HoldableClass::Billing => Class::Billing,
            HoldableClass::Evidence => Class::Evidence,
            HoldableClass::Support => Class::Support,
            HoldableClass::Recording => Class::Recording,
        }
    }
}

/// Whose data, by one of the three: a request of his, the record number of his deletion, himself whom the officer has found.
#[derive(Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct NewLegalHold {
    request_id: Option<Uuid>,
    #[oai(validator(min_length = 1, max_length = 32))]
    record_number: Option<String>,
    patient_id: Option<Uuid>,
    #[oai(validator(min_items = 1, max_items = 5))]
    classes: Vec<HoldableClass>,
    /// The act and article, or the court and its number.
    #[oai(validator(min_length = 1, max_length = 300))]
    rule: String,
    /// Why. Kept, sealed, for the officers.
    #[oai(validator(min_length = 1, max_length = 1000))]
    ground: String,
    until: Instant,
    /// Whether the person may read the rule in his plan. Otherwise he reads only that there is a duty to keep it.
    told: bool,
}

#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct SetLegalHold {
    id: Uuid,
    until: Instant,
}

#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct LegalHoldView {
    id: Uuid,
    /// `clinical`, `billing`, …
    classes: Vec<String>,
    rule: String,
    /// Absent when the person's data is gone.
    ground: Option<String>,
    told: bool,
    set_at: Instant,
    until: Instant,
    lifted_at: Option<Instant>,
    officer_name: Option<String>,
}

impl From<ReviewedHold> for LegalHoldView {
    fn from(hold: ReviewedHold) -> Self {
        Self {
            id: hold.row.id,
            classes: hold.classes.into_iter().map(|class| class.as_str().to_owned()).collect(),
            rule: hold.row.rule,
            ground: hold.ground,
            told: hold.row.told,
            set_at: hold.row.set_at.into(),
            until: hold.row.until.into(),
            lifted_at: hold.row.lifted_at.map(Into::into),
            officer_name: hold.officer,
        }
    }
}

page_of!(
    /// Legal holds, newest first.
    LegalHoldPage of LegalHoldView
);

pub struct LegalHoldsApi;

#[OpenApi(prefix_path = "/v1/staff", tag = "Tag::StaffRequests")]
impl LegalHoldsApi {
    /// Keep classes of somebody's data from an erasure
    ///
    /// An erasure then leaves them blocked, with this rule, until the day. `state_conflict` while an erasure goes its steps.
    #[oai(path = "/legal-holds", method = "post", operation_id = "createLegalHold")]
    async fn create(
        &self,
        app: Data<&App>,
        session: Session,
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] key: Header<String>,
        body: Body<NewLegalHold>,
    ) -> Result<Created<SetLegalHold>, Failure> {
        let caller = session.staff_for("createLegalHold")?;
        let asked = &body.0;
        let wanted = Wanted {
            classes: asked.classes.iter().map(|class| Class::from(*class)).collect(),
            rule: asked.rule.clone(),
            ground: asked.ground.clone(),
            until: asked.until.get(),
            is_told: asked.told,
        };
        let wanted = wanted.check(app.ambient.now())?;
        let subject = whose(&app, &caller, asked).await?;
        let keys = app.vault.keys(subject).await?;
        let request = serde_json::json!({ "subject": subject, "hold": asked.to_json() });
        let set = app
            .write_once(&caller.actor("createLegalHold"), &caller.keys, &key, &request, async |tx: &mut Tx| {
                let id = privacy::set_legal_hold(tx, &caller, &keys, &wanted).await?;
                Ok(SetLegalHold { id, until: wanted.until.into() })
            })
            .await?;
        Ok(Created::at(format!("/v1/staff/legal-holds/{}", set.id), set))
    }

    /// List legal holds
    ///
    /// With their grounds, newest first, those that are over too.
    #[oai(path = "/legal-holds", method = "get", operation_id = "listLegalHolds")]
    async fn list(
        &self,
        app: Data<&App>,
        session: Session,
        limit: Query<Option<Limit>>,
        cursor: Query<Option<Cursor>>,
    ) -> Result<Reply<LegalHoldPage>, Failure> {
        let caller = session.staff_for("listLegalHolds")?;
        let page = Paging::of(caller.id, limit.0, cursor.0)?;
        let (holds, next_cursor) = privacy::legal_holds(&app, &caller, "listLegalHolds", &page).await?;
        Ok(Reply::new(LegalHoldPage { items: holds.into_iter().map(Into::into).collect(), next_cursor }))
    }

    /// Lift a legal hold
    ///
    /// What nothing else holds after an erasure is destroyed within a day. `state_conflict` once it is over.
    #[oai(path = "/legal-holds/:id", method = "delete", operation_id = "liftLegalHold")]
    async fn lift(&self, app: Data<&App>, session: Session, id: Path<Uuid>) -> Result<NoContent, Failure> {
        let caller = session.staff_for("liftLegalHold")?;
        let rule = async |tx: &mut Tx| privacy::lift_legal_hold(tx, &caller, id.0).await;
        app.write(&caller.actor("liftLegalHold"), rule).await?;
        Ok(NoContent)
    }
}

async fn whose(app: &App, caller: &Caller, asked: &NewLegalHold) -> Result<Uuid> {
    match (asked.request_id, &asked.record_number, asked.patient_id) {
        (Some(request), None, None) => Ok(reading::keys_of(app, request).await?.subject),
        (None, Some(number), None) => privacy::subject_of_record(app, number).await,
        (None, None, Some(patient)) => {
            privacy::check_found(&app.db.reader(), caller, patient, app.ambient.now()).await?;
            Ok(patient)
        }
        (None, None, None) => Err(Error::field("/requestId", Fault::Required)),
        _ => Err(Error::field("/requestId", Fault::NotAsked)),
    }
}
