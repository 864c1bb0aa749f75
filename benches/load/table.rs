//! What is measured, and how it is shown.

use feldsher::kernel::db::Engine;
use std::fs::File;
use std::io::Write;
use std::time::{Duration, Instant};

/// One round of the server.
#[derive(Clone, Copy)]
pub struct Figure {
    pub per_s: f64,
    /// Microseconds that the server's process (not the database's, not this one) computed for each request.
    pub cpu_us: f64,
}

pub struct Row {
    pub engine: Option<Engine>,
    what: &'static str,
    per_s: f64,
    cpu_us: f64,
    beside: Option<(&'static str, f64)>,
}

impl Row {
    /// The medians of some rounds.
    pub fn new(what: &'static str, rounds: Vec<Figure>) -> Self {
        let per_s = median(rounds.iter().map(|round| round.per_s).collect());
        let cpu_us = median(rounds.iter().map(|round| round.cpu_us).collect());
        Self { engine: None, what, per_s, cpu_us, beside: None }
    }

    /// What the figure is compared with, in the rates of its own rounds.
    pub fn beside(mut self, what: &'static str, rounds: Vec<f64>) -> Self {
        self.beside = Some((what, median(rounds)));
        self
    }
}

/// The middle one; of two in the middle, their mean.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len().is_multiple_of(2) { f64::midpoint(values[middle - 1], values[middle]) } else { values[middle] }
}

pub fn print(rows: &[Row]) {
    println!("\n| what | engine | a second | CPU a request, µs | beside | a second | ratio |");
    println!("|---|---|---|---|---|---|---|");
    for Row { engine, what, per_s, cpu_us, beside } in rows {
        let engine = engine.map(|engine| format!("{engine:?}")).unwrap_or_default();
        let beside = match beside {
            Some((what, other)) => format!("{what} | {other:.0} | {:.2}", per_s / other),
            None => "| |".to_owned(),
        };
        println!("| {what} | {engine} | {per_s:.0} | {cpu_us:.0} | {beside} |");
    }
}

pub fn syncs_per_second() -> f64 {
    let folder = tempfile::tempdir().expect("a folder");
    let mut file = File::create(folder.path().join("syncs")).expect("a file");
    let (began, mut syncs) = (Instant::now(), 0u32);
    while began.elapsed() < Duration::from_secs(1) {
        file.write_all(&[7; 4096]).and_then(|()| file.sync_data()).expect("a sync");
        syncs += 1;
    }
    f64::from(syncs) / began.elapsed().as_secs_f64()
}
