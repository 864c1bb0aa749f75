//! `Range` for one file (RFC 9110, section 14): one range of bytes is answered, everything else by the whole file.

use std::ops::Range;

/// Which bytes of a file an answer carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    Whole,
    /// Half-open, not empty, within the file.
    Part(Range<u64>),
    /// The range begins beyond the end of the file.
    Unsatisfiable,
}

impl Wanted {
    /// What a `Range` header means for a file of `total` bytes. Other units, several ranges and what can't be read are
    /// ignored, as RFC 9110 allows.
    pub fn of(header: Option<&str>, total: u64) -> Wanted {
        let Some((first, last)) = header.and_then(single) else { return Wanted::Whole };
        let (start, end) = match (first, last) {
            (Some(first), Some(last)) if last < first => return Wanted::Whole,
            (Some(first), last) => (first, last.map_or(total, |last| last.saturating_add(1).min(total))),
            (None, Some(length)) => (total.saturating_sub(length), total),
            (None, None) => return Wanted::Whole,
        };
        if start < end { Wanted::Part(start..end) } else { Wanted::Unsatisfiable }
    }
}

/// First and last position of the only range in the header.
fn single(header: &str) -> Option<(Option<u64>, Option<u64>)> {
    let (unit, set) = header.split_once('=')?;
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return None;
    }
    let (first, last) = set.trim().split_once('-')?;
    Some((position(first)?, position(last)?))
}

/// Digits or nothing. A number beyond 64 bits is beyond the end of any file.
fn position(text: &str) -> Option<Option<u64>> {
    match text {
        "" => Some(None),
        digits if digits.bytes().all(|b| b.is_ascii_digit()) => Some(Some(digits.parse().unwrap_or(u64::MAX))),
        _ => None,
    }
}
