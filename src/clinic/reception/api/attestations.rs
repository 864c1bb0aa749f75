//! A patient says to the desk that what is known of him is right.

use super::Tag;
use super::recovery::checked;
use crate::app::App;
use crate::app::wire::{Body, Created, Failure, Instant};
use crate::clinic::identity::{self, AttestationChannel, Attested, Session};
use crate::clinic::privacy::DeskChannel;
use crate::kernel::db::Tx;
use crate::kernel::error::Result;
use poem::web::Data;
use poem_openapi::param::{Header, Path};
use poem_openapi::{Object, OpenApi};
use uuid::Uuid;

#[derive(Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct NewPatientAttestation {
    /// By which way he said it.
    channel: DeskChannel,
}

/// That a patient has attested his data, as the desk wrote it down.
#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct PatientAttestation {
    id: Uuid,
    version: i64,
    at: Instant,
    channel: DeskChannel,
}

impl PatientAttestation {
    fn new(attested: &Attested, channel: DeskChannel) -> Self {
        Self { id: attested.id, version: attested.version, at: attested.at.into(), channel }
    }
}

pub struct PatientAttestationsApi;

#[OpenApi(prefix_path = "/v1/staff/patients", tag = "Tag::Reception")]
impl PatientAttestationsApi {
    /// Write down that a patient attests his data
    ///
    /// That it is complete, exact and current, as he said it to this desk, which has found him and checked who he is
    /// (`identity_check_required`).
    #[oai(path = "/:id/attestations", method = "post", operation_id = "createPatientAttestation")]
    async fn attest(
        &self,
        app: Data<&App>,
        session: Session,
        id: Path<Uuid>,
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] key: Header<String>,
        body: Body<NewPatientAttestation>,
    ) -> Result<Created<PatientAttestation>, Failure> {
        let caller = session.staff_for("createPatientAttestation")?;
        let actor = caller.actor("createPatientAttestation");
        let keys = checked(&app, &caller, &actor, id.0).await?;
        let channel = body.0.channel;
        // The patient belongs to what the key stands for.
        let request = serde_json::json!({ "patient": id.0, "channel": channel });
        let made = app
            .write_once(&actor, &caller.keys, &key, &request, async |tx: &mut Tx| {
                let attested = identity::attest(tx, &keys, spoken(channel), Some(caller.id), |_| Ok(())).await?;
                Ok(PatientAttestation::new(&attested, channel))
            })
            .await?;
        Ok(Created::at(format!("/v1/staff/patients/{}/attestations/{}", id.0, made.id), made))
    }
}

const fn spoken(channel: DeskChannel) -> AttestationChannel {
    match channel {
        DeskChannel::Phone => AttestationChannel::Phone,
        DeskChannel::Mail => AttestationChannel::Mail,
        DeskChannel::Desk => AttestationChannel::Desk,
    }
}
