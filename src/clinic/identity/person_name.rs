//! Names of people: what is accepted, and the folded form in which "part of a name in any case" is sought.

use crate::kernel::error::Fault;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The longest name, in characters (Unicode scalar values after NFC).
pub const MAX_CHARS: usize = 100;

/// Checks one name (surname, given name or patronymic) and gives its stored form: NFC, trimmed, inner spaces squeezed to
/// one, hyphens of typesetters made `-`. Letters of every script, space, hyphen, apostrophes and dot are taken; nothing
/// that is invisible, turns the writing direction or controls a terminal is.
///
/// # Errors
/// [`Fault::Required`] when empty, [`Fault::TooLong`] over [`MAX_CHARS`], [`Fault::BadCharacters`],
/// [`Fault::BadFormat`] when there is no letter.
pub fn check_name(raw: &str) -> Result<String, Fault> {
    let mut name = String::with_capacity(raw.len());
    for word in raw.split([' ', '\u{a0}', '\u{202f}']).filter(|word| !word.is_empty()) {
        if !name.is_empty() {
            name.push(' ');
        }
        name.extend(word.chars().map(plain_hyphen).nfc());
    }
    if name.is_empty() {
        return Err(Fault::Required);
    }
    if name.chars().nth(MAX_CHARS).is_some() {
        return Err(Fault::TooLong);
    }
    if !name.chars().all(allowed) || overloaded_with_marks(&name) {
        return Err(Fault::BadCharacters);
    }
    if name.chars().any(char::is_alphabetic) { Ok(name) } else { Err(Fault::BadFormat) }
}

/// The form in which names are compared when the script is the same: lower case, compatibility forms resolved (NFKD),
/// Latin without its marks and special letters (`Łukasz` → `lukasz`), `ё` as `е`, one apostrophe, one hyphen, single spaces; in NFC.
/// It is meant for finding, never for showing. Folding twice changes nothing.
pub fn fold(name: &str) -> String {
    let mut folded = String::with_capacity(name.len());
    let mut base = ' ';
    // Apostrophes go first, for NFKD takes the spacing accent among them for a space and a mark, and last, for it also makes some (ŉ).
    let plain = name.chars().map(plain_apostrophe);
    for c in plain.nfkd().flat_map(char::to_lowercase).map(plain_apostrophe) {
        if is_combining_mark(c) {
            // In Cyrillic marks make other letters (и and й), in Indic scripts they are the vowels: only Latin loses them.
            let dropped = is_latin(base) || (base == 'е' && c == '\u{308}');
            if !dropped {
                folded.push(c);
            }
            continue;
        }
        base = c;
        match c {
            'ß' => folded.push_str("ss"),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            'þ' => folded.push_str("th"),
            'ø' => folded.push('o'),
            'ł' => folded.push('l'),
            'đ' | 'ð' => folded.push('d'),
            'ı' => folded.push('i'),
            'ŋ' => folded.push('n'),
            'ə' | 'ǝ' => folded.push('a'),
            'ς' => folded.push('σ'),
            c => folded.push(plain_hyphen(c)),
        }
    }
    let mut squeezed = String::with_capacity(folded.len());
    for word in folded.split_whitespace() {
        if !squeezed.is_empty() {
            squeezed.push(' ');
        }
        squeezed.extend(word.nfc());
    }
    squeezed
}

/// The apostrophes of keyboards, typesetters and romanisations (Uzbek `oʻ`, Georgian `kʼ`).
fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '`' | '´' | '\u{2018}' | '\u{2019}' | '\u{2b9}' | '\u{2bb}' | '\u{2bc}' | '\u{2bf}' | '\u{2032}')
}

fn plain_apostrophe(c: char) -> char {
    if is_apostrophe(c) { '\'' } else { c }
}

fn plain_hyphen(c: char) -> char {
    if matches!(c, '\u{2010}'..='\u{2013}') { '-' } else { c }
}

fn is_latin(c: char) -> bool {
    matches!(c, 'a'..='z' | '\u{c0}'..='\u{2af}' | '\u{1e00}'..='\u{1eff}')
}

fn allowed(c: char) -> bool {
    (c.is_alphabetic() || is_combining_mark(c) || is_apostrophe(c) || matches!(c, ' ' | '-' | '.')) && !is_invisible(c)
}

/// Letters and marks by their Unicode class, yet without any look of their own: Hangul fillers, the combining grapheme
/// joiner, inherent vowels of Khmer, variation selectors. With them two names could look the same and differ.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{3164}' | '\u{ffa0}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
}

/// Marks need a letter to stand on, and no script stacks more than a few: the rest is text that runs over its neighbours.
fn overloaded_with_marks(name: &str) -> bool {
    const MOST_MARKS: usize = 4;

    // Starting as if full, so that a mark without a letter before it is too many.
    let mut marks = MOST_MARKS;
    name.chars().any(|c| {
        if is_combining_mark(c) {
            marks += 1;
        } else {
            marks = if c.is_alphabetic() { 0 } else { MOST_MARKS };
        }
        marks > MOST_MARKS
    })
}
