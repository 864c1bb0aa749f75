//! Telephone numbers and e-mail addresses: what is stored, what is shown, what is looked up.

use crate::kernel::error::Fault;
use phonenumber::metadata::{DATABASE, Descriptor, Metadata};
use unicode_normalization::UnicodeNormalization;

/// No way to write a telephone number is longer.
const MAX_PHONE_BYTES: usize = 40;

/// A telephone number as E.164 (`+79161234567`); giving that again changes nothing.
///
/// `default_region` is an ISO 3166 code (`RU`) for numbers without a country: with it `8 916 …` works; without it only `+…` does.
/// The plans of all countries come from Google's libphonenumber. Numbers that can't be a person's are refused
/// with the unknown ones: freephone, premium, shared-cost, voice over IP, short codes.
///
/// # Errors
/// [`Fault::Required`] when empty, [`Fault::TooShort`], [`Fault::TooLong`], [`Fault::BadCharacters`] for anything but ASCII
/// digits, `+`, spaces, hyphens, dots and parentheses, [`Fault::BadFormat`] for what no numbering plan knows.
pub fn normalise_phone(raw: &str, default_region: Option<&str>) -> Result<String, Fault> {
    let dialled = dialled(raw)?;
    // A number that names its country must not be read by the rules of another one.
    let found = match dialled.strip_prefix('+') {
        Some(digits) => international(digits),
        None => default_region.and_then(|region| DATABASE.by_id(region)).and_then(|home| domestic(home, &dialled)),
    };
    found.ok_or(Fault::BadFormat)
}

// We take the plans of `phonenumber` and not its parser, which strips the trunk prefix even where it is the first digit of the
// area (`+7 812 …` loses its 8, and St Petersburg is refused) and loses the leading zero of Italian numbers.

/// The country calling code of a number in E.164: 7 of `+79161234567`.
pub fn calling_code(e164: &str) -> Option<u16> {
    let digits = e164.strip_prefix('+')?;
    (1..=3).find_map(|length| digits.get(..length)?.parse().ok().filter(|code| DATABASE.by_code(code).is_some()))
}

/// Country code and number. Somebody may have left the trunk prefix in (`+44 (0) 79…`), so it is tried without as well.
fn international(digits: &str) -> Option<String> {
    // No country code begins another one, so at most one length fits.
    (1..=3).find_map(|length| {
        let (code, national) = digits.split_at_checked(length)?;
        let code: u16 = code.parse().ok()?;
        let trunk = DATABASE.by_code(&code)?.first()?.national_prefix();
        personal(code, national).or_else(|| personal(code, national.strip_prefix(trunk?)?))
    })
}

/// As dialled at home: the bare number, with the trunk prefix, with the country code but no `+`, and last abroad (`8 10 …`).
fn domestic(home: &Metadata, digits: &str) -> Option<String> {
    let code = home.country_code();
    let abroad = || {
        let prefix = home.international_prefix()?.find(digits).filter(|found| found.start() == 0)?;
        international(digits.get(prefix.end()..)?)
    };
    personal(code, digits)
        .or_else(|| personal(code, digits.strip_prefix(home.national_prefix()?)?))
        .or_else(|| personal(code, digits.strip_prefix(&code.to_string())?))
        .or_else(abroad)
}

/// The number in E.164, if one of the countries that share the code gives such numbers to people.
fn personal(code: u16, national: &str) -> Option<String> {
    let fits = |kind: Option<&Descriptor>| kind.is_some_and(|kind| kind.is_match(national));
    let plans = DATABASE.by_code(&code)?;
    plans
        .iter()
        .map(|plan| plan.descriptors())
        .any(|plan| {
            let special = [plan.premium_rate(), plan.toll_free(), plan.shared_cost(), plan.voip(), plan.personal_number()];
            let shared = [plan.pager(), plan.uan(), plan.voicemail()];
            plan.general().is_match(national)
                && (fits(plan.mobile()) || fits(plan.fixed_line()))
                && !special.into_iter().chain(shared).any(fits)
        })
        .then(|| format!("+{code}{national}"))
}

/// The digits with at most a leading `+`: one number and nothing else, neither letters nor extensions.
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
