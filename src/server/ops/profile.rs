//! `feldsher profile check`: what is wrong with a profile, all of it, and which of its rules are to be read again.

use super::engine::Store;
use crate::app::config::Config;
use crate::app::profile::Profile;
use crate::clinic::privacy;
use crate::kernel::clock::Ambient;
use crate::kernel::db::Db;
use crate::kernel::error::Result;
use chrono::NaiveDate;
use std::collections::BTreeMap;
use std::fmt::Write;

/// Rules that were read again, with the day until which each is read the next time, as the record has them.
pub type Readings = BTreeMap<String, NaiveDate>;

/// What is to be said of a profile that ships, by id, or of a file; and whether a server would start with it.
///
/// # Errors
/// A sentence, when there is no such profile.
pub fn check_profile(name: &str, today: NaiveDate, read: &Readings) -> Result<(String, bool)> {
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
    let mut reviews = profile.reviews();
    for review in &mut reviews {
        let next = read.get(&review.rule).copied().unwrap_or(review.review_by);
        review.review_by = review.review_by.max(next);
    }
    reviews.sort_by_key(|review| review.review_by);
    let (overdue, to_come): (Vec<_>, Vec<_>) = reviews.into_iter().partition(|review| review.is_overdue(today));
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

/// What the record of this configuration has of them; nothing where there is no record yet, or it does not answer: a profile is
/// also checked before there is a server.
pub async fn readings(config: &Config, ambient: &Ambient) -> Readings {
    let url = config.record_url();
    let read = async {
        if !Store::of(&url)?.exists().await? {
            return Ok(Readings::new());
        }
        privacy::rules_read(&Db::open(&url, ambient.clone()).await?.reader()).await
    };
    let read: Result<Readings> = read.await;
    read.unwrap_or_default()
}
