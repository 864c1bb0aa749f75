//! What any free text must satisfy before it is stored, whatever it says.

use super::card::holds_card_number;
use crate::kernel::error::Fault;
use unicode_normalization::UnicodeNormalization;

/// Free text of several lines: put into NFC, `\r\n` made `\n`, at most `max_chars` characters (Unicode scalar values,
/// counted after normalisation). Spaces are kept and an empty text passes: whether something must be said is the field's own rule.
///
/// # Errors
/// [`Fault::BadCharacters`] for NUL and every other control character but newline and tab (PostgreSQL can't store a NUL,
/// and the rest forge lines in logs and terminals); [`Fault::TooLong`]; [`Fault::CardNumber`].
pub fn check_text(raw: &str, max_chars: usize) -> Result<String, Fault> {
    let text = check_any_number(raw, max_chars)?;
    if holds_card_number(&text) { Err(Fault::CardNumber) } else { Ok(text) }
}

/// The same for a field whose own value may look like the number of a payment card: a policy of compulsory insurance has
/// 16 digits and the same check digit. Which field it is decides, never the shape.
///
/// # Errors
/// As [`check_text`], save for the card number.
pub fn check_any_number(raw: &str, max_chars: usize) -> Result<String, Fault> {
    // Web forms send `\r\n`, telephones send `\n`: the same words must be the same text.
    let text: String = raw.replace("\r\n", "\n").nfc().collect();
    if text.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
        return Err(Fault::BadCharacters);
    }
    if text.chars().nth(max_chars).is_some() {
        return Err(Fault::TooLong);
    }
    Ok(text)
}

/// The same for a single line: also no newline, and neither of the separators U+2028 and U+2029, which many programs show as one.
///
/// # Errors
/// As [`check_text`].
pub fn check_line(raw: &str, max_chars: usize) -> Result<String, Fault> {
    let line = check_text(raw, max_chars)?;
    if line.contains(['\n', '\u{2028}', '\u{2029}']) {
        return Err(Fault::BadCharacters);
    }
    Ok(line)
}
