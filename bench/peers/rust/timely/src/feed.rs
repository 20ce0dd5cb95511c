//! Events into a dataflow: each worker makes those of every so many-th epoch, in small batches, with the watermark behind.
//!
//! ```text
//!   epochs     0  2  4 │ 6  8 10 │ …      worker 0 of 2
//!   time          w₀        w₁            of their rows: the watermark before them
//!   watermark        w₁        w₂         the last event's time, less four seconds
//! ```

use std::collections::VecDeque;

use peer::{Auction, Bid, Corpus, Epoch, Person};
use timely::container::CapacityContainerBuilder;
use timely::dataflow::operators::Input;
use timely::dataflow::{InputHandle, Scope, StreamVec};
use timely::worker::Worker;

use crate::job::Job;
use crate::sink::Output;

/// Epochs of fifty events that a worker makes at once.
pub(crate) const EPOCHS: u64 = 64;
/// So many batches may be on their way before a worker waits for the others.
const UNDER_WAY: usize = 16;
/// How far the watermark is behind.
const LATENESS_MS: u64 = 4000;

type Handle<T> = InputHandle<u64, CapacityContainerBuilder<Vec<T>>>;

/// Something that is made of events.
trait Source {
    fn make(&mut self, epoch: &Epoch);
    fn advance(&mut self, time: u64);
}

/// The sources of a dataflow.
#[derive(Default)]
pub(crate) struct Sources(Vec<Box<dyn Source>>);

struct Of<T: Clone + 'static, M> {
    handle: Handle<T>,
    make: M,
}

impl<T: Clone + 'static, M: FnMut(&Epoch, &mut Handle<T>)> Source for Of<T, M> {
    fn make(&mut self, epoch: &Epoch) {
        (self.make)(epoch, &mut self.handle);
    }

    fn advance(&mut self, time: u64) {
        self.handle.advance_to(time);
    }
}

impl Sources {
    /// A row of each bid.
    pub(crate) fn bids<'a, T: Clone + 'static>(
        &mut self,
        scope: Scope<'a, u64>,
        row: impl Fn(&Bid<'_>) -> T + 'static,
    ) -> StreamVec<'a, u64, T> {
        self.add(scope, move |epoch, handle| epoch.bids().for_each(|bid| handle.send(row(&bid))))
    }

    /// A row of each auction.
    pub(crate) fn auctions<'a, T: Clone + 'static>(
        &mut self,
        scope: Scope<'a, u64>,
        row: impl Fn(&Auction<'_>) -> T + 'static,
    ) -> StreamVec<'a, u64, T> {
        self.add(scope, move |epoch, handle| epoch.auctions().for_each(|auction| handle.send(row(&auction))))
    }

    /// A row of each person.
    pub(crate) fn persons<'a, T: Clone + 'static>(
        &mut self,
        scope: Scope<'a, u64>,
        row: impl Fn(&Person) -> T + 'static,
    ) -> StreamVec<'a, u64, T> {
        self.add(scope, move |epoch, handle| handle.send(row(&epoch.person())))
    }

    fn add<'a, T: Clone + 'static>(
        &mut self,
        scope: Scope<'a, u64>,
        make: impl FnMut(&Epoch, &mut Handle<T>) + 'static,
    ) -> StreamVec<'a, u64, T> {
        let mut handle = Handle::new();
        let stream = scope.input_from(&mut handle);
        self.0.push(Box::new(Of { handle, make }));
        stream
    }

    /// Makes all events of this worker, and waits until the last row has come out.
    pub(crate) fn feed(mut self, worker: &mut Worker, job: &Job, output: &Output) {
        let Job { corpus, .. } = job;
        let (index, peers) = (worker.index() as u64, worker.peers() as u64);
        let mut times: VecDeque<u64> = VecDeque::new();
        let mut first = index;
        while first < corpus.epochs() {
            let time = self.batch(corpus, first, peers);
            first += EPOCHS * peers;
            times.push_back(time);
            worker.step();
            if times.len() > UNDER_WAY
                && let Some(oldest) = times.pop_front()
            {
                // Asleep until something comes, for another one may want the processor.
                worker.step_or_park_while(None, || output.is_before(oldest));
            }
        }
        self.0.clear();
        worker.step_or_park_while(None, || !output.is_done());
    }

    /// The epochs from this one on, and the watermark behind them.
    fn batch(&mut self, corpus: &Corpus, first: u64, step: u64) -> u64 {
        let end = (first + EPOCHS * step).min(corpus.epochs());
        let mut time = 0;
        for number in (first..end).step_by(step as usize) {
            let epoch = corpus.epoch(number);
            self.0.iter_mut().for_each(|source| source.make(&epoch));
            time = epoch.end();
        }
        let watermark = time - LATENESS_MS;
        self.0.iter_mut().for_each(|source| source.advance(watermark));
        watermark
    }
}
