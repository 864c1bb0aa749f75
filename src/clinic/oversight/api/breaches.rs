//! Breaches, for the officer; and for those whom one concerns.

use super::super::breach::{self, BreachNotice, NewBreach, NewTelling, Reviewed};
use super::super::rows::breach::Told;
use super::super::words;
use super::{EnteredRecord, OversightNote, Tag};
use crate::app::App;
use crate::app::multilingual::Paragraphs;
use crate::app::wire::{AskedLang, Body, Created, Cursor, Failure, Instant, Limit, NoContent, Paging, Reply};
use crate::clinic::identity::Session;
use crate::kernel::db::Tx;
use crate::kernel::error::{Error, Fault, Faults, Result};
use crate::kernel::lang::Lang;
use crate::page_of;
use poem::web::Data;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::types::ToJSON;
use poem_openapi::{Object, OpenApi};
use uuid::Uuid;

#[derive(Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct NewBreachRecord {
    /// When it became known: its terms run from then.
    known_at: Instant,
    /// The classes of data that it touches: `identity`, `contact`, `clinical`, …
    #[oai(validator(min_items = 1, max_items = 11))]
    classes: Vec<String>,
    /// How many people it concerns, as far as is known.
    #[oai(validator(minimum(value = "0"), maximum(value = "1000000000")))]
    people: i64,
    /// What happened.
    #[oai(validator(min_length = 1, max_length = 4000))]
    text: String,
}

/// That somebody was told.
#[derive(Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct NewBreachNotice {
    to: BreachNotice,
    /// When it was sent.
    at: Instant,
    /// How, and under which number.
    #[oai(validator(min_length = 1, max_length = 4000))]
    text: String,
}

/// Whom to tell in the inbox, and what. One of `everybody` and `patientIds`.
#[derive(Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct NewPeopleNotice {
    /// Every account that lives.
    everybody: Option<bool>,
    #[oai(validator(min_items = 1, max_items = 10000))]
    patient_ids: Option<Vec<Uuid>>,
    /// What happened, what may come of it, what was done, and what one can do oneself. No name and no number of anybody.
    message: Paragraphs,
}

#[derive(Object)]
#[oai(rename_all = "camelCase")]
struct BegunNotice {
    id: Uuid,
}

#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct BreachTermView {
    /// `authority`, `result`, `people`.
    step: String,
    /// The act and article.
    source: String,
    due_at: Instant,
    done_at: Option<Instant>,
    is_overdue: bool,
}

#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct BreachActView {
    /// `authority`, `result`, `people`, `closed`.
    act: String,
    happened_at: Instant,
    noted_at: Instant,
    text: String,
    author_name: Option<String>,
}

#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct BreachView {
    id: Uuid,
    known_at: Instant,
    entered_at: Instant,
    classes: Vec<String>,
    people: i64,
    text: String,
    author_name: Option<String>,
    /// What is owed for it, by the profile of the day on which it became known.
    terms: Vec<BreachTermView>,
    acts: Vec<BreachActView>,
    message: Option<Paragraphs>,
    everybody: bool,
    /// How many people were told in their inbox.
    told: i64,
    closed_at: Option<Instant>,
}

page_of!(
    /// Breaches, newest first.
    BreachPage of BreachView
);

/// What happened to one's data.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct OwnBreachView {
    id: Uuid,
    known_at: Instant,
    told_at: Instant,
    /// In the language of `Accept-Language`.
    message: String,
}

page_of!(
    /// What one was told of, newest first.
    OwnBreachPage of OwnBreachView
);

impl BreachView {
    fn of(reviewed: Reviewed, now: Instant) -> Result<Self> {
        let row = reviewed.row;
        let classes = serde_json::from_value(row.classes).map_err(|_| Error::internal("the classes of a breach do not read"))?;
        let terms = reviewed.terms.into_iter().map(|term| BreachTermView {
            step: term.step,
            source: term.source,
            is_overdue: term.done_at.is_none() && term.due_at <= now.get(),
            due_at: term.due_at.into(),
            done_at: term.done_at.map(Into::into),
        });
        let acts = reviewed.acts.into_iter().map(|(act, text, author_name)| BreachActView {
            act: act.act,
            happened_at: act.happened_at.into(),
            noted_at: act.at.into(),
            text,
            author_name,
        });
        Ok(Self {
            id: row.id,
            known_at: row.known_at.into(),
            entered_at: row.entered_at.into(),
            classes,
            people: row.people,
            text: reviewed.text,
            author_name: reviewed.author,
            terms: terms.collect(),
            acts: acts.collect(),
            message: row.message,
            everybody: row.everybody,
            told: row.told,
            closed_at: row.closed_at.map(Into::into),
        })
    }
}

impl OwnBreachView {
    fn of(told: Told, lang: Lang) -> Self {
        let message = told.message.map(|message| message.in_lang(lang).to_owned()).unwrap_or_default();
        Self { id: told.id, known_at: told.known_at.into(), told_at: told.told_at.into(), message }
    }
}

pub struct BreachesApi;

#[OpenApi(prefix_path = "/v1/staff", tag = "Tag::Oversight")]
impl BreachesApi {
    /// Enter a breach
    ///
    /// With when it became known: what is owed for it, and by when, stands in `terms`. Officers are told before a term ends, and
    /// after.
    #[oai(path = "/breaches", method = "post", operation_id = "createBreach")]
    async fn create(
        &self,
        app: Data<&App>,
        session: Session,
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] key: Header<String>,
        body: Body<NewBreachRecord>,
    ) -> Result<Created<EnteredRecord>, Failure> {
        let caller = session.staff_for("createBreach")?;
        let asked = &body.0;
        let (known_at, classes) = (asked.known_at.get(), asked.classes.clone());
        let new = NewBreach { known_at, classes, people: asked.people, text: asked.text.clone() };
        let new = new.check(app.ambient.now())?;
        let entered = app
            .write_once(&caller.actor("createBreach"), &caller.keys, &key.0, asked, async |tx: &mut Tx| {
                Ok(EnteredRecord { id: breach::enter(tx, &app, &caller, &new).await? })
            })
            .await?;
        Ok(Created::at(format!("/v1/staff/breaches/{}", entered.id), entered))
    }

    /// List breaches
    #[oai(path = "/breaches", method = "get", operation_id = "listBreaches")]
    async fn list(
        &self,
        app: Data<&App>,
        session: Session,
        limit: Query<Option<Limit>>,
        cursor: Query<Option<Cursor>>,
    ) -> Result<Reply<BreachPage>, Failure> {
        let caller = session.staff_for("listBreaches")?;
        let page = Paging::of(caller.id, limit.0, cursor.0)?;
        let (found, next_cursor) = breach::list(&app, &caller, "listBreaches", &page).await?;
        let now = app.ambient.now().into();
        let items: Result<Vec<_>> = found.into_iter().map(|found| BreachView::of(found, now)).collect();
        Ok(Reply::new(BreachPage { items: items?, next_cursor }))
    }

    /// Read a breach
    #[oai(path = "/breaches/:id", method = "get", operation_id = "getBreach")]
    async fn get(&self, app: Data<&App>, session: Session, id: Path<Uuid>) -> Result<Reply<BreachView>, Failure> {
        let caller = session.staff_for("getBreach")?;
        let found = breach::get(&app, &caller, "getBreach", id.0).await?;
        Ok(Reply::new(BreachView::of(found, app.ambient.now().into())?))
    }

    /// Note that the authority, or the people concerned, were told
    ///
    /// It keeps the terms of that step. `state_conflict` once the breach is closed.
    #[oai(path = "/breaches/:id/notices", method = "post", operation_id = "addBreachNotice")]
    async fn note(
        &self,
        app: Data<&App>,
        session: Session,
        id: Path<Uuid>,
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] key: Header<String>,
        body: Body<NewBreachNotice>,
    ) -> Result<Created<EnteredRecord>, Failure> {
        let caller = session.staff_for("addBreachNotice")?;
        let asked = &body.0;
        let text = words::said("/text", &asked.text)?;
        let request = serde_json::json!({ "breach": id.0, "notice": asked.to_json() });
        let noted = app
            .write_once(&caller.actor("addBreachNotice"), &caller.keys, &key.0, &request, async |tx: &mut Tx| {
                breach::note(tx, &caller, id.0, (asked.to, asked.at.get()), &text).await?;
                Ok(EnteredRecord { id: id.0 })
            })
            .await?;
        Ok(Created::at(format!("/v1/staff/breaches/{}", id.0), noted))
    }

    /// Tell people of a breach in their inbox
    ///
    /// Little by little; how many were told stands in the breach. A breach tells its people once (`state_conflict`).
    #[oai(path = "/breaches/:id/people", method = "post", operation_id = "tellBreachPeople")]
    async fn tell(
        &self,
        app: Data<&App>,
        session: Session,
        id: Path<Uuid>,
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] key: Header<String>,
        body: Body<NewPeopleNotice>,
    ) -> Result<Created<BegunNotice>, Failure> {
        let caller = session.staff_for("tellBreachPeople")?;
        let asked = &body.0;
        let mut faults = Faults::default();
        let message = asked.message.check("/message", &mut faults);
        let is_for_all = asked.everybody == Some(true);
        if is_for_all == asked.patient_ids.is_some() {
            faults.add("/patientIds", if is_for_all { Fault::NotAsked } else { Fault::Required });
        }
        faults.into_result()?;
        let new = NewTelling { people: asked.patient_ids.clone(), message };
        let request = serde_json::json!({ "breach": id.0, "people": asked.to_json() });
        let begun = app
            .write_once(&caller.actor("tellBreachPeople"), &caller.keys, &key.0, &request, async |tx: &mut Tx| {
                breach::tell_people(tx, id.0, &new).await?;
                Ok(BegunNotice { id: id.0 })
            })
            .await?;
        Ok(Created::at(format!("/v1/staff/breaches/{}", id.0), begun))
    }

    /// Close a breach
    ///
    /// With a summary. `state_conflict` while something is owed for it, and once it is closed.
    #[oai(path = "/breaches/:id/closing", method = "put", operation_id = "closeBreach")]
    async fn close(
        &self,
        app: Data<&App>,
        session: Session,
        id: Path<Uuid>,
        body: Body<OversightNote>,
    ) -> Result<NoContent, Failure> {
        let caller = session.staff_for("closeBreach")?;
        let summary = words::said("/text", &body.0.text)?;
        let rule = async |tx: &mut Tx| breach::close(tx, &caller, id.0, &summary).await;
        app.write(&caller.actor("closeBreach"), rule).await?;
        Ok(NoContent)
    }
}

pub struct OwnBreachesApi;

#[OpenApi(prefix_path = "/v1/me", tag = "Tag::Oversight")]
impl OwnBreachesApi {
    /// Read which breaches one was told of
    ///
    /// What happened to one's data, what may come of it, and what one can do.
    #[oai(path = "/breaches", method = "get", operation_id = "listMyBreaches")]
    async fn list(
        &self,
        app: Data<&App>,
        session: Session,
        lang: AskedLang,
        limit: Query<Option<Limit>>,
        cursor: Query<Option<Cursor>>,
    ) -> Result<Reply<OwnBreachPage>, Failure> {
        let caller = session.patient()?.unshielded()?;
        let page = Paging::of(caller.id, limit.0, cursor.0)?;
        let (found, next_cursor) = breach::own(&app, caller.id, &page).await?;
        Ok(Reply::new(OwnBreachPage {
            items: found.into_iter().map(|told| OwnBreachView::of(told, lang.0)).collect(),
            next_cursor,
        }))
    }
}
