//! A process that is measured: what it has computed, and what it holds.

use super::table::Figure;
use std::process::Child;
use std::time::Instant;

/// `/proc` counts in hundredths of a second on every Linux that there is.
const TICK_US: f64 = 10_000.0;

/// Killed when it is dropped.
pub struct Process(pub Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Process {
    pub fn resident_mb(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.0.id())).expect("a process");
        let line = status.lines().find(|line| line.starts_with("VmRSS")).expect("its memory");
        line.split_whitespace().nth(1).and_then(|kb| kb.parse::<f64>().ok()).expect("a number") / 1024.0
    }

    /// What the process has computed since its start, for itself and in the kernel, in microseconds.
    pub fn cpu_us(&self) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.0.id())).expect("a process");
        // The name of the command, which may hold anything, ends with the last bracket; the state is the first behind it.
        let (_, fields) = stat.rsplit_once(')').expect("a command");
        let ticks = fields.split_whitespace().skip(11).take(2).map(|ticks| ticks.parse::<f64>().expect("a number"));
        ticks.sum::<f64>() * TICK_US
    }

    /// Times some work, which answers how many requests it was.
    pub async fn figure(&self, work: impl Future<Output = usize>) -> Figure {
        let (began, cpu_us) = (Instant::now(), self.cpu_us());
        let requests = work.await as f64;
        Figure { per_s: requests / began.elapsed().as_secs_f64(), cpu_us: (self.cpu_us() - cpu_us) / requests }
    }
}

/// A port that is free now.
pub fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port()
}
