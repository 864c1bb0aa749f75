//! Records that are opened in an emergency.

use super::super::break_glass::{self, Opened, Reviewed};
use super::Tag;
use super::held::ground;
use crate::app::App;
use crate::app::disagreement::{self, DisagreementView};
use crate::app::wire::{Body, Created, Cursor, Date, Failure, Instant, Limit, Paging, Reply};
use crate::clinic::identity::{self, PatientSearch, Session, display_name};
use crate::kernel::alias;
use crate::kernel::db::Tx;
use crate::kernel::error::{Code, Error, Fault, Result};
use crate::kernel::vault::Class;
use crate::page_of;
use poem::web::Data;
use poem_openapi::param::{Header, Query};
use poem_openapi::{Object, OpenApi};
use uuid::Uuid;

/// Whose record, by one of the four, and why.
#[derive(Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
struct NewEmergency {
    patient_id: Option<Uuid>,
    #[oai(validator(min_length = 1, max_length = 40))]
    phone: Option<String>,
    #[oai(validator(min_length = 1, max_length = 254))]
    email: Option<String>,
    identifier: Option<identity::NewIdentifier>,
    /// Why it must be opened, in 10 to 1000 characters. Kept, sealed, for the officers.
    #[oai(validator(max_length = 1000))]
    ground: String,
}

#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct EmergencyOpening {
    opening_id: Uuid,
    until: Instant,
}

/// A record that is open: it is read as of any patient, by `patientId`.
#[derive(Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
struct OpenedRecord {
    opening_id: Uuid,
    until: Instant,
    patient_id: Uuid,
    /// Absent until he filled in his profile.
    patient_name: Option<String>,
    birth_date: Option<Date>,
    /// What he says against what his profile says.
    disagreements: Option<Vec<DisagreementView>>,
}

impl From<Opened> for EmergencyOpening {
    fn from(opened: Opened) -> Self {
        Self { opening_id: opened.id, until: opened.until.into() }
    }
}

#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct EmergencyView {
    opening_id: Uuid,
    at: Instant,
    until: Instant,
    /// Absent when the account is gone.
    doctor_name: Option<String>,
    /// As the doctor stated it. Absent when the patient's account is gone.
    ground: Option<String>,
}

impl From<Reviewed> for EmergencyView {
    fn from(reviewed: Reviewed) -> Self {
        Self {
            opening_id: reviewed.id,
            at: reviewed.at.into(),
            until: reviewed.until.into(),
            doctor_name: reviewed.doctor,
            ground: reviewed.ground,
        }
    }
}

page_of!(
    /// Records that were opened in an emergency, newest first.
    EmergencyPage of EmergencyView
);

pub struct BreakGlassApi;

#[OpenApi(prefix_path = "/v1/staff", tag = "Tag::BreakGlass")]
impl BreakGlassApi {
    /// Open a patient's record in an emergency
    ///
    /// For a doctor whom no booking, referral or share lets in; a freeze does not stop it. It ends by itself. The patient and
    /// the officers are told at once, and the ground is kept for them. `class_refused` where the service holds nothing clinical.
    #[oai(path = "/break-glass", method = "post", operation_id = "breakGlass")]
    async fn open(
        &self,
        app: Data<&App>,
        session: Session,
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))] key: Header<String>,
        body: Body<NewEmergency>,
    ) -> Result<Created<OpenedRecord>, Failure> {
        let caller = session.staff_for("breakGlass")?;
        if app.profile.refuses(Class::Clinical) {
            return Err(Error::refused(Code::ClassRefused).into());
        }
        let NewEmergency { patient_id, phone, email, identifier, ground: raw } = body.0;
        let ground = ground(&raw)?;
        let search = PatientSearch { phone, email, identifier };
        break_glass::count_try(&app, &caller).await?;
        let subject = match patient_id {
            Some(id) if search.is_empty() => id,
            Some(_) => return Err(Error::field("/patientId", Fault::NotAsked).into()),
            None => identity::sought_subject(&app, search).await?,
        };
        // Whoever has two accounts that were made one is treated by the one that stands.
        let subject = alias::survivor(&app.db.reader(), subject).await?;
        if !identity::is_known(&app, subject).await? {
            return Err(Error::not_found().into());
        }
        let keys = app.vault.keys(subject).await?;
        let until = app.profile.staff.break_glass.after(app.ambient.now());
        let request = serde_json::json!({ "patient": subject, "ground": &ground });
        let opening = app
            .write_once(&caller.actor("breakGlass"), &caller.keys, &key, &request, async |tx: &mut Tx| {
                Ok(EmergencyOpening::from(break_glass::open(tx, &caller, &keys, &ground, until).await?))
            })
            .await?;
        tracing::warn!(opening = %opening.opening_id, doctor = %caller.id, "a record was opened in an emergency");
        let (person, disagreements) = break_glass::who(&app, &caller, "breakGlass", subject).await?;
        let at = format!("/v1/staff/break-glass/{}", opening.opening_id);
        let opened = OpenedRecord {
            opening_id: opening.opening_id,
            until: opening.until,
            patient_id: subject,
            patient_name: person.as_ref().map(display_name),
            birth_date: person.and_then(|person| person.birth_date).map(Date),
            disagreements: disagreement::views(disagreements),
        };
        Ok(Created::at(at, opened))
    }

    /// List the records that were opened in an emergency
    ///
    /// With the grounds, newest first, for the officers who check them.
    #[oai(path = "/break-glass", method = "get", operation_id = "listBreakGlass")]
    async fn list(
        &self,
        app: Data<&App>,
        session: Session,
        limit: Query<Option<Limit>>,
        cursor: Query<Option<Cursor>>,
    ) -> Result<Reply<EmergencyPage>, Failure> {
        let caller = session.staff_for("listBreakGlass")?;
        let page = Paging::of(caller.id, limit.0, cursor.0)?;
        let (reviewed, next_cursor) = break_glass::list(&app, &caller, "listBreakGlass", &page).await?;
        Ok(Reply::new(EmergencyPage { items: reviewed.into_iter().map(Into::into).collect(), next_cursor }))
    }
}
