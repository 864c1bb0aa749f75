//! The list of clauses is whole, names tests that there are, and is what the page shows.

use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::process::Command;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/clauses.md");
const CLAUSES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/clauses/clauses.toml");

/// How many clauses each of the five published promises has. The ids never change.
const COUNTS: [(u32, u32); 5] = [(0, 13), (1, 24), (2, 14), (3, 11), (4, 17)];

const HEAD: &str = "# The promises, clause by clause

Made from `tests/it/clauses/clauses.toml` by `FELDSHER_WRITE_CLAUSES=1 cargo test --test it clauses`; edit that file.
The ids are those of the published promises that the product turns into behaviour. A clause is kept where all that it asks is
done and every test that it names passes, on both engines; the last line of `tests/run` counts them by what passed in that run.

| id | promise | behaviour | tests | kept |
|---|---|---|---|---|
";

const GOALS: &str = "
Goals of the vault with tests of their own:

| id | goal | tests |
|---|---|---|
";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Register {
    clause: Vec<Clause>,
    goal: Vec<Goal>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Clause {
    id: String,
    promise: String,
    #[serde(default)]
    behaviour: String,
    missing: Option<String>,
    tests: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Goal {
    id: String,
    goal: String,
    tests: Vec<String>,
}

impl Clause {
    fn kept(&self) -> String {
        match (&self.missing, self.behaviour.is_empty()) {
            (None, _) => "kept".to_owned(),
            (Some(missing), true) => format!("not kept: {missing}"),
            (Some(missing), false) => format!("in part, without: {missing}"),
        }
    }
}

fn register() -> Register {
    let text = std::fs::read_to_string(CLAUSES).expect("clauses.toml");
    toml::from_str(&text).expect("clauses.toml")
}

fn quoted(tests: &[String]) -> String {
    tests.iter().map(|test| format!("`{test}`")).collect::<Vec<_>>().join(", ")
}

fn page(register: &Register) -> String {
    let mut page = HEAD.to_owned();
    for clause in &register.clause {
        let (tests, kept) = (quoted(&clause.tests), clause.kept());
        writeln!(page, "| {} | {} | {} | {tests} | {kept} |", clause.id, clause.promise, clause.behaviour).expect("a line");
    }
    page += GOALS;
    for goal in &register.goal {
        writeln!(page, "| {} | {} | {} |", goal.id, goal.goal, quoted(&goal.tests)).expect("a line");
    }
    page
}

/// The names of all tests of this binary, without their modules, and how often each is there.
fn tests() -> BTreeMap<String, usize> {
    let own = std::env::current_exe().expect("the test binary");
    let listed = Command::new(own).arg("--list").output().expect("its list");
    let listed = String::from_utf8(listed.stdout).expect("names");
    let mut names = BTreeMap::new();
    for name in listed.lines().filter_map(|line| line.strip_suffix(": test")) {
        *names.entry(name.rsplit("::").next().unwrap_or(name).to_owned()).or_default() += 1;
    }
    names
}

/// The clauses whose ids a test's name carries: `s1_02a_…_and_s0_12_…` is of S1-02 and of S0-12.
fn carried(test: &str) -> BTreeSet<String> {
    let words: Vec<&str> = test.split('_').collect();
    let pairs = words.windows(2).filter_map(|pair| {
        let system = pair[0].strip_prefix('s').filter(|system| system.len() == 1 && "01234".contains(*system))?;
        let number = pair[1].trim_end_matches(|c: char| c.is_ascii_lowercase());
        let is_id = number.len() == 2 && pair[1].len() <= 3 && number.bytes().all(|b| b.is_ascii_digit());
        is_id.then(|| format!("S{system}-{number}"))
    });
    pairs.filter(|id| ids().contains(id)).collect()
}

fn ids() -> Vec<String> {
    COUNTS.iter().flat_map(|(system, count)| (1..=*count).map(move |number| format!("S{system}-{number:02}"))).collect()
}

/// Everything that is wrong with the list, against the tests that there are.
fn faults(register: &Register, tests: &BTreeMap<String, usize>) -> Vec<String> {
    let mut faults = Vec::new();
    let listed: Vec<&String> = register.clause.iter().map(|clause| &clause.id).collect();
    if listed != ids().iter().collect::<Vec<_>>() {
        faults.push("the ids are not all of them, each once and in order".to_owned());
    }
    for clause in &register.clause {
        let Clause { id, tests, .. } = clause;
        let proven = clause.missing.is_some() || (!tests.is_empty() && !clause.behaviour.is_empty());
        if !proven {
            faults.push(format!("{id} says that it is kept, and not by what or by which test"));
        }
        if !tests.is_empty() && clause.behaviour.is_empty() {
            faults.push(format!("{id} has tests and no behaviour"));
        }
        let missing = clause.missing.clone().unwrap_or_default();
        if [&clause.promise, &clause.behaviour, &missing].iter().any(|text| text.contains(['|', '\n'])) {
            faults.push(format!("{id} has a text that breaks the table"));
        }
    }
    let goals = register.goal.iter().map(|goal| (&goal.id, &goal.tests));
    for (id, named) in register.clause.iter().map(|clause| (&clause.id, &clause.tests)).chain(goals) {
        for test in named {
            match tests.get(test) {
                Some(1) => {}
                None => faults.push(format!("{id} names {test}, which is no test")),
                Some(_) => faults.push(format!("{id} names {test}, and there are two of this name")),
            }
        }
    }
    for test in tests.keys() {
        for id in carried(test) {
            let names_it = register.clause.iter().any(|clause| clause.id == id && clause.tests.contains(test));
            if !names_it {
                faults.push(format!("{test} stands not at {id}"));
            }
        }
    }
    faults
}

#[test]
fn every_clause_names_its_tests_and_every_test_its_clause() {
    let (register, tests) = (register(), tests());
    assert_eq!(faults(&register, &tests), Vec::<String>::new());
    assert_eq!(register.clause.len(), 79);

    // A list with a fault is found out, whichever it is.
    let spoilt = |spoil: &dyn Fn(&mut Register), word: &str| {
        let mut register = self::register();
        spoil(&mut register);
        let faults = faults(&register, &tests);
        assert!(faults.iter().any(|fault| fault.contains(word)), "{word}: {faults:?}");
    };
    spoilt(&|register| drop(register.clause.remove(3)), "the ids are not all");
    spoilt(&|register| register.clause[0].tests.push("s0_01_nobody_wrote_it".into()), "which is no test");
    spoilt(&|register| drop(register.clause[0].tests.remove(0)), "stands not at S0-01");
    spoilt(&|register| register.clause[0].behaviour = String::new(), "not by what");
    spoilt(&|register| register.clause[0].promise.push('|'), "breaks the table");
    assert_eq!(carried("s1_02a_of_s9_01_and_s4_02_s4_99_s4_13ab").len(), 2);
}

#[test]
fn the_page_of_clauses_is_what_the_list_says() {
    let page = page(&register());
    if std::env::var("FELDSHER_WRITE_CLAUSES").is_ok() {
        std::fs::write(PAGE, &page).expect("the page is written");
    }
    let committed = std::fs::read_to_string(PAGE).unwrap_or_default();
    assert!(committed == page, "docs/clauses.md is not what clauses.toml says: FELDSHER_WRITE_CLAUSES=1 writes it anew");
}
