//! Deadlines against tables. `deadlines/table.tsv` was reckoned by another program in another language, from the same calendar;
//! the cases in the code were counted by finger.

use crate::support::house::House;
use crate::support::stores::{On, Stores, engines};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use feldsher::app::deadline::{Calendar, Term, end_of};
use feldsher::app::profile::{Profile, Right};
use feldsher::kernel::clock::Ambient;
use feldsher::server::ops::{Readings, check_profile};
use proptest::prelude::*;

const TABLE: &str = include_str!("deadlines/table.tsv");
const CALENDAR: &str = r#"
source = "a table"
holidays = [
    "01-01", "01-02", "01-03", "01-04", "01-05", "01-06", "01-07", "01-08", "02-23", "03-08", "05-01", "05-09", "06-12", "11-04",
    "2026-01-09", "2026-03-09", "2026-05-11", "2026-12-31", "2027-05-03", "2027-05-10", "2027-06-14",
]
worked = ["2027-02-20", "2028-02-26"]
"#;

fn calendar() -> Calendar {
    toml::from_str(CALENDAR).expect("a calendar")
}

fn date(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

fn term(text: &str) -> Term {
    Term::parse(text).expect("a term")
}

#[test]
fn four_hundred_starts_come_out_as_the_table_says() {
    let calendar = calendar();
    let mut lines = TABLE.lines();
    let terms: Vec<Term> = lines.next().expect("a head").split('\t').skip(1).map(term).collect();
    let mut starts = 0;
    for line in lines {
        let days: Vec<NaiveDate> = line.split('\t').map(date).collect();
        for (term, expected) in terms.iter().zip(&days[1..]) {
            assert_eq!(term.after(days[0], &calendar), *expected, "{} and {term}", days[0]);
        }
        starts += 1;
    }
    assert_eq!((starts, terms.len()), (400, 11));
}

#[test]
fn the_hard_ones_come_out_as_fingers_count() {
    let calendar = calendar();
    for (start, within, end) in [
        // Month ends, with and without a leap day.
        ("2027-01-31", "1mo", "2027-02-28"),
        ("2028-01-31", "1mo", "2028-02-29"),
        ("2028-02-29", "1mo", "2028-03-29"),
        ("2027-11-30", "3mo", "2028-02-29"),
        ("2027-08-31", "6mo", "2028-02-29"),
        ("2027-12-31", "1mo", "2028-01-31"),
        ("2028-01-30", "30d", "2028-02-29"),
        // Friday; the Saturday after it is worked in exchange for the Monday that is not in this table.
        ("2027-02-19", "1wd", "2027-02-20"),
        // Into the holidays of January: the ninth is a Saturday, Monday the eleventh the first working day.
        ("2026-12-30", "1wd", "2027-01-11"),
        ("2027-01-01", "1wd", "2027-01-11"),
        // Friday before a Monday off.
        ("2027-04-30", "1wd", "2027-05-04"),
        ("2027-03-01", "0d", "2027-03-01"),
        ("2027-01-02", "0wd", "2027-01-02"),
    ] {
        assert_eq!(term(within).after(date(start), &calendar), date(end), "{start} and {within}");
    }
    // The control: without its calendar the same term ends in the holidays.
    assert_eq!(term("1wd").after(date("2026-12-30"), &Calendar::default()), date("2026-12-31"));
    for text in ["", "wd", "10", "10h", "-1d", "1.5d", "10 wd", "70000d"] {
        assert_eq!(Term::parse(text), None, "{text:?}");
    }
}

proptest! {
    /// What holds of every term: later starts end no earlier, longer terms end no earlier, working days end on working days, and
    /// an extension lies behind the term that it extends.
    #[test]
    fn terms_are_in_order(start in 0i64..6000, later in 0i64..60, n in 1u16..60, more in 0u16..30) {
        let calendar = calendar();
        let start = date("2024-01-01") + TimeDelta::days(start);
        for of in [Term::WorkingDays, Term::Days, Term::Months] {
            let end = of(n).after(start, &calendar);
            prop_assert!(end > start);
            prop_assert!(of(n).after(start + TimeDelta::days(later), &calendar) >= end);
            prop_assert!(of(n + more).after(start, &calendar) >= end);
            prop_assert!(of(more).after(end, &calendar) >= end);
        }
        let end = Term::WorkingDays(n).after(start, &calendar);
        prop_assert!(calendar.is_working(end));
        let between = start.iter_days().skip(1).take_while(|day| *day <= end).filter(|day| calendar.is_working(*day)).count();
        prop_assert_eq!(between, usize::from(n));
        prop_assert_eq!(Term::WorkingDays(n + more).after(start, &calendar), Term::WorkingDays(more).after(end, &calendar));
    }
}

#[test]
fn a_calendar_without_a_working_day_does_not_hold_the_clock() {
    let days: Vec<String> = date("2028-01-01").iter_days().take(366).map(|day| format!("\"{}\"", day.format("%m-%d"))).collect();
    let never: Calendar = toml::from_str(&format!("holidays = [{}]", days.join(", "))).expect("a calendar");
    assert_eq!(term("10wd").after(date("2027-01-01"), &never), NaiveDate::MAX);
}

#[test]
fn a_day_ends_at_the_midnight_of_its_zone_whatever_the_clock_does() {
    let at = |text: &str| text.parse::<DateTime<Utc>>().expect("a moment");
    let zone = |name: &str| name.parse::<Tz>().expect("a zone");
    assert_eq!(end_of(date("2027-03-01"), zone("Europe/Moscow")), at("2027-03-01T21:00:00Z"));
    assert_eq!(end_of(date("2027-03-28"), zone("Europe/Dublin")), at("2027-03-28T23:00:00Z"), "the clock was put forward");
    assert_eq!(end_of(date("2027-03-27"), zone("Europe/Dublin")), at("2027-03-28T00:00:00Z"));
    // A midnight that there was not: in Santiago the clock went from 24:00 to 1:00.
    assert_eq!(end_of(date("2026-09-05"), zone("America/Santiago")), at("2026-09-06T04:00:00Z"));
    // What came in the evening by our clock came on the day that the operator's clock showed.
    let calendar = Calendar::default();
    let moscow = zone("Europe/Moscow");
    assert_eq!(term("1d").due(at("2027-03-01T20:59:59Z"), moscow, &calendar), at("2027-03-02T21:00:00Z"));
    assert_eq!(term("1d").due(at("2027-03-01T21:00:00Z"), moscow, &calendar), at("2027-03-03T21:00:00Z"));
}

/// Right, profile, the day of the demand, the last day of the term, and of its extension.
const DUE: &[(&str, &str, &str, &str, Option<&str>)] = &[
    ("access", "ru-telemed", "2026-12-25", "2027-01-19", Some("2027-01-26")),
    ("access", "ru-clinic", "2027-03-01", "2027-03-16", Some("2027-03-23")),
    ("blocking", "ru-marketplace", "2027-03-06", "2027-03-06", None),
    ("deletion", "ru-telemed", "2027-01-31", "2027-03-02", None),
    ("access", "kz-programme", "2027-03-19", "2027-03-26", None),
    ("deletion", "kz-programme", "2027-03-19", "2027-04-03", None),
    ("access", "ge-clinic", "2027-04-28", "2027-05-18", Some("2027-06-02")),
    ("objection", "ge-clinic", "2027-06-01", "2027-06-10", None),
    ("access", "eu", "2027-01-31", "2027-02-28", Some("2027-04-28")),
    ("access", "eu", "2028-01-31", "2028-02-29", Some("2028-04-29")),
];

#[test]
fn each_law_has_its_own_terms() {
    for (right, id, start, end, extended) in DUE {
        let profile = Profile::load(id).expect("a profile");
        let rule = profile.right(Right::parse(right).expect("a right"), date(start));
        let first = rule.term.after(date(start), &profile.calendar);
        assert_eq!(first, date(end), "{right} of {id} from {start}");
        let second = rule.extension.map(|extension| extension.after(first, &profile.calendar));
        assert_eq!(second, extended.map(date), "the extension of {right} of {id} from {start}");
    }
}

#[test]
fn a_demand_keeps_the_rule_of_its_day() {
    let ru = Profile::load("ru-telemed").expect("a profile");
    let on = |day: &str| ru.right(Right::Access, date(day));
    assert_eq!((on("2022-08-31").term, on("2022-08-31").extension), (term("30d"), None));
    assert_eq!((on("2022-09-01").term, on("2022-09-01").extension), (term("10wd"), Some(term("5wd"))));
    let kz = Profile::load("kz-programme").expect("a profile");
    assert_eq!(kz.right(Right::Deletion, date("2026-07-11")).term, term("1wd"));
    assert_eq!(kz.right(Right::Deletion, date("2026-07-12")).term, term("15d"));
    // Before the first rule there is still one: nothing is without a term.
    assert_eq!(kz.right(Right::Objection, date("2020-01-01")).term, term("15d"));
    for id in Profile::shipped() {
        let profile = Profile::load(id).expect("a profile");
        for right in Right::ALL {
            let rule = profile.right(right, date("2026-12-01"));
            assert!(rule.holds_on(date("2026-12-01")) && !rule.source.is_empty(), "{id}: {rule:?}");
        }
    }
}

/// A house under `eu`, whose clock shows this day.
async fn eu_on(on: On, day: &str) -> House {
    let ambient = Ambient::system();
    let ahead = date(day) - ambient.now().date_naive();
    ambient.advance(ahead);
    House::with(Stores::new(on).await, ambient, |config| config.profile = "eu".to_owned()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn s1_23_a_rule_past_its_review_is_shown_to_officers_and_breaks_nothing() {
    for on in engines() {
        for (day, expected) in [("2026-11-22", false), ("2027-06-01", true)] {
            let house = eu_on(on, day).await;
            let admin = house.administrator().await;
            let officer = house.staff(&admin, "officer", "officer", None).await;
            house.get("/v1/staff/rule-reviews", admin.token()).await.refused(403, "forbidden");
            let list = house.get("/v1/staff/rule-reviews", officer.token()).await.is(200).json();
            let items = list["items"].as_array().cloned().unwrap_or_default();
            for rule in ["retention.clinical", "person.own_account_age", "right.complaint"] {
                let found = items.iter().find(|item| item["rule"] == rule).expect("a rule");
                assert_eq!(found["isOverdue"], expected, "{rule} on {day}, {on:?}");
                assert!(found["source"].as_str().is_some_and(|act| act.contains("GDPR")), "{found}");
            }
            let (said, is_well) =
                check_profile("eu", house.app.profile.today(house.app.ambient.now()), &Readings::new()).expect("a profile");
            assert!(is_well && said.contains("review  retention.clinical") == expected, "{said}");
            house.newcomer("+79161234567").await;
        }
    }
}

#[test]
fn a_profile_is_told_every_fault_at_once_with_its_place() {
    let text = include_str!("../../profiles/eu.toml");
    let changed = |changes: &[(&str, &str)]| {
        changes.iter().fold(text.to_owned(), |text, (from, to)| {
            assert!(text.contains(from), "{from}");
            text.replacen(from, to, 1)
        })
    };
    let faults = |changes: &[(&str, &str)]| -> Vec<(String, String)> {
        let wrongs = Profile::read(&changed(changes)).expect_err("faults");
        wrongs.into_iter().map(|wrong| (wrong.place, wrong.reason)).collect()
    };
    assert!(Profile::read(text).is_ok(), "the control");
    // What does not read at all.
    let found = faults(&[
        ("grace = \"14d\"", "grace = \"two weeks\""),
        ("own_account_age = 16", "own_account_age = \"sixteen\""),
        ("basis = \"contract\"", "basis = \"custom\""),
        ("patient_idle = \"30d\"\n", ""),
        ("keep = \"7d\"", "keep = \"7d\"\ncolour = \"red\""),
    ]);
    for (place, word) in [
        ("erasure.grace", "two weeks"),
        ("person.own_account_age", "sixteen"),
        ("purpose[0]", "custom"),
        ("sessions", "patient_idle"),
        ("export.colour", "colour"),
    ] {
        assert!(found.iter().any(|(at, why)| at == place && why.contains(word)), "{place}: {found:#?}");
    }
    assert_eq!(found.len(), 5, "and nothing else: {found:#?}");
    // What reads, and can't be meant.
    let found = faults(&[
        ("required = [\"surname\"", "required = [\"shoeSize\", \"surname\""),
        ("late_refund_percent = 50", "late_refund_percent = 150"),
        ("right = \"access\", within", "right = \"addition\", within"),
        ("of = \"person.own_account_age\"", "of = \"person.shoe_size\""),
        ("source = \"GDPR art. 45\"", "source = \"\""),
    ]);
    for place in ["person.required", "billing.late_refund_percent", "law.rights.access", "law.values", "residency.adequate"] {
        assert!(found.iter().any(|(at, _)| at == place), "{place}: {found:#?}");
    }
    // A file that is no TOML says the line.
    let found = faults(&[("[erasure]", "[erasure")]);
    assert!(found.len() == 1 && found[0].1.contains("line"), "{found:#?}");
}
