//! An authenticator in software: what a telephone does with a passkey, byte for byte.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ciborium::{Value as Cbor, cbor};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const PRESENT_VERIFIED: u8 = 0x05;
const HAS_CREDENTIAL: u8 = 0x40;

pub struct Authenticator {
    key: EcdsaKeyPair,
    pub credential: Vec<u8>,
    pub origin: String,
    pub rp_id: String,
    pub flags: u8,
    pub counter: u32,
}

impl Authenticator {
    /// One that knows the house as it is configured by default.
    pub fn new(seed: u8) -> Self {
        Self {
            key: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).expect("a key"),
            credential: vec![seed; 32],
            origin: "http://localhost:8080".into(),
            rp_id: "localhost".into(),
            flags: PRESENT_VERIFIED,
            counter: 0,
        }
    }

    /// The body that ends the registration which `begun` began.
    pub fn create(&self, begun: &Value) -> Value {
        let client = self.client("webauthn.create", &begun["options"]["challenge"]);
        let point = self.key.public_key().as_ref();
        let (x, y) = (Cbor::Bytes(point[1..33].to_vec()), Cbor::Bytes(point[33..].to_vec()));
        let number = |n: i64| Cbor::Integer(n.into());
        let key = Cbor::Map(vec![
            (number(1), number(2)),
            (number(3), number(-7)),
            (number(-1), number(1)),
            (number(-2), x),
            (number(-3), y),
        ]);
        let mut data = self.data(self.flags | HAS_CREDENTIAL);
        data.extend([0; 16]);
        data.extend(u16::try_from(self.credential.len()).expect("a short id").to_be_bytes());
        data.extend(&self.credential);
        ciborium::into_writer(&key, &mut data).expect("a key");
        let object = cbor!({"fmt" => "none", "attStmt" => {}, "authData" => Cbor::Bytes(data)}).expect("an object");
        let mut attestation = Vec::new();
        ciborium::into_writer(&object, &mut attestation).expect("an object");
        json!({
            "ceremonyId": begun["ceremonyId"], "name": "Телефон", "clientDataJson": text(client.as_bytes()),
            "attestationObject": text(&attestation),
        })
    }

    /// The body that ends the sign-in which `begun` began.
    pub fn sign(&self, begun: &Value) -> Value {
        let client = self.client("webauthn.get", &begun["options"]["challenge"]);
        let data = self.data(self.flags);
        let message = [data.as_slice(), &Sha256::digest(client.as_bytes())].concat();
        let signature = self.key.sign(&SystemRandom::new(), &message).expect("a signature");
        json!({
            "ceremonyId": begun["ceremonyId"], "credentialId": text(&self.credential), "clientDataJson": text(client.as_bytes()),
            "authenticatorData": text(&data), "signature": text(signature.as_ref()), "deviceName": "Телефон",
        })
    }

    fn client(&self, kind: &str, challenge: &Value) -> String {
        json!({"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": false}).to_string()
    }

    fn data(&self, flags: u8) -> Vec<u8> {
        let mut data = Sha256::digest(self.rp_id.as_bytes()).to_vec();
        data.push(flags);
        data.extend(self.counter.to_be_bytes());
        data
    }
}

fn text(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
