//! What the sandbox provider keeps.

use super::{Event, Mood};
use crate::adapters::payments::payment::{Method, Money, Order, PayFault, Payment, State};
use std::collections::{BTreeMap, VecDeque};
use uuid::Uuid;

/// Callbacks that wait; older ones are lost, as a provider's are after some days.
const CALLBACKS: usize = 10_000;

#[derive(Default)]
pub(super) struct Book {
    pub(super) payments: BTreeMap<String, Kept>,
    pub(super) customers: BTreeMap<String, Vec<Method>>,
    pub(super) moods: VecDeque<Mood>,
    pub(super) callbacks: VecDeque<String>,
    pub(super) last_event: u64,
    pub(super) twice: bool,
}

pub(super) struct Kept {
    pub(super) charge: Uuid,
    pub(super) money: Money,
    pub(super) customer: Option<String>,
    pub(super) save_method: bool,
    pub(super) state: State,
    pub(super) refunds: BTreeMap<Uuid, i64>,
}

impl Book {
    pub(super) fn kept(&mut self, payment: &str) -> Result<&mut Kept, PayFault> {
        self.payments.get_mut(payment).ok_or(PayFault::Reject { why: "no such payment" })
    }

    pub(super) fn tell(&mut self, payment: &str) {
        self.last_event += 1;
        let event = Event { id: format!("sandbox_event_{}", self.last_event), payment: payment.to_owned() };
        let body = serde_json::json!(event).to_string();
        for _ in 0..1 + usize::from(self.twice) {
            if self.callbacks.len() == CALLBACKS {
                self.callbacks.pop_front();
            }
            self.callbacks.push_back(body.clone());
        }
    }
}

impl Kept {
    pub(super) fn new(order: &Order) -> Self {
        Kept {
            charge: order.charge,
            money: order.money.clone(),
            customer: order.customer.clone(),
            save_method: order.save_method,
            state: State::Pending,
            refunds: BTreeMap::new(),
        }
    }

    pub(super) fn refunded(&self) -> i64 {
        self.refunds.values().sum()
    }

    pub(super) fn view(&self, id: &str) -> Payment {
        let refunded = self.refunded();
        let state = match self.state {
            State::Paid if refunded == 0 => State::Paid,
            State::Paid if refunded < self.money.amount => State::PartlyRefunded,
            State::Paid => State::Refunded,
            state => state,
        };
        Payment { id: id.to_owned(), charge: Some(self.charge), state, money: self.money.clone(), refunded }
    }
}

/// The same for the same charge, so that a sandbox which was started anew goes on with the charges of the old one.
pub(super) fn payment_id(charge: Uuid) -> String {
    format!("sandbox_payment_{}", charge.simple())
}
