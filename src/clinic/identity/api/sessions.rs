//! One's sessions: where one is signed in.

use super::super::caller::{Caller, Session};
use super::super::rows;
use super::super::sessions::{self, Device};
use super::me::Tag;
use crate::app::App;
use crate::app::wire::{Body, Failure, Instant, NoContent, Reply};
use crate::kernel::db::Tx;
use crate::kernel::error::{Error, Result};
use crate::kernel::vault::Class;
use poem::web::Data;
use poem_openapi::param::Path;
use poem_openapi::{Object, OpenApi};
use uuid::Uuid;

#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct SessionView {
    id: Uuid,
    device_name: Option<String>,
    created_at: Instant,
    used_at: Instant,
    /// Whether this is the session that asks.
    current: bool,
}

#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct SessionList {
    items: Vec<SessionView>,
}

#[derive(Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct SessionName {
    #[oai(validator(min_length = 1, max_length = 100))]
    device_name: String,
}

pub struct SessionsApi;

#[OpenApi(prefix_path = "/v1/me", tag = "Tag::Me")]
impl SessionsApi {
    /// List one's sessions
    #[oai(path = "/sessions", method = "get", operation_id = "listSessions")]
    async fn list(&self, app: Data<&App>, session: Session) -> Result<Reply<SessionList>, Failure> {
        let caller = session.anybody_settled()?;
        let mut rows = rows::living_sessions(&app.db.reader(), caller.id, app.ambient.now()).await?;
        rows.retain(|row| may(&caller, row));
        let openings = app.openings(caller.actor("listSessions"), caller.asker());
        let grant = openings.grant(caller.id, Class::Contact, ("session", caller.session)).await?;
        let mut items = Vec::with_capacity(rows.len());
        for row in rows {
            let device = row.device.as_ref().map(|sealed| grant.open::<Device>(row.id, sealed)).transpose()?;
            items.push(SessionView {
                id: row.id,
                device_name: device.map(|device| device.name),
                created_at: row.created_at.into(),
                used_at: row.used_at.into(),
                current: row.id == caller.session,
            });
        }
        Ok(Reply::new(openings.answer(SessionList { items }).await?))
    }

    /// End all of one's sessions but this one
    ///
    /// At once, with their push tokens.
    #[oai(path = "/sessions", method = "delete", operation_id = "endOtherSessions")]
    async fn end_others(&self, app: Data<&App>, session: Session) -> Result<NoContent, Failure> {
        let caller = session.anybody_settled()?;
        let rule = async |tx: &mut Tx| sessions::end_all(tx, caller.id, Some(caller.session)).await;
        app.write(&caller.actor("endOtherSessions"), rule).await?;
        Ok(NoContent)
    }

    /// Name the device of one of one's sessions
    #[oai(path = "/sessions/:id", method = "put", operation_id = "renameSession")]
    async fn rename(
        &self,
        app: Data<&App>,
        session: Session,
        id: Path<Uuid>,
        body: Body<SessionName>,
    ) -> Result<NoContent, Failure> {
        let caller = session.patient()?.may_write(&app, "renameSession")?;
        let device = Device::check(&body.0.device_name)?;
        let rule = async |tx: &mut Tx| sessions::rename(tx, &caller.keys, id.0, &device).await;
        app.write(&caller.actor("renameSession"), rule).await?;
        Ok(NoContent)
    }

    /// End one of one's sessions
    ///
    /// At once, with its push tokens.
    #[oai(path = "/sessions/:id", method = "delete", operation_id = "endSession")]
    async fn end(&self, app: Data<&App>, session: Session, id: Path<Uuid>) -> Result<NoContent, Failure> {
        let caller = session.anybody_settled()?;
        let mine = |row: &rows::session::Model| row.owner == caller.id && row.ended_at.is_none() && may(&caller, row);
        app.write(&caller.actor("endSession"), async |tx: &mut Tx| -> Result<()> {
            let row = rows::find_session(tx, id.0).await?.filter(mine).ok_or_else(Error::not_found)?;
            sessions::end(tx, row.id, "endSession").await
        })
        .await?;
        Ok(NoContent)
    }
}

/// A representative sees and ends his own session, and none of the person's or of another representative.
fn may(caller: &Caller, row: &rows::session::Model) -> bool {
    caller.acting.is_none() || row.id == caller.session
}
