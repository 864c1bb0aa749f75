//! One's preferences.

use super::super::preferences::{self, GROUPS, Preferences, Switch};
use super::Tag;
use crate::app::App;
use crate::app::notices::{Channel, Group};
use crate::app::profile::Profile;
use crate::app::wire::{Body, ETag, Failure, Reply};
use crate::clinic::identity::{Role, Session};
use crate::kernel::access::check_own;
use crate::kernel::error::{Error, Fault, Result};
use crate::kernel::lang::Lang;
use poem::web::Data;
use poem_openapi::param::Header;
use poem_openapi::{Object, OpenApi};

#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
struct NotificationSwitch {
    group: Group,
    channel: Channel,
    on: bool,
}

#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct NewPreferences {
    /// `ru`, `kk`, `ka`, `en`: of text messages and letters. Absent: the service's own.
    #[oai(validator(max_length = 2))]
    language: Option<String>,
    /// The IANA name of the zone whose nights are quiet. Absent: the service's own.
    #[oai(validator(max_length = 64))]
    zone: Option<String>,
    /// What is not named is on. Marketing goes, in any case, only with its consent.
    #[oai(validator(max_items = 20))]
    switches: Vec<NotificationSwitch>,
}

#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct PreferencesView {
    language: Option<String>,
    zone: Option<String>,
    /// Every group by every way that notices go here.
    switches: Vec<NotificationSwitch>,
}

impl PreferencesView {
    fn of(preferences: Preferences, profile: &Profile) -> Self {
        let channels = profile.notice_channels();
        let all = GROUPS.iter().flat_map(|group| channels.iter().map(|channel| (*group, *channel)));
        let switches = all.map(|(group, channel)| NotificationSwitch { on: !preferences.is_off(group, channel), group, channel });
        let switches = switches.collect();
        Self { language: preferences.language.map(|lang| lang.as_str().to_owned()), zone: preferences.zone, switches }
    }
}

pub struct PreferencesApi;

#[OpenApi(prefix_path = "/v1", tag = "Tag::Notifications")]
impl PreferencesApi {
    /// Read how one wants to be told
    #[oai(path = "/me/preferences", method = "get", operation_id = "getPreferences")]
    async fn get(&self, app: Data<&App>, session: Session) -> Result<Reply<PreferencesView>, Failure> {
        let caller = session.patient_or_staff_for("getPreferences")?;
        check_own(&app.db.reader(), caller.id).await?;
        let (preferences, version) = preferences::read(&app, caller.id).await?;
        Ok(Reply::tagged(PreferencesView::of(preferences, &app.profile), ETag::of(version)))
    }

    /// Say how one wants to be told
    ///
    /// Replaces what was said before. A way that no notice goes here is `refused_by_profile`.
    #[oai(path = "/me/preferences", method = "put", operation_id = "putPreferences")]
    async fn put(
        &self,
        app: Data<&App>,
        session: Session,
        #[oai(name = "If-Match")] if_match: Header<Option<String>>,
        body: Body<NewPreferences>,
    ) -> Result<Reply<PreferencesView>, Failure> {
        let caller = session.patient_or_staff_for("putPreferences")?.may_write(&app, "putPreferences")?;
        let caller = if caller.role == Role::Patient { caller.accepted()? } else { caller };
        let NewPreferences { language, zone, switches } = body.0;
        let language = language.as_deref().map(language_of).transpose()?;
        let switches: Vec<Switch> =
            switches.into_iter().map(|switch| Switch { group: switch.group, channel: switch.channel, on: switch.on }).collect();
        let preferences = Preferences::check(&app.profile, language, zone.as_deref(), &switches)?;
        let may_overwrite = |version: i64| ETag::of(version).check(if_match.0.as_deref());
        let version = preferences::put(&app, &caller, &preferences, may_overwrite).await?;
        Ok(Reply::tagged(PreferencesView::of(preferences, &app.profile), ETag::of(version)))
    }
}

fn language_of(code: &str) -> Result<Lang> {
    let known = Lang::ALL.iter().copied().find(|lang| lang.as_str() == code);
    known.ok_or_else(|| Error::field("/language", Fault::UnknownValue))
}
