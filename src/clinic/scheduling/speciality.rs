//! Specialities: the codes that doctors and services carry. Their names stand in the catalogue, as `speciality-CODE`.

use crate::app::catalogue;
use crate::kernel::error::Fault;
use crate::kernel::lang::Lang;

/// The codes that are known, in alphabetical order. New ones may be added.
pub const ALL: &[&str] = &[
    "allergology",
    "cardiology",
    "dentistry",
    "dermatology",
    "endocrinology",
    "familyMedicine",
    "gastroenterology",
    "gynaecology",
    "haematology",
    "infectiousDiseases",
    "nephrology",
    "neurology",
    "oncology",
    "ophthalmology",
    "otorhinolaryngology",
    "paediatrics",
    "psychiatry",
    "psychology",
    "pulmonology",
    "rheumatology",
    "surgery",
    "therapy",
    "traumatology",
    "ultrasound",
    "urology",
];

/// # Errors
/// [`Fault::UnknownValue`].
pub fn check(code: &str) -> Result<String, Fault> {
    if ALL.contains(&code) { Ok(code.to_owned()) } else { Err(Fault::UnknownValue) }
}

/// What people call it.
pub fn name(lang: Lang, code: &str) -> String {
    catalogue::text(lang, &format!("speciality-{code}"), &[])
}
