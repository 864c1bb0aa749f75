//! Machines of a clinic, as its administrators write them.

use super::super::equipment::{self, EquipmentForm};
use super::super::rows::{self, EquipmentRow};
use super::office::Tag;
use crate::app::App;
use crate::app::multilingual::Multilingual;
use crate::app::wire::{Body, Created, Cursor, ETag, Failure, Limit, Paging, Reply};
use crate::clinic::identity::Session;
use crate::kernel::db::Tx;
use crate::kernel::error::Result;
use crate::page_of;
use poem::web::Data;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::{Object, OpenApi};
use uuid::Uuid;

#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct NewEquipmentForm {
    clinic_id: Uuid,
    /// What services ask for: a word, for example `ultrasound`.
    #[oai(validator(pattern = "^[a-z][A-Za-z0-9]{0,39}$"))]
    kind: String,
    /// As staff tell it from others of its kind.
    names: Multilingual,
    /// Nothing is booked on what is out of use. Absent: it is in use.
    active: Option<bool>,
}

/// A machine, which serves one patient at a time.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct EquipmentView {
    id: Uuid,
    clinic_id: Uuid,
    kind: String,
    names: Multilingual,
    active: bool,
}

page_of! {
    /// Machines, those out of use too.
    EquipmentPage of EquipmentView
}

impl From<&NewEquipmentForm> for EquipmentForm {
    fn from(form: &NewEquipmentForm) -> Self {
        let active = form.active.unwrap_or(true);
        EquipmentForm { clinic: form.clinic_id, kind: form.kind.clone(), names: form.names.clone(), active }
    }
}

impl From<EquipmentRow> for EquipmentView {
    fn from(row: EquipmentRow) -> Self {
        EquipmentView { id: row.id, clinic_id: row.clinic, kind: row.kind, names: row.names, active: row.active }
    }
}

pub struct EquipmentApi;

#[OpenApi(prefix_path = "/v1/staff", tag = "Tag::Office")]
impl EquipmentApi {
    /// Add a machine
    #[oai(path = "/equipment", method = "post", operation_id = "createEquipment")]
    async fn create_equipment(
        &self,
        app: Data<&App>,
        session: Session,
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] key: Header<String>,
        body: Body<NewEquipmentForm>,
    ) -> Result<Created<EquipmentView>, Failure> {
        let caller = session.staff_for("createEquipment")?;
        let form = body.0;
        let row = EquipmentForm::from(&form).check(app.ambient.id())?;
        let write = async |tx: &mut Tx| -> Result<EquipmentView> {
            equipment::add(tx, &caller, &row).await?;
            Ok(row.clone().into())
        };
        let view = app.write_once(&caller.actor("createEquipment"), &caller.keys, &key.0, &form, write).await?;
        Ok(Created::at(format!("/v1/staff/equipment/{}", view.id), view))
    }

    /// List the machines of one's clinics, those out of use too
    #[oai(path = "/equipment", method = "get", operation_id = "listEquipment")]
    async fn list_equipment(
        &self,
        app: Data<&App>,
        session: Session,
        #[oai(name = "clinicId")] clinic: Query<Option<Uuid>>,
        limit: Query<Option<Limit>>,
        cursor: Query<Option<Cursor>>,
    ) -> Result<Reply<EquipmentPage>, Failure> {
        let caller = session.staff_for("listEquipment")?;
        let page = Paging::of_all(limit.0, cursor.0)?;
        let mut rows = rows::equipment_of_office(&app.db.reader(), &caller.clinics, clinic.0, &page).await?;
        let next_cursor = page.cut(&mut rows, |row| row.id)?;
        let items = rows.into_iter().map(EquipmentView::from).collect();
        Ok(Reply::new(EquipmentPage { items, next_cursor }))
    }

    /// Read about a machine
    #[oai(path = "/equipment/:id", method = "get", operation_id = "getEquipment")]
    async fn get_equipment(&self, app: Data<&App>, session: Session, id: Path<Uuid>) -> Result<Reply<EquipmentView>, Failure> {
        let caller = session.staff_for("getEquipment")?;
        let row = equipment::find(&app.db.reader(), &caller, id.0).await?;
        let etag = ETag::of(row.version);
        Ok(Reply::tagged(row.into(), etag))
    }

    /// Rename a machine, or take it out of use
    ///
    /// It stays in its clinic, and of its kind. What is booked on it stays booked.
    #[oai(path = "/equipment/:id", method = "put", operation_id = "putEquipment")]
    async fn put_equipment(
        &self,
        app: Data<&App>,
        session: Session,
        id: Path<Uuid>,
        #[oai(name = "If-Match")] if_match: Header<Option<String>>,
        body: Body<NewEquipmentForm>,
    ) -> Result<Reply<EquipmentView>, Failure> {
        let caller = session.staff_for("putEquipment")?;
        let row = EquipmentForm::from(&body.0).check(id.0)?;
        let is_current = |version: i64| ETag::of(version).check(if_match.0.as_deref());
        let write = async |tx: &mut Tx| equipment::put(tx, &caller, row.clone(), is_current).await;
        let row = app.write(&caller.actor("putEquipment"), write).await?;
        let etag = ETag::of(row.version);
        Ok(Reply::tagged(row.into(), etag))
    }
}
