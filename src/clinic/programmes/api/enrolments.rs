//! Programmes, and one's part in them.

use super::super::enrolment::{self, EnrolmentEnd, Entry};
use super::super::{programme, rows};
use super::Tag;
use super::views::{EnrolmentList, EnrolmentView, ProgrammePage, ProgrammeView};
use crate::app::App;
use crate::app::wire::{AskedLang, Created, Cursor, Failure, Limit, NoContent, Paging, Reply};
use crate::clinic::identity::Session;
use crate::kernel::db::Tx;
use crate::kernel::error::{Error, Result};
use poem::web::Data;
use poem_openapi::OpenApi;
use poem_openapi::param::{Header, Path, Query};
use uuid::Uuid;

pub struct EnrolmentsApi;

#[OpenApi(prefix_path = "/v1", tag = "Tag::Programmes")]
impl EnrolmentsApi {
    /// List the programmes
    ///
    /// Those that have not ended, newest first.
    #[oai(path = "/programmes", method = "get", operation_id = "listProgrammes")]
    async fn list(
        &self,
        app: Data<&App>,
        lang: AskedLang,
        limit: Query<Option<Limit>>,
        cursor: Query<Option<Cursor>>,
    ) -> Result<Reply<ProgrammePage>, Failure> {
        let page: Paging<Uuid> = Paging::of_all(limit.0, cursor.0)?;
        let mut rows = rows::programmes(&app.db.reader(), false, page.place, page.rows()).await?;
        let next_cursor = page.cut(&mut rows, |row| row.id)?;
        let items = rows.into_iter().map(|row| ProgrammeView::of(row, lang.0)).collect();
        Ok(Reply::new(ProgrammePage { items, next_cursor }))
    }

    /// Enter a programme
    ///
    /// For whom it is, and while it is open (`not_eligible`, with `reasons`): at once, or when staff have admitted one. Where no
    /// place is left one waits for the next. Who takes part or waits already is refused (`state_conflict`).
    #[oai(path = "/programmes/:id/enrolments", method = "post", operation_id = "createEnrolment")]
    async fn enter(
        &self,
        app: Data<&App>,
        session: Session,
        id: Path<Uuid>,
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] key: Header<String>,
    ) -> Result<Created<EnrolmentView>, Failure> {
        let caller = session.patient()?.may_write(&app, "createEnrolment")?.accepted()?;
        let caller = caller.with_profile(&app.profile.person)?.sees_clinical()?;
        let of = rows::programme(&app.db.reader(), id.0).await?.ok_or_else(Error::not_found)?;
        let misfits = programme::misfits(&app, caller.id, &of).await?;
        let asked = serde_json::json!({ "programme": id.0 });
        let view = app
            .write_once(&caller.actor("createEnrolment"), &caller.keys, &key, &asked, async |tx: &mut Tx| {
                let entry = Entry { channel: "app", staff: None, misfits };
                Ok(EnrolmentView::own(enrolment::apply(tx, &caller.keys, id.0, entry).await?))
            })
            .await?;
        Ok(Created::at("/v1/me/enrolments", view))
    }

    /// List in what one takes part
    #[oai(path = "/me/enrolments", method = "get", operation_id = "listEnrolments")]
    async fn own(&self, app: Data<&App>, session: Session) -> Result<Reply<EnrolmentList>, Failure> {
        let caller = session.patient()?.sees_clinical()?;
        let rows = rows::all_of(&app.db.reader(), caller.id).await?;
        Ok(Reply::new(EnrolmentList { items: rows.into_iter().map(EnrolmentView::own).collect() }))
    }

    /// Leave a programme
    ///
    /// The place goes to who waits longest. What is booked stays booked.
    #[oai(path = "/me/enrolments/:id", method = "delete", operation_id = "endEnrolment")]
    async fn leave(&self, app: Data<&App>, session: Session, id: Path<Uuid>) -> Result<NoContent, Failure> {
        let caller = session.patient()?.may_write(&app, "endEnrolment")?.sees_clinical()?;
        let rule = async |tx: &mut Tx| enrolment::end(tx, id.0, Some(caller.id), EnrolmentEnd::Left).await;
        app.write(&caller.actor("endEnrolment"), rule).await?;
        Ok(NoContent)
    }
}
