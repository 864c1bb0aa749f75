//! Programmes, as administrators write them; who takes part, for those who admit.

use super::super::enrolment::{self, EnrolmentEnd, Entry};
use super::super::{office, programme, rows};
use super::Tag;
use super::views::{EnrolmentPage, EnrolmentState, EnrolmentView, NewProgramme, OfficeProgramme, OfficeProgrammePage};
use crate::app::App;
use crate::app::wire::{Body, Created, Cursor, ETag, Failure, Limit, NoContent, Paging, Reply};
use crate::clinic::identity::Session;
use crate::clinic::privacy::{self, DeskChannel};
use crate::kernel::db::Tx;
use crate::kernel::error::{Error, Result};
use poem::web::Data;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::types::ToJSON;
use poem_openapi::{Object, OpenApi};
use uuid::Uuid;

#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct NewPatientEnrolment {
    programme_id: Uuid,
    channel: DeskChannel,
}

pub struct ProgrammeOfficeApi;

#[OpenApi(prefix_path = "/v1/staff", tag = "Tag::Programmes")]
impl ProgrammeOfficeApi {
    /// Add a programme
    #[oai(path = "/programmes", method = "post", operation_id = "createProgramme")]
    async fn create(
        &self,
        app: Data<&App>,
        session: Session,
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] key: Header<String>,
        body: Body<NewProgramme>,
    ) -> Result<Created<OfficeProgramme>, Failure> {
        let caller = session.staff_for("createProgramme")?;
        let row = body.0.form().check(app.ambient.id())?;
        let view = app
            .write_once(&caller.actor("createProgramme"), &caller.keys, &key, &body.0, async |tx: &mut Tx| {
                office::add(tx, &row).await?;
                Ok(OfficeProgramme::from(row.clone()))
            })
            .await?;
        Ok(Created::at("/v1/staff/programmes", view))
    }

    /// List the programmes, those that have ended too
    #[oai(path = "/programmes", method = "get", operation_id = "listOfficeProgrammes")]
    async fn list(
        &self,
        app: Data<&App>,
        session: Session,
        limit: Query<Option<Limit>>,
        cursor: Query<Option<Cursor>>,
    ) -> Result<Reply<OfficeProgrammePage>, Failure> {
        session.staff_for("listOfficeProgrammes")?;
        let page: Paging<Uuid> = Paging::of_all(limit.0, cursor.0)?;
        let mut rows = rows::programmes(&app.db.reader(), true, page.place, page.rows()).await?;
        let next_cursor = page.cut(&mut rows, |row| row.id)?;
        Ok(Reply::new(OfficeProgrammePage { items: rows.into_iter().map(Into::into).collect(), next_cursor }))
    }

    /// Change a programme
    ///
    /// Takes the place of all that was said of it. Whoever takes part stays, so that it may not have fewer places than are
    /// taken (`state_conflict`); new places go to those who wait.
    #[oai(path = "/programmes/:id", method = "put", operation_id = "putProgramme")]
    async fn put(
        &self,
        app: Data<&App>,
        session: Session,
        id: Path<Uuid>,
        #[oai(name = "If-Match")] if_match: Header<Option<String>>,
        body: Body<NewProgramme>,
    ) -> Result<Reply<OfficeProgramme>, Failure> {
        let caller = session.staff_for("putProgramme")?;
        let row = body.0.form().check(id.0)?;
        let is_current = |version: i64| ETag::of(version).check(if_match.0.as_deref());
        let write = async |tx: &mut Tx| office::put(tx, row.clone(), is_current).await;
        let row = app.write(&caller.actor("putProgramme"), write).await?;
        let etag = ETag::of(row.version);
        Ok(Reply::tagged(row.into(), etag))
    }

    /// End a programme
    ///
    /// The part of everybody in it ends, too, and terms that are counted from it run.
    #[oai(path = "/programmes/:id/end", method = "post", operation_id = "endProgramme")]
    async fn end(&self, app: Data<&App>, session: Session, id: Path<Uuid>) -> Result<NoContent, Failure> {
        let caller = session.staff_for("endProgramme")?;
        app.write(&caller.actor("endProgramme"), async |tx: &mut Tx| office::end(tx, id.0).await).await?;
        Ok(NoContent)
    }

    /// List who takes part in a programme
    ///
    /// In the order in which they came, without names.
    #[oai(path = "/programmes/:id/enrolments", method = "get", operation_id = "listProgrammeEnrolments")]
    async fn enrolments(
        &self,
        app: Data<&App>,
        session: Session,
        id: Path<Uuid>,
        state: Query<Option<EnrolmentState>>,
        limit: Query<Option<Limit>>,
        cursor: Query<Option<Cursor>>,
    ) -> Result<Reply<EnrolmentPage>, Failure> {
        session.staff_for("listProgrammeEnrolments")?;
        let reader = app.db.reader();
        rows::programme(&reader, id.0).await?.ok_or_else(Error::not_found)?;
        let page: Paging<Uuid> = Paging::of(id.0, limit.0, cursor.0)?;
        let state = state.0.map(EnrolmentState::as_str);
        let mut rows = rows::page(&reader, id.0, state, page.place, page.rows()).await?;
        let next_cursor = page.cut(&mut rows, |row| row.id)?;
        Ok(Reply::new(EnrolmentPage { items: rows.into_iter().map(EnrolmentView::for_staff).collect(), next_cursor }))
    }

    /// Enter a patient into a programme
    ///
    /// One whom the caller has found, by the rules of his own entry.
    #[oai(path = "/patients/:id/enrolments", method = "post", operation_id = "createPatientEnrolment")]
    async fn enter(
        &self,
        app: Data<&App>,
        session: Session,
        id: Path<Uuid>,
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] key: Header<String>,
        body: Body<NewPatientEnrolment>,
    ) -> Result<Created<EnrolmentView>, Failure> {
        let caller = session.staff_for("createPatientEnrolment")?;
        let reader = app.db.reader();
        privacy::check_found(&reader, &caller, id.0, app.ambient.now()).await?;
        let of = rows::programme(&reader, body.0.programme_id).await?.ok_or_else(Error::not_found)?;
        let misfits = programme::misfits(&app, id.0, &of).await?;
        let keys = app.vault.keys(id.0).await?;
        let asked = serde_json::json!({ "patient": id.0, "enrolment": body.0.to_json() });
        let view = app
            .write_once(&caller.actor("createPatientEnrolment"), &caller.keys, &key, &asked, async |tx: &mut Tx| {
                privacy::check_found(tx, &caller, id.0, tx.now()).await?;
                enrolment::check_account(tx, &app.profile, id.0).await?;
                let entry = Entry { channel: body.0.channel.as_str(), staff: Some(caller.id), misfits };
                Ok(EnrolmentView::for_staff(enrolment::apply(tx, &keys, of.id, entry).await?))
            })
            .await?;
        Ok(Created::at(format!("/v1/staff/programmes/{}/enrolments", of.id), view))
    }

    /// Admit somebody to a programme
    ///
    /// One who has applied, or waits for a place. Where none is left he waits for one.
    #[oai(path = "/enrolments/:id/admission", method = "post", operation_id = "admitEnrolment")]
    async fn admit(&self, app: Data<&App>, session: Session, id: Path<Uuid>) -> Result<Reply<EnrolmentView>, Failure> {
        let caller = session.staff_for("admitEnrolment")?;
        let row = app.write(&caller.actor("admitEnrolment"), async |tx: &mut Tx| enrolment::admit(tx, id.0).await).await?;
        Ok(Reply::new(EnrolmentView::for_staff(row)))
    }

    /// End somebody's part in a programme
    ///
    /// Or refuse who has applied. He is told, and the place goes to who waits longest.
    #[oai(path = "/enrolments/:id/end", method = "post", operation_id = "endPatientEnrolment")]
    async fn end_part(&self, app: Data<&App>, session: Session, id: Path<Uuid>) -> Result<NoContent, Failure> {
        let caller = session.staff_for("endPatientEnrolment")?;
        let rule = async |tx: &mut Tx| enrolment::end(tx, id.0, None, EnrolmentEnd::ByStaff).await;
        app.write(&caller.actor("endPatientEnrolment"), rule).await?;
        Ok(NoContent)
    }
}
