//! The arithmetic of hours and slots: clocks that jump, breaks, exceptions and closures, notice and horizon, services of
//! unequal length and what they keep free around them.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use chrono_tz::{Asia, Europe, Pacific};
use feldsher::app::multilingual::Multilingual;
use feldsher::app::profile::{Holiday, Holidays, On};
use feldsher::clinic::scheduling::slots::{DAY_MIN, Measure, free, instant, joined, meets, nearest, slots, without};
use feldsher::clinic::scheduling::timetable::{Change, Closure, Exception, Opening, Place, Stretch, Timetable};
use feldsher::kernel::error::Span;
use proptest::prelude::*;
use std::ops::RangeInclusive;
use uuid::Uuid;

const CLINIC: Uuid = Uuid::from_u128(1);
const OTHER_CLINIC: Uuid = Uuid::from_u128(2);

fn date(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

fn moment(text: &str) -> DateTime<Utc> {
    text.parse().expect("a moment")
}

fn stretch(from_min: i32, to_min: i32) -> Stretch {
    Stretch { from_min, to_min }
}

fn opening(weekday: i32, from_min: i32, to_min: i32) -> Opening {
    Opening {
        weekday,
        hours: stretch(from_min, to_min),
        breaks: Vec::new(),
        valid_from: None,
        valid_until: None,
        on_holidays: false,
        clinic: CLINIC,
        room: None,
    }
}

fn every_day(from_min: i32, to_min: i32) -> Vec<Opening> {
    (1..=7).map(|weekday| opening(weekday, from_min, to_min)).collect()
}

fn exception(change: Change, days: [&str; 2], stretches: &[Stretch]) -> Exception {
    let (first_day, last_day) = (date(days[0]), date(days[1]));
    Exception { id: Uuid::nil(), change, first_day, last_day, clinic: Some(CLINIC), room: None, stretches: stretches.to_vec() }
}

fn always() -> RangeInclusive<DateTime<Utc>> {
    DateTime::<Utc>::MIN_UTC..=DateTime::<Utc>::MAX_UTC
}

fn short(length: i64) -> Measure {
    let none = TimeDelta::zero();
    Measure { length: TimeDelta::minutes(length), before: none, after: none }
}

fn place<'a>(zone: Tz, closures: &'a [Closure], holidays: &'a Holidays) -> Place<'a> {
    Place { clinic: CLINIC, zone, closures, holidays }
}

/// What a week alone offers.
fn offered(
    weekly: &[Opening],
    zone: Tz,
    days: RangeInclusive<NaiveDate>,
    length: TimeDelta,
    window: &RangeInclusive<DateTime<Utc>>,
) -> Vec<Span> {
    let timetable = Timetable { weekly: weekly.to_vec(), exceptions: Vec::new() };
    let open = timetable.open(&place(zone, &[], &Holidays::default()), days);
    slots(&open, &short(length.num_minutes()), window)
}

fn clocks(slots: &[Span]) -> Vec<String> {
    slots.iter().map(|slot| slot.starts_at.format("%dT%H:%M").to_string()).collect()
}

fn starts(openings: &[Opening], zone: Tz, days: [&str; 2], minutes: i64) -> Vec<String> {
    let days = date(days[0])..=date(days[1]);
    clocks(&offered(openings, zone, days, TimeDelta::minutes(minutes), &always()))
}

/// When a timetable is open in the first clinic, in Almaty, on a few days of November 2026, by the hour.
fn open_hours(timetable: &Timetable, closures: &[Closure], holidays: &Holidays, days: [&str; 2]) -> Vec<String> {
    let open = timetable.open(&place(Asia::Almaty, closures, holidays), date(days[0])..=date(days[1]));
    let clock = |moment: DateTime<Utc>| moment.with_timezone(&Asia::Almaty).format("%d %H:%M").to_string();
    open.iter().map(|span| format!("{}-{}", clock(span.starts_at), &clock(span.ends_at)[3..])).collect()
}

fn span(starts_at: &str, minutes: i64) -> Span {
    let starts_at = moment(starts_at);
    Span { starts_at, ends_at: starts_at + TimeDelta::minutes(minutes) }
}

/// The zone, the day, its hours in minutes, and the instants at which they begin and end in UTC.
type Hand = (Tz, &'static str, [i32; 2], Option<[&'static str; 2]>);
const BY_HAND: &[Hand] = &[
    (Europe::Moscow, "2026-03-29", [540, 600], Some(["2026-03-29T06:00:00Z", "2026-03-29T07:00:00Z"])),
    (Asia::Tbilisi, "2026-03-29", [540, 600], Some(["2026-03-29T05:00:00Z", "2026-03-29T06:00:00Z"])),
    // Kazakhstan: +06 until 2024-02-29T24:00, +05 from then on. The last hour of February came twice.
    (Asia::Almaty, "2024-02-29", [540, 600], Some(["2024-02-29T03:00:00Z", "2024-02-29T04:00:00Z"])),
    (Asia::Almaty, "2024-02-29", [1380, 1440], Some(["2024-02-29T17:00:00Z", "2024-02-29T19:00:00Z"])),
    (Asia::Almaty, "2024-03-01", [0, 60], Some(["2024-02-29T19:00:00Z", "2024-02-29T20:00:00Z"])),
    (Asia::Almaty, "2024-03-01", [540, 600], Some(["2024-03-01T04:00:00Z", "2024-03-01T05:00:00Z"])),
    // Berlin ahead: after 01:59 comes 03:00. Hours within the gap are none, hours out of it begin at its end.
    (Europe::Berlin, "2026-03-29", [60, 240], Some(["2026-03-29T00:00:00Z", "2026-03-29T02:00:00Z"])),
    (Europe::Berlin, "2026-03-29", [130, 170], None),
    (Europe::Berlin, "2026-03-29", [150, 240], Some(["2026-03-29T01:00:00Z", "2026-03-29T02:00:00Z"])),
    // Berlin back: after 02:59 comes 02:00 once more. A minute that comes twice is the first of both.
    (Europe::Berlin, "2026-10-25", [60, 240], Some(["2026-10-24T23:00:00Z", "2026-10-25T03:00:00Z"])),
    (Europe::Berlin, "2026-10-25", [120, 180], Some(["2026-10-25T00:00:00Z", "2026-10-25T02:00:00Z"])),
    (Europe::Berlin, "2026-10-25", [150, 240], Some(["2026-10-25T00:30:00Z", "2026-10-25T03:00:00Z"])),
    // Samoa left out the thirtieth: from -10 to +14.
    (Pacific::Apia, "2011-12-29", [540, 600], Some(["2011-12-29T19:00:00Z", "2011-12-29T20:00:00Z"])),
    (Pacific::Apia, "2011-12-30", [540, 600], None),
    (Pacific::Apia, "2011-12-31", [540, 600], Some(["2011-12-30T19:00:00Z", "2011-12-30T20:00:00Z"])),
];

#[test]
fn s3_02_hours_are_instants_whatever_the_clock_does() {
    for (zone, day, [from_min, to_min], expected) in BY_HAND {
        let timetable = Timetable { weekly: every_day(*from_min, *to_min), exceptions: Vec::new() };
        let open = timetable.open(&place(*zone, &[], &Holidays::default()), date(day)..=date(day));
        let expected: Vec<Span> =
            expected.iter().map(|[from, to]| Span { starts_at: moment(from), ends_at: moment(to) }).collect();
        assert_eq!(open, expected, "{zone} {day} {from_min}-{to_min}");
    }
}

#[test]
fn s3_02_breaks_days_off_holidays_and_closures_take_time_away() {
    let none = Holidays::default();
    // Monday 2 to Wednesday 4 November 2026.
    let days = ["2026-11-02", "2026-11-04"];
    let with_break = Opening { breaks: vec![stretch(780, 840), stretch(900, 915)], ..opening(1, 540, 1080) };
    let mut timetable = Timetable { weekly: vec![with_break, opening(2, 540, 720)], exceptions: Vec::new() };
    let plain = ["02 09:00-13:00", "02 14:00-15:00", "02 15:15-18:00", "03 09:00-12:00"];
    assert_eq!(open_hours(&timetable, &[], &none, days), plain);

    let names = Multilingual { ru: "Н".into(), kk: "Н".into(), ka: "Н".into(), en: "N".into() };
    let holidays = Holidays {
        source: String::new(),
        days: vec![
            Holiday { on: On::EachYear { month: 11, day: 2 }, names: names.clone() },
            Holiday { on: On::Once(date("2025-11-03")), names },
        ],
    };
    assert_eq!(open_hours(&timetable, &[], &holidays, days), ["03 09:00-12:00"], "one holiday, and one of another year");
    timetable.weekly[0].on_holidays = true;
    assert_eq!(open_hours(&timetable, &[], &holidays, days), plain);

    let closure = |room: Option<&str>, from: &str, to: &str| Closure {
        id: Uuid::nil(),
        clinic: CLINIC,
        room: room.map(str::to_owned),
        starts_at: moment(from),
        ends_at: moment(to),
    };
    // From 17:00 on Monday to 10:00 on Tuesday.
    let night = closure(None, "2026-11-02T12:00:00Z", "2026-11-03T05:00:00Z");
    let closed = ["02 09:00-13:00", "02 14:00-15:00", "02 15:15-17:00", "03 10:00-12:00"];
    assert_eq!(open_hours(&timetable, &[night], &none, days), closed);
    let room = closure(Some("12"), "2026-11-01T00:00:00Z", "2026-11-30T00:00:00Z");
    assert_eq!(open_hours(&timetable, std::slice::from_ref(&room), &none, days), plain, "another room");
    timetable.weekly[0].room = Some("12".into());
    assert_eq!(open_hours(&timetable, std::slice::from_ref(&room), &none, days), ["03 09:00-12:00"]);
    let elsewhere = Closure { clinic: OTHER_CLINIC, room: None, ..room };
    assert_eq!(open_hours(&timetable, &[elsewhere], &none, days), plain);

    let off = exception(Change::DayOff, ["2026-11-02", "2026-11-02"], &[]);
    let other = exception(Change::OtherHours, ["2026-11-03", "2026-11-04"], &[stretch(600, 660)]);
    let extra = exception(Change::ExtraHours, ["2026-11-02", "2026-11-04"], &[stretch(1200, 1260)]);
    timetable.exceptions = vec![off, other, extra.clone()];
    let open = ["03 10:00-11:00", "03 20:00-21:00", "04 10:00-11:00", "04 20:00-21:00"];
    assert_eq!(open_hours(&timetable, &[], &holidays, days), open, "a day off is stronger than extra hours");
    // What was put beside and what the week came to have meanwhile is there once.
    timetable.exceptions = vec![Exception { stretches: vec![stretch(690, 780)], ..extra }];
    assert_eq!(open_hours(&timetable, &[], &none, ["2026-11-03", "2026-11-03"]), ["03 09:00-13:00"]);
}

#[test]
fn s3_02_what_is_kept_free_around_a_visit_moves_the_next_one() {
    let open = [span("2026-11-02T04:00:00Z", 120)];
    let measure = Measure::of_minutes(30, 5, 10);
    let found = slots(&open, &measure, &always());
    assert_eq!(clocks(&found), ["02T04:00", "02T04:45", "02T05:30"], "45 minutes apart; the last ends with the hours");
    // A visit from 04:45 to 05:15 blocks 04:40 to 05:25: its neighbours stand just beside.
    let taken = [measure.blocked(span("2026-11-02T04:45:00Z", 30))];
    assert_eq!(clocks(&free(found.clone(), &measure, &taken)), ["02T04:00", "02T05:30"]);
    assert_eq!(clocks(&free(found, &measure, &[span("2026-11-02T04:36:00Z", 1)])), ["02T04:45", "02T05:30"]);
}

#[test]
fn what_overlaps_is_joined_and_taken_away_whole() {
    let spans = [span("2026-11-02T05:00:00Z", 30), span("2026-11-02T04:00:00Z", 120), span("2026-11-02T06:00:00Z", 10)];
    let joined = joined(spans.to_vec());
    assert_eq!(joined, [span("2026-11-02T04:00:00Z", 120), span("2026-11-02T06:00:00Z", 10)]);
    assert!(meets(&joined, span("2026-11-02T05:45:00Z", 1)) && !meets(&joined, span("2026-11-02T06:10:00Z", 60)));
    let left = without(vec![span("2026-11-02T03:00:00Z", 240)], &joined);
    assert_eq!(left, [span("2026-11-02T03:00:00Z", 60), span("2026-11-02T06:10:00Z", 50)]);
    assert!(without(left, &[span("2026-11-01T00:00:00Z", 10_000)]).is_empty());
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
    let found = starts(&[winter.clone(), summer.clone()], Asia::Almaty, ["2026-10-26", "2026-11-16"], 60);
    assert_eq!(found, ["26T04:00", "02T04:00", "09T05:00", "16T05:00"]);
    assert!(!winter.meets(&summer));
    let overlapping = Opening { valid_until: Some(date("2026-11-09")), ..opening(1, 540, 601) };
    assert!(winter.meets(&overlapping) && overlapping.meets(&winter));
    assert!(!winter.meets(&Opening { weekday: 2, ..overlapping.clone() }));
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
    let left: Vec<_> =
        free(slots.clone(), &short(30), &busy).iter().map(|slot| slot.starts_at.format("%H:%M").to_string()).collect();
    assert_eq!(left, ["04:00", "05:30", "06:30"]);
    assert_eq!(free(slots.clone(), &short(30), &[]), slots);
    let near = nearest(free(slots, &short(30), &busy), moment("2026-11-02T06:00:00Z"), 2);
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
        prop_assert_eq!(free(slots, &short(length), &busy), expected);
    }

    /// However breaks, exceptions and closures fall: each slot lasts as long as it says, keeps its distance, and each of its
    /// minutes is one that the doctor's own clock calls open. Days on which the clock jumps are reckoned by hand above.
    #[test]
    fn s3_02_every_minute_of_a_slot_is_open(
        zone in prop::sample::select(vec![Europe::Berlin, Europe::Moscow, Asia::Almaty, Asia::Tbilisi, Pacific::Apia]),
        first in 0i64..9000,
        hours in prop::collection::vec((1i32..8, 0i32..1380, 30i32..600, 0i32..500, 5i32..90), 1..5),
        changed in prop::option::of((0usize..3, 0i64..5, 0i32..1200, 30i32..240)),
        closed in prop::option::of((0i64..7000, 10i64..3000)),
        visit in (5i32..90, 0i32..30, 0i32..30),
    ) {
        let first = date("2008-01-01") + TimeDelta::days(first);
        let days = first..=first + TimeDelta::days(4);
        let weekly = hours.into_iter().map(|(weekday, from, length, pause, pause_length)| {
            let hours = stretch(from, (from + length).min(DAY_MIN));
            let pause = stretch(from + pause, from + pause + pause_length);
            Opening { hours, breaks: vec![pause].into_iter().filter(|pause| pause.within(hours)).collect(), ..opening(weekday, 0, 0) }
        }).collect();
        let exceptions = changed.iter().map(|(change, day, from, length)| {
            let day = first + TimeDelta::days(*day);
            let change = Change::ALL[*change];
            let stretches = if change == Change::DayOff { vec![] } else { vec![stretch(*from, from + length)] };
            Exception { id: Uuid::nil(), change, first_day: day, last_day: day, clinic: None, room: None, stretches }
        }).collect();
        let timetable = Timetable { weekly, exceptions };
        let closures: Vec<Closure> = closed.iter().filter_map(|(from, length)| {
            let starts_at = instant(zone, first, 0)? + TimeDelta::minutes(*from);
            let ends_at = starts_at + TimeDelta::minutes(*length);
            Some(Closure { id: Uuid::nil(), clinic: CLINIC, room: None, starts_at, ends_at })
        }).collect();
        let holidays = Holidays::default();
        let open = timetable.open(&place(zone, &closures, &holidays), days);
        prop_assert!(open.windows(2).all(|pair| pair[0].ends_at <= pair[1].starts_at), "in order and apart");
        let measure = Measure::of_minutes(visit.0, visit.1, visit.2);
        let found = slots(&open, &measure, &always());
        for slot in &found {
            prop_assert_eq!(slot.ends_at - slot.starts_at, measure.length);
            prop_assert!(!closures.iter().any(|one| one.starts_at < slot.ends_at && slot.starts_at < one.ends_at));
            for minute in 0..measure.length.num_minutes() {
                let shown = (slot.starts_at + TimeDelta::minutes(minute)).with_timezone(&zone).naive_local();
                let whole = instant(zone, shown.date(), DAY_MIN).zip(instant(zone, shown.date(), 0));
                if whole.is_some_and(|(end, start)| end - start == TimeDelta::minutes(i64::from(DAY_MIN))) {
                    let minute = i32::try_from((shown - shown.date().and_time(chrono::NaiveTime::MIN)).num_minutes()).expect("a minute");
                    prop_assert!(is_open(&timetable, shown.date(), minute), "{} {}", shown, zone);
                }
            }
        }
        for stretch in &open {
            let within: Vec<_> = found.iter().filter(|slot| stretch.starts_at <= slot.starts_at && slot.ends_at <= stretch.ends_at).collect();
            let step = measure.length + measure.before + measure.after;
            prop_assert!(within.windows(2).all(|pair| pair[1].starts_at - pair[0].starts_at == step));
        }
    }
}

/// Whether a minute of a date is one of the doctor's, said in the plainest way.
fn is_open(timetable: &Timetable, date: NaiveDate, minute: i32) -> bool {
    use chrono::Datelike;
    let has = |stretch: &Stretch| (stretch.from_min..stretch.to_min).contains(&minute);
    let of_date = |change: Change| timetable.exceptions.iter().find(|one| one.change == change && one.first_day == date);
    if of_date(Change::DayOff).is_some() {
        return false;
    }
    if let Some(other) = of_date(Change::OtherHours) {
        return other.stretches.iter().any(has);
    }
    let weekday = i32::try_from(date.weekday().number_from_monday()).expect("a weekday");
    let weekly = timetable.weekly.iter().filter(|one| one.weekday == weekday);
    of_date(Change::ExtraHours).is_some_and(|extra| extra.stretches.iter().any(has))
        || weekly.into_iter().any(|one| has(&one.hours) && !one.breaks.iter().any(has))
}
