//! Who lets the rows of a load go: a key each, and a number beside it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use memory::Batch;
use millstream::operators::{Cx, Poll, Source};
use millstream::record::schema_of;
use millstream::runtime::subtask::Failure;

use super::load::{KEYS, Load, of};

/// Rows of a batch at full load: those of a topic that is not behind. They are gathered, so the timeout has something to say.
pub(crate) const BATCH_ROWS: u64 = 128;
/// Rows that are due at the same look leave together, but no more than these.
const TOGETHER: u64 = 1024;
/// Batches that follow each other before the first comes again: each key as often as every other.
const CYCLE: u64 = KEYS / 16;
/// From the first look to the first row.
const LEAD_NS: u64 = 1_000_000;

/// The number beside the key.
#[derive(Clone, Debug)]
pub(crate) enum Stamp {
    /// When the row was due, by the clock of cores.
    Due,
    /// The same in milliseconds from the first row on, and here is when that was due.
    EventTime(Arc<AtomicU64>),
}

/// Batches again and again, made beforehand.
pub(super) struct Full {
    batches: Vec<RecordBatch>,
    next: u64,
    count: u64,
}

impl Full {
    pub(super) fn new(count: u64) -> Self {
        let schema = schema_of::<(i64, i64)>();
        let batch = |number: u64| of(&schema, number * BATCH_ROWS..(number + 1) * BATCH_ROWS, |_| 0);
        Self { batches: (0..CYCLE).map(batch).collect(), next: 0, count }
    }
}

impl Source for Full {
    fn poll(&mut self, cx: &mut Cx<'_>) -> Result<Poll, Failure> {
        while cx.may_go_on() {
            if self.next == self.count {
                return Ok(Poll::End);
            }
            let turn = usize::try_from(self.next % CYCLE).expect("below the number of batches");
            self.next += 1;
            cx.send(Batch::new(self.batches[turn].clone()))?;
        }
        Ok(Poll::More)
    }
}

/// Each row when it is due, or as soon after as it is let.
pub(super) struct Paced {
    schema: SchemaRef,
    load: Load,
    stamp: Stamp,
    sent: u64,
    /// When the first one is due.
    began_ns: Option<u64>,
}

impl Paced {
    pub(super) fn new(load: Load, stamp: Stamp) -> Self {
        Self { schema: schema_of::<(i64, i64)>(), load, stamp, sent: 0, began_ns: None }
    }

    fn begin(&mut self, now_ns: u64) -> u64 {
        let began_ns = now_ns + LEAD_NS;
        if let Stamp::EventTime(began) = &self.stamp {
            began.store(began_ns, Ordering::Relaxed);
        }
        self.began_ns = Some(began_ns);
        began_ns
    }
}

impl Source for Paced {
    fn poll(&mut self, cx: &mut Cx<'_>) -> Result<Poll, Failure> {
        let load = self.load;
        while cx.may_go_on() {
            if self.sent == load.rows {
                return Ok(Poll::End);
            }
            let now_ns = cx.now_ns();
            let began_ns = match self.began_ns {
                Some(began_ns) => began_ns,
                None => self.begin(now_ns),
            };
            let due = now_ns.checked_sub(began_ns).map_or(0, |passed_ns| load.due(passed_ns));
            let until = due.min(self.sent + TOGETHER);
            if until <= self.sent {
                cx.wake_at_ns(began_ns + load.due_ns(self.sent));
                return Ok(Poll::Wait);
            }
            let numbers = self.sent..until;
            let rows = match self.stamp {
                Stamp::Due => of(&self.schema, numbers, |row| began_ns + load.due_ns(row)),
                Stamp::EventTime(_) => of(&self.schema, numbers, |row| load.due_ms(row)),
            };
            self.sent = until;
            cx.send(Batch::new(rows))?;
        }
        Ok(Poll::More)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_come_again_when_every_key_has_come_as_often() {
        assert_eq!(CYCLE * BATCH_ROWS % KEYS, 0);
    }
}
