//! That what is known of a patient is right, in his own words.

use super::super::attestation::{self, AttestationChannel, Attested};
use super::super::caller::Session;
use super::me::Tag;
use crate::app::App;
use crate::app::wire::{Created, ETag, Failure, Instant, Reply};
use crate::kernel::db::Tx;
use crate::kernel::error::Result;
use crate::kernel::vault::Class;
use poem::web::Data;
use poem_openapi::param::Header;
use poem_openapi::{Object, OpenApi};
use uuid::Uuid;

/// That the data of an account was complete, exact and current at that hour, in its owner's words.
#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct Attestation {
    id: Uuid,
    /// The version of the account: the number in its `ETag`.
    version: i64,
    at: Instant,
    channel: AttestationChannel,
    /// Whether a staff member wrote it down for him.
    by_staff: bool,
}

impl From<Attested> for Attestation {
    fn from(attested: Attested) -> Self {
        Self {
            id: attested.id,
            version: attested.version,
            at: attested.at.into(),
            channel: attested.channel,
            by_staff: attested.staff.is_some(),
        }
    }
}

#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct AttestationList {
    items: Vec<Attestation>,
}

pub struct AttestationsApi;

#[OpenApi(prefix_path = "/v1/me", tag = "Tag::Me")]
impl AttestationsApi {
    /// Attest that one's data is complete, exact and current
    ///
    /// As it was read: with its `ETag` in `If-Match`, what has changed meanwhile is `precondition_failed`.
    /// `profile_required` before the profile was filled in.
    #[oai(path = "/attestations", method = "post", operation_id = "createAttestation")]
    async fn create(
        &self,
        app: Data<&App>,
        session: Session,
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] key: Header<String>,
        #[oai(name = "If-Match")] if_match: Header<Option<String>>,
    ) -> Result<Created<Attestation>, Failure> {
        let caller = session.patient()?.may_write(&app, "createAttestation")?.accepted()?;
        let is_current = |version: i64| ETag::of(version).check(if_match.0.as_deref());
        let request = serde_json::json!({ "ifMatch": if_match.0 });
        let made = app
            .write_once(&caller.actor("createAttestation"), &caller.keys, &key, &request, async |tx: &mut Tx| {
                let attested = attestation::attest(tx, &caller.keys, AttestationChannel::App, None, is_current).await?;
                Ok(Attestation::from(attested))
            })
            .await?;
        Ok(Created::at("/v1/me/attestations", made))
    }

    /// List what one has attested
    ///
    /// The last hundred, newest first.
    #[oai(path = "/attestations", method = "get", operation_id = "listAttestations")]
    async fn list(&self, app: Data<&App>, session: Session) -> Result<Reply<AttestationList>, Failure> {
        let caller = session.patient()?;
        let openings = app.openings(caller.actor("listAttestations"), caller.asker());
        let grant = openings.grant(caller.id, Class::Evidence, ("patient", caller.id)).await?;
        let items = attestation::list(&app, &grant).await?.into_iter().map(Attestation::from).collect();
        Ok(Reply::new(openings.answer(AttestationList { items }).await?))
    }
}
