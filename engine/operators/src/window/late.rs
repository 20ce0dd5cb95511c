//! What came too late.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::accumulators::Accumulators;

/// The accumulator that counts rows which were dropped, as in Flink.
pub const DROPPED: &str = "numLateRecordsDropped";

/// Figures of the rows that came when all of their windows were gone. A copy shows the same, from any thread.
#[derive(Clone, Debug, Default)]
pub struct Late {
    rows: Arc<AtomicU64>,
    lateness_max_ms: Arc<AtomicU64>,
}

impl Late {
    /// How many there were, whether they were dropped or went to a side output.
    pub fn rows(&self) -> u64 {
        self.rows.load(Ordering::Relaxed)
    }

    /// How far the latest of them was behind the watermark, in milliseconds.
    pub fn lateness_max_ms(&self) -> u64 {
        self.lateness_max_ms.load(Ordering::Relaxed)
    }
}

/// Counts late rows of one operator; dropped ones are made known once a turn.
#[derive(Debug, Default)]
pub(crate) struct LateCount {
    figures: Late,
    dropped: i64,
}

impl LateCount {
    pub(crate) fn of(figures: &Late) -> Self {
        Self { figures: figures.clone(), dropped: 0 }
    }

    /// A row of this time has come too late, and nobody asks for it.
    pub(crate) fn note(&mut self, time: i64, watermark: i64, is_dropped: bool) {
        self.figures.rows.fetch_add(1, Ordering::Relaxed);
        self.figures.lateness_max_ms.fetch_max(watermark.abs_diff(time), Ordering::Relaxed);
        self.dropped += i64::from(is_dropped);
    }

    pub(crate) fn publish(&mut self, accumulators: &Accumulators) {
        if self.dropped > 0 {
            accumulators.add(DROPPED, std::mem::take(&mut self.dropped));
        }
    }
}
