//! Reading a profile so that every fault is told at once, each with its place. A TOML reader stops at the first one; so what the
//! operator wrote is tried, piece by piece, in a profile that is known to be right.

use super::check::{self, Wrong};
use super::{Profile, SHIPPED};
use serde::Deserialize;
use toml::{Table, Value};

/// The profile in a text, or everything that is wrong with it.
pub fn read(text: &str) -> Result<Profile, Vec<Wrong>> {
    let whole = |error: toml::de::Error| Wrong { place: "the file".to_owned(), reason: error.to_string().trim_end().to_owned() };
    let table: Table = text.parse().map_err(|error| vec![whole(error)])?;
    match toml::from_str::<Profile>(text) {
        Ok(profile) => {
            let mut wrongs = check::check(&profile);
            wrongs.extend(nowhere(&profile, &table));
            if wrongs.is_empty() { Ok(profile) } else { Err(wrongs) }
        }
        Err(first) => {
            let wrongs = pieces(&table);
            Err(if wrongs.is_empty() { vec![whole(first)] } else { wrongs })
        }
    }
}

/// What does not read, by place.
fn pieces(table: &Table) -> Vec<Wrong> {
    let Some(right) = SHIPPED.first().and_then(|(_, text)| text.parse::<Table>().ok()) else { return Vec::new() };
    let mut wrongs = Vec::new();
    for (key, value) in table {
        let alone = |value: Value| {
            let mut tried = right.clone();
            tried.insert(key.clone(), value);
            fault(tried)
        };
        let Some(reason) = alone(value.clone()) else { continue };
        let before = wrongs.len();
        match value {
            Value::Table(fields) => {
                for (field, value) in fields {
                    let mut section = right.get(key).and_then(Value::as_table).cloned().unwrap_or_default();
                    section.insert(field.clone(), value.clone());
                    let found = alone(Value::Table(section)).map(|reason| Wrong { place: format!("{key}.{field}"), reason });
                    wrongs.extend(found);
                }
            }
            Value::Array(rows) => {
                for (index, row) in rows.iter().enumerate() {
                    let found = alone(Value::Array(vec![row.clone()]));
                    wrongs.extend(found.map(|reason| Wrong { place: format!("{key}[{index}]"), reason }));
                }
            }
            _ => {}
        }
        // Nothing in it is wrong by itself: something is missing.
        if wrongs.len() == before {
            wrongs.push(Wrong { place: key.clone(), reason });
        }
    }
    // What is missing altogether.
    for key in right.keys().filter(|key| !table.contains_key(*key)) {
        let mut without = right.clone();
        without.remove(key);
        wrongs.extend(fault(without).map(|reason| Wrong { place: key.clone(), reason }));
    }
    wrongs
}

fn fault(table: Table) -> Option<String> {
    let error = Profile::deserialize(Value::Table(table)).err()?;
    Some(error.message().to_owned())
}

/// Grounds of values that the file does not have.
fn nowhere<'a>(profile: &'a Profile, table: &'a Table) -> impl Iterator<Item = Wrong> + 'a {
    let has = |path: &str| {
        let mut keys = path.split('.');
        let first = keys.next().and_then(|key| table.get(key));
        keys.try_fold(first, |value, key| value?.as_table().map(|table| table.get(key))).flatten().is_some()
    };
    let lost = profile.law.values.iter().filter(move |ground| !has(&ground.of));
    lost.map(|ground| Wrong {
        place: "law.values".to_owned(),
        reason: format!("it names {}, and the file says nothing there", ground.of),
    })
}
