//! The inbox.

use super::super::rows::{self, notification};
use super::super::shield::is_told;
use super::Tag;
use crate::app::App;
use crate::app::catalogue;
use crate::app::notices::Kind;
use crate::app::wire::{AskedLang, Body, Cursor, Failure, Instant, Limit, NoContent, Paging, Reply};
use crate::clinic::identity::{Caller, Session};
use crate::kernel::access::check_own;
use crate::kernel::audit::Line;
use crate::kernel::db::Tx;
use crate::kernel::error::{Error, Result};
use crate::kernel::lang::Lang;
use poem::web::Data;
use poem_openapi::param::{Path, Query};
use poem_openapi::{Object, OpenApi};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct NotificationView {
    id: Uuid,
    kind: Kind,
    /// In the language of `Accept-Language`.
    title: String,
    /// What may be shown once its owner has unlocked the app.
    body: String,
    /// `booking`, `charge`, `conversation`, `document`, `ticket`, `export`, `freeze`, `session`, `representation`. Absent where
    /// there is nothing to open; new words may come.
    object_kind: Option<String>,
    object_id: Option<Uuid>,
    at: Instant,
    /// Absent until it was read.
    read_at: Option<Instant>,
}

/// Notices, the newest first.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct NotificationPage {
    items: Vec<NotificationView>,
    /// How many of the whole inbox are unread.
    unread: i64,
    /// Send it back as `cursor` for the next page. Absent at the end.
    next_cursor: Option<Cursor>,
}

#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct ReadUpTo {
    /// The newest notice that was seen: it and all older ones are read.
    up_to: Uuid,
}

impl NotificationView {
    /// In the words of the catalogue, or of the campaign that it belongs to.
    async fn of(db: &impl ConnectionTrait, row: notification::Model, lang: Lang) -> Result<Self> {
        let kind = Kind::parse(&row.kind).ok_or_else(|| Error::internal("a notice of an unknown kind"))?;
        let key = match &row.text {
            Some(text) => format!("campaign-{text}"),
            None => format!("notice-{}", kind.as_str()),
        };
        let campaign = match kind {
            Kind::Marketing if !row.object.is_nil() => rows::campaign::find(db, row.object).await?,
            _ => None,
        };
        let (title, body) = match campaign {
            Some(campaign) => (campaign.title.in_lang(lang).to_owned(), campaign.body.in_lang(lang).to_owned()),
            None => (catalogue::text(lang, &key, &[]), catalogue::text(lang, &format!("{key}.body"), &[])),
        };
        Ok(Self {
            id: row.id,
            kind,
            title,
            body,
            object_kind: kind.object().map(str::to_owned),
            object_id: kind.object().map(|_| row.object),
            at: row.at.into(),
            read_at: row.read_at.map(Into::into),
        })
    }
}

pub struct InboxApi;

#[OpenApi(prefix_path = "/v1", tag = "Tag::Notifications")]
impl InboxApi {
    /// List one's notices
    #[oai(path = "/notifications", method = "get", operation_id = "listNotifications")]
    async fn list(
        &self,
        app: Data<&App>,
        session: Session,
        lang: AskedLang,
        limit: Query<Option<Limit>>,
        cursor: Query<Option<Cursor>>,
    ) -> Result<Reply<NotificationPage>, Failure> {
        let caller = session.patient_or_staff_for("listNotifications")?;
        let page = Paging::of(caller.id, limit.0, cursor.0)?;
        let reader = app.db.reader();
        check_own(&reader, caller.id).await?;
        let mut rows = rows::page(&reader, caller.id, page.place, page.rows()).await?;
        let next_cursor = page.cut(&mut rows, |row| row.id)?;
        rows.retain(|row| is_told(caller.acting, &row.kind));
        // How much there is of what is closed to him is not told either.
        let unread = match caller.acting.is_none_or(|acting| acting.sees_clinical) {
            true => rows::unread(&reader, caller.id).await?,
            false => rows.iter().filter(|row| row.read_at.is_none()).map(|_| 1).sum(),
        };
        let mut items = Vec::with_capacity(rows.len());
        for row in rows {
            items.push(NotificationView::of(&reader, row, lang.0).await?);
        }
        Ok(Reply::new(NotificationPage { items, unread, next_cursor }))
    }

    /// Read one notice
    ///
    /// For an app that a push has woken: the push carries this id and nothing else.
    #[oai(path = "/notifications/:id", method = "get", operation_id = "getNotification")]
    async fn get(
        &self,
        app: Data<&App>,
        session: Session,
        lang: AskedLang,
        id: Path<Uuid>,
    ) -> Result<Reply<NotificationView>, Failure> {
        let caller = session.patient_or_staff_for("getNotification")?;
        let reader = app.db.reader();
        check_own(&reader, caller.id).await?;
        let row = rows::find(&reader, caller.id, id.0).await?.filter(|row| is_told(caller.acting, &row.kind));
        let row = row.ok_or_else(Error::not_found)?;
        Ok(Reply::new(NotificationView::of(&reader, row, lang.0).await?))
    }

    /// Mark a notice as read
    ///
    /// To mark it again changes nothing.
    #[oai(path = "/notifications/:id/read", method = "post", operation_id = "readNotification")]
    async fn read(&self, app: Data<&App>, session: Session, id: Path<Uuid>) -> Result<NoContent, Failure> {
        let caller = session.patient_or_staff_for("readNotification")?;
        mark(&app, &caller, "readNotification", id.0, true).await?;
        Ok(NoContent)
    }

    /// Mark notices as read, up to one
    #[oai(path = "/notifications/read", method = "post", operation_id = "readNotifications")]
    async fn read_up_to(&self, app: Data<&App>, session: Session, body: Body<ReadUpTo>) -> Result<NoContent, Failure> {
        let caller = session.patient_or_staff_for("readNotifications")?;
        mark(&app, &caller, "readNotifications", body.0.up_to, false).await?;
        Ok(NoContent)
    }
}

async fn mark(app: &App, caller: &Caller, operation: &'static str, id: Uuid, alone: bool) -> Result<()> {
    app.write(&caller.actor(operation), async |tx: &mut Tx| -> Result<()> {
        check_own(tx, caller.id).await?;
        let row = rows::find(tx, caller.id, id).await?.filter(|row| is_told(caller.acting, &row.kind));
        let row = row.ok_or_else(Error::not_found)?;
        rows::read(tx, caller.id, row.id, alone, tx.now()).await?;
        tx.audit(Line::new("readNotification").on("notification", row.id).about(&caller.keys));
        Ok(())
    })
    .await
}
