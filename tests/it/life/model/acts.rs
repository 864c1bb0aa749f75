//! What patients and reception do to bookings, and what the model says of it.

use super::{DOCTORS, Dice, Freed, Known, PATIENTS, SLOTS, Service, World, instant};
use crate::support::house::Answer;
use chrono::{DateTime, TimeDelta, Utc};
use feldsher::adapters::payments::sandbox::Act;
use serde_json::json;

impl World<'_> {
    fn refused(&self, answer: &Answer, against: &[&str], what: &str) {
        let code = if against.contains(&"taken") { "slot_taken" } else { "state_conflict" };
        self.holds(answer, 409, code, what);
        assert_eq!(super::super::reasons(answer), against, "{what}");
        for free in answer.json()["alternatives"].as_array().into_iter().flatten() {
            assert_ne!(free["startsAt"], instant(self.first - TimeDelta::days(1)), "{what}");
        }
    }

    /// Notes a booking that was answered with 201.
    pub(super) fn booked(&mut self, answer: &Answer, (patient, doctor, slot): (usize, usize, usize), kind: Service, what: &str) {
        self.holds(answer, 201, "", what);
        let text = |pointer: &str| Some(answer.text(pointer)).filter(|text| !text.is_empty());
        let (state, hold) = kind.begins();
        let held_until = text("/heldUntil").map(|until| until.parse::<DateTime<Utc>>().expect("an instant"));
        if let (Some(hold), Some(until)) = (hold, held_until) {
            assert!((self.now() + hold - until).abs() < TimeDelta::seconds(60), "{what}");
        }
        assert_eq!((answer.text("/state").as_str(), held_until.is_some()), (state, hold.is_some()), "{what}");
        assert_eq!(answer.text("/startsAt"), instant(self.at(slot)), "{what}");
        let (id, charge) = (answer.text("/id"), text("/chargeId"));
        self.known.push(Known {
            id,
            patient,
            doctor,
            slot,
            state,
            held_until,
            charge,
            payment: None,
            is_paid: false,
            offer: None,
        });
    }

    pub(super) async fn book(&mut self, dice: &mut Dice) -> Option<Freed> {
        let (patient, doctor, slot) = (dice.roll(PATIENTS), dice.roll(DOCTORS), dice.roll(SLOTS));
        let kind = Service::ALL[dice.roll(3)];
        let what = format!("book {kind:?}: patient {patient}, doctor {doctor}, slot {slot}");
        self.trace.said.push(what.clone());
        let against = self.against(patient, doctor, slot, None);
        let service = &self.stage.services[kind as usize];
        let body = json!({"doctorId": self.stage.doctors[doctor], "serviceId": service, "startsAt": instant(self.at(slot))});
        let answer = self.post(patient, "/v1/bookings", body).await;
        if self.goes_to_the_next(patient, doctor, slot) && answer.status == 409 {
            // Offers that have run out go to the next who waits before anybody else can have their time: more may be taken
            // than the model foretells, and never less.
            let told = super::super::reasons(&answer);
            assert!(against.iter().all(|reason| told.iter().any(|told| told == reason)), "{what}: {told:?} and not {against:?}");
        } else if !against.is_empty() {
            self.refused(&answer, &against, &what);
        } else {
            self.booked(&answer, (patient, doctor, slot), kind, &what);
        }
        None
    }

    pub(super) async fn begin_payment(&mut self, index: usize) -> Option<Freed> {
        let one = self.known[index].clone();
        let (Some(charge), "held", None) = (&one.charge, one.seen(self.now()), &one.payment) else { return None };
        self.trace.said.push(format!("begin to pay {index}"));
        let patient = &self.stage.people[one.patient];
        self.known[index].payment = Some(self.stage.scene.house.begin_payment(patient, charge, false).await);
        None
    }

    /// The provider takes the money, if it still does, and calls.
    pub(super) async fn pay(&mut self, index: usize) -> Option<Freed> {
        let one = self.known[index].clone();
        let payment = one.payment.clone().filter(|_| !one.is_paid)?;
        if self.stage.scene.house.provider().act(&payment, Act::Pay).is_err() {
            return None;
        }
        self.trace.said.push(format!("pay {index}"));
        self.known[index].is_paid = true;
        let now = self.now();
        // Holds that are over stand in nobody's way, its own among them; what is paid late is booked if nobody else has it.
        let is_free = self.against(one.patient, one.doctor, one.slot, Some(index)).is_empty();
        if matches!(one.state, "held" | "expired") && is_free {
            self.known[index].state = "booked";
            self.known[index].held_until = None;
        } else if one.seen(now) == "expired" {
            self.known[index].state = "expired";
        }
        self.stage.scene.house.hear().await;
        None
    }

    pub(super) async fn cancel(&mut self, index: usize) -> Option<Freed> {
        let one = self.known[index].clone();
        let what = format!("cancel {index}, which is {}{}", one.seen(self.now()), one.said());
        self.trace.said.push(what.clone());
        let answer = self.post(one.patient, &format!("/v1/bookings/{}/cancel", one.id), json!({})).await;
        if one.offer.is_some() {
            return self.offer_dropped(index, &answer, &what);
        }
        match one.seen(self.now()) {
            "booked" | "held" | "requested" | "cancelled" => {
                self.holds(&answer, 200, "", &what);
                self.known[index].state = "cancelled";
                (one.state != "cancelled").then(|| Freed::of(&one))
            }
            _ => {
                self.holds(&answer, 409, "state_conflict", &what);
                None
            }
        }
    }

    pub(super) async fn relocate(&mut self, index: usize, dice: &mut Dice) -> Option<Freed> {
        let one = self.known[index].clone();
        let (doctor, slot) = (dice.roll(DOCTORS), dice.roll(SLOTS));
        let what = format!("move {index}, which is {}{}, to doctor {doctor}, slot {slot}", one.seen(self.now()), one.said());
        self.trace.said.push(what.clone());
        let against = self.against(one.patient, doctor, slot, Some(index));
        let body = json!({"doctorId": self.stage.doctors[doctor], "startsAt": instant(self.at(slot))});
        let answer = self.post(one.patient, &format!("/v1/bookings/{}/move", one.id), body).await;
        if one.offer.is_some() {
            // What is kept for somebody is no visit yet.
            let is_refused = answer.code() == "state_conflict" || (answer.status == 404 && !one.takes(self.now()));
            assert!(is_refused, "{what}: {}", answer.json());
        } else if (doctor, slot) == (one.doctor, one.slot) {
            self.holds(&answer, 200, "", &what);
        } else if !one.takes(self.now()) {
            self.holds(&answer, 409, "state_conflict", &what);
        } else if against.is_empty() {
            self.holds(&answer, 200, "", &what);
            (self.known[index].doctor, self.known[index].slot) = (doctor, slot);
            return Some(Freed::of(&one));
        } else {
            self.refused(&answer, &against, &what);
        }
        None
    }

    /// Reception answers what was asked for, or ends it.
    pub(super) async fn answer(&mut self, index: usize, act: &'static str) -> Option<Freed> {
        let one = self.known[index].clone();
        let seen = one.seen(self.now());
        if one.offer.is_some() {
            return None;
        }
        let what = format!("{act} {index}, which is {seen}");
        self.trace.said.push(what.clone());
        let body = if act == "confirm" { json!({}) } else { json!({"ground": "clinicClosed"}) };
        let scene = &self.stage.scene;
        let answer = scene.staff(&scene.desk, &one.id, act, body).await;
        let to = match (act, seen) {
            ("confirm", "requested") => "booked",
            ("confirm", "booked" | "held") => seen,
            ("decline", "requested") | ("decline" | "cancel", "cancelled") => "cancelled",
            ("cancel", "requested" | "held" | "booked") => "cancelled",
            _ => {
                self.holds(&answer, 409, "state_conflict", &what);
                return None;
            }
        };
        self.holds(&answer, 200, "", &what);
        self.known[index].state = to;
        if (act, seen) == ("confirm", "requested") {
            self.known[index].held_until = None;
        }
        (to == "cancelled" && seen != "cancelled").then(|| Freed::of(&one))
    }
}

impl Known {
    fn said(&self) -> &'static str {
        if self.offer.is_some() { " (an offer)" } else { "" }
    }
}
