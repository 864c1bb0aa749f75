//! Who waits, and what is offered to him. The model does not foretell an offer: it takes note of it when it is there, and
//! holds against it that it comes to the one who waits longest, once, and to somebody wherever somebody waits.

use super::{DOCTORS, Dice, Freed, Known, PATIENTS, SLOTS, Service, World};
use crate::support::clinic::ZONE;
use crate::support::house::Answer;
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ConnectionTrait, Statement};
use serde_json::json;
use std::collections::BTreeSet;
use uuid::Uuid;

/// As the profile of the test says it.
const ENTRIES_MAX: usize = 5;

/// One entry of the waiting list, in the order of their coming.
#[derive(Clone, Debug)]
pub struct Wait {
    id: String,
    patient: usize,
    doctor: usize,
    kind: Service,
    is_over: bool,
    /// The times that were offered to him, each once.
    asked: Vec<usize>,
}

/// To which entries which time could be offered.
pub type Eligible = BTreeSet<(usize, usize)>;

/// An offer as the house keeps it.
struct Standing {
    id: String,
    waiting: String,
    doctor: String,
    starts_at: DateTime<Utc>,
    until: DateTime<Utc>,
    is_open: bool,
}

impl World<'_> {
    pub(super) fn eligible(&self) -> Eligible {
        let now = self.now();
        let mut eligible = Eligible::new();
        for (index, wait) in self.waits.iter().enumerate().filter(|(_, wait)| !wait.is_over) {
            let has_one = self
                .known
                .iter()
                .any(|one| one.offer.is_some_and(|(of, _)| of == index) && one.state == "held" && one.takes(now));
            for slot in (0..SLOTS).filter(|slot| !has_one && !wait.asked.contains(slot)) {
                // A hold of his own that is over and not written down yet still keeps him elsewhere.
                let is_busy = self.known.iter().any(|one| {
                    one.patient == wait.patient && one.slot == slot && matches!(one.state, "held" | "requested" | "booked")
                });
                if !is_busy {
                    eligible.insert((index, slot));
                }
            }
        }
        eligible
    }

    /// Whether an offer that has run out lies in the way of a booking, and somebody waits for its time.
    pub(super) fn goes_to_the_next(&self, patient: usize, doctor: usize, slot: usize) -> bool {
        let now = self.now();
        self.known.iter().any(|one| {
            let is_near = one.slot == slot && (one.doctor == doctor || one.patient == patient);
            let has_run_out = one.offer.is_some() && one.state == "held" && !one.takes(now);
            is_near && has_run_out && self.waits.iter().any(|wait| !wait.is_over && wait.doctor == one.doctor)
        })
    }

    pub(super) async fn wait(&mut self, dice: &mut Dice) -> Option<Freed> {
        let (patient, doctor, kind) = (dice.roll(PATIENTS), dice.roll(DOCTORS), Service::ALL[dice.roll(3)]);
        let what = format!("wait for doctor {doctor}, {kind:?}: patient {patient}");
        self.trace.said.push(what.clone());
        // Who comes first is said by ids of whole milliseconds.
        self.stage.scene.house.app.ambient.advance(TimeDelta::milliseconds(2));
        let day = self.first.with_timezone(&ZONE).date_naive();
        let (doctor_id, service_id) = (&self.stage.doctors[doctor], &self.stage.services[kind as usize]);
        let body = json!({"doctorId": doctor_id, "serviceId": service_id, "from": day, "to": day});
        let answer = self.post(patient, "/v1/waiting-list", body).await;
        let own = || self.waits.iter().filter(|wait| wait.patient == patient && !wait.is_over);
        if own().count() >= ENTRIES_MAX || own().any(|wait| (wait.doctor, wait.kind) == (doctor, kind)) {
            self.holds(&answer, 409, "state_conflict", &what);
            return None;
        }
        self.holds(&answer, 201, "", &what);
        self.waits.push(Wait { id: answer.text("/id"), patient, doctor, kind, is_over: false, asked: Vec::new() });
        None
    }

    pub(super) async fn leave(&mut self, dice: &mut Dice) -> Option<Freed> {
        let index = dice.roll(self.waits.len().max(1));
        if self.waits.is_empty() { None } else { self.leave_entry(index).await }
    }

    pub(super) async fn leave_entry(&mut self, index: usize) -> Option<Freed> {
        let wait = self.waits[index].clone();
        let what = format!("wait {index} ends");
        self.trace.said.push(what.clone());
        let token = self.stage.people[wait.patient].token();
        let answer = self.stage.scene.house.delete(&format!("/v1/waiting-list/{}", wait.id), token).await;
        if wait.is_over {
            self.holds(&answer, 404, "not_found", &what);
            return None;
        }
        self.holds(&answer, 204, "", &what);
        self.waits[index].is_over = true;
        // One that has run out may stand beside the one that lives.
        let (now, mut freed) = (self.now(), None);
        for offer in self.known.iter_mut().filter(|one| one.offer.is_some_and(|(of, _)| of == index) && one.state == "held") {
            freed = offer.takes(now).then(|| Freed::of(offer)).or(freed);
            offer.state = "gone";
        }
        freed
    }

    /// Somebody accepts or declines an offer of his, be it his still or not.
    pub(super) async fn answer_offer(&mut self, dice: &mut Dice) -> Option<Freed> {
        let offers: Vec<usize> = (0..self.known.len()).filter(|index| self.known[*index].offer.is_some()).collect();
        let (some, accepts) = (dice.roll(offers.len().max(1)), dice.roll(3) < 2);
        let index = *offers.get(some)?;
        let one = self.known[index].clone();
        let (wait, is_open) = one.offer?;
        let verb = if accepts { "accept" } else { "decline" };
        let what = format!("{verb} offer {index}, which is {}, told {is_open}", one.seen(self.now()));
        self.trace.said.push(what.clone());
        let answer = self.post(one.patient, &format!("/v1/offers/{}/{verb}", one.id), json!({})).await;
        if !is_open && one.state != "accepted" && answer.status == 404 {
            // He was never told of it.
            return None;
        }
        match (accepts, one.state, one.takes(self.now())) {
            (true, "held", true) => {
                self.known[index].state = "accepted";
                self.waits[wait].is_over = true;
                self.booked(&answer, (one.patient, one.doctor, one.slot), self.waits[wait].kind, &what);
                None
            }
            (false, "held", _) => {
                self.holds(&answer, 204, "", &what);
                self.known[index].state = "gone";
                Some(Freed::of(&one))
            }
            (true, _, _) | (false, "accepted", _) => {
                self.holds(&answer, 409, "state_conflict", &what);
                None
            }
            _ => {
                self.holds(&answer, 204, "", &what);
                None
            }
        }
    }

    /// To cancel what keeps an offered time gives it to the next.
    pub(super) fn offer_dropped(&mut self, index: usize, answer: &Answer, what: &str) -> Option<Freed> {
        let one = &mut self.known[index];
        if one.takes(self.stage.scene.house.app.ambient.now()) {
            assert_eq!(answer.status, 200, "{what}: {}", answer.json());
            one.state = "gone";
            return Some(Freed::of(one));
        }
        assert!(answer.status == 404 || answer.code() == "state_conflict", "{what}: {}", answer.json());
        None
    }

    /// Takes note of the offers that stand after an act, and holds them against the rules of the list.
    pub(super) async fn learn(&mut self, before: &Eligible, freed: Option<Freed>) {
        let standing = self.standing().await;
        let now = self.now();
        for one in self.known.iter_mut().filter(|one| one.offer.is_some()) {
            match (standing.iter().find(|offer| offer.id == one.id), one.state) {
                (Some(offer), "held") => {
                    one.held_until = Some(offer.until);
                    one.offer = one.offer.map(|(wait, _)| (wait, offer.is_open));
                }
                (Some(_), state) => panic!("an offer that is {state} stands"),
                (None, "held") => {
                    assert!(!one.takes(now), "an offer that nobody ended is gone: {one:?}");
                    one.state = "gone";
                }
                (None, _) => {}
            }
        }
        let mut fresh = Vec::new();
        for offer in standing {
            let Some(wait) = self.waits.iter().position(|wait| wait.id == offer.waiting) else { continue };
            if self.known.iter().any(|one| one.id == offer.id) {
                continue;
            }
            let slot = (0..SLOTS).find(|slot| self.at(*slot) == offer.starts_at).expect("one of the slots");
            let Wait { patient, doctor, is_over, ref mut asked, .. } = self.waits[wait];
            assert!(!is_over, "an offer to whom nobody waits");
            assert_eq!(self.stage.doctors[doctor], offer.doctor, "an offer of another doctor");
            assert!(!asked.contains(&slot), "one time offered twice to one");
            asked.push(slot);
            self.trace.said.push(format!("-> slot {slot} of doctor {doctor} is offered to wait {wait}, as {}", self.known.len()));
            self.known.push(Known {
                id: offer.id,
                patient,
                doctor,
                slot,
                state: "held",
                held_until: Some(offer.until),
                charge: None,
                payment: None,
                is_paid: false,
                offer: Some((wait, offer.is_open)),
            });
            fresh.push((wait, slot));
        }
        self.check_fairness(before, &fresh, freed);
    }

    /// Nobody is passed over who waits longer, and nothing that is given back lies idle while somebody waits for it.
    fn check_fairness(&self, before: &Eligible, fresh: &[(usize, usize)], freed: Option<Freed>) {
        let (after, now) = (self.eligible(), self.now());
        let could = |wait: usize, slot: usize| before.contains(&(wait, slot)) && after.contains(&(wait, slot));
        for (wait, slot) in fresh {
            let doctor = self.waits[*wait].doctor;
            for longer in (0..*wait).filter(|longer| self.waits[*longer].doctor == doctor && could(*longer, *slot)) {
                // Nobody is offered what he has given back himself.
                let had_it = |one: &Known| (one.patient, one.doctor, one.slot) == (self.waits[longer].patient, doctor, *slot);
                assert!(self.known.iter().any(had_it), "{longer} waits longer than {wait} for slot {slot}");
            }
        }
        let Some(Freed { doctor, slot, patient }) = freed else { return };
        let is_taken = self.known.iter().any(|one| (one.doctor, one.slot) == (doctor, slot) && one.takes(now));
        let idle =
            |index: usize| self.waits[index].doctor == doctor && self.waits[index].patient != patient && could(index, slot);
        if let Some(waits) = (0..self.waits.len()).find(|index| !is_taken && idle(*index)) {
            panic!("slot {slot} of doctor {doctor} lies idle while {waits} waits");
        }
    }

    async fn standing(&self) -> Vec<Standing> {
        let reader = self.stage.scene.house.app.db.reader();
        let sql = "SELECT o.id, o.waiting, o.doctor, o.starts_at, b.held_until, o.state FROM waiting_offer o \
                   JOIN booking b ON b.id = o.id WHERE o.state IN ('kept', 'open') AND b.state IN ('held', 'expired') ORDER BY o.id";
        let rows = reader.query_all_raw(Statement::from_string(reader.get_database_backend(), sql)).await.expect("offers");
        let read = |row: sea_orm::QueryResult| -> Result<Standing, sea_orm::DbErr> {
            let id = |column: &str| row.try_get::<Uuid>("", column).map(|id| id.to_string());
            Ok(Standing {
                id: id("id")?,
                waiting: id("waiting")?,
                doctor: id("doctor")?,
                starts_at: row.try_get("", "starts_at")?,
                until: row.try_get("", "held_until")?,
                is_open: row.try_get::<String>("", "state")? == "open",
            })
        };
        rows.into_iter().map(|row| read(row).expect("an offer")).collect()
    }
}
