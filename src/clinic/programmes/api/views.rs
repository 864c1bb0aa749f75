//! What goes over the wire.

use super::super::enrolment::EnrolmentEnd;
use super::super::programme::{ProgrammeAdmission, ProgrammeForm};
use super::super::rows::{APPLIED, ENDED, ENROLLED, Enrolment, Programme, WAITING};
use crate::app::multilingual::{Multilingual, Paragraphs};
use crate::app::wire::Instant;
use crate::clinic::identity::Sex;
use crate::clinic::privacy::DeskChannel;
use crate::kernel::lang::Lang;
use crate::page_of;
use poem_openapi::{Enum, Object};
use uuid::Uuid;

#[derive(Enum, Debug, Clone, Copy, PartialEq)]
#[oai(rename_all = "camelCase")]
pub enum ProgrammeState {
    /// Takes people, or will once its first day has come.
    Open,
    Ended,
}

#[derive(Enum, Debug, Clone, Copy, PartialEq)]
#[oai(rename_all = "camelCase")]
pub enum EnrolmentState {
    /// Staff decide.
    Applied,
    /// No place is left: the next one that becomes free is his, in the order in which people came.
    Waiting,
    Enrolled,
    Ended,
}

impl EnrolmentState {
    pub const fn as_str(self) -> &'static str {
        match self {
            EnrolmentState::Applied => APPLIED,
            EnrolmentState::Waiting => WAITING,
            EnrolmentState::Enrolled => ENROLLED,
            EnrolmentState::Ended => ENDED,
        }
    }

    fn parse(word: &str) -> Self {
        match word {
            APPLIED => EnrolmentState::Applied,
            WAITING => EnrolmentState::Waiting,
            ENROLLED => EnrolmentState::Enrolled,
            _ => EnrolmentState::Ended,
        }
    }
}

/// A programme, for whoever may take part.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct ProgrammeView {
    id: Uuid,
    name: String,
    about: Option<String>,
    /// In whole years, both included.
    min_age: Option<i32>,
    max_age: Option<i32>,
    sex: Option<Sex>,
    /// Kinds of policies or numbers, of which one must be known.
    policies: Vec<String>,
    admission: ProgrammeAdmission,
    /// Absent: as many as come.
    places_left: Option<i64>,
    opens_at: Instant,
    closes_at: Option<Instant>,
    state: ProgrammeState,
}

impl ProgrammeView {
    pub fn of(row: Programme, lang: Lang) -> Self {
        Self {
            id: row.id,
            name: row.names.in_lang(lang).to_owned(),
            places_left: row.left(),
            about: row.about.map(|about| about.in_lang(lang).to_owned()),
            min_age: row.min_age,
            max_age: row.max_age,
            sex: sex(row.sex.as_deref()),
            policies: words(&row.policies),
            admission: ProgrammeAdmission::parse(&row.admission),
            opens_at: row.opens_at.into(),
            closes_at: row.closes_at.map(Into::into),
            state: state(&row.state),
        }
    }
}

/// A programme in every language, with what its office alone needs to know.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct OfficeProgramme {
    id: Uuid,
    names: Multilingual,
    about: Option<Paragraphs>,
    min_age: Option<i32>,
    max_age: Option<i32>,
    sex: Option<Sex>,
    policies: Vec<String>,
    admission: ProgrammeAdmission,
    places: Option<i64>,
    places_taken: i64,
    opens_at: Instant,
    closes_at: Option<Instant>,
    state: ProgrammeState,
}

impl From<Programme> for OfficeProgramme {
    fn from(row: Programme) -> Self {
        Self {
            id: row.id,
            names: row.names,
            about: row.about,
            min_age: row.min_age,
            max_age: row.max_age,
            sex: sex(row.sex.as_deref()),
            policies: words(&row.policies),
            admission: ProgrammeAdmission::parse(&row.admission),
            places: row.places,
            places_taken: row.taken,
            opens_at: row.opens_at.into(),
            closes_at: row.closes_at.map(Into::into),
            state: state(&row.state),
        }
    }
}

fn sex(word: Option<&str>) -> Option<Sex> {
    [Sex::Male, Sex::Female].into_iter().find(|sex| Some(sex.word().as_str()) == word)
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

fn state(word: &str) -> ProgrammeState {
    if word == ENDED { ProgrammeState::Ended } else { ProgrammeState::Open }
}

#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewProgramme {
    pub names: Multilingual,
    pub about: Option<Paragraphs>,
    #[oai(validator(minimum(value = "0"), maximum(value = "130")))]
    pub min_age: Option<i32>,
    #[oai(validator(minimum(value = "0"), maximum(value = "130")))]
    pub max_age: Option<i32>,
    /// Absent: for everybody.
    pub sex: Option<Sex>,
    /// Kinds of policies or numbers, of which whoever takes part has one: `oms`, `iin`. Absent: none is asked.
    #[oai(validator(max_items = 7))]
    pub policies: Option<Vec<String>>,
    /// Absent: as many as come.
    #[oai(validator(minimum(value = "1"), maximum(value = "10000000")))]
    pub places: Option<i64>,
    /// Absent: at once.
    pub admission: Option<ProgrammeAdmission>,
    pub opens_at: Instant,
    /// On this moment the programme and everybody's part in it end. Absent: until somebody ends it.
    pub closes_at: Option<Instant>,
}

impl NewProgramme {
    pub fn form(&self) -> ProgrammeForm {
        ProgrammeForm {
            names: self.names.clone(),
            about: self.about.clone(),
            min_age: self.min_age,
            max_age: self.max_age,
            sex: self.sex,
            policies: self.policies.clone().unwrap_or_default(),
            places: self.places,
            admission: self.admission.unwrap_or(ProgrammeAdmission::AtOnce),
            opens_at: self.opens_at.get(),
            closes_at: self.closes_at.map(|at| at.get()),
        }
    }
}

/// Somebody's part in a programme.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase", skip_serializing_if_is_none)]
pub struct EnrolmentView {
    id: Uuid,
    programme_id: Uuid,
    /// Whose it is: staff alone see it, and learn of him no more by it.
    patient_id: Option<Uuid>,
    state: EnrolmentState,
    /// How the desk was asked for it. Absent: he entered it himself.
    channel: Option<DeskChannel>,
    applied_at: Instant,
    enrolled_at: Option<Instant>,
    ended_at: Option<Instant>,
    ended_why: Option<EnrolmentEnd>,
}

impl EnrolmentView {
    pub fn own(row: Enrolment) -> Self {
        Self {
            id: row.id,
            programme_id: row.programme,
            patient_id: None,
            state: EnrolmentState::parse(&row.state),
            channel: DeskChannel::parse(&row.channel),
            applied_at: row.applied_at.into(),
            enrolled_at: row.enrolled_at.map(Into::into),
            ended_at: row.ended_at.map(Into::into),
            ended_why: row.ended_why.as_deref().and_then(EnrolmentEnd::parse),
        }
    }

    pub fn for_staff(row: Enrolment) -> Self {
        Self { patient_id: Some(row.subject), ..Self::own(row) }
    }
}

page_of!(
    /// Programmes, newest first.
    ProgrammePage of ProgrammeView
);

page_of!(
    /// Programmes, newest first, those that have ended too.
    OfficeProgrammePage of OfficeProgramme
);

page_of!(
    /// Enrolments, in the order in which people came.
    EnrolmentPage of EnrolmentView
);

/// In what one takes and took part, newest first.
#[derive(Debug, Object)]
#[oai(rename_all = "camelCase")]
pub struct EnrolmentList {
    pub items: Vec<EnrolmentView>,
}
