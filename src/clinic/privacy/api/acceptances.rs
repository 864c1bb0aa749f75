//! Accepting the policy.

use super::super::acceptances::{self, Accepted, Evidence, Telling};
use super::super::identity_check::DeskChannel;
use super::{Tag, TextLanguage, UserAgent};
use crate::app::App;
use crate::app::profile::AcceptedThrough;
use crate::app::wire::{Body, Created, Failure, Instant, Reply};
use crate::clinic::identity::Session;
use crate::kernel::db::Tx;
use crate::kernel::error::{Error, Result};
use crate::kernel::lang::Lang;
use crate::kernel::text::check_line;
use poem::web::Data;
use poem_openapi::param::Header;
use poem_openapi::{Enum, Object, OpenApi};
use uuid::Uuid;

#[derive(Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct NewAcceptance {
    #[oai(validator(min_length = 1, max_length = 64))]
    version: String,
    /// `textHash` of the policy as it was shown.
    #[oai(validator(pattern = "^[0-9a-fA-F]{64}$"))]
    text_hash: String,
    /// The language in which it was shown.
    language: TextLanguage,
    /// What the person calls this device.
    #[oai(validator(max_length = 100))]
    device_name: Option<String>,
}

#[derive(Enum, Debug, Clone, Copy, PartialEq)]
#[oai(rename_all = "camelCase")]
enum AcceptanceHow {
    Act,
    ContinuedUse,
}

#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct AcceptanceView {
    id: Uuid,
    version: String,
    text_hash: String,
    language: TextLanguage,
    accepted_at: Instant,
    device_name: Option<String>,
    user_agent: Option<String>,
    /// The address from which it came: one's own, or the desk's. Empty where going on was the acceptance,
    /// and where the profile takes no note of devices.
    address: String,
    /// By an act, or by going on to use the service after one was told of a new version.
    how: AcceptanceHow,
    /// How the desk told the text.
    telling: Option<Telling>,
    /// How one came to the desk.
    channel: Option<DeskChannel>,
}

impl From<Accepted> for AcceptanceView {
    fn from(accepted: Accepted) -> Self {
        Self {
            id: accepted.id,
            version: accepted.version,
            text_hash: accepted.evidence.text_hash,
            language: accepted.evidence.language.into(),
            accepted_at: accepted.at.into(),
            device_name: accepted.evidence.device_name,
            user_agent: accepted.evidence.user_agent,
            address: accepted.evidence.address,
            how: if accepted.evidence.used_in.is_some() { AcceptanceHow::ContinuedUse } else { AcceptanceHow::Act },
            telling: accepted.evidence.told.map(|told| told.telling),
            channel: accepted.evidence.told.map(|told| told.channel),
        }
    }
}

#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct AcceptanceList {
    items: Vec<AcceptanceView>,
}

pub struct AcceptancesApi;

#[OpenApi(prefix_path = "/v1", tag = "Tag::Privacy")]
impl AcceptancesApi {
    /// Accept the policy
    ///
    /// The version in force, by the hash of the text that was shown. Nothing about a person is taken before.
    #[oai(path = "/me/acceptances", method = "post", operation_id = "acceptPolicy")]
    async fn accept(
        &self,
        app: Data<&App>,
        session: Session,
        agent: UserAgent,
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] key: Header<String>,
        body: Body<NewAcceptance>,
    ) -> Result<Created<AcceptanceView>, Failure> {
        let caller = session.patient()?;
        let new = &body.0;
        let lang = Lang::from(new.language);
        let device_name = device_name(new.device_name.as_deref())?;
        let evidence = Evidence {
            text_hash: new.text_hash.to_ascii_lowercase(),
            language: lang,
            device_name,
            user_agent: agent.0.filter(|_| app.profile.devices.registry),
            address: if app.profile.devices.registry { caller.addr.to_string() } else { String::new() },
            told: None,
            used_in: None,
        };
        let actor = caller.actor("acceptPolicy");
        let view = app
            .write_once(&actor, &caller.keys, &key, new, async |tx: &mut Tx| {
                acceptances::check(&app.profile, tx.now(), &new.version, &new.text_hash, lang)?;
                acceptances::check_way(&app.profile, tx.now(), AcceptedThrough::App)?;
                Ok(AcceptanceView::from(acceptances::accept(tx, &caller.keys, &new.version, &evidence).await?))
            })
            .await?;
        Ok(Created::at(format!("/v1/me/acceptances/{}", view.id), view))
    }

    /// List what one has accepted
    #[oai(path = "/me/acceptances", method = "get", operation_id = "listAcceptances")]
    async fn acceptances(&self, app: Data<&App>, session: Session) -> Result<Reply<AcceptanceList>, Failure> {
        let caller = session.patient()?;
        let openings = app.openings(caller.actor("listAcceptances"), caller.asker());
        let items = acceptances::list(&app, &openings, caller.id).await?.into_iter().map(Into::into).collect();
        Ok(Reply::new(openings.answer(AcceptanceList { items }).await?))
    }
}

fn device_name(name: Option<&str>) -> Result<Option<String>> {
    let Some(name) = name.map(str::trim).filter(|name| !name.is_empty()) else { return Ok(None) };
    check_line(name, 100).map(Some).map_err(|fault| Error::field("/deviceName", fault))
}
