//! A partition whose rows go where a route says: the producer's end of a blocking edge.

use std::ops::Range;
use std::sync::Arc;

use memory::{Batch, Envelope, Lease, SpillDirectories};

use super::partition::Partition;
use super::writer::PartitionWriter;
use crate::error::Error;
use crate::route::{Route, Routed, Router, Spread, pieces};

/// A partition being written by the routes of one sender.
///
/// What is broadcast is written once, and all receivers read it.
pub struct RoutedWriter {
    writer: PartitionWriter,
    router: Router,
    spread: Spread,
    /// The targets that the router's ways lead to.
    ways: Range<u32>,
    targets: Vec<u32>,
}

impl Route {
    /// Which target of a partition whose rows go this way a receiver reads, and how many there are.
    pub fn target_of(&self, receiver: u32, receivers: u32) -> (u32, u32) {
        match self {
            Self::Broadcast => (0, 1),
            _ => (receiver, receivers),
        }
    }
}

impl RoutedWriter {
    /// The writer of sender `sender` out of `senders`, for `receivers`.
    ///
    /// # Errors
    ///
    /// As [`PartitionWriter::open`].
    pub fn open(
        spills: Arc<SpillDirectories>,
        envelope: Envelope,
        route: &Route,
        (sender, senders, receivers): (u32, u32, u32),
        lease: &Lease,
    ) -> Result<Self, Error> {
        let (_, targets) = route.target_of(0, receivers);
        let connected = route.connects(sender, senders, receivers);
        let ways = if targets == receivers { connected } else { 0..targets };
        Ok(Self {
            writer: PartitionWriter::open(spills, envelope, targets, lease)?,
            router: Router::new(route, ways.len()),
            spread: Spread::default(),
            ways,
            targets: Vec::new(),
        })
    }

    /// Takes the rows that count.
    ///
    /// # Errors
    ///
    /// As [`PartitionWriter::write`], but that some of the batch may have been taken: the writer is of no use then. What a
    /// user's partitioner has done wrong.
    pub fn write(&mut self, batch: Batch) -> Result<(), Error> {
        for piece in pieces(batch, self.router.piece_rows()) {
            // On disk every target has the same room, so rows are dealt out in turn.
            let (piece, routed) = self.router.route(piece, &mut self.spread, |_| 0)?;
            self.targets.clear();
            match routed {
                Routed::Whole(way) => self.targets.resize(piece.rows(), self.target(way)),
                Routed::Spread(spread) => {
                    let first = self.ways.start;
                    self.targets.extend(spread.targets_of_rows().iter().map(|way| first + way));
                    self.spread = spread;
                }
            }
            self.writer.write(&piece, &self.targets)?;
        }
        Ok(())
    }

    /// Turns the partition over to its consumers.
    ///
    /// # Errors
    ///
    /// As [`PartitionWriter::finish`].
    pub fn finish(self) -> Result<Partition, Error> {
        self.writer.finish()
    }

    fn target(&self, way: usize) -> u32 {
        self.ways.start + u32::try_from(way).expect("receivers have numbers of 32 bits")
    }
}
