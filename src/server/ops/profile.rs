//! `feldsher profile check`: what is wrong with a profile, all of it, and which of its rules are to be read again.

use crate::app::profile::Profile;
use chrono::NaiveDate;
use std::fmt::Write;

/// What is to be said of a profile that ships, by id, or of a file; and whether a server would start with it.
///
/// # Errors
/// A sentence, when there is no such profile.
pub fn check_profile(name: &str, today: NaiveDate) -> crate::kernel::error::Result<(String, bool)> {
    let mut said = String::new();
    let profile = match Profile::read(&Profile::text(name)?) {
        Ok(profile) => profile,
        Err(wrongs) => {
            for wrong in &wrongs {
                _ = writeln!(said, "wrong   {}\n        {}", wrong.place, wrong.reason);
            }
            _ = write!(said, "{} wrong: no server starts with this profile", wrongs.len());
            return Ok((said, false));
        }
    };
    let (overdue, to_come): (Vec<_>, Vec<_>) = profile.reviews().into_iter().partition(|review| review.is_overdue(today));
    for review in &overdue {
        _ = writeln!(said, "review  {}\n        {}: to be read again by {}", review.rule, review.source, review.review_by);
    }
    if !profile.confirmed_by_operator {
        said.push_str("note    confirmed_by_operator is false: nobody answers for this profile yet\n");
    }
    let next = to_come.first().map(|review| format!("; the next one ({}) by {}", review.rule, review.review_by));
    _ = write!(
        said,
        "{} is well formed; {} of its rules are past their review{}",
        profile.id,
        overdue.len(),
        next.unwrap_or_default()
    );
    Ok((said, true))
}
