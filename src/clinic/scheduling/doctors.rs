//! Doctors, as their administrator writes them: the card that patients read, and the clinics in which they receive.

use super::rows::{self, Codes, DoctorCard, DoctorRow, Place, Sought};
use super::search::sought;
use super::{languages, office, speciality};
use crate::app::App;
use crate::app::multilingual::{Multilingual, Paragraphs};
use crate::app::profile::Profile;
use crate::clinic::identity::person_name::check_name;
use crate::clinic::identity::{Caller, Clinics, NewStaff, Role, add_staff_with, put_staff_clinics};
use crate::kernel::audit::Line;
use crate::kernel::db::Tx;
use crate::kernel::error::{Code, Error, Fault, Faults, Result};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

/// Most clinics of one doctor.
pub const CLINICS_MAX: usize = 20;

/// What is said of a doctor.
pub struct DoctorForm {
    pub speciality: String,
    pub names: Multilingual,
    pub languages: Vec<String>,
    pub qualifications: Option<Paragraphs>,
    /// Where he receives. The first one is the one that he belongs to.
    pub clinics: Vec<Uuid>,
    /// One who receives no more is offered nowhere and keeps what is booked.
    pub active: bool,
}

/// The same, checked.
pub struct CheckedDoctor {
    speciality: String,
    names: Multilingual,
    languages: Codes,
    qualifications: Option<Paragraphs>,
    clinics: Vec<Uuid>,
    sought: Sought,
    active: bool,
}

impl DoctorForm {
    /// # Errors
    /// `invalid`, with every field at fault.
    pub fn check(&self, profile: &Profile) -> Result<CheckedDoctor> {
        let mut faults = Faults::default();
        let names = self.names.check("/names", &mut faults, check_name);
        if self.clinics.is_empty() {
            faults.add("/clinicIds", Fault::Required);
        } else if self.clinics.len() > CLINICS_MAX {
            faults.add("/clinicIds", Fault::TooLong);
        }
        for (index, clinic) in self.clinics.iter().enumerate().take(CLINICS_MAX) {
            if self.clinics.iter().take(index).any(|other| other == clinic) {
                faults.add(format!("/clinicIds/{index}"), Fault::Duplicate);
            }
        }
        let checked = CheckedDoctor {
            speciality: faults.check("/speciality", speciality::check(&self.speciality)).unwrap_or_default(),
            sought: sought(&names, names.in_lang(profile.default_language)),
            names,
            languages: languages::check(&self.languages, &mut faults),
            qualifications: self.qualifications.as_ref().map(|texts| texts.check("/qualifications", &mut faults)),
            clinics: self.clinics.clone(),
            active: self.active,
        };
        faults.into_result()?;
        Ok(checked)
    }
}

impl CheckedDoctor {
    fn card(&self, id: Uuid, version: i64) -> DoctorCard<'_> {
        DoctorCard {
            id,
            clinics: &self.clinics,
            speciality: &self.speciality,
            names: &self.names,
            languages: &self.languages,
            qualifications: self.qualifications.as_ref(),
            sought: &self.sought,
            active: self.active,
            version,
        }
    }
}

/// Makes the staff account and the doctor in one transaction. Answers his id and the one-time password.
///
/// # Errors
/// `invalid`; `not_found` for a clinic that is not the caller's; `login_taken`.
pub async fn add(app: &App, caller: &Caller, form: &DoctorForm, login: String) -> Result<(Uuid, String)> {
    let reader = app.db.reader();
    for clinic in &form.clinics {
        office::clinic_for(&reader, caller, *clinic).await?;
    }
    let checked = form.check(&app.profile)?;
    let name = checked.names.in_lang(app.profile.default_language).to_owned();
    let account = NewStaff { role: Role::Doctor, clinics: Clinics::of(checked.clinics.iter().copied()), login, name };
    add_staff_with(app, &caller.actor("createDoctor"), account, async |tx: &mut Tx, id: Uuid| -> Result<()> {
        rows::insert_doctor(tx, &checked.card(id, 1), tx.now()).await?;
        tx.audit(Line::new("addDoctor").on("doctor", id));
        Ok(())
    })
    .await
}

/// A doctor as his office keeps him, with the clinics in which he receives.
pub struct Kept {
    pub row: DoctorRow,
    pub places: Vec<Place>,
}

/// The doctor, receiving or not, of a clinic of the caller's.
///
/// # Errors
/// `not_found`.
pub async fn find(db: &impl ConnectionTrait, caller: &Caller, id: Uuid) -> Result<Kept> {
    let places = rows::places_of(db, &[id]).await?.remove(&id).unwrap_or_default();
    if !places.iter().any(|place| caller.clinics.serve(place.clinic)) {
        return Err(Error::not_found());
    }
    let row = rows::doctor_of_office(db, id).await?.ok_or_else(Error::not_found)?;
    Ok(Kept { row, places })
}

/// Puts what is said of the doctor in the place of what was said. His staff account serves the same clinics from now on.
///
/// # Errors
/// `not_found`; `forbidden` for an administrator of another clinic than the one that the doctor belongs to; `invalid` at
/// `/clinicIds`, where a clinic of others comes, goes or becomes the first; what `is_current` refuses of the version.
pub async fn put(
    tx: &mut Tx,
    caller: &Caller,
    id: Uuid,
    doctor: &CheckedDoctor,
    is_current: impl Fn(i64) -> Result<()>,
) -> Result<()> {
    tx.hold(&[id]).await?;
    let was = find(tx, caller, id).await?;
    if !caller.clinics.serve(was.row.clinic) {
        return Err(Error::refused(Code::Forbidden));
    }
    is_current(was.row.version)?;
    check_places(tx, caller, &was.places, &doctor.clinics).await?;
    rows::update_doctor(tx, &doctor.card(id, was.row.version + 1)).await?;
    put_staff_clinics(tx, id, &Clinics::of(doctor.clinics.iter().copied())).await?;
    let what = match (was.row.active, doctor.active) {
        (true, false) => "retireDoctor",
        (false, true) => "returnDoctor",
        _ => "changeDoctor",
    };
    tx.audit(Line::new(what).on("doctor", id));
    Ok(())
}

/// Nobody sends a doctor to a clinic of others, or takes him away from one.
async fn check_places(tx: &Tx, caller: &Caller, was: &[Place], wanted: &[Uuid]) -> Result<()> {
    let mut faults = Faults::default();
    for (index, clinic) in wanted.iter().enumerate() {
        let is_his = was.iter().any(|place| place.clinic == *clinic);
        let is_own = caller.clinics.serve(*clinic);
        let may = if index == 0 { is_own } else { is_own || is_his };
        if !may || (!is_his && rows::clinic(tx, *clinic).await?.is_none()) {
            faults.add(format!("/clinicIds/{index}"), Fault::UnknownValue);
        }
    }
    let gone = |place: &&Place| !wanted.contains(&place.clinic);
    if was.iter().filter(gone).any(|place| !caller.clinics.serve(place.clinic)) {
        faults.add("/clinicIds", Fault::Required);
    }
    faults.into_result()
}
