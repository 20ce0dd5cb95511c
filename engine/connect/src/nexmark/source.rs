//! The source: which events a subtask makes, and when.
//!
//! Subtask `w` of `W` makes the epochs `e` with `e mod W = w`, in their order. Epochs are the stripes of a generator's lanes,
//! so what is left of them goes to any number of successors.
//!
//! Keeps the next number of each lane and how many events it has made.

use std::sync::Arc;

use memory::Batch;
use operators::{Cx, Poll, Source};
use runtime::subtask::{Failure, Seat};
use state::{Restore, Snapshot};

use super::columns::Columns;
use super::kind::EPOCH;
use super::spec::NexmarkSpec;
use crate::bound::{BATCH_ROWS, NEXMARK_EVENTS_MAX};
use crate::generator::{Lanes, Pace};

/// Makes events of an auction.
pub struct Nexmark {
    columns: Arc<Columns>,
    lanes: Lanes,
    pace: Option<Pace>,
    /// Rows of an epoch.
    epoch_rows: usize,
}

impl Nexmark {
    /// What makes the subtasks of a source: a maker of a chain calls it with its seat.
    pub fn open(
        spec: NexmarkSpec,
    ) -> impl Fn(&Seat) -> Result<Box<dyn Source>, Failure> + Send + Sync + 'static {
        let checked = spec.check().map(|()| Arc::new(Columns::new(spec)));
        move |seat| {
            let columns = checked.clone().map_err(|error| Failure::lasting(error.to_string()))?;
            let (number, parallelism) = (seat.place.number.into(), seat.place.parallelism.into());
            let spec = columns.spec();
            let events = spec.events.unwrap_or(NEXMARK_EVENTS_MAX);
            let rows = spec.kinds.iter().map(|kind| kind.places().count());
            Ok(Box::new(Self {
                lanes: Lanes::of_width(EPOCH, number, parallelism, Some(events)),
                pace: spec.pace.map(|pace| Pace::share(pace, number, parallelism)),
                epoch_rows: rows.sum(),
                columns,
            }))
        }
    }

    /// How many events may leave now. With none, it is woken when there are some.
    fn allowed(&mut self, cx: &mut Cx<'_>) -> u64 {
        let Some(pace) = &mut self.pace else { return u64::MAX };
        let now_ns = cx.now_ns();
        let allowed = pace.due(now_ns);
        if allowed == 0 {
            cx.wake_at_ns(pace.next_ns(now_ns));
        }
        allowed
    }

    /// Makes the next batch, of so many events at most, and says how many they were.
    fn next(&mut self, allowed: u64) -> (u64, Batch) {
        let mut events = self.columns.events();
        let mut left = allowed;
        while left > 0 && !self.lanes.is_empty() {
            // As many events as an epoch has are as many rows, wherever they begin.
            let epochs = BATCH_ROWS.saturating_sub(events.rows()) / self.epoch_rows;
            if epochs == 0 {
                break;
            }
            let numbers = self.lanes.take(left.min(epochs as u64 * EPOCH));
            left -= numbers.end - numbers.start;
            events.push(numbers);
        }
        (allowed - left, Batch::new(self.columns.batch(&events)))
    }
}

impl Source for Nexmark {
    fn poll(&mut self, cx: &mut Cx<'_>) -> Result<Poll, Failure> {
        while cx.may_go_on() {
            if self.lanes.is_empty() {
                return Ok(Poll::End);
            }
            let allowed = self.allowed(cx);
            if allowed == 0 {
                return Ok(Poll::Wait);
            }
            let (made, batch) = self.next(allowed);
            if let Some(pace) = &mut self.pace {
                pace.sent(made);
            }
            cx.send(batch)?;
        }
        Ok(Poll::More)
    }

    fn save(&mut self, to: &mut Snapshot) -> Result<(), Failure> {
        self.lanes.save(to);
        Ok(())
    }

    fn load(&mut self, from: &Restore) -> Result<(), Failure> {
        self.lanes.load(from);
        Ok(())
    }
}
