//! What may stand in a log line, a push, a message: `fields.toml` lists it, and nothing else may. Read from the sources, so
//! that a field is noticed before it is ever written.

use serde::Deserialize;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Listed {
    log: BTreeSet<String>,
    log_texts: BTreeSet<String>,
    push: BTreeSet<String>,
    messages: BTreeSet<String>,
    metric_labels: BTreeSet<String>,
}

fn listed() -> Listed {
    toml::from_str(include_str!("fields.toml")).expect("fields.toml")
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn sources(folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(fs::read_to_string(path).expect("a source"));
        }
    }
}

/// The arguments of a macro call whose text begins after its parenthesis, cut at the commas that stand at its own level.
fn arguments(text: &str) -> Vec<String> {
    let (mut all, mut one, mut depth, mut quoted, mut escaped) = (Vec::new(), String::new(), 0_i32, false, false);
    for c in text.chars() {
        if quoted {
            quoted = escaped || c != '"';
            escaped = c == '\\' && !escaped;
            one.push(c);
            continue;
        }
        match c {
            '"' => quoted = true,
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' if depth == 0 => break,
            ')' | ']' | '}' => depth -= 1,
            ',' if depth == 0 => {
                all.push(std::mem::take(&mut one).trim().to_owned());
                continue;
            }
            _ => {}
        }
        one.push(c);
    }
    all.push(one.trim().to_owned());
    all.into_iter().filter(|argument| !argument.is_empty()).collect()
}

/// The fields of every log line in a source, and the values inside its texts.
fn log_fields(source: &str) -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut fields, mut texts) = (BTreeSet::new(), BTreeSet::new());
    for macro_name in ["trace!(", "debug!(", "info!(", "warn!(", "error!(", "event!(", "info_span!(", "span!("] {
        for (at, call) in source.match_indices(&format!("tracing::{macro_name}")) {
            for argument in arguments(&source[at + call.len()..]) {
                if let Some(text) = argument.strip_prefix('"') {
                    texts.extend(text.split('{').skip(1).filter_map(|rest| Some(rest.split_once('}')?.0.to_owned())));
                } else if !argument.starts_with("tracing::Level") {
                    let name = argument.split('=').next().unwrap_or_default();
                    fields.insert(name.trim().trim_start_matches(['%', '?']).to_owned());
                }
            }
        }
    }
    (fields, texts)
}

#[test]
fn t65_t66_what_stands_in_a_log_line_is_listed() {
    let Listed { log, log_texts, metric_labels, .. } = listed();
    let mut all = Vec::new();
    sources(&root().join("src"), &mut all);
    let (mut fields, mut texts) = (BTreeSet::new(), BTreeSet::new());
    for source in &all {
        let (of, inside) = log_fields(source);
        fields.extend(of);
        texts.extend(inside);
        for forbidden in ["println!(\"{:?}", "dbg!(", "metrics::", "prometheus"] {
            assert!(!source.contains(forbidden), "{forbidden} is no way out of this house");
        }
    }
    // The request span gives its id.
    let strange: Vec<_> = fields.difference(&log).collect();
    assert!(strange.is_empty(), "not listed in fields.toml: {strange:?}");
    let gone: Vec<_> = log.difference(&fields).collect();
    assert!(gone.is_empty(), "listed in fields.toml and in no log line: {gone:?}");
    let strange: Vec<_> = texts.difference(&log_texts).collect();
    assert!(strange.is_empty(), "a value inside the text of a log line: {strange:?}");
    assert!(metric_labels.is_empty(), "there are no metrics");
}

#[test]
fn t65_the_reader_of_log_lines_finds_what_is_planted() {
    let planted =
        "fn f() { tracing::warn!(%phone, surname = person.name(a, b), \"of {snils}, \\\" said\"); tracing::info!(ms = 1); }";
    let (fields, texts) = log_fields(planted);
    assert_eq!(fields, ["phone", "surname", "ms"].map(str::to_owned).into());
    assert_eq!(texts, ["snils".to_owned()].into());
    let Listed { log, .. } = listed();
    for personal in
        ["phone", "email", "name", "surname", "subject", "patient", "snils", "address", "addr", "body", "url", "path", "token"]
    {
        assert!(!log.contains(personal), "{personal} may stand in no log line");
    }
}

#[test]
fn t64_t68_what_a_push_and_a_message_consist_of_is_listed() {
    let Listed { push, messages, .. } = listed();
    let content = fs::read_to_string(root().join("src/adapters/push/content.rs")).expect("a source");
    let code = content.split("#[cfg(test)]").next().unwrap_or_default();
    let words: BTreeSet<String> = code
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .flat_map(|line| line.split('"').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>())
        // Sentences are errors of ours.
        .filter(|word| !word.is_empty() && !word.contains(' '))
        .collect();
    assert_eq!(words, push, "the words of a push are those in fields.toml");
    for lang in ["ru", "kk", "ka", "en"] {
        let catalogue = fs::read_to_string(root().join(format!("src/app/catalogue/{lang}.ftl"))).expect("a catalogue");
        let (mut key, mut told) = ("", 0);
        for line in catalogue.lines() {
            if let Some((name, _)) = line.split_once(" =").filter(|_| !line.starts_with(' ')) {
                key = name;
            }
            if !["sms-", "mail-", "email-", "notice-", "push-", "campaign-"].iter().any(|kind| key.starts_with(kind)) {
                continue;
            }
            told += 1;
            for value in line.split("{ $").skip(1).filter_map(|rest| rest.split([' ', '}']).next()) {
                assert!(messages.contains(value), "{key} of {lang} tells {value}, which fields.toml does not list");
            }
        }
        assert!(told > 50, "messages of {lang} are found");
    }
}
