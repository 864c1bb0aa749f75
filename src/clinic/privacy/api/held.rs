//! Certificates, and held records that are opened with a ground.

use super::super::certificates::{self, Certificate};
use super::super::held::{self, Opened};
use super::super::number;
use super::{PlannedClass, Tag};
use crate::app::App;
use crate::app::catalogue;
use crate::app::wire::{AskedLang, Body, Created, Failure, Instant, Reply};
use crate::clinic::identity::Session;
use crate::kernel::db::Tx;
use crate::kernel::error::{Error, Fault, Result};
use crate::kernel::lang::Lang;
use crate::kernel::text::check_text;
use poem::web::Data;
use poem_openapi::param::{Header, Path};
use poem_openapi::{Object, OpenApi};
use uuid::Uuid;

const GROUND_CHARS_MIN: usize = 10;
const GROUND_CHARS_MAX: usize = 1000;

/// What remains to say of an erasure.
#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct CertificateView {
    record_number: String,
    /// Who answered for the data.
    operator_name: String,
    operator_address: String,
    /// What was destroyed, and what is held, by which rule and until when.
    classes: Vec<PlannedClass>,
    /// `cryptoErasure`.
    method: String,
    method_title: String,
    /// With this wrapping key every stale copy of a destroyed data key ends, at the latest then.
    wrapping_key_ends_at: Instant,
    /// `subjectRequest`.
    reason: String,
    reason_title: String,
    asked_at: Instant,
    erased_at: Instant,
}

impl CertificateView {
    fn new(certificate: Certificate, lang: Lang) -> Self {
        Self {
            record_number: certificate.number,
            operator_name: certificate.operator_name,
            operator_address: certificate.operator_address,
            classes: PlannedClass::list(certificate.classes, lang),
            method_title: catalogue::text(lang, &format!("erasure-method-{}", certificate.method), &[]),
            method: certificate.method,
            wrapping_key_ends_at: certificate.wrapping_key_ends_at.into(),
            reason_title: catalogue::text(lang, &format!("erasure-reason-{}", certificate.reason), &[]),
            reason: certificate.reason,
            asked_at: certificate.asked_at.into(),
            erased_at: certificate.erased_at.into(),
        }
    }
}

#[derive(Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct NewHeldOpening {
    /// Why it must be opened, in 10 to 1000 characters. Kept, sealed.
    #[oai(validator(max_length = 1000))]
    ground: String,
}

/// A class that the record still holds.
#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct HeldClassView {
    class: String,
    rule: String,
    until: Instant,
}

/// A held record that is open: what it holds is read as of any patient, by `patientId`.
#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct HeldOpening {
    opening_id: Uuid,
    until: Instant,
    patient_id: Uuid,
    classes: Vec<HeldClassView>,
}

impl From<Opened> for HeldOpening {
    fn from(opened: Opened) -> Self {
        let classes = opened.classes.into_iter().map(|held| HeldClassView {
            class: held.class.as_str().to_owned(),
            rule: held.hold.rule,
            until: held.hold.until.into(),
        });
        Self { opening_id: opened.id, until: opened.until.into(), patient_id: opened.subject, classes: classes.collect() }
    }
}

pub struct HeldRecordsApi;

#[OpenApi(prefix_path = "/v1", tag = "Tag::HeldRecords")]
impl HeldRecordsApi {
    /// Read the certificate of an erasure
    #[oai(path = "/staff/certificates/:number", method = "get", operation_id = "getCertificate")]
    async fn certificate(
        &self,
        app: Data<&App>,
        session: Session,
        lang: AskedLang,
        #[oai(validator(max_length = 32))] number: Path<String>,
    ) -> Result<Reply<CertificateView>, Failure> {
        let caller = session.staff_for("getCertificate")?;
        let number = number::parse(&number).ok_or_else(Error::not_found)?;
        let openings = app.openings(caller.actor("getCertificate"), caller.asker());
        let certificate = certificates::find(&app, &openings, &number).await?;
        Ok(Reply::new(openings.answer(CertificateView::new(certificate, lang.0)).await?))
    }

    /// Open a held record
    ///
    /// For an hour, with a ground that is kept. Doctors only: what is held is clinical.
    #[oai(path = "/staff/held-records/:number/openings", method = "post", operation_id = "openHeldRecord")]
    async fn open(
        &self,
        app: Data<&App>,
        session: Session,
        #[oai(validator(max_length = 32))] number: Path<String>,
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] key: Header<String>,
        body: Body<NewHeldOpening>,
    ) -> Result<Created<HeldOpening>, Failure> {
        let caller = session.staff_for("openHeldRecord")?;
        let number = number::parse(&number).ok_or_else(Error::not_found)?;
        let ground = ground(&body.0.ground)?;
        // The number belongs to what the key stands for: the same key for another record is another request.
        let request = serde_json::json!({ "number": &number, "ground": &ground });
        let opening = app
            .write_once(&caller.actor("openHeldRecord"), &caller.keys, &key, &request, async |tx: &mut Tx| {
                Ok(HeldOpening::from(held::open(tx, &caller, &number, &ground).await?))
            })
            .await?;
        Ok(Created::at(format!("/v1/staff/held-records/{number}/openings/{}", opening.opening_id), opening))
    }
}

pub(super) fn ground(raw: &str) -> Result<String> {
    let at_fault = |fault: Fault| Error::field("/ground", fault);
    let ground = check_text(raw.trim(), GROUND_CHARS_MAX).map_err(at_fault)?;
    if ground.chars().count() < GROUND_CHARS_MIN { Err(at_fault(Fault::TooShort)) } else { Ok(ground) }
}
