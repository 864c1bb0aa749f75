//! What proves how somebody's data was handled, for a claim.

use super::super::export::pem;
use super::super::{claim, identity_check};
use super::Tag;
use crate::app::App;
use crate::app::wire::{Date, Failure, Reply};
use crate::clinic::identity::Session;
use crate::kernel::error::{Error, Fault};
use chrono::{Days, NaiveTime};
use poem::web::Data;
use poem_openapi::param::{Path, Query};
use poem_openapi::{Object, OpenApi};
use uuid::Uuid;

/// The longest stretch of one bundle.
const DAYS_MAX: i64 = 366;

/// Evidence of one person and one stretch of time, signed. Stored as a file, it is what `feldsher audit verify --bundle` reads.
#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct ClaimBundle {
    /// JSON as text: lines of the trail with their links, who opened what, what was disclosed to whom, consents and acceptances.
    /// The signature is over exactly these bytes.
    bundle: String,
    /// `Ed25519` (RFC 8032).
    algorithm: String,
    /// 64 bytes, in hexadecimal.
    signature: String,
    /// The key that checks it, in PEM.
    public_key: String,
}

pub struct ClaimsApi;

#[OpenApi(prefix_path = "/v1/staff", tag = "Tag::Claims")]
impl ClaimsApi {
    /// Get what proves how a patient's data was handled
    ///
    /// For an officer who has found him (404 otherwise): the trail, disclosures, consents and acceptances from the beginning of
    /// `from` to the end of `to`, in UTC, at most 366 days. The patient reads that it was opened, with the basis `claim`.
    #[oai(path = "/patients/:id/claim-bundle", method = "get", operation_id = "getClaimBundle")]
    async fn bundle(
        &self,
        app: Data<&App>,
        session: Session,
        id: Path<Uuid>,
        from: Query<Date>,
        to: Query<Date>,
    ) -> Result<Reply<ClaimBundle>, Failure> {
        let caller = session.staff_for("getClaimBundle")?;
        if !(0..DAYS_MAX).contains(&(to.0.0 - from.0.0).num_days()) {
            return Err(Error::field("?to", Fault::OutOfRange).into());
        }
        let end = to.0.0.checked_add_days(Days::new(1)).ok_or_else(|| Error::field("?to", Fault::OutOfRange))?;
        let within = from.0.0.and_time(NaiveTime::MIN).and_utc()..end.and_time(NaiveTime::MIN).and_utc();
        identity_check::check_found(&app.db.reader(), &caller, id.0, app.ambient.now()).await?;
        let keys = app.vault.keys(id.0).await?;
        let made = claim::bundle(&app, &caller, "getClaimBundle", &keys, &within).await?;
        Ok(Reply::new(ClaimBundle {
            bundle: made.text,
            algorithm: "Ed25519".to_owned(),
            signature: hex::encode(made.signature),
            public_key: pem(made.public_key),
        }))
    }
}
