//! Telephone numbers and e-mail addresses: what is stored, what is shown, what is looked up.

use crate::kernel::error::Fault;
use phonenumber::country;
use phonenumber::metadata::DATABASE;
use phonenumber::{Mode, Type};
use unicode_normalization::UnicodeNormalization;

/// No way to write a telephone number is longer.
const MAX_PHONE_BYTES: usize = 40;

/// A telephone number as E.164 (`+79161234567`); giving that again changes nothing.
///
/// `default_region` is an ISO 3166 code (`RU`) for numbers without a country: with it `8 916 …` works; without it only `+…` does.
/// The plans of all countries come from Google's libphonenumber. Numbers that can't be a person's are refused
/// with the unknown ones: freephone, premium, shared-cost, short codes.
///
/// # Errors
/// [`Fault::Required`] when empty, [`Fault::TooLong`], [`Fault::BadCharacters`] for anything but ASCII digits, `+`, spaces,
/// hyphens, dots and parentheses, [`Fault::BadFormat`] for what no numbering plan knows.
pub fn normalise_phone(raw: &str, default_region: Option<&str>) -> Result<String, Fault> {
    let dialled = dialled(raw)?;
    // A number that names its country must not be read by the rules of another one.
    let region = default_region.filter(|_| !dialled.starts_with('+')).and_then(known_region);
    if region.is_none() && !dialled.starts_with('+') {
        return Err(Fault::BadFormat);
    }
    let number = phonenumber::parse(region, &dialled).map_err(|_| Fault::BadFormat)?;
    let personal = matches!(number.number_type(&DATABASE), Type::Mobile | Type::FixedLine | Type::FixedLineOrMobile);
    if !personal || !number.is_valid() {
        return Err(Fault::BadFormat);
    }
    Ok(number.format().mode(Mode::E164).to_string())
}

/// The digits with at most a leading `+`. The parser also reads letters, extensions and digits of other scripts out of
/// running text; we want one number and nothing else, so it is given no more than that.
fn dialled(raw: &str) -> Result<String, Fault> {
    if raw.len() > MAX_PHONE_BYTES {
        return Err(Fault::TooLong);
    }
    let mut dialled = String::with_capacity(raw.len());
    for c in raw.chars() {
        match c {
            '0'..='9' => dialled.push(c),
            '+' if dialled.is_empty() => dialled.push(c),
            // Address books paste no-break spaces and the hyphens of typesetters.
            ' ' | '-' | '.' | '(' | ')' | '\u{a0}' | '\u{202f}' | '\u{2010}'..='\u{2013}' => {}
            _ => return Err(Fault::BadCharacters),
        }
    }
    match dialled.trim_start_matches('+').len() {
        0 => Err(Fault::Required),
        1..=5 => Err(Fault::TooShort),
        // E.164 has at most 15 digits; a trunk or international prefix may stand before them.
        6..=20 => Ok(dialled),
        _ => Err(Fault::TooLong),
    }
}

/// A region that the numbering plans know; the parser would panic on another.
fn known_region(code: &str) -> Option<country::Id> {
    let id: country::Id = code.parse().ok()?;
    DATABASE.by_id(id.as_ref()).map(|_| id)
}

/// An e-mail address in its two forms.
#[derive(Clone, PartialEq, Eq)]
pub struct Email {
    /// To show and to write to: the local part as typed, the domain in lower case.
    pub shown: String,
    /// To compare and to look up: all in lower case, the domain in its ASCII form (IDNA).
    pub lookup: String,
}

/// Hides the address, so that it never reaches a log by way of `{:?}`.
impl std::fmt::Debug for Email {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Email").finish_non_exhaustive()
    }
}

/// The longest address that mail servers carry (RFC 5321, with erratum 1690).
const MAX_EMAIL_BYTES: usize = 254;

/// Checks an e-mail address. Whether somebody reads it, only a code sent there can tell; so the form is held to what mail
/// servers commonly carry: a dot-atom (RFC 5322, letters of all scripts as in RFC 6531), `@`, a domain with a dot. Quoted
/// local parts, comments and bare IP addresses are refused.
///
/// # Errors
/// [`Fault::Required`] when empty, [`Fault::TooLong`], [`Fault::BadCharacters`], [`Fault::BadFormat`].
pub fn normalise_email(raw: &str) -> Result<Email, Fault> {
    let typed: String = raw.trim_matches(' ').nfc().collect();
    if typed.is_empty() {
        return Err(Fault::Required);
    }
    if typed.len() > MAX_EMAIL_BYTES {
        return Err(Fault::TooLong);
    }
    if typed.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err(Fault::BadCharacters);
    }
    let (local, domain) = typed.rsplit_once('@').ok_or(Fault::BadFormat)?;
    check_local(local)?;
    let domain: String = domain.to_lowercase().nfc().collect();
    let ascii_domain = ascii_domain(&domain)?;
    // Servers may tell `Anna@` from `anna@`, but none that matters does, and two accounts for one letter box help nobody.
    let lookup: String = format!("{}@{ascii_domain}", local.to_lowercase()).nfc().collect();
    let shown = format!("{local}@{domain}");
    if lookup.len() > MAX_EMAIL_BYTES || shown.len() > MAX_EMAIL_BYTES {
        return Err(Fault::TooLong);
    }
    Ok(Email { shown, lookup })
}

fn check_local(local: &str) -> Result<(), Fault> {
    const MAX_LOCAL_BYTES: usize = 64;

    if local.len() > MAX_LOCAL_BYTES {
        return Err(Fault::TooLong);
    }
    if local.split('.').any(str::is_empty) {
        return Err(Fault::BadFormat);
    }
    let fits = |c: char| c.is_alphanumeric() || ".!#$%&'*+-/=?^_`{|}~".contains(c);
    if local.chars().all(fits) { Ok(()) } else { Err(Fault::BadCharacters) }
}

fn ascii_domain(domain: &str) -> Result<String, Fault> {
    let ascii = idna::domain_to_ascii_strict(domain).map_err(|_| Fault::BadFormat)?;
    // No top-level domain is a number: this is an IP address.
    let named = |tld: &str| tld.bytes().any(|b| b.is_ascii_alphabetic());
    match ascii.rsplit_once('.') {
        Some((rest, tld)) if !rest.is_empty() && named(tld) => Ok(ascii),
        _ => Err(Fault::BadFormat),
    }
}
