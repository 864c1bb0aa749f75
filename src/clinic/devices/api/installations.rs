//! Registering the app on this device, and seeing where one's account is.

use super::super::installation::{self, Device, Registered};
use super::super::token::TokenBody;
use super::{AppPlatform, Tag};
use crate::adapters::push::TokenKind;
use crate::app::App;
use crate::app::wire::{Body, Failure, Instant, NoContent, Reply};
use crate::clinic::identity::{Caller, Role, Session};
use crate::kernel::error::{Code, Error, Fault, Faults, Result};
use crate::kernel::text::check_line;
use chrono_tz::Tz;
use poem::web::Data;
use poem_openapi::param::Path;
use poem_openapi::{Enum, Object, OpenApi};
use uuid::Uuid;

const LINE_CHARS_MAX: usize = 100;

/// Which sender a push token belongs to.
#[derive(Enum, Debug, Clone, Copy, PartialEq)]
#[oai(rename_all = "camelCase")]
enum PushTokenKind {
    /// APNs, for what is shown and for silent wake-ups.
    Apns,
    /// APNs through PushKit, for calls.
    ApnsVoip,
    /// A registration token of FCM.
    FcmToken,
    /// An installation id of Firebase.
    FcmInstallation,
    /// A token of RuStore.
    Rustore,
}

impl From<PushTokenKind> for TokenKind {
    fn from(kind: PushTokenKind) -> Self {
        match kind {
            PushTokenKind::Apns => TokenKind::Apns,
            PushTokenKind::ApnsVoip => TokenKind::ApnsVoip,
            PushTokenKind::FcmToken => TokenKind::FcmToken,
            PushTokenKind::FcmInstallation => TokenKind::FcmInstallation,
            PushTokenKind::Rustore => TokenKind::Rustore,
        }
    }
}

impl From<TokenKind> for PushTokenKind {
    fn from(kind: TokenKind) -> Self {
        match kind {
            TokenKind::Apns => PushTokenKind::Apns,
            TokenKind::ApnsVoip => PushTokenKind::ApnsVoip,
            TokenKind::FcmToken => PushTokenKind::FcmToken,
            TokenKind::FcmInstallation => PushTokenKind::FcmInstallation,
            TokenKind::Rustore => PushTokenKind::Rustore,
        }
    }
}

#[derive(Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct NewPushToken {
    kind: PushTokenKind,
    /// As the provider gave it out. APNs: in hexadecimal.
    #[oai(validator(min_length = 8, max_length = 4096))]
    token: String,
}

#[derive(Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct NewDevice {
    platform: AppPlatform,
    /// As `iPhone16,2` or `Pixel 8`.
    #[oai(validator(max_length = 100))]
    model: Option<String>,
    /// As `iPadOS`, where the platform doesn't say it.
    #[oai(validator(max_length = 100))]
    os: Option<String>,
    #[oai(validator(max_length = 100))]
    os_version: Option<String>,
    /// Three numbers, `3.2.1`.
    #[oai(validator(max_length = 14))]
    app_version: String,
    /// The language of the app, as `ru-RU`.
    #[oai(validator(max_length = 35))]
    locale: Option<String>,
    /// An IANA zone, as `Asia/Almaty`.
    #[oai(validator(max_length = 64))]
    time_zone: Option<String>,
    /// By which tokens this installation can be woken, at most one of a kind. Absent or empty: by none.
    #[oai(validator(max_items = 5))]
    push_tokens: Option<Vec<NewPushToken>>,
}

#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct DeviceView {
    installation_id: Uuid,
    platform: AppPlatform,
    model: Option<String>,
    os: Option<String>,
    os_version: Option<String>,
    app_version: String,
    locale: Option<String>,
    time_zone: Option<String>,
    /// By which kinds of token it can be woken. The tokens themselves are not sent back.
    push_kinds: Vec<PushTokenKind>,
    registered_at: Instant,
    /// Whether it is signed in by the session that asks.
    current: bool,
}

impl DeviceView {
    fn new(registered: Registered, caller: &Caller) -> Self {
        let Registered { device, tokens, session, registered_at } = registered;
        Self {
            installation_id: device.installation,
            platform: device.platform.into(),
            model: device.model,
            os: device.os,
            os_version: device.os_version,
            app_version: device.app_version.to_string(),
            locale: device.locale,
            time_zone: device.time_zone,
            push_kinds: tokens.into_iter().map(Into::into).collect(),
            registered_at: registered_at.into(),
            current: session == caller.session,
        }
    }
}

#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct DeviceList {
    items: Vec<DeviceView>,
}

pub struct DevicesApi;

#[OpenApi(prefix_path = "/v1", tag = "Tag::Devices")]
impl DevicesApi {
    /// Register this installation of the app
    ///
    /// The id is the app's own, made at its first start. Send it again whenever something has changed, a push token above
    /// all: what is absent is forgotten. A token that another account had moves here. The registration ends with the session.
    #[oai(path = "/devices/:installationId", method = "put", operation_id = "putDevice")]
    async fn put(
        &self,
        app: Data<&App>,
        session: Session,
        #[oai(name = "installationId")] installation: Path<Uuid>,
        body: Body<NewDevice>,
    ) -> Result<Reply<DeviceView>, Failure> {
        let mut caller = session.patient_or_staff_for("putDevice")?;
        if caller.role == Role::Patient {
            caller = caller.accepted()?;
        }
        // A push tells that there is a message, and under a shield not even that.
        if caller.acting.is_some_and(|acting| acting.is_shielded)
            && body.0.push_tokens.as_ref().is_some_and(|all| !all.is_empty())
        {
            return Err(Error::refused(Code::NotByRepresentation).into());
        }
        let (device, tokens) = check(installation.0, body.0)?;
        let registered = installation::put(&app, &caller, device, tokens).await?;
        Ok(Reply::new(DeviceView::new(registered, &caller)))
    }

    /// Take an installation out of the register
    ///
    /// It is woken no more. The session that it was registered in goes on.
    #[oai(path = "/devices/:installationId", method = "delete", operation_id = "deleteDevice")]
    async fn delete(
        &self,
        app: Data<&App>,
        session: Session,
        #[oai(name = "installationId")] installation: Path<Uuid>,
    ) -> Result<NoContent, Failure> {
        let caller = session.patient_or_staff_for("deleteDevice")?;
        installation::remove(&app, &caller, installation.0).await?;
        Ok(NoContent)
    }

    /// List the devices on which one is signed in
    #[oai(path = "/devices", method = "get", operation_id = "listDevices")]
    async fn list(&self, app: Data<&App>, session: Session) -> Result<Reply<DeviceList>, Failure> {
        let caller = session.patient_or_staff_for("listDevices")?;
        let openings = app.openings(caller.actor("listDevices"), caller.asker());
        let living = installation::living(&app, &openings, caller.id).await?;
        let items = living.into_iter().map(|registered| DeviceView::new(registered, &caller)).collect();
        Ok(Reply::new(openings.answer(DeviceList { items }).await?))
    }
}

/// Checks every field, so that all faults are told at once.
fn check(installation: Uuid, new: NewDevice) -> Result<(Device, Vec<TokenBody>)> {
    let mut faults = Faults::default();
    let mut line = |pointer: &str, text: Option<String>| {
        let checked = text.map(|text| check_line(text.trim(), LINE_CHARS_MAX))?;
        faults.check(pointer, checked).filter(|text| !text.is_empty())
    };
    let (model, os, os_version) = (line("/model", new.model), line("/os", new.os), line("/osVersion", new.os_version));
    let app_version = faults.check("/appVersion", new.app_version.parse().map_err(|_| Fault::BadFormat));
    if new.locale.as_deref().is_some_and(|locale| !is_locale(locale)) {
        faults.add("/locale", Fault::BadFormat);
    }
    if new.time_zone.as_deref().is_some_and(|zone| zone.parse::<Tz>().is_err()) {
        faults.add("/timeZone", Fault::UnknownValue);
    }
    let mut tokens: Vec<TokenBody> = Vec::new();
    for (index, new) in new.push_tokens.unwrap_or_default().into_iter().enumerate() {
        let kind = TokenKind::from(new.kind);
        if tokens.iter().any(|token| token.kind == kind) {
            faults.add(format!("/pushTokens/{index}/kind"), Fault::Duplicate);
        }
        tokens.extend(faults.check(format!("/pushTokens/{index}/token"), TokenBody::check(kind, new.token)));
    }
    faults.into_result()?;
    let Some(app_version) = app_version else { return Err(crate::kernel::error::Error::field("/appVersion", Fault::Required)) };
    let device = Device {
        installation,
        platform: new.platform.into(),
        model,
        os,
        os_version,
        app_version,
        locale: new.locale,
        time_zone: new.time_zone,
    };
    Ok((device, tokens))
}

/// The shape of a language tag (BCP 47); which languages there are is not ours to know.
fn is_locale(tag: &str) -> bool {
    let mut parts = tag.split(['-', '_']);
    let is_language = |part: &str| (2..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphabetic());
    parts.next().is_some_and(is_language)
        && parts.all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()))
}
