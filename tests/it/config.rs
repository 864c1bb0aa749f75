//! Configuration and profile: senseless settings stop the start with a sentence; terms are counted as the law counts.

use chrono::{DateTime, TimeZone, Utc};
use feldsher::app::config::Config;
use feldsher::app::period::Period;
use feldsher::app::profile::Profile;
use feldsher::kernel::vault::Class;
use std::io::Write;

fn load(toml: &str, environment: &[(&str, &str)]) -> Result<Config, String> {
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    file.write_all(toml.as_bytes()).expect("written");
    let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Config::load(Some(file.path()), environment).map_err(|error| error.to_string())
}

#[test]
fn the_environment_wins_over_the_file() {
    let config = load("listen = \"127.0.0.1:1\"\n", &[("FELDSHER_LISTEN", "127.0.0.1:2"), ("FELDSHER_FILES__KIND", "memory")]);
    let config = config.expect("a configuration");
    assert_eq!(config.listen.port(), 2);
    let listed = load("", &[("FELDSHER_TRUSTED_PROXIES", "[\"127.0.0.1\"]"), ("FELDSHER_TEST_POSTGRES", "ignored")]);
    assert_eq!(listed.expect("a configuration").trusted_proxies, ["127.0.0.1"]);
}

#[test]
fn senseless_settings_are_named() {
    for (toml, said) in [
        ("listne = \"127.0.0.1:1\"", "listne"),
        ("listen = \"everywhere\"", "listen"),
        ("data = \"house\"\nkeys = \"house/keys\"", "a copy of the data would take its keys along"),
        ("record_url = \"postgres://a/b\"\nregister_url = \"postgres://a/b\"", "the same database"),
        ("[sms]\nkind = \"pigeon\"", "pigeon"),
        ("log_format = \"xml\"", "log_format"),
        ("[apps.ios]\nminimum = \"3.2\"", "no version like"),
        ("[apps.web]\nminimum = \"2.0.0\"\nrecommended = \"1.9.9\"", "apps.web"),
    ] {
        let error = load(toml, &[]).expect_err("refused");
        assert!(error.contains(said), "{error:?} does not name {said:?}");
    }
}

#[test]
fn a_profile_that_ships_loads_and_a_wrong_one_says_what_is_wrong() {
    let profile = Profile::load("ru-telemed").expect("the profile");
    assert!(profile.retention_of(Class::Clinical).is_some());
    assert!(Profile::load("nowhere").expect_err("no such profile").to_string().contains("ru-telemed"));
    let text = include_str!("../../profiles/ru-telemed.toml");
    for (from, to, said) in [
        ("class = \"clinical\"\nkeep", "class = \"support\"\nkeep", "class clinical has no retention rule"),
        ("channels = [\"sms\", \"email\"]", "channels = []", "nobody could sign in"),
        ("grace = \"14d\"", "grace = \"two weeks\"", "two weeks"),
        ("purpose = \"improvement\"", "purpose = \"booking\"", "on the basis of consent"),
        ("threshold = 5", "threshold = 1", "telemetry.threshold"),
        ("[export]\n", "[statistics]\nthreshold = 1\n\n[export]\n", "statistics.threshold"),
        ("consent = \"telemetry\"", "consent = \"nothing\"", "telemetry.consent"),
        ("\"appStart\"", "\"app start\"", "app start"),
        ("country = \"us\"", "country = \"USA\"", "ISO 3166-1"),
        ("service = \"fcm\"", "service = \"apns\"", "two processors for apns"),
        ("carries = \"opaque\"", "carries = \"opaque\"\nconsent = \"nothing\"", "there is no such consent"),
        ("required = [\"surname\"", "required = [\"shoeSize\", \"surname\"", "shoeSize"),
    ] {
        assert!(text.contains(from), "{from}");
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        file.write_all(text.replacen(from, to, 1).as_bytes()).expect("written");
        let error = Profile::load(&file.path().display().to_string()).expect_err("refused").to_string();
        assert!(error.contains(said), "{error:?} does not name {said:?}");
    }
}

#[test]
fn s1_11_a_service_to_which_nothing_may_go_stops_the_start() {
    let pays = "[payments]\nkind = \"yookassa\"\nshop_id = \"1\"\nsecret_key = \"synthetic\"\n";
    let configured = load(pays, &[]).expect("a configuration");
    let text = include_str!("../../profiles/ru-telemed.toml");
    let start = |country: &str, consent: &str| {
        let provider = "name = \"ООО НКО «ЮМани»\"\ncountry = \"ru\"";
        assert!(text.contains(provider));
        let moved = text.replace(provider, &format!("name = \"Provider\"\ncountry = \"{country}\"{consent}"));
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        file.write_all(moved.as_bytes()).expect("written");
        let profile = Profile::load(&file.path().display().to_string()).expect("a profile");
        profile.check_processors(&configured).map_err(|error| error.to_string())
    };
    assert_eq!(start("ru", ""), Ok(()), "at home");
    assert_eq!(start("kz", ""), Ok(()), "in an adequate country");
    assert_eq!(start("us", "\nconsent = \"telemetry\""), Ok(()), "by consent");
    assert!(start("us", "").expect_err("refused").contains("yookassa is configured, and the profile ru-telemed lets nothing go"));
}

#[test]
fn terms_end_where_the_calendar_says() {
    let day = |y, m, d| -> DateTime<Utc> { Utc.with_ymd_and_hms(y, m, d, 12, 0, 0).single().expect("a day") };
    let after = |term: &str, from| Period::parse(term).expect("a term").after(from);
    assert_eq!(after("1mo", day(2027, 1, 31)), day(2027, 2, 28));
    assert_eq!(after("1mo", day(2028, 1, 31)), day(2028, 2, 29));
    assert_eq!(after("1y", day(2028, 2, 29)), day(2029, 2, 28));
    assert_eq!(after("25y", day(2026, 11, 21)), day(2051, 11, 21));
    assert_eq!(after("14d", day(2026, 12, 25)), day(2027, 1, 8));
    assert_eq!(after("36h", day(2026, 12, 25)), day(2026, 12, 25) + chrono::TimeDelta::hours(36));
    for wrong in ["", "d", "3", "3w", "-1d", "1.5h", "99999999999d"] {
        assert_eq!(Period::parse(wrong), None, "{wrong}");
    }
}
