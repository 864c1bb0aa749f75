//! The house keeps its own rules: imports go down, files stay small, and engine-specific SQL stays in the kernel.

use std::fs;
use std::path::{Path, PathBuf};

/// The floors, lowest first, and within the clinic the rooms in the order in which they may call each other.
const FLOORS: &[&str] = &["kernel", "adapters", "app", "clinic", "server"];
const ROOMS: &[&str] = &[
    "identity",
    "privacy",
    "devices",
    "notifications",
    "documents",
    "programmes",
    "contracts",
    "carriers",
    "billing",
    "scheduling",
    "consultations",
    "support",
    "requests",
    "sharing",
    "reception",
    "recordings",
    "oversight",
];
const LINES_MAX: usize = 500;

/// Words of SQL that one engine alone understands.
const ENGINE_WORDS: &[&str] = &[
    "PRAGMA ",
    "::jsonb",
    "::timestamptz",
    "ILIKE",
    "date_trunc(",
    "julianday(",
    "strftime(",
    "pg_",
    "AUTOINCREMENT",
    "FOR UPDATE",
    " now()",
    "(now()",
    "datetime('",
    "json_extract(",
    "->>",
    "ANY($",
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

pub fn all_sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    sources(&root, &mut found);
    assert!(found.len() > 40, "the sources are found");
    found
        .into_iter()
        .map(|path| {
            let name = path.strip_prefix(&root).expect("below src").display().to_string();
            (name, fs::read_to_string(path).expect("a source"))
        })
        .collect()
}

fn place_of(list: &[&str], name: &str) -> Option<usize> {
    list.iter().position(|item| *item == name)
}

/// Names after `crate::` (or `crate::clinic::`) in a line, also inside braces.
fn names_after<'a>(line: &'a str, prefix: &'a str) -> impl Iterator<Item = &'a str> + 'a {
    line.match_indices(prefix).flat_map(move |(at, _)| {
        let rest = &line[at + prefix.len()..];
        let list = rest.strip_prefix('{').map_or(rest, |inner| inner);
        let braces = rest.starts_with('{');
        list.split(',').take(if braces { usize::MAX } else { 1 }).map(|item| {
            let item = item.trim();
            &item[..item.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(item.len())]
        })
    })
}

#[test]
fn imports_go_down() {
    let mut faults = Vec::new();
    for (name, text) in all_sources() {
        let parts: Vec<&str> = name.split('/').collect();
        let Some(floor) = place_of(FLOORS, parts[0]) else { continue };
        let room = (parts[0] == "clinic" && parts.len() > 2).then(|| parts[1]);
        for line in text.lines().filter(|line| !line.trim_start().starts_with("//")) {
            for used in names_after(line, "crate::").filter_map(|used| place_of(FLOORS, used)) {
                if used > floor {
                    faults.push(format!("{name} looks up to {}", FLOORS[used]));
                }
            }
            let Some(room) = room else { continue };
            let own = place_of(ROOMS, room).unwrap_or_else(|| panic!("room {room} has no place in the order"));
            for used in names_after(line, "crate::clinic::").chain(names_after(line, "super::super::super::")) {
                if place_of(ROOMS, used).is_some_and(|used| used > own) {
                    faults.push(format!("room {room} looks up to {used}: {name}"));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn files_stay_small() {
    let long: Vec<String> = all_sources()
        .into_iter()
        .map(|(name, text)| (name, text.lines().count()))
        .filter(|(_, lines)| *lines > LINES_MAX)
        .map(|(name, lines)| format!("{name}: {lines} lines"))
        .collect();
    assert!(long.is_empty(), "split these: {long:#?}");
}

#[test]
fn engine_specific_sql_stays_in_the_kernel() {
    let mut faults = Vec::new();
    for (name, text) in all_sources() {
        // Backups and the doctor speak to the engines' own tools.
        if name.starts_with("kernel/") || name.starts_with("server/ops/") {
            continue;
        }
        for line in text.lines().filter(|line| !line.trim_start().starts_with("//")) {
            faults.extend(ENGINE_WORDS.iter().filter(|word| line.contains(**word)).map(|word| format!("{name}: {word}")));
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn bodies_are_read_by_our_own_extractor() {
    // The framework's `Json<T>` as a request body names one fault of many and quotes the client's input.
    let faults: Vec<String> = all_sources()
        .into_iter()
        .filter(|(name, text)| name.starts_with("clinic/") && (text.contains("payload::Json") || text.contains(": Json<")))
        .map(|(name, _)| name)
        .collect();
    assert!(faults.is_empty(), "{faults:?}");
}

#[test]
fn rows_are_private_to_their_room() {
    let faults: Vec<String> = all_sources()
        .into_iter()
        .filter(|(name, text)| {
            name.starts_with("clinic/") && (text.contains("pub mod rows") || text.contains("pub(crate) mod rows"))
        })
        .map(|(name, _)| name)
        .collect();
    assert!(faults.is_empty(), "{faults:?}");
}
