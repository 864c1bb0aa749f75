//! What a passkey proves (W3C Web Authentication, level 2, sections 7.1 and 7.2), as far as it is asked here: keys of ES256,
//! EdDSA and RS256, a user who was verified, no attestation. Pure: bytes in, a verdict out; the signatures are aws-lc's.

use crate::app::config::PasskeysConfig;
use aws_lc_rs::signature::{self, RsaPublicKeyComponents, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ciborium::Value;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// COSE numbers (RFC 9053) of the algorithms that are taken, best first.
pub const ALGORITHMS: [i32; 3] = [-7, -8, -257];
/// CTAP allows 1,023 bytes.
const CREDENTIAL_BYTES_MAX: usize = 1023;

const USER_PRESENT: u8 = 0x01;
const USER_VERIFIED: u8 = 0x04;
const BACKUP_ELIGIBLE: u8 = 0x08;
const BACKED_UP: u8 = 0x10;
const HAS_CREDENTIAL: u8 = 0x40;
const HAS_EXTENSIONS: u8 = 0x80;

/// The bytes are none, or prove nothing here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unproven;

/// What the browser was asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ceremony {
    Create,
    Get,
}

/// The public half of a passkey.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PublicKey {
    /// P-256: the point, uncompressed.
    Es256(#[serde(with = "hex::serde")] Vec<u8>),
    /// Ed25519.
    EdDsa(#[serde(with = "hex::serde")] Vec<u8>),
    /// RSA of 2,048 bits or more, PKCS #1 v1.5.
    Rs256 {
        #[serde(with = "hex::serde")]
        n: Vec<u8>,
        #[serde(with = "hex::serde")]
        e: Vec<u8>,
    },
}

/// A credential that was just made.
pub struct Made {
    pub id: Vec<u8>,
    pub key: PublicKey,
    pub counter: u32,
}

/// What the browser says it did. What it adds later is not for us.
#[derive(Deserialize)]
struct ClientData {
    #[serde(rename = "type")]
    kind: String,
    challenge: String,
    origin: String,
    #[serde(rename = "crossOrigin", default)]
    cross_origin: bool,
}

/// What the authenticator says, before the credential itself.
struct AuthenticatorData<'a> {
    flags: u8,
    counter: u32,
    rest: &'a [u8],
}

/// A registration: whether the credential was made for us, by somebody who was verified, for this challenge.
pub fn register(
    party: &PasskeysConfig,
    challenge: &[u8],
    client_data: &[u8],
    attestation_object: &[u8],
) -> Result<Made, Unproven> {
    check_client(party, Ceremony::Create, challenge, client_data)?;
    // Nobody's make of authenticator is demanded, so that the attestation statement proves nothing that we ask for.
    let object: Value = ciborium::from_reader(attestation_object).map_err(|_| Unproven)?;
    let authenticator_data = text_entry(&object, "authData").and_then(Value::as_bytes).ok_or(Unproven)?;
    let data = authenticator(party, authenticator_data)?;
    if data.flags & HAS_CREDENTIAL == 0 {
        return Err(Unproven);
    }
    // 16 bytes name the make, two the length of the id.
    let (_, rest) = data.rest.split_at_checked(16).ok_or(Unproven)?;
    let (length, rest) = rest.split_first_chunk::<2>().ok_or(Unproven)?;
    let length = usize::from(u16::from_be_bytes(*length));
    if length == 0 || length > CREDENTIAL_BYTES_MAX {
        return Err(Unproven);
    }
    let (id, mut rest) = rest.split_at_checked(length).ok_or(Unproven)?;
    let key: Value = ciborium::from_reader(&mut rest).map_err(|_| Unproven)?;
    if !rest.is_empty() && data.flags & HAS_EXTENSIONS == 0 {
        return Err(Unproven);
    }
    Ok(Made { id: id.to_vec(), key: public_key(&key).ok_or(Unproven)?, counter: data.counter })
}

/// A sign-in: whether the holder of `key` was verified and signed this challenge for us. Answers the counter.
pub fn prove(
    party: &PasskeysConfig,
    challenge: &[u8],
    key: &PublicKey,
    client_data: &[u8],
    authenticator_data: &[u8],
    signed: &[u8],
) -> Result<u32, Unproven> {
    check_client(party, Ceremony::Get, challenge, client_data)?;
    let data = authenticator(party, authenticator_data)?;
    let message = [authenticator_data, &Sha256::digest(client_data)].concat();
    verify(key, &message, signed)?;
    Ok(data.counter)
}

fn check_client(party: &PasskeysConfig, ceremony: Ceremony, challenge: &[u8], client_data: &[u8]) -> Result<(), Unproven> {
    let client: ClientData = serde_json::from_slice(client_data).map_err(|_| Unproven)?;
    let kind = match ceremony {
        Ceremony::Create => "webauthn.create",
        Ceremony::Get => "webauthn.get",
    };
    let answered = URL_SAFE_NO_PAD.decode(&client.challenge).map_err(|_| Unproven)?;
    let is_ours = bool::from(answered.ct_eq(challenge)) && party.origins.contains(&client.origin) && !client.cross_origin;
    if client.kind == kind && is_ours { Ok(()) } else { Err(Unproven) }
}

fn authenticator<'a>(party: &PasskeysConfig, bytes: &'a [u8]) -> Result<AuthenticatorData<'a>, Unproven> {
    let (rp, rest) = bytes.split_first_chunk::<32>().ok_or(Unproven)?;
    let (flags, rest) = rest.split_first().ok_or(Unproven)?;
    let (counter, rest) = rest.split_first_chunk::<4>().ok_or(Unproven)?;
    let was_verified = flags & USER_PRESENT != 0 && flags & USER_VERIFIED != 0;
    let is_sound = flags & BACKED_UP == 0 || flags & BACKUP_ELIGIBLE != 0;
    let is_ours = rp.as_slice() == Sha256::digest(party.rp_id.as_bytes()).as_slice();
    if was_verified && is_sound && is_ours {
        Ok(AuthenticatorData { flags: *flags, counter: u32::from_be_bytes(*counter), rest })
    } else {
        Err(Unproven)
    }
}

fn verify(key: &PublicKey, message: &[u8], signed: &[u8]) -> Result<(), Unproven> {
    let verified = match key {
        PublicKey::Es256(point) => UnparsedPublicKey::new(&signature::ECDSA_P256_SHA256_ASN1, point).verify(message, signed),
        PublicKey::EdDsa(point) => UnparsedPublicKey::new(&signature::ED25519, point).verify(message, signed),
        PublicKey::Rs256 { n, e } => {
            RsaPublicKeyComponents { n, e }.verify(&signature::RSA_PKCS1_2048_8192_SHA256, message, signed)
        }
    };
    verified.map_err(|_| Unproven)
}

/// A key as COSE writes it (RFC 9052 and 9053, 8230 for RSA).
fn public_key(key: &Value) -> Option<PublicKey> {
    let number = |label: i64| entry(key, label).and_then(Value::as_integer).map(i128::from);
    let bytes = |label: i64| entry(key, label).and_then(Value::as_bytes);
    let of_length = |label: i64, length: usize| bytes(label).filter(|bytes| bytes.len() == length);
    match (number(1)?, number(3)?) {
        (2, -7) if number(-1)? == 1 => {
            Some(PublicKey::Es256([&[4], of_length(-2, 32)?.as_slice(), of_length(-3, 32)?.as_slice()].concat()))
        }
        (1, -8) if number(-1)? == 6 => Some(PublicKey::EdDsa(of_length(-2, 32)?.clone())),
        (3, -257) => {
            let (n, e) = (bytes(-1)?, bytes(-2)?);
            let is_sound = (256..=1024).contains(&n.len()) && (1..=8).contains(&e.len());
            is_sound.then(|| PublicKey::Rs256 { n: n.clone(), e: e.clone() })
        }
        _ => None,
    }
}

fn entry(map: &Value, label: i64) -> Option<&Value> {
    let is_it = |key: &Value| key.as_integer().map(i128::from) == Some(i128::from(label));
    map.as_map()?.iter().find(|(key, _)| is_it(key)).map(|(_, value)| value)
}

fn text_entry<'a>(map: &'a Value, name: &str) -> Option<&'a Value> {
    map.as_map()?.iter().find(|(key, _)| key.as_text() == Some(name)).map(|(_, value)| value)
}
