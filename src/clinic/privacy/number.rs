//! Record numbers: what a patient is told once, and by which staff find what is held of him after the account is gone.

use crate::kernel::clock::Ambient;
use std::fmt::Write;

/// Crockford's base 32: no letter that is read as a digit or as another letter.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const CHARS: usize = 12;
const GROUP: usize = 4;

/// A new number, `7KQ2-9FHX-M3TD`: 60 random bits.
pub fn new(ambient: &Ambient) -> String {
    let bytes: [u8; CHARS] = ambient.bytes();
    grouped(&bytes.map(|byte| ALPHABET[usize::from(byte % 32)]))
}

/// A number as somebody typed or heard it: any case, with or without hyphens, O for 0, I and L for 1. `None`: no number.
pub fn parse(text: &str) -> Option<String> {
    let mut chars = Vec::with_capacity(CHARS);
    for c in text.chars().filter(|c| !matches!(c, '-' | ' ')) {
        let c = match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            c => c,
        };
        let byte = u8::try_from(c).ok().filter(|byte| ALPHABET.contains(byte))?;
        chars.push(byte);
    }
    (chars.len() == CHARS).then(|| grouped(&chars))
}

fn grouped(chars: &[u8]) -> String {
    let mut text = String::with_capacity(CHARS + CHARS / GROUP);
    for (index, byte) in chars.iter().enumerate() {
        let hyphen = if index > 0 && index % GROUP == 0 { "-" } else { "" };
        _ = write!(text, "{hyphen}{}", char::from(*byte));
    }
    text
}
