//! Growth: what is measured at a size that hurts, beside the same at a size that does not. Both servers run at once, and
//! their rounds alternate.

use super::people::sign_in;
use super::place::Place;
use super::reads;
use super::server::{Server, text};
use super::table::{Bar, Figure, Row};
use super::town::{book, own_bookings};
use super::{CLIENTS, ROUNDS, TURNS, said};
use feldsher::kernel::db::Engine;
use std::process::Command;
use std::time::Instant;

/// Patients and bookings of the small store, and of the large one unless another size is said.
const SMALL: [usize; 2] = [10_000, 100_000];
const LARGE: [usize; 2] = [1_000_000, 10_000_000];
/// Bookings of one client in one round.
const BOOKINGS: usize = 16;
/// The generator leaves nothing free in the first week.
const TAKEN_DAYS: i64 = 8;
const DOCTORS: usize = 4;

/// A store of a size, with a server on it.
struct Grown {
    place: Place,
    server: Server,
    patients: Vec<String>,
    own: Vec<String>,
    two_weeks: String,
    service: String,
    /// For each client what he will book, as (doctor, start).
    slots: Vec<Vec<(String, String)>>,
}

pub async fn measure(engine: Engine) -> Vec<Row> {
    let number = |flag: &str, usual: usize| said(flag).map_or(usual, |said| said.parse().expect("a number"));
    let large = [number("--patients", LARGE[0]), number("--bookings", LARGE[1])];
    let grown = [Grown::new(engine, SMALL).await, Grown::new(engine, large).await];
    let what =
        ["one's own booking, read", "one's bookings, a page of 20", "a doctor's free slots of two weeks", "booking, durable"];
    let mut rounds: [[Vec<Figure>; 2]; 4] = Default::default();
    for round in 0..ROUNDS {
        for (size, grown) in grown.iter().enumerate() {
            for (kind, figure) in grown.round(round).await.into_iter().enumerate() {
                rounds[kind][size].push(figure);
            }
        }
    }
    for Grown { place, server, .. } in grown {
        drop(server);
        place.end().await;
    }
    let rows = what.into_iter().zip(rounds).map(|(what, [small, large_rounds])| {
        let small = small.iter().map(|round| round.per_s).collect();
        let what = format!("{what}: {} patients, {} bookings", large[0], large[1]);
        let row = Row::new(what, &large_rounds).beside(format!("{} and {}", SMALL[0], SMALL[1]), small);
        let mut row = row.floor(Bar::Ratio(0.8)).aim(Bar::Ratio(0.95));
        row.engine = Some(engine);
        row
    });
    rows.collect()
}

impl Grown {
    async fn new(engine: Engine, [patients, bookings]: [usize; 2]) -> Self {
        let place = Place::new(engine).await;
        let began = Instant::now();
        let generated = Command::new(env!("CARGO_BIN_EXE_feldsher"))
            .args(["generate", "--patients", &patients.to_string(), "--bookings", &bookings.to_string()])
            .current_dir(place.folder.path())
            .env_clear()
            .envs(place.environment())
            .status();
        assert!(generated.expect("the generator").success());
        println!("{engine:?}: generated in {:.0} s", began.elapsed().as_secs_f64());
        let server = Server::start(&place, TURNS, &[]).await;
        // Those of every second who come, evenly among them.
        let visitors = patients.div_ceil(2);
        let patients = sign_in(&server, (0..CLIENTS).map(|client| client * visitors / CLIENTS)).await;
        let own = own_bookings(&server, &patients).await;
        let doctors = server.get("/v1/doctors?limit=10", "").await;
        let doctors: Vec<String> =
            doctors["items"].as_array().expect("doctors").iter().take(DOCTORS).map(|doctor| text(doctor, "id")).collect();
        let (mut slots, mut service) = (vec![Vec::new(); CLIENTS], String::new());
        for (number, doctor) in doctors.iter().enumerate() {
            let free = server.get(&free_path(doctor, TAKEN_DAYS, 30), "").await;
            service = text(&free, "serviceId");
            for (hour, slot) in free["items"].as_array().expect("slots").iter().enumerate() {
                slots[(hour + number * CLIENTS / DOCTORS) % CLIENTS].push((doctor.clone(), text(slot, "startsAt")));
            }
        }
        let two_weeks = free_path(&doctors[0], 0, 14);
        Self { place, server, patients, own, two_weeks, service, slots }
    }

    async fn round(&self, round: usize) -> [Figure; 4] {
        let list = vec!["/v1/bookings?limit=20".to_owned(); CLIENTS];
        let slots = vec![self.two_weeks.clone(); CLIENTS];
        let read = reads::round(&self.server, &self.patients, &self.own).await;
        let list = reads::round(&self.server, &self.patients, &list).await;
        let slots = reads::round(&self.server, &self.patients, &slots).await;
        let range = round * BOOKINGS..(round + 1) * BOOKINGS;
        let booked = book(&self.server, &self.patients, &self.service, &self.slots, range).await;
        self.server.settle().await;
        [read, list, slots, booked]
    }
}

/// A doctor's free times of so many days, from so many days ahead.
fn free_path(doctor: &str, ahead: i64, count: i64) -> String {
    let from = chrono::Utc::now() + chrono::TimeDelta::days(ahead);
    let to = from + chrono::TimeDelta::days(count - 1);
    format!("/v1/doctors/{doctor}/slots?from={}&to={}", from.format("%Y-%m-%d"), to.format("%Y-%m-%d"))
}
