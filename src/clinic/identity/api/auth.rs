//! Signing in and out.

use super::super::arrival::{self, Said};
use super::super::caller::{Role, Session};
use super::super::codes::{self, ByNumber, Channel, Flow, Target};
use super::super::credentials::{self, Given};
use super::super::sessions::{self, Device, Pair, Terms};
use super::super::{rows, staff};
use crate::app::App;
use crate::app::wire::{Accepted, AskedLang, Body, ClientAddr, Created, Date, Failure, Instant, NoContent, Reply, RequestId};
use crate::kernel::db::{Actor, Tx, Who};
use crate::kernel::error::{Error, Fault, Result};
use poem::web::Data;
use poem_openapi::{Enum, Object, OpenApi, Tags};
use uuid::Uuid;

#[derive(Tags)]
enum Tag {
    /// Signing in and out
    Auth,
}

#[derive(Enum, Debug, Clone, Copy, PartialEq)]
#[oai(rename_all = "camelCase")]
enum CodeChannel {
    Sms,
    Email,
    /// An individual identification number: the code goes by SMS to the phone that is bound to it.
    Iin,
}

#[derive(Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct NewCode {
    channel: CodeChannel,
    /// A phone number (with `+`, or as dialled in the profile's country), an e-mail address, or an individual identification
    /// number.
    #[oai(validator(min_length = 1, max_length = 254))]
    to: String,
}

#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct Challenge {
    challenge_id: Uuid,
    expires_at: Instant,
}

#[derive(Enum, Debug, Clone, Copy, PartialEq)]
#[oai(rename_all = "camelCase")]
enum GrantKind {
    /// A one-time code: `challengeId`, `code`, and where the answer was `known_fact_required` also `birthDate` or
    /// `newOwner`.
    Code,
    /// `login`, `password`, and for staff `totp` once the issued credentials were changed. With `refreshToken`, an old one
    /// of this device, the tries of strangers don't count against it.
    Password,
    /// `refreshToken`.
    Refresh,
}

#[derive(Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct TokenRequest {
    grant: GrantKind,
    challenge_id: Option<Uuid>,
    #[oai(validator(max_length = 12))]
    code: Option<String>,
    #[oai(validator(max_length = 64))]
    login: Option<String>,
    #[oai(validator(max_length = 256))]
    password: Option<String>,
    #[oai(validator(max_length = 12))]
    totp: Option<String>,
    #[oai(validator(max_length = 128))]
    refresh_token: Option<String>,
    /// With a code to a number that has not been used for long: the birth date of the account's owner.
    birth_date: Option<Date>,
    /// With such a code, too: the number has come from somebody else. The account behind it loses the number, and an empty
    /// one begins.
    new_owner: Option<bool>,
    /// What the person calls this device, for his list of sessions.
    #[oai(validator(max_length = 100))]
    device_name: Option<String>,
}

#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub(super) struct TokenPair {
    access_token: String,
    refresh_token: String,
    /// Seconds from now until the access token ends.
    expires_in: i32,
    role: Role,
}

impl TokenPair {
    pub fn new(pair: Pair, role: Role) -> Self {
        Self { access_token: pair.access, refresh_token: pair.refresh, expires_in: pair.access_lives_s, role }
    }
}

#[derive(Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct Claim {
    /// The one-time token of the file that the server named at its start.
    #[oai(validator(max_length = 128))]
    token: String,
    #[oai(validator(max_length = 64))]
    login: String,
    #[oai(validator(max_length = 100))]
    name: String,
    #[oai(validator(max_length = 256))]
    password: String,
}

/// What an authenticator app needs. Answered once.
#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub(super) struct TotpEnrolment {
    /// Base32, for typing.
    pub totp_secret: String,
    /// `otpauth://…`, for a QR code.
    pub totp_uri: String,
}

impl From<staff::Enrolment> for TotpEnrolment {
    fn from(enrolment: staff::Enrolment) -> Self {
        Self { totp_secret: enrolment.secret, totp_uri: enrolment.uri }
    }
}

pub struct AuthApi;

#[OpenApi(prefix_path = "/v1", tag = "Tag::Auth")]
impl AuthApi {
    /// Ask for a one-time code
    ///
    /// Known and unknown numbers are answered alike. The message follows `Accept-Language`.
    #[oai(path = "/auth/codes", method = "post", operation_id = "askCode")]
    async fn ask_code(
        &self,
        app: Data<&App>,
        id: RequestId,
        addr: ClientAddr,
        lang: AskedLang,
        body: Body<NewCode>,
    ) -> Result<Accepted<Challenge>, Failure> {
        let actor = Actor { who: Who::Anonymous, operation: "askCode", request: id.0 };
        let NewCode { channel, to } = body.0;
        let channel = match channel {
            CodeChannel::Sms => Some(Channel::Sms),
            CodeChannel::Email => Some(Channel::Email),
            CodeChannel::Iin => None,
        };
        let (challenge_id, expires_at) = match channel {
            Some(channel) => {
                let target = Target::for_sign_in(&app.profile, channel, &to)?;
                codes::ask(&app, &actor, addr.0, lang.0, Flow::SignIn, &target).await?
            }
            None => {
                let number = ByNumber::check(&app.profile, &to)?;
                codes::ask_by_number(&app, &actor, addr.0, lang.0, &number).await?
            }
        };
        Ok(Accepted(Challenge { challenge_id, expires_at: expires_at.into() }))
    }

    /// Get tokens
    ///
    /// For a one-time code, for login and password, or for a refresh token. A patient with an issued password can do nothing
    /// but change it (`changePassword`) and sign out.
    #[oai(path = "/auth/tokens", method = "post", operation_id = "createTokens")]
    async fn create_tokens(
        &self,
        app: Data<&App>,
        id: RequestId,
        addr: ClientAddr,
        body: Body<TokenRequest>,
    ) -> Result<Reply<TokenPair>, Failure> {
        let actor = Actor { who: Who::Anonymous, operation: "createTokens", request: id.0 };
        let request = body.0;
        let pair = match request.grant {
            GrantKind::Code => {
                let challenge = required("/challengeId", request.challenge_id)?;
                let code = required("/code", request.code)?;
                let device = device(request.device_name)?;
                let birth_date = request.birth_date.map(|date| date.0);
                let said = Said { birth_date, is_new_owner: request.new_owner == Some(true) };
                let keys = arrival::arrive(&app, &actor, (challenge, &code), &said).await?;
                let terms = Terms::of(&app.profile.sessions, "patient");
                let pair =
                    app.write(&actor, async |tx: &mut Tx| sessions::open(tx, &keys, "patient", terms, device).await).await?;
                TokenPair::new(pair, Role::Patient)
            }
            GrantKind::Password => {
                let login = required("/login", request.login)?;
                let password = required("/password", request.password)?;
                let (totp, shown_token) = (request.totp.as_deref(), request.refresh_token.as_deref());
                let device = device(request.device_name)?;
                let given = Given { login: &login, password: &password, totp, shown_token, device };
                let (pair, role) = credentials::sign_in(&app, &actor, addr.0, given).await?;
                TokenPair::new(pair, role)
            }
            GrantKind::Refresh => {
                let token = required("/refreshToken", request.refresh_token)?;
                let (pair, owner) =
                    app.write(&actor, async |tx: &mut Tx| sessions::rotate(tx, &token, &app.profile.sessions).await).await?;
                let staff = rows::find_staff(&app.db.reader(), owner).await?;
                TokenPair::new(pair, staff.and_then(|row| Role::parse(&row.role)).unwrap_or(Role::Patient))
            }
        };
        Ok(Reply::new(pair))
    }

    /// Sign out
    ///
    /// Ends this session on every device that shares it.
    #[oai(path = "/auth/tokens", method = "delete", operation_id = "signOut")]
    async fn sign_out(&self, app: Data<&App>, session: Session) -> Result<NoContent, Failure> {
        let caller = session.anybody();
        app.write(&caller.actor("signOut"), async |tx: &mut Tx| sessions::end(tx, caller.session, "signOut").await).await?;
        Ok(NoContent)
    }

    /// Claim a new installation
    ///
    /// Makes the first administrator, for whoever can read the token's file on the server.
    #[oai(path = "/installation/claim", method = "post", operation_id = "claimInstallation")]
    async fn claim(&self, app: Data<&App>, id: RequestId, body: Body<Claim>) -> Result<Created<TotpEnrolment>, Failure> {
        let actor = Actor { who: Who::Anonymous, operation: "claimInstallation", request: id.0 };
        let Claim { token, login, name, password } = body.0;
        let enrolment = staff::claim(&app, &actor, &token, &login, &name, &password).await?;
        Ok(Created::at("/v1/staff/me", enrolment.into()))
    }
}

fn required<T>(pointer: &str, value: Option<T>) -> Result<T> {
    value.ok_or_else(|| Error::field(pointer, Fault::Required))
}

pub(super) fn device(name: Option<String>) -> Result<Option<Device>> {
    name.filter(|name| !name.trim().is_empty()).map(|name| Device::check(&name)).transpose()
}
