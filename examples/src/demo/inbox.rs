//! The receiving side of the exchange: views become batches, as few and as large as what has come allows.
//!
//! Thin: `shuffle` will do this. A view that continues the previous one of its sender is read together with it;
//! the further behind the receiver is, the larger its batches.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use memory::View;

use super::aggregation::Aggregation;
use super::exchange::Parcel;
use super::failure::Failure;
use super::job::Counters;

/// Parcels that may wait for a receiver: with segments of 32 KiB not more than 2 MiB of rows, a core's cache.
pub(crate) const PARCELS_MAX: usize = 64;

/// How long a subtask that has nothing to do waits for a parcel before it looks for a segment again.
const LOOK_AGAIN: Duration = Duration::from_micros(50);

/// Counts the subtasks that may still hold segments of others, for as long as it lives.
#[derive(Debug)]
pub(crate) struct Receiving(Arc<AtomicUsize>);

impl Receiving {
    pub(crate) fn count(receiving: &Arc<AtomicUsize>) -> Self {
        receiving.fetch_add(1, Ordering::Relaxed);
        Self(receiving.clone())
    }
}

impl Drop for Receiving {
    fn drop(&mut self) {
        // Release: who sees that nobody receives any more also sees the segments that were returned.
        self.0.fetch_sub(1, Ordering::Release);
    }
}

pub(crate) struct Inbox {
    // In this order they are dropped: who receives no more holds no parcel.
    parcels: Receiver<Parcel>,
    /// By sender, views that may still be continued.
    waiting: Vec<Option<View>>,
    batches: u64,
    aggregation: Aggregation,
    counters: Arc<Counters>,
    _receiving: Receiving,
}

impl Inbox {
    pub(crate) fn open(
        (parcels, receiving): (Receiver<Parcel>, Receiving),
        senders: usize,
        aggregation: Aggregation,
        counters: Arc<Counters>,
    ) -> Self {
        let waiting = std::iter::repeat_with(|| None).take(senders).collect();
        Self { parcels, waiting, batches: 0, aggregation, counters, _receiving: receiving }
    }

    /// Receives what is there; if that is nothing, waits a moment for something.
    pub(crate) fn receive_or_wait(&mut self) -> Result<(), Failure> {
        match self.parcels.recv_timeout(LOOK_AGAIN) {
            Ok(parcel) => self.take(parcel)?,
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
        }
        self.receive()
    }

    /// Receives what is there.
    pub(crate) fn receive(&mut self) -> Result<(), Failure> {
        // Bounded, so that siblings which send as fast as this receives cannot keep it here.
        for _ in 0..PARCELS_MAX {
            let Ok(parcel) = self.parcels.try_recv() else { break };
            self.take(parcel)?;
        }
        for sender in 0..self.waiting.len() {
            self.read(sender)?;
        }
        Ok(())
    }

    /// Receives until no sender is left. What was aggregated is the aggregation's to tell, how many batches
    /// that took is this one's.
    pub(crate) fn finish(mut self) -> Result<(Aggregation, u64), Failure> {
        while let Ok(parcel) = self.parcels.recv() {
            self.take(parcel)?;
            self.receive()?;
        }
        Ok((self.aggregation, self.batches))
    }

    fn take(&mut self, Parcel { sender, view }: Parcel) -> Result<(), Failure> {
        if let Some(before) = &mut self.waiting[sender]
            && before.absorb(&view)
        {
            return Ok(());
        }
        self.read(sender)?;
        self.waiting[sender] = Some(view);
        Ok(())
    }

    /// Aggregates what waits from this sender.
    fn read(&mut self, sender: usize) -> Result<(), Failure> {
        let Some(view) = self.waiting[sender].take() else { return Ok(()) };
        self.aggregation.add(&view.batch())?;
        self.batches += 1;
        self.counters.aggregated(view.rows() as u64);
        Ok(())
    }
}
