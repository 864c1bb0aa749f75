//! What is left of a value that an app sent: numbers that name nothing, words of a kind, and no text.

/// Characters of a word, as `wifi` or `bookingFailed`.
const WORD_CHARS_MAX: usize = 32;
/// A word with more digits than this may be a number in disguise.
const WORD_DIGITS_MAX: usize = 4;
const LABEL_CHARS_MAX: usize = 40;
/// Models of telephones have letters and digits by turns; numbers of people have nine digits and more.
const LABEL_DIGITS_MAX: usize = 8;
/// Greater numbers are phones, policies and the like, not measures.
const NUMBER_MAX: f64 = 1e9;

/// A measure by three significant digits: enough for statistics, too coarse for a number of a person or a place.
pub fn number(value: f64) -> Option<f64> {
    if !value.is_finite() || value.abs() >= NUMBER_MAX {
        return None;
    }
    if value == 0.0 {
        return Some(0.0);
    }
    // The format of exponents rounds in decimals, which powers of ten in binary don't do exactly.
    format!("{value:.2e}").parse().ok()
}

/// A word as a programmer writes it: it begins with a small letter and has no space, no sign but `_` and `-`.
pub fn word(text: &str) -> Option<&str> {
    let begins = text.bytes().next().is_some_and(|b| b.is_ascii_lowercase());
    let letters = text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    (begins && letters && text.len() <= WORD_CHARS_MAX && digits(text) <= WORD_DIGITS_MAX).then_some(text)
}

/// What a maker calls a model or a system: `SM-S918B`, `iPhone16,2`, `17.4.1`.
pub fn label(text: &str) -> Option<&str> {
    let text = text.trim();
    let plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || b" .,_()/-".contains(&b));
    (!text.is_empty() && plain && text.len() <= LABEL_CHARS_MAX && digits(text) <= LABEL_DIGITS_MAX).then_some(text)
}

fn digits(text: &str) -> usize {
    text.bytes().filter(u8::is_ascii_digit).count()
}
