//! What is measured, what it is held against, and how it is shown.

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

/// What a row is held against.
#[derive(Clone, Copy)]
pub enum Bar {
    /// At least so many times the rate beside it.
    Ratio(f64),
    /// At most so many microseconds of the processor for each request.
    Cpu(f64),
    AtLeast(f64),
    AtMost(f64),
}

pub struct Row {
    pub engine: Option<Engine>,
    what: String,
    measured: f64,
    unit: &'static str,
    cpu_us: Option<f64>,
    beside: Option<(String, Option<f64>)>,
    floor: Option<Bar>,
    aim: Option<Bar>,
}

impl Row {
    /// The medians of some rounds.
    pub fn new(what: impl Into<String>, rounds: &[Figure]) -> Self {
        let cpu_us = median(rounds.iter().map(|round| round.cpu_us).collect());
        Self { cpu_us: Some(cpu_us), ..Self::of(what, "/s", rounds.iter().map(|round| round.per_s).collect()) }
    }

    /// The median of a figure that is no rate of the server, or none of its alone.
    pub fn of(what: impl Into<String>, unit: &'static str, rounds: Vec<f64>) -> Self {
        let (measured, what) = (median(rounds), what.into());
        Self { engine: None, what, measured, unit, cpu_us: None, beside: None, floor: None, aim: None }
    }

    /// What the figure is compared with, in the rates of its own rounds; without rounds it was not to be had.
    pub fn beside(mut self, what: impl Into<String>, rounds: Vec<f64>) -> Self {
        let rate = (!rounds.is_empty()).then(|| median(rounds));
        self.beside = Some((what.into(), rate));
        self
    }

    pub fn floor(mut self, floor: Bar) -> Self {
        self.floor = Some(floor);
        self
    }

    pub fn aim(mut self, aim: Bar) -> Self {
        self.aim = Some(aim);
        self
    }

    fn ratio(&self) -> Option<f64> {
        self.beside.as_ref().and_then(|(_, rate)| rate.map(|rate| self.measured / rate))
    }

    /// None where what it would be compared with was not to be had.
    fn reaches(&self, bar: Bar) -> Option<bool> {
        match bar {
            Bar::Ratio(least) => self.ratio().map(|ratio| ratio >= least),
            Bar::Cpu(most) => self.cpu_us.map(|cpu_us| cpu_us <= most),
            Bar::AtLeast(least) => Some(self.measured >= least),
            Bar::AtMost(most) => Some(self.measured <= most),
        }
    }

    fn judged(&self) -> &'static str {
        let judge = |bar: Option<Bar>| bar.map(|bar| self.reaches(bar));
        match (judge(self.floor), judge(self.aim)) {
            (None, None) => "",
            (_, Some(Some(true))) => "aim",
            (Some(Some(true)), _) => "floor",
            (Some(None), _) | (None, Some(None)) => "not compared",
            (Some(Some(false)), _) => "BELOW THE FLOOR",
            (None, Some(Some(false))) => "below the aim",
        }
    }

    fn line(&self) -> String {
        let Row { engine, what, measured, unit, .. } = self;
        let engine = engine.map(|engine| format!("{engine:?}")).unwrap_or_default();
        let cpu = self.cpu_us.map(|cpu_us| format!("{cpu_us:.0}")).unwrap_or_default();
        let beside = match &self.beside {
            Some((what, Some(rate))) => format!("{what}, {rate:.0}/s"),
            Some((what, None)) => format!("{what}: NOT THERE"),
            None => String::new(),
        };
        let ratio = self.ratio().map(|ratio| format!("{ratio:.2}")).unwrap_or_default();
        let (floor, aim, judged) = (bar(self.floor), bar(self.aim), self.judged());
        let places = if *measured < 10.0 { 2 } else { 0 };
        format!("| {what} | {engine} | {measured:.places$} {unit} | {cpu} | {beside} | {ratio} | {floor} | {aim} | {judged} |")
    }
}

fn bar(bar: Option<Bar>) -> String {
    match bar {
        Some(Bar::Ratio(least)) => format!("× {least}"),
        Some(Bar::Cpu(most)) => format!("{most} µs CPU"),
        Some(Bar::AtLeast(least)) => format!("≥ {least}"),
        Some(Bar::AtMost(most)) => format!("≤ {most}"),
        None => String::new(),
    }
}

/// The middle one; of two in the middle, their mean.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len().is_multiple_of(2) { f64::midpoint(values[middle - 1], values[middle]) } else { values[middle] }
}

pub fn print(rows: &[Row]) {
    println!("\n| what | engine | measured | CPU a request, µs | beside it | ratio | floor | aim | reached |");
    println!("|---|---|---|---|---|---|---|---|---|");
    for row in rows {
        println!("{}", row.line());
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
