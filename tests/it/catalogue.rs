//! The texts: every language has every one, with the same placeholders, in its own script.

use feldsher::app::catalogue::{self, Value, source};
use feldsher::kernel::error::{Code, Fault};
use feldsher::kernel::lang::Lang;
use std::collections::{BTreeMap, BTreeSet};

/// Key to text, attributes as `key.attribute`, placeholders left in.
fn entries(lang: Lang) -> BTreeMap<String, String> {
    let mut entries = BTreeMap::new();
    let mut message = String::new();
    let mut key = String::new();
    for line in source(lang).lines().filter(|line| !line.starts_with('#')) {
        let (name, text) = match (line.trim_start().split_once('='), line.starts_with(' ')) {
            (Some((name, text)), false) => {
                message = name.trim().to_owned();
                (Some(message.clone()), text)
            }
            (Some((name, text)), true) if name.starts_with('.') => (Some(format!("{message}{}", name.trim())), text),
            _ => (None, line),
        };
        key = name.unwrap_or(key);
        if key.is_empty() {
            continue;
        }
        let entry: &mut String = entries.entry(key.clone()).or_default();
        entry.push_str(text.trim());
        entry.push('\n');
    }
    entries
}

fn placeholders(text: &str) -> BTreeSet<&str> {
    text.split('{').skip(1).filter_map(|rest| rest.split('}').next()).map(str::trim).collect()
}

#[test]
fn every_language_has_the_same_keys_and_placeholders() {
    let english = entries(Lang::En);
    for &lang in Lang::ALL {
        let own = entries(lang);
        assert_eq!(own.keys().collect::<Vec<_>>(), english.keys().collect::<Vec<_>>(), "{lang}");
        for (key, text) in &own {
            assert!(!text.trim().is_empty(), "{lang} {key}");
            assert_eq!(placeholders(text), placeholders(&english[key]), "{lang} {key}");
        }
    }
}

#[test]
fn every_code_and_fault_has_its_texts() {
    let keys: BTreeSet<_> = entries(Lang::En).into_keys().collect();
    let codes = Code::ALL.iter().flat_map(|code| [format!("problem-{code}"), format!("problem-{code}.detail")]);
    let wanted: BTreeSet<_> = codes.chain(Fault::ALL.iter().map(|fault| format!("fault-{fault}"))).collect();
    assert_eq!(wanted.difference(&keys).collect::<Vec<_>>(), Vec::<&String>::new());
    let stale = keys.difference(&wanted).filter(|key| key.starts_with("problem-") || key.starts_with("fault-"));
    assert_eq!(stale.collect::<Vec<_>>(), Vec::<&String>::new());
    for &lang in Lang::ALL {
        for &code in Code::ALL {
            assert!(!catalogue::title(lang, code).contains("problem-"), "{lang} {code}");
            assert!(!catalogue::detail(lang, code).contains("problem-"), "{lang} {code}");
        }
    }
}

/// Words that stay Latin in every language: headers, fields of the contract, formats. Placeholders do, too.
const LATIN: &[&str] = &[
    "Idempotency-Key",
    "JSON",
    "Content-Type",
    "Retry-After",
    "Accept",
    "Allow",
    "errors",
    "alternatives",
    "reasons",
    "JPEG",
    "PNG",
];

#[test]
fn nothing_is_left_in_english() {
    for lang in [Lang::Ru, Lang::Kk, Lang::Ka] {
        for (key, text) in entries(lang) {
            let words = placeholders(&text).into_iter().chain(LATIN.iter().copied());
            let own = words.fold(text.clone(), |text, word| text.replace(word, ""));
            let latin: String = own.chars().filter(char::is_ascii_alphabetic).collect();
            assert_eq!(latin, "", "{lang} {key}: {text}");
            let script = |c: char| match lang {
                Lang::Ka => ('\u{10a0}'..='\u{10ff}').contains(&c),
                _ => ('\u{400}'..='\u{4ff}').contains(&c),
            };
            assert!(text.chars().any(script), "{lang} {key}: {text}");
        }
    }
}

#[test]
fn an_sms_is_one_message() {
    for &lang in Lang::ALL {
        for [sms, mail] in [["sms-code", "mail-code-body"], ["sms-contact-code", "mail-contact-code-body"]] {
            let text = catalogue::text(lang, sms, &[("code", Value::from("123456"))]);
            assert!(text.contains("123456"), "{lang}: {text}");
            let mail = catalogue::text(lang, mail, &[("code", Value::from("123456"))]);
            assert!(mail.contains("123456\n\n"), "{lang}: {mail}");
        }
        // Every text that goes by SMS, and none of them in more than one message (UCS-2: 70 characters).
        for key in entries(lang).into_keys().filter(|key| key.starts_with("sms-") || key == "notice-sms") {
            let text = catalogue::text(lang, &key, &[("code", Value::from("000000"))]);
            assert!(text.encode_utf16().count() <= 70, "{lang} {key}: {text}");
        }
    }
}

#[test]
fn a_text_that_nobody_has_is_its_key() {
    assert_eq!(catalogue::text(Lang::Ka, "no-such-text", &[]), "no-such-text");
    assert_eq!(catalogue::text(Lang::Ka, "sms-code.nothing", &[]), "sms-code.nothing");
}
