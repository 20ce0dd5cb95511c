//! The consumer's end of a blocking edge: waits until all producers are done, then reads what is its own, one producer
//! after the other.

use std::sync::Arc;

use memory::Lease;
use operators::{Cx, Poll, Source};
use runtime::plane::bridge::Poke;
use runtime::subtask::{Failure, Place, Seat};
use shuffle::{Gathered, Ticket};

use super::Exchange;

pub(super) struct ExchangeSource {
    exchange: Exchange,
    place: Place,
    managed: Lease,
    poke: Arc<dyn Poke>,
    reading: Option<Reading>,
}

/// What is being read, and the right to it.
struct Reading {
    rows: Gathered,
    _tickets: Vec<Ticket>,
}

impl ExchangeSource {
    pub(super) fn open(exchange: Exchange, seat: &Seat) -> Self {
        let (place, managed, poke) = (seat.place.clone(), seat.managed.clone(), seat.poke.clone());
        Self { exchange, place, managed, poke, reading: None }
    }

    fn begin(&self) -> Option<Reading> {
        let Place { attempt, number, .. } = self.place;
        let tickets = self.exchange.receive(attempt, number, &self.poke)?;
        let spec = &self.exchange.spec;
        let (target, _) = spec.route.target_of(number, spec.receivers);
        let partitions = tickets.iter().map(|ticket| ticket.partition().clone());
        Some(Reading { rows: Gathered::new(partitions, target, &self.managed), _tickets: tickets })
    }
}

impl Source for ExchangeSource {
    fn poll(&mut self, cx: &mut Cx<'_>) -> Result<Poll, Failure> {
        if self.reading.is_none() {
            self.reading = self.begin();
        }
        let Some(reading) = &mut self.reading else { return Ok(Poll::Wait) };
        while cx.may_go_on() {
            match reading.rows.next() {
                Some(batch) => cx.send(batch?)?,
                None => return Ok(Poll::End),
            }
        }
        Ok(Poll::More)
    }
}
