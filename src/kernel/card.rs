//! Numbers of payment cards never enter: where they would, every store and every log would fall under the rules of the
//! card schemes. Payment sheets of the providers take them instead.

use unicode_normalization::UnicodeNormalization;

/// How many digits a card number has (ISO/IEC 7812-1).
const DIGITS_MIN: usize = 13;
const DIGITS_MAX: usize = 19;
/// Characters that people put between groups of digits, at most so many in a row.
const GAP_MAX: usize = 2;

/// Whether a card number stands in the text: 13 to 19 digits that begin as a card scheme's numbers do and end in the
/// right check digit, in one piece or in groups.
pub fn holds_card_number(text: &str) -> bool {
    // Most texts hold few digits, and need no second look.
    if text.chars().filter(|c| c.is_numeric()).count() < DIGITS_MIN {
        return false;
    }
    runs(text).iter().any(|run| run_holds_card_number(run))
}

/// Groups of digits that stand close to each other, run by run.
fn runs(text: &str) -> Vec<Vec<Vec<u8>>> {
    let mut runs = vec![Vec::new()];
    let mut group = Vec::new();
    let mut gap = 0;
    // Compatibility forms: full-width digits read as digits too.
    for c in text.nfkc() {
        if let Some(digit) = digit(c) {
            group.push(digit);
            gap = 0;
            continue;
        }
        if let Some(run) = runs.last_mut().filter(|_| !group.is_empty()) {
            run.push(std::mem::take(&mut group));
        }
        gap += 1;
        if !is_separator(c) || gap > GAP_MAX {
            runs.push(Vec::new());
        }
    }
    if let Some(run) = runs.last_mut() {
        run.push(group);
    }
    runs
}

/// The zeros of the scripts that have decimal digits of their own (Unicode, general category Nd), each before its nine
/// others. Full-width and mathematical ones are ASCII after NFKC.
const ZEROS: &[u32] = &[
    0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66, 0xDE6, 0xE50, 0xED0, 0xF20, 0x1040,
    0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50, 0x1BB0, 0x1C40, 0x1C50, 0xA620, 0xA8D0, 0xA900, 0xA9D0,
    0xA9F0, 0xAA50, 0xABF0, 0x104A0, 0x10D30, 0x11066, 0x110F0, 0x11136, 0x111D0, 0x112F0, 0x11450, 0x114D0, 0x11650, 0x116C0,
    0x11730, 0x118E0, 0x11950, 0x11C50, 0x11D50, 0x11DA0, 0x16A60, 0x16AC0, 0x16B50, 0x1E140, 0x1E2F0, 0x1E950,
];

fn digit(c: char) -> Option<u8> {
    if c.is_ascii() {
        return c.to_digit(10).and_then(|value| u8::try_from(value).ok());
    }
    let place = ZEROS.partition_point(|zero| *zero <= u32::from(c)).checked_sub(1)?;
    let value = u32::from(c) - ZEROS.get(place)?;
    u8::try_from(value).ok().filter(|value| *value < 10)
}

fn is_separator(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '-' | '.' | '_' | '/' | '\u{200B}'..='\u{200D}' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{FEFF}')
}

/// A card number begins and ends where a group does; what stands before and behind (a date, a phone) may be in the run too.
fn run_holds_card_number(groups: &[Vec<u8>]) -> bool {
    (0..groups.len()).any(|start| {
        let mut digits: Vec<u8> = Vec::with_capacity(DIGITS_MAX);
        for group in groups.iter().skip(start) {
            if digits.len() + group.len() > DIGITS_MAX {
                return false;
            }
            digits.extend(group);
            if is_card_number(&digits) {
                return true;
            }
        }
        false
    })
}

fn is_card_number(digits: &[u8]) -> bool {
    (DIGITS_MIN..=DIGITS_MAX).contains(&digits.len()) && is_of_a_scheme(digits) && passes_luhn(digits)
}

/// Lengths and first digits as the schemes publish them; among them those of Russia, Uzbekistan and China.
fn is_of_a_scheme(digits: &[u8]) -> bool {
    let first_four = digits.iter().take(4).fold(0, |number, digit| number * 10 + u32::from(*digit));
    match first_four {
        4000..=4999 => matches!(digits.len(), 13 | 16 | 19),
        2200..=2204 => digits.len() >= 16,
        2221..=2720 | 5100..=5599 | 8600..=8600 | 9860..=9860 => digits.len() == 16,
        3400..=3499 | 3700..=3799 => digits.len() == 15,
        3000..=3059 | 3095..=3095 | 3600..=3699 | 3800..=3999 => digits.len() >= 14,
        3528..=3589 | 6011..=6011 | 6200..=6299 | 6440..=6599 | 8100..=8171 => digits.len() >= 16,
        5018 | 5020 | 5038 | 5612 | 5893 | 6304 | 6759 | 6761..=6763 | 6390 => true,
        _ => false,
    }
}

fn passes_luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| match u32::from(*digit) {
            digit if place % 2 == 0 => digit,
            digit if digit > 4 => digit * 2 - 9,
            digit => digit * 2,
        })
        .sum();
    sum.is_multiple_of(10)
}
