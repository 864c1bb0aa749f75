//! Passkeys of staff. What goes to the browser is what its `parseCreationOptionsFromJSON` and `parseRequestOptionsFromJSON`
//! read.

use super::super::caller::Session;
use super::super::passkeys::{self, Assertion, CEREMONY_LIVES, Passkey, Registration};
use super::super::{staff, webauthn};
use super::auth::{TokenPair, device};
use super::staff::Tag;
use crate::app::App;
use crate::app::wire::{Body, ClientAddr, Created, Failure, Instant, NoContent, Reply, RequestId};
use crate::kernel::db::{Actor, Tx, Who};
use crate::kernel::error::{Error, Fault, Result};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use poem::web::Data;
use poem_openapi::param::Path;
use poem_openapi::{Object, OpenApi};
use uuid::Uuid;

const PUBLIC_KEY: &str = "public-key";

#[derive(Object)]
#[oai(rename_all = "camelCase")]
struct RelyingParty {
    id: String,
    name: String,
}

#[derive(Object)]
#[oai(rename_all = "camelCase")]
struct PasskeyUser {
    /// Base64url, without padding.
    id: String,
    name: String,
    display_name: String,
}

#[derive(Object)]
#[oai(rename_all = "camelCase")]
struct PasskeyAlgorithm {
    #[oai(rename = "type")]
    kind: String,
    /// A number of COSE: −7, −8, −257.
    alg: i32,
}

#[derive(Object)]
#[oai(rename_all = "camelCase")]
struct PasskeyDescriptor {
    #[oai(rename = "type")]
    kind: String,
    /// Base64url, without padding.
    id: String,
}

#[derive(Object)]
#[oai(rename_all = "camelCase")]
struct AuthenticatorSelection {
    resident_key: String,
    require_resident_key: bool,
    user_verification: String,
}

/// `PublicKeyCredentialCreationOptionsJSON` of W3C.
#[derive(Object)]
#[oai(rename_all = "camelCase")]
struct PasskeyCreationOptions {
    rp: RelyingParty,
    user: PasskeyUser,
    /// Base64url, without padding.
    challenge: String,
    pub_key_cred_params: Vec<PasskeyAlgorithm>,
    /// Milliseconds.
    timeout: i32,
    exclude_credentials: Vec<PasskeyDescriptor>,
    authenticator_selection: AuthenticatorSelection,
    attestation: String,
}

#[derive(Object)]
#[oai(rename_all = "camelCase")]
struct PasskeyCreation {
    ceremony_id: Uuid,
    options: PasskeyCreationOptions,
}

/// `PublicKeyCredentialRequestOptionsJSON` of W3C.
#[derive(Object)]
#[oai(rename_all = "camelCase")]
struct PasskeyRequestOptions {
    /// Base64url, without padding.
    challenge: String,
    /// Milliseconds.
    timeout: i32,
    rp_id: String,
    user_verification: String,
}

#[derive(Object)]
#[oai(rename_all = "camelCase")]
struct PasskeyRequest {
    ceremony_id: Uuid,
    options: PasskeyRequestOptions,
}

/// What the browser made. Bytes are base64url, without padding.
#[derive(Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct NewPasskey {
    ceremony_id: Uuid,
    /// What its owner calls it.
    #[oai(validator(min_length = 1, max_length = 60))]
    name: String,
    #[oai(validator(min_length = 1, max_length = 4096))]
    client_data_json: String,
    #[oai(validator(min_length = 1, max_length = 16384))]
    attestation_object: String,
}

/// What the browser signed. Bytes are base64url, without padding.
#[derive(Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct PasskeySignIn {
    ceremony_id: Uuid,
    #[oai(validator(min_length = 1, max_length = 1400))]
    credential_id: String,
    #[oai(validator(min_length = 1, max_length = 4096))]
    client_data_json: String,
    #[oai(validator(min_length = 1, max_length = 4096))]
    authenticator_data: String,
    #[oai(validator(min_length = 1, max_length = 2048))]
    signature: String,
    /// What the person calls this device, for his list of sessions.
    #[oai(validator(max_length = 100))]
    device_name: Option<String>,
}

#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct PasskeyView {
    id: Uuid,
    name: String,
    created_at: Instant,
    used_at: Option<Instant>,
}

#[derive(Object)]
#[oai(rename_all = "camelCase")]
struct PasskeyList {
    items: Vec<PasskeyView>,
}

impl From<Passkey> for PasskeyView {
    fn from(passkey: Passkey) -> Self {
        Self {
            id: passkey.id,
            name: passkey.name,
            created_at: passkey.created_at.into(),
            used_at: passkey.used_at.map(Into::into),
        }
    }
}

pub struct PasskeysApi;

#[OpenApi(prefix_path = "/v1", tag = "Tag::Staff")]
impl PasskeysApi {
    /// Begin the registration of a passkey
    ///
    /// Takes a sign-in of the last five minutes, as all that changes how one signs in.
    #[oai(path = "/staff/me/passkeys/options", method = "post", operation_id = "beginPasskey")]
    async fn begin(&self, app: Data<&App>, session: Session) -> Result<Reply<PasskeyCreation>, Failure> {
        let caller = session.staff_for("beginPasskey")?.stepped_up(app.ambient.now())?;
        let (_, person) = staff::staff_member(&app, caller.id).await?;
        let (ceremony, existing) = passkeys::begin_registration(&app, &caller).await?;
        let kind = || PUBLIC_KEY.to_owned();
        let descriptor = |passkey: Passkey| PasskeyDescriptor { kind: kind(), id: URL_SAFE_NO_PAD.encode(passkey.credential) };
        let options = PasskeyCreationOptions {
            rp: RelyingParty { id: app.config.passkeys.rp_id.clone(), name: app.profile.operator.name.en.clone() },
            user: PasskeyUser { id: URL_SAFE_NO_PAD.encode(caller.id.as_bytes()), name: person.login, display_name: person.name },
            challenge: URL_SAFE_NO_PAD.encode(ceremony.challenge),
            pub_key_cred_params: webauthn::ALGORITHMS.map(|alg| PasskeyAlgorithm { kind: kind(), alg }).into(),
            timeout: timeout_ms(),
            exclude_credentials: existing.into_iter().map(descriptor).collect(),
            authenticator_selection: AuthenticatorSelection {
                resident_key: "required".into(),
                require_resident_key: true,
                user_verification: "required".into(),
            },
            attestation: "none".into(),
        };
        Ok(Reply::new(PasskeyCreation { ceremony_id: ceremony.id, options }))
    }

    /// End the registration of a passkey
    #[oai(path = "/staff/me/passkeys", method = "post", operation_id = "createPasskey")]
    async fn create(&self, app: Data<&App>, session: Session, body: Body<NewPasskey>) -> Result<Created<PasskeyView>, Failure> {
        let caller = session.staff_for("createPasskey")?.stepped_up(app.ambient.now())?;
        let new = body.0;
        let registration = Registration {
            ceremony: new.ceremony_id,
            name: new.name,
            client_data: bytes("/clientDataJson", &new.client_data_json)?,
            attestation_object: bytes("/attestationObject", &new.attestation_object)?,
        };
        let passkey = passkeys::register(&app, &caller, registration).await?;
        Ok(Created::at(format!("/v1/staff/me/passkeys/{}", passkey.id), passkey.into()))
    }

    /// List one's passkeys
    #[oai(path = "/staff/me/passkeys", method = "get", operation_id = "listPasskeys")]
    async fn list(&self, app: Data<&App>, session: Session) -> Result<Reply<PasskeyList>, Failure> {
        let caller = session.staff_for("listPasskeys")?;
        let passkeys = passkeys::list(&app, &caller, "listPasskeys").await?;
        Ok(Reply::new(PasskeyList { items: passkeys.into_iter().map(Into::into).collect() }))
    }

    /// Take a passkey away
    ///
    /// Takes a sign-in of the last five minutes.
    #[oai(path = "/staff/me/passkeys/:id", method = "delete", operation_id = "deletePasskey")]
    async fn remove(&self, app: Data<&App>, session: Session, id: Path<Uuid>) -> Result<NoContent, Failure> {
        let caller = session.staff_for("deletePasskey")?.stepped_up(app.ambient.now())?;
        app.write(&caller.actor("deletePasskey"), async |tx: &mut Tx| passkeys::remove(tx, &caller, id.0).await).await?;
        Ok(NoContent)
    }

    /// Begin a sign-in by passkey
    ///
    /// Nobody says who he is: the passkey does.
    #[oai(path = "/auth/passkeys/options", method = "post", operation_id = "beginPasskeySignIn")]
    async fn begin_sign_in(&self, app: Data<&App>, id: RequestId, addr: ClientAddr) -> Result<Reply<PasskeyRequest>, Failure> {
        let actor = Actor { who: Who::Anonymous, operation: "beginPasskeySignIn", request: id.0 };
        let ceremony = passkeys::begin_sign_in(&app, &actor, addr.0).await?;
        let options = PasskeyRequestOptions {
            challenge: URL_SAFE_NO_PAD.encode(ceremony.challenge),
            timeout: timeout_ms(),
            rp_id: app.config.passkeys.rp_id.clone(),
            user_verification: "required".into(),
        };
        Ok(Reply::new(PasskeyRequest { ceremony_id: ceremony.id, options }))
    }

    /// Get tokens for a passkey
    #[oai(path = "/auth/passkeys", method = "post", operation_id = "signInByPasskey")]
    async fn sign_in(&self, app: Data<&App>, id: RequestId, body: Body<PasskeySignIn>) -> Result<Reply<TokenPair>, Failure> {
        let actor = Actor { who: Who::Anonymous, operation: "signInByPasskey", request: id.0 };
        let signed = body.0;
        let assertion = Assertion {
            ceremony: signed.ceremony_id,
            credential: bytes("/credentialId", &signed.credential_id)?,
            client_data: bytes("/clientDataJson", &signed.client_data_json)?,
            authenticator_data: bytes("/authenticatorData", &signed.authenticator_data)?,
            signature: bytes("/signature", &signed.signature)?,
        };
        let device = device(signed.device_name)?;
        let (pair, role) = passkeys::sign_in(&app, &actor, assertion, device).await?;
        Ok(Reply::new(TokenPair::new(pair, role)))
    }
}

fn timeout_ms() -> i32 {
    i32::try_from(CEREMONY_LIVES.num_milliseconds()).unwrap_or(i32::MAX)
}

fn bytes(pointer: &str, text: &str) -> Result<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| Error::field(pointer, Fault::BadFormat))
}
