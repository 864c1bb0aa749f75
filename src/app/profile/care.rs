//! The service itself: bookings, what is paid, documents, conversations, support.

use super::super::multilingual::Multilingual;
use super::super::period::Period;
use super::holidays::Holidays;
use poem_openapi::Enum;
use serde::Deserialize;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Booking {
    /// A slot nearer than this is not offered.
    pub lead: Period,
    /// A slot further than this is not offered.
    pub horizon: Period,
    /// How long after the visit its doctor may still open what he needs for it.
    pub treatment: Period,
    /// Whether somebody without an account may come instead of the patient, and be told of it by SMS.
    #[serde(default)]
    pub visitors: bool,
    /// Days on which nobody receives but by hours that say so.
    #[serde(default)]
    pub holidays: Holidays,
    /// Who may pay for a service, or stand for it where nothing is to be paid. Default: the patient himself alone.
    #[serde(default = "himself")]
    pub payers: Vec<Payer>,
    /// Payers whom a patient may name only if he has told a policy of theirs that is good on the day of the visit.
    #[serde(default)]
    pub insured: Vec<Payer>,
    /// Until so long before the visit a patient may cancel it himself. `0min`: until it begins.
    #[serde(default = "Booking::until_it_begins")]
    pub cancel_until: Period,
    /// Until so long before the visit a patient may move it himself.
    #[serde(default = "Booking::until_it_begins")]
    pub move_until: Period,
    /// How often a patient may move one visit himself.
    #[serde(default = "Booking::usual_moves")]
    pub moves_max: i64,
    /// How long what was asked for waits for reception to answer.
    #[serde(default = "Booking::usual_request")]
    pub request_lives: Period,
    /// How many visits to come a patient may have. Without it as many as he likes.
    #[serde(default)]
    pub open_max: Option<i64>,
    /// Whether somebody who owes for an earlier visit books no other before it is settled.
    #[serde(default)]
    pub unpaid_blocks: bool,
    /// Whether a patient may leave a wish for a visit without choosing a time.
    #[serde(default = "Booking::usual_wishes")]
    pub wishes: bool,
    /// What opens a course of treatment.
    #[serde(default)]
    pub course: Course,
}

/// What opens a course of treatment, from whose end clinical data is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Course {
    /// Its doctor, by an act of his own.
    #[default]
    Doctor,
    /// The first visit itself; the doctor may, too.
    FirstVisit,
}

impl Booking {
    const fn until_it_begins() -> Period {
        Period::Minutes(0)
    }

    const fn usual_moves() -> i64 {
        10
    }

    const fn usual_request() -> Period {
        Period::Days(1)
    }

    const fn usual_wishes() -> bool {
        true
    }
}

fn himself() -> Vec<Payer> {
    vec![Payer::Own]
}

/// Who pays for a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Enum)]
#[serde(rename_all = "lowercase")]
#[oai(rename_all = "lowercase")]
pub enum Payer {
    /// The patient.
    #[serde(rename = "self")]
    #[oai(rename = "self")]
    Own,
    /// Compulsory insurance.
    Oms,
    /// Voluntary insurance.
    Dms,
    /// A programme, of the state or of a foundation.
    Programme,
}

impl Payer {
    pub const ALL: [Payer; 4] = [Payer::Own, Payer::Oms, Payer::Dms, Payer::Programme];

    /// As the database, the contract and profiles spell it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Payer::Own => "self",
            Payer::Oms => "oms",
            Payer::Dms => "dms",
            Payer::Programme => "programme",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|payer| payer.as_str() == word)
    }
}

/// How paid services are paid. Where the class `billing` is refused, they are paid at the desk.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Billing {
    /// How long a slot is held for its patient to pay.
    pub hold: Period,
    /// Who cancels earlier than this before the visit gets everything back.
    pub refund_until: Period,
    /// Who cancels later gets so many percent back, from 0 to 100.
    pub late_refund_percent: u8,
    /// What the provider's receipt calls the service. The same for all, so that it tells nothing about the patient.
    pub receipt_title: Multilingual,
}

impl Default for Billing {
    fn default() -> Self {
        Self {
            hold: Period::Minutes(15),
            refund_until: Period::Hours(24),
            late_refund_percent: 50,
            receipt_title: Multilingual {
                ru: "Медицинские услуги".into(),
                kk: "Медициналық қызметтер".into(),
                ka: "სამედიცინო მომსახურება".into(),
                en: "Medical services".into(),
            },
        }
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Documents {
    pub max_bytes: i64,
    /// Media types that are taken.
    pub media_types: Vec<String>,
}

/// Conversations of patients with doctors and with a clinic's operator.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Consultations {
    /// How long after the visit a patient and his doctor may go on talking.
    pub open_for: Period,
    /// How long a conversation with a clinic's operator stays open.
    pub operator_open_for: Period,
    /// How long after its end a conversation with an operator is kept.
    pub operator_kept: Period,
    /// Whom to call when there is no time to write.
    pub emergency_phone: String,
}

impl Default for Consultations {
    fn default() -> Self {
        Self {
            open_for: Period::Days(30),
            operator_open_for: Period::Days(30),
            operator_kept: Period::Days(90),
            emergency_phone: "112".into(),
        }
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Support {
    /// A closed ticket is destroyed so long after its closing, with all that it holds.
    pub purge_after: Period,
    /// Of one screenshot, at most 15 MiB.
    pub screenshot_max_bytes: i64,
    /// Ratings of a doctor are shown from so many on: fewer would tell who gave them.
    pub ratings_from: i64,
    /// Whether feedback is asked for when a visit is over. Default true.
    pub ask_feedback: bool,
}

impl Default for Support {
    fn default() -> Self {
        Self { purge_after: Period::Days(90), screenshot_max_bytes: 10 * 1024 * 1024, ratings_from: 5, ask_feedback: true }
    }
}
