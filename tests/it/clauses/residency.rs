//! Where personal data may go: the table of countries, services and consents of S1-11.

use feldsher::app::config::Config;
use feldsher::app::profile::{Profile, Route, Service};

const SERVICES: [Service; 8] =
    [Service::Sms, Service::Mail, Service::Apns, Service::Fcm, Service::Rustore, Service::Stripe, Service::Yookassa, Service::S3];

/// The marketplace with one processor of this service: in a country, with what it carries, with or without a consent.
fn marketplace(service: Service, country: &str, carries: &str, consent: bool) -> Profile {
    let text = Profile::text("ru-marketplace").expect("a text");
    let mut table: toml::Table = text.parse().expect("TOML");
    let mut processor = toml::Table::new();
    for (key, value) in [("service", service.as_str()), ("name", "Somebody"), ("country", country), ("carries", carries)] {
        processor.insert(key.into(), value.into());
    }
    if consent {
        processor.insert("consent".into(), "marketing.own.sms".into());
    }
    table.insert("processor".into(), toml::Value::Array(vec![processor.into()]));
    Profile::read(&table.to_string()).expect("a profile")
}

#[test]
fn s1_11_at_home_always_in_adequate_countries_too_and_elsewhere_nothing_personal_without_a_written_consent() {
    for service in SERVICES {
        for (country, carries, is_open) in [
            ("ru", "personal", true),
            ("kz", "personal", true),
            ("us", "personal", false),
            ("us", "opaque", true),
            ("ru", "opaque", true),
        ] {
            let bare = marketplace(service, country, carries, false);
            let expected = if is_open { Route::Open } else { Route::Closed };
            assert_eq!(bare.way_to(service), expected, "{service:?} in {country}, {carries}");
            // A click does not do what the policy promises to ask in writing.
            let clicked = marketplace(service, country, carries, true);
            let expected = if is_open { Route::ByConsent("marketing.own.sms") } else { Route::Closed };
            assert_eq!(clicked.way_to(service), expected, "{service:?} in {country}, {carries}, by a click");
        }
        let other = if service == Service::Sms { Service::Mail } else { Service::Sms };
        assert_eq!(marketplace(service, "ru", "personal", false).way_to(other), Route::Closed, "what is not declared is closed");
    }
    // The control: a profile whose policy asks for no writing takes the click.
    let text = Profile::text("ru-telemed").expect("a text");
    let abroad = "name = \"Stripe Payments Europe Ltd\"\ncountry = \"ie\"";
    assert!(text.contains(abroad));
    let telemed = text.replacen(abroad, "name = \"Stripe\"\ncountry = \"us\"\nconsent = \"telemetry\"", 1);
    let telemed = Profile::read(&telemed).expect("a profile");
    assert_eq!(telemed.way_to(Service::Stripe), Route::ByConsent("telemetry"));
}

#[test]
fn s1_11_a_bucket_or_a_sender_that_may_not_be_there_stops_the_start() {
    let set = |toml: &str| toml::from_str::<Config>(toml).expect("a configuration");
    let bucket =
        set("[files]\nkind = \"s3\"\nbucket = \"b\"\nregion = \"us-east-1\"\naccess_key_id = \"a\"\nsecret_access_key = \"s\"\n");
    let quiet = set("");
    for (profile, starts) in [
        (marketplace(Service::S3, "us", "opaque", false), true),
        (marketplace(Service::S3, "us", "personal", false), false),
        (marketplace(Service::S3, "us", "personal", true), false),
        (marketplace(Service::S3, "kz", "personal", false), true),
        (marketplace(Service::Sms, "ru", "personal", false), false),
    ] {
        let refused = profile.check_processors(&bucket);
        assert_eq!(refused.is_ok(), starts, "{refused:?}");
        assert!(profile.check_processors(&quiet).is_ok(), "what nobody has set goes nowhere");
    }
}
