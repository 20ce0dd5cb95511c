//! A blocking edge of a job: its producers end before its consumers begin.
//!
//! ```text
//!   producers ─► ExchangeSink: a partition each, on disk ─► Exchange: who is done? ─► ExchangeSource ─► consumers
//! ```
//!
//! Both ends belong to one worker and meet in memory; the rows do not. What is between them costs a pass over the disk
//! and saves the memory that both stages together would take. Keeps no row.

mod sink;
mod source;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use memory::{Envelope, SpillDirectories};
use operators::{Sink, Source};
use runtime::plane::bridge::Poke;
use runtime::subtask::{Failure, Seat};
use shuffle::{Partition, Route, Ticket};

/// What both ends of the edge are made of.
#[derive(Clone, Debug)]
pub struct ExchangeSpec {
    /// Which rows go where.
    pub route: Route,
    /// Which columns travel.
    pub envelope: Envelope,
    /// How many subtasks write.
    pub senders: u32,
    /// How many read.
    pub receivers: u32,
    /// Where the rows wait.
    pub spills: Arc<SpillDirectories>,
}

/// The edge. A clone is the same one.
#[derive(Clone)]
pub struct Exchange {
    spec: Arc<ExchangeSpec>,
    hall: Arc<Mutex<Hall>>,
}

/// Where senders and receivers of one attempt meet.
#[derive(Default)]
struct Hall {
    attempt: u32,
    /// Senders that are done.
    done: u32,
    /// By sender: what is meant for each receiver, until it comes for it.
    tickets: Vec<Vec<Option<Ticket>>>,
    /// Receivers that wait.
    waiting: Vec<Arc<dyn Poke>>,
}

impl Exchange {
    /// An edge that nobody has written to.
    pub fn new(spec: ExchangeSpec) -> Self {
        Self { spec: Arc::new(spec), hall: Arc::default() }
    }

    /// One of the subtasks that write.
    ///
    /// # Errors
    ///
    /// If there is no memory to write with.
    pub fn sink(&self, seat: &Seat) -> Result<Box<dyn Sink>, Failure> {
        Ok(Box::new(sink::ExchangeSink::open(self.clone(), seat)?))
    }

    /// One of the subtasks that read.
    ///
    /// # Errors
    ///
    /// None; as with every source.
    pub fn source(&self, seat: &Seat) -> Result<Box<dyn Source>, Failure> {
        Ok(Box::new(source::ExchangeSource::open(self.clone(), seat)))
    }

    /// The hall as the subtasks of this attempt find it: what an earlier one has left is gone.
    fn hall(&self, attempt: u32) -> MutexGuard<'_, Hall> {
        // Nobody falls while holding it; if it happened all the same, the job falls too.
        let mut hall = self.hall.lock().unwrap_or_else(PoisonError::into_inner);
        if hall.attempt != attempt {
            *hall = Hall { attempt, ..Hall::default() };
        }
        hall
    }

    /// A sender is done. The last one calls the receivers.
    fn hand_over(&self, attempt: u32, sender: u32, partition: Partition) {
        let mut hall = self.hall(attempt);
        let (senders, receivers) = (self.spec.senders as usize, self.spec.receivers as usize);
        hall.tickets.resize_with(senders, Vec::new);
        hall.tickets[sender as usize] = partition.for_consumers(receivers).into_iter().map(Some).collect();
        hall.done += 1;
        if hall.done == self.spec.senders {
            std::mem::take(&mut hall.waiting).into_iter().for_each(|receiver| receiver.poke());
        }
    }

    /// What all senders have for a receiver, once they are done. Before, it is poked when they are.
    fn receive(&self, attempt: u32, receiver: u32, poke: &Arc<dyn Poke>) -> Option<Vec<Ticket>> {
        let mut hall = self.hall(attempt);
        if hall.done < self.spec.senders {
            if !hall.waiting.iter().any(|waiting| Arc::ptr_eq(waiting, poke)) {
                hall.waiting.push(poke.clone());
            }
            return None;
        }
        let tickets = hall.tickets.iter_mut().map(|of| of[receiver as usize].take());
        Some(tickets.map(|ticket| ticket.expect("a receiver comes once")).collect())
    }
}

#[cfg(test)]
mod tests;
