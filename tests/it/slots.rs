//! The arithmetic of slots: clocks that jump, hours that end, notice and horizon, services of unequal length.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use chrono_tz::{Asia, Europe, Pacific};
use feldsher::clinic::scheduling::slots::{DAY_MIN, Opening, free, instant, nearest, offered};
use feldsher::kernel::error::Span;
use proptest::prelude::*;
use std::ops::RangeInclusive;

fn date(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

fn moment(text: &str) -> DateTime<Utc> {
    text.parse().expect("a moment")
}

fn opening(weekday: i32, from_min: i32, to_min: i32) -> Opening {
    Opening { weekday, from_min, to_min, valid_from: None, valid_until: None }
}

fn every_day(from_min: i32, to_min: i32) -> Vec<Opening> {
    (1..=7).map(|weekday| opening(weekday, from_min, to_min)).collect()
}

fn always() -> RangeInclusive<DateTime<Utc>> {
    DateTime::<Utc>::MIN_UTC..=DateTime::<Utc>::MAX_UTC
}

fn starts(openings: &[Opening], zone: Tz, days: [&str; 2], minutes: i64) -> Vec<String> {
    let days = date(days[0])..=date(days[1]);
    let slots = offered(openings, zone, days, TimeDelta::minutes(minutes), &always());
    slots.iter().map(|slot| slot.starts_at.format("%dT%H:%M").to_string()).collect()
}

fn span(starts_at: &str, minutes: i64) -> Span {
    let starts_at = moment(starts_at);
    Span { starts_at, ends_at: starts_at + TimeDelta::minutes(minutes) }
}

#[test]
fn zones_without_summer_time_keep_their_hours() {
    let day = ["2026-03-29", "2026-03-29"];
    assert_eq!(starts(&every_day(540, 600), Europe::Moscow, day, 30), ["29T06:00", "29T06:30"]);
    assert_eq!(starts(&every_day(540, 600), Asia::Tbilisi, day, 30), ["29T05:00", "29T05:30"]);
    assert_eq!(starts(&every_day(540, 600), Asia::Almaty, day, 30), ["29T04:00", "29T04:30"]);
}

#[test]
fn almaty_moved_to_five_hours_in_2024() {
    // 2024-03-01T00:00+05:00: the midnight of that night came twice on the clock.
    assert_eq!(
        starts(&every_day(540, 570), Asia::Almaty, ["2024-02-28", "2024-03-01"], 30),
        ["28T03:00", "29T03:00", "01T04:00"]
    );
}

#[test]
fn a_clock_that_jumps_ahead_shortens_the_opening_and_no_slot() {
    // Berlin, 29 March 2026: after 01:59 comes 03:00.
    let night = every_day(0, 360);
    let slots = offered(&night, Europe::Berlin, date("2026-03-29")..=date("2026-03-29"), TimeDelta::minutes(30), &always());
    assert_eq!(slots.len(), 10);
    assert!(slots.windows(2).all(|pair| pair[0].ends_at == pair[1].starts_at));
    let within_the_gap = every_day(130, 170);
    assert!(starts(&within_the_gap, Europe::Berlin, ["2026-03-29", "2026-03-29"], 30).is_empty());
    let out_of_the_gap = every_day(150, 240);
    assert_eq!(starts(&out_of_the_gap, Europe::Berlin, ["2026-03-29", "2026-03-29"], 30), ["29T01:00", "29T01:30"]);
}

#[test]
fn a_clock_that_goes_back_lengthens_it() {
    // Berlin, 25 October 2026: after 02:59 comes 02:00 once more.
    assert_eq!(starts(&every_day(0, 360), Europe::Berlin, ["2026-10-25", "2026-10-25"], 30).len(), 14);
    // A minute that comes twice is the first of both.
    assert_eq!(instant(Europe::Berlin, date("2026-10-25"), 150), Some(moment("2026-10-25T00:30:00Z")));
    assert_eq!(starts(&every_day(540, 600), Europe::Berlin, ["2026-10-24", "2026-10-25"], 60), ["24T07:00", "25T08:00"]);
}

#[test]
fn a_day_may_be_missing_altogether() {
    assert_eq!(starts(&every_day(540, 600), Pacific::Apia, ["2011-12-30", "2011-12-30"], 30), Vec::<String>::new());
}

#[test]
fn hours_hold_between_their_dates() {
    // Monday 2 November 2026.
    let winter = Opening { valid_from: Some(date("2026-11-09")), ..opening(1, 600, 660) };
    let summer = Opening { valid_until: Some(date("2026-11-02")), ..opening(1, 540, 600) };
    let found = starts(&[winter, summer], Asia::Almaty, ["2026-10-26", "2026-11-16"], 60);
    assert_eq!(found, ["26T04:00", "02T04:00", "09T05:00", "16T05:00"]);
    assert!(!winter.meets(&summer));
    let overlapping = Opening { valid_until: Some(date("2026-11-09")), ..opening(1, 540, 601) };
    assert!(winter.meets(&overlapping) && overlapping.meets(&winter));
    assert!(!winter.meets(&Opening { weekday: 2, ..overlapping }));
    assert!(!opening(1, 540, 600).meets(&opening(1, 600, 660)), "one may end where the next begins");
}

#[test]
fn what_is_too_soon_or_too_far_is_not_offered() {
    let window = moment("2026-11-02T04:30:00Z")..=moment("2026-11-03T04:00:00Z");
    let days = date("2026-11-01")..=date("2026-11-30");
    let slots = offered(&every_day(540, 600), Asia::Almaty, days, TimeDelta::minutes(30), &window);
    assert_eq!(slots, [span("2026-11-02T04:30:00Z", 30), span("2026-11-03T04:00:00Z", 30)]);
}

#[test]
fn a_slot_ends_within_the_opening() {
    assert_eq!(starts(&every_day(540, 600), Asia::Almaty, ["2026-11-02", "2026-11-02"], 45), ["02T04:00"]);
    assert!(starts(&every_day(540, 600), Asia::Almaty, ["2026-11-02", "2026-11-02"], 61).is_empty());
    assert!(starts(&every_day(540, 600), Asia::Almaty, ["2026-11-02", "2026-11-02"], 0).is_empty());
    let whole_day = starts(&every_day(0, DAY_MIN), Asia::Almaty, ["2026-11-02", "2026-11-03"], 480);
    assert_eq!(whole_day, ["01T19:00", "02T03:00", "02T11:00", "02T19:00", "03T03:00", "03T11:00"]);
}

#[test]
fn services_of_unequal_length_take_what_they_touch() {
    let days = date("2026-11-02")..=date("2026-11-02");
    let slots = offered(&every_day(540, 720), Asia::Almaty, days, TimeDelta::minutes(30), &always());
    // 04:00 to 07:00 in UTC. One visit of 45 minutes, one of 10.
    let busy = [span("2026-11-02T04:45:00Z", 45), span("2026-11-02T06:00:00Z", 10)];
    let left: Vec<_> = free(slots.clone(), &busy).iter().map(|slot| slot.starts_at.format("%H:%M").to_string()).collect();
    assert_eq!(left, ["04:00", "05:30", "06:30"]);
    assert_eq!(free(slots.clone(), &[]), slots);
    let near = nearest(free(slots, &busy), moment("2026-11-02T06:00:00Z"), 2);
    assert_eq!(near, [span("2026-11-02T05:30:00Z", 30), span("2026-11-02T06:30:00Z", 30)]);
}

proptest! {
    /// Minutes in order are instants in order, whatever the clock does: so openings that are apart have slots that are apart.
    #[test]
    fn the_clock_never_runs_back(
        zone in prop::sample::select(vec![Europe::Berlin, Europe::Moscow, Asia::Almaty, Asia::Tbilisi, Pacific::Apia]),
        days in 0i64..9000, first in 0..DAY_MIN, second in 0..DAY_MIN,
    ) {
        let date = date("2008-01-01") + TimeDelta::days(days);
        let (early, late) = (first.min(second), first.max(second));
        prop_assert!(instant(zone, date, early) <= instant(zone, date, late));
        prop_assert!(instant(zone, date, DAY_MIN) >= instant(zone, date, late));
    }

    /// What is free is what was offered and meets nothing.
    #[test]
    fn free_is_offered_without_busy(length in 5i64..120, visits in prop::collection::vec((0i64..30, 5i64..90), 0..12)) {
        let day = date("2026-11-02");
        let slots = offered(&every_day(480, 1200), Asia::Almaty, day..=day, TimeDelta::minutes(length), &always());
        let mut end = moment("2026-11-02T02:30:00Z");
        let busy: Vec<Span> = visits.into_iter().map(|(pause, minutes)| {
            let starts_at = end + TimeDelta::minutes(pause);
            end = starts_at + TimeDelta::minutes(minutes);
            Span { starts_at, ends_at: end }
        }).collect();
        let meets = |slot: &Span| busy.iter().any(|span| span.starts_at < slot.ends_at && slot.starts_at < span.ends_at);
        let expected: Vec<Span> = slots.iter().copied().filter(|slot| !meets(slot)).collect();
        prop_assert_eq!(free(slots, &busy), expected);
    }
}
