//! Who was trained.

use super::super::alerts::name;
use super::super::engagement;
use super::super::rows::findings as rows;
use super::super::training::{self, NewTraining};
use super::{EnteredRecord, Tag};
use crate::app::App;
use crate::app::wire::{Body, Created, Cursor, Date, Failure, Instant, Limit, Paging, Reply};
use crate::clinic::identity::Session;
use crate::kernel::db::Tx;
use crate::kernel::error::Result;
use crate::page_of;
use poem::web::Data;
use poem_openapi::param::{Header, Query};
use poem_openapi::{Object, OpenApi};
use uuid::Uuid;

#[derive(Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct NewStaffTraining {
    staff_id: Uuid,
    /// In what: the handling of personal data, first aid for a leak, …
    #[oai(validator(min_length = 1, max_length = 200))]
    topic: String,
    trained_on: Date,
    /// The day from which it is to be repeated. Absent: it holds for good.
    until: Option<Date>,
}

#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct StaffTrainingView {
    id: Uuid,
    staff_id: Uuid,
    /// Absent when the account is gone.
    staff_name: Option<String>,
    topic: String,
    trained_on: Date,
    until: Option<Date>,
    is_expired: bool,
    set_at: Instant,
}

page_of!(
    /// Trainings, newest first.
    StaffTrainingPage of StaffTrainingView
);

pub struct TrainingsApi;

#[OpenApi(prefix_path = "/v1/staff", tag = "Tag::Oversight")]
impl TrainingsApi {
    /// Note that somebody was trained
    #[oai(path = "/trainings", method = "post", operation_id = "createStaffTraining")]
    async fn create(
        &self,
        app: Data<&App>,
        session: Session,
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] key: Header<String>,
        body: Body<NewStaffTraining>,
    ) -> Result<Created<EnteredRecord>, Failure> {
        let caller = session.staff_for("createStaffTraining")?;
        let asked = &body.0;
        let new = NewTraining {
            staff: asked.staff_id,
            topic: asked.topic.clone(),
            trained_on: asked.trained_on.0,
            until: asked.until.map(|date| date.0),
        };
        let new = new.check(app.profile.today(app.ambient.now()))?;
        let entered = app
            .write_once(&caller.actor("createStaffTraining"), &caller.keys, &key.0, asked, async |tx: &mut Tx| {
                Ok(EnteredRecord { id: training::enter(tx, &caller, &new).await? })
            })
            .await?;
        Ok(Created::at(format!("/v1/staff/trainings/{}", entered.id), entered))
    }

    /// List trainings
    ///
    /// Of one account with `staffId`, else of all.
    #[oai(path = "/trainings", method = "get", operation_id = "listStaffTrainings")]
    async fn list(
        &self,
        app: Data<&App>,
        session: Session,
        #[oai(name = "staffId")] staff_id: Query<Option<Uuid>>,
        limit: Query<Option<Limit>>,
        cursor: Query<Option<Cursor>>,
    ) -> Result<Reply<StaffTrainingPage>, Failure> {
        let caller = session.staff_for("listStaffTrainings")?;
        engagement::check(&app, &caller).await?;
        let page = Paging::of(caller.id, limit.0, cursor.0)?;
        let mut found = rows::trainings(&app.db.reader(), staff_id.0, page.place, page.rows()).await?;
        let next_cursor = page.cut(&mut found, |row| row.id)?;
        let today = app.profile.today(app.ambient.now());
        let mut items = Vec::with_capacity(found.len());
        for row in found {
            items.push(StaffTrainingView {
                id: row.id,
                staff_id: row.staff,
                staff_name: name(&app, Some(row.staff)).await?,
                topic: row.topic,
                trained_on: Date(row.trained_on),
                until: row.until.map(Date),
                is_expired: row.until.is_some_and(|until| until <= today),
                set_at: row.set_at.into(),
            });
        }
        Ok(Reply::new(StaffTrainingPage { items, next_cursor }))
    }
}
