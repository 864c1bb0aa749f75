//! National personal numbers and insurance policies: the one form in which they are stored, and their check digits.
//!
//! Nothing here asks a state register: a number that passes is well formed, not proven to be issued or to be this person's.

use crate::kernel::card;
use crate::kernel::error::Fault;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

/// The kind of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum System {
    /// Russia, individual insurance account: nine digits and two check digits.
    Snils,
    /// Russia, compulsory medical insurance, the single policy number (ЕНП): sixteen digits.
    Oms,
    /// Russia, compulsory medical insurance before the single number, and temporary certificates: no common form.
    OmsLegacy,
    /// Russia, voluntary medical insurance: every insurer has a form of his own.
    Dms,
    /// Kazakhstan, individual identification number (ИИН, ЖСН): twelve digits.
    Iin,
    /// Georgia, personal number (პირადი ნომერი): eleven digits.
    GePersonal,
    /// A passport of any country: its number, beside which the country is told.
    Passport,
}

impl System {
    pub const ALL: &'static [System] =
        &[System::Snils, System::Oms, System::OmsLegacy, System::Dms, System::Iin, System::GePersonal, System::Passport];

    /// The text that stands in the contract; the same as serde writes.
    pub const fn as_str(self) -> &'static str {
        match self {
            System::Snils => "snils",
            System::Oms => "oms",
            System::OmsLegacy => "omsLegacy",
            System::Dms => "dms",
            System::Iin => "iin",
            System::GePersonal => "gePersonal",
            System::Passport => "passport",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|system| system.as_str() == text)
    }

    /// Whether the number is that of an insurance policy, which has an insurer, a term and a verification.
    pub const fn is_policy(self) -> bool {
        matches!(self, System::Oms | System::OmsLegacy | System::Dms)
    }
}

/// A number in the form in which it is stored and looked up.
#[derive(Clone, PartialEq, Eq)]
pub struct Normal {
    /// Digits alone; for [`System::OmsLegacy`], [`System::Dms`] and [`System::Passport`] upper-case text.
    pub value: String,
    /// Whether a check digit confirmed the number. False where there is none to check: SNILS up to 001-001-998, policies
    /// of free form, Georgian numbers.
    pub checked: bool,
}

/// Hides the value, so that a number never reaches a log by way of `{:?}`.
impl std::fmt::Debug for Normal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Normal").field("checked", &self.checked).finish_non_exhaustive()
    }
}

/// No system writes its numbers longer, separators included.
const MAX_RAW_BYTES: usize = 128;

/// Checks a number as a person typed it and gives its stored form; giving that form again changes nothing.
///
/// Spaces and hyphens are dropped in SNILS, OMS and passports, which are printed with them, and nowhere else. Digits are
/// ASCII: a lookalike of another script would be a second form of the same number. Zeros alone are refused everywhere:
/// they pass most check sums, and what they mean is "I have none".
///
/// # Errors
/// [`Fault::Required`] when empty, [`Fault::BadCharacters`], [`Fault::TooShort`], [`Fault::TooLong`],
/// [`Fault::BadCheckDigit`], [`Fault::BadFormat`], [`Fault::CardNumber`].
pub fn normalise(system: System, raw: &str) -> Result<Normal, Fault> {
    if raw.len() > MAX_RAW_BYTES {
        return Err(Fault::TooLong);
    }
    match system {
        System::Snils => snils(&without_separators(raw)),
        System::Oms => oms(&without_separators(raw)),
        // No law gives these their form, so somebody could put the number of his card there.
        System::OmsLegacy | System::Dms | System::Passport if card::holds_card_number(raw) => Err(Fault::CardNumber),
        System::OmsLegacy | System::Dms => free_form(raw),
        System::Passport => passport(raw),
        System::Iin => iin(raw),
        System::GePersonal => Ok(Normal { value: digits::<11>(raw)?.1, checked: false }),
    }
}

/// What may be shown of a stored number to somebody who knows it already: its last four digits, or the last two
/// characters of a policy of free form, which may have four in all. The number of dots tells nothing.
pub fn masked(system: System, value: &str) -> String {
    let shown = match system {
        System::Snils | System::Oms | System::Iin | System::GePersonal => 4,
        System::OmsLegacy | System::Dms | System::Passport => 2,
    };
    let hidden = value.chars().count().saturating_sub(shown);
    // A value so short that nothing would be hidden is not one of ours: show nothing.
    let tail: String = if hidden >= 2 { value.chars().skip(hidden).collect() } else { String::new() };
    format!("•••{tail}")
}

fn without_separators(raw: &str) -> String {
    raw.chars().filter(|c| !matches!(c, ' ' | '-')).collect()
}

/// Exactly `N` ASCII digits, not all zero: their values, and the text.
fn digits<const N: usize>(text: &str) -> Result<([u32; N], String), Fault> {
    if text.is_empty() {
        return Err(Fault::Required);
    }
    if !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Fault::BadCharacters);
    }
    if text.len() != N {
        return Err(if text.len() < N { Fault::TooShort } else { Fault::TooLong });
    }
    let mut values = [0; N];
    for (value, byte) in values.iter_mut().zip(text.bytes()) {
        *value = u32::from(byte - b'0');
    }
    if values.iter().all(|d| *d == 0) {
        return Err(Fault::BadFormat);
    }
    Ok((values, text.to_owned()))
}

fn verdict(value: String, fits: bool) -> Result<Normal, Fault> {
    if fits { Ok(Normal { value, checked: true }) } else { Err(Fault::BadCheckDigit) }
}

/// The sum of the digits times 9, 8, … 1, modulo 101, where 100 is written 00. Both traps are in the remainder: a *sum* of
/// 100 and a sum of 201 leave it alike, and both are 00. (Pension Fund of Russia, rules of the individual account.)
fn snils(text: &str) -> Result<Normal, Fault> {
    /// Accounts up to this one were opened before check digits were computed.
    const LAST_UNCHECKED: u32 = 1_001_998;

    let (d, value) = digits::<11>(text)?;
    let account = d[..9].iter().fold(0, |number, digit| number * 10 + digit);
    if account <= LAST_UNCHECKED {
        return Ok(Normal { value, checked: false });
    }
    let sum: u32 = d[..9].iter().zip((1..=9).rev()).map(|(digit, weight)| digit * weight).sum();
    let control = sum % 101 % 100;
    verdict(value, control == d[9] * 10 + d[10])
}

/// Luhn's check. It is the *place* of a digit, counted from the right, that says whether it is doubled, and never its value.
fn oms(text: &str) -> Result<Normal, Fault> {
    let (d, value) = digits::<16>(text)?;
    let sum: u32 = d
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| match (place % 2, digit * 2) {
            (0, _) => *digit,
            (_, doubled) if doubled > 9 => doubled - 9,
            (_, doubled) => doubled,
        })
        .sum();
    verdict(value, sum.is_multiple_of(10))
}

/// Two passes modulo 11: the second, with shifted weights, decides when the first leaves 10; when it leaves 10 again no
/// digit fits and the state issues no such number. The birth date inside is no part of the check: numbers without
/// a calendar date have been issued.
fn iin(text: &str) -> Result<Normal, Fault> {
    const FIRST: [u32; 11] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];
    const SECOND: [u32; 11] = [3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2];

    let (d, value) = digits::<12>(text)?;
    let pass = |weights: [u32; 11]| d.iter().zip(weights).map(|(digit, weight)| digit * weight).sum::<u32>() % 11;
    let control = match pass(FIRST) {
        10 => pass(SECOND),
        control => control,
    };
    verdict(value, control == d[11])
}

/// The birth date and the sex that an IIN was built from, where it tells them: `YYMMDD`, then the century with the sex. A
/// hint and no more, for numbers without a calendar date have been issued.
pub fn hint_of_iin(value: &str) -> (Option<NaiveDate>, Option<&'static str>) {
    let Ok((d, _)) = digits::<12>(value) else { return (None, None) };
    let century = match d[6] {
        1 | 2 => 1800,
        3 | 4 => 1900,
        5 | 6 => 2000,
        _ => return (None, None),
    };
    let year = i32::try_from(century + d[0] * 10 + d[1]).unwrap_or_default();
    let date = NaiveDate::from_ymd_opt(year, d[2] * 10 + d[3], d[4] * 10 + d[5]);
    (date, Some(if d[6] % 2 == 1 { "male" } else { "female" }))
}

/// 4 to 20 digits and capitals, Latin or Cyrillic, one digit at least; spaces and hyphens between them are dropped.
fn passport(raw: &str) -> Result<Normal, Fault> {
    let value: String = without_separators(raw).nfc().flat_map(char::to_uppercase).collect();
    if value.is_empty() {
        return Err(Fault::Required);
    }
    if !value.chars().all(is_plain) {
        return Err(Fault::BadCharacters);
    }
    match value.chars().count() {
        ..4 => Err(Fault::TooShort),
        4..=20 if value.contains(|c: char| matches!(c, '1'..='9')) => Ok(Normal { value, checked: false }),
        4..=20 => Err(Fault::BadFormat),
        _ => Err(Fault::TooLong),
    }
}

fn is_plain(c: char) -> bool {
    matches!(c, '0'..='9' | 'A'..='Z' | 'А'..='Я' | 'Ё')
}

/// The form in which passports are compared: a Cyrillic capital that looks like a Latin one is that one, for which of the
/// two stands in a number nobody can see.
pub fn same_looking(value: &str) -> String {
    let plain = |c: char| match c {
        'А' => 'A',
        'В' => 'B',
        'Е' | 'Ё' => 'E',
        'К' => 'K',
        'М' => 'M',
        'Н' => 'H',
        'О' => 'O',
        'Р' => 'P',
        'С' => 'C',
        'Т' => 'T',
        'У' => 'Y',
        'Х' => 'X',
        c => c,
    };
    value.chars().map(plain).collect()
}

/// `^[0-9A-ZА-ЯЁ][0-9A-ZА-ЯЁ/ -]{3,31}$` after trimming, NFC and upper case.
fn free_form(raw: &str) -> Result<Normal, Fault> {
    let value: String = raw.trim_matches(' ').nfc().flat_map(char::to_uppercase).collect();
    let Some(first) = value.chars().next() else { return Err(Fault::Required) };
    if !value.chars().all(|c| is_plain(c) || matches!(c, '/' | ' ' | '-')) {
        return Err(Fault::BadCharacters);
    }
    if !is_plain(first) {
        return Err(Fault::BadFormat);
    }
    match value.chars().count() {
        ..4 => Err(Fault::TooShort),
        4..=32 => Ok(Normal { value, checked: false }),
        _ => Err(Fault::TooLong),
    }
}
