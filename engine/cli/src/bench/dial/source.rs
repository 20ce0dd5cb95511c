//! The rows that are counted: a key, and when the row was due.
//!
//! At full load the source hands out batches that were made beforehand; at a rate every row has a time that follows from its
//! number and the beginning, whether or not it was let go then. So a row that was held up counts as late (no coordinated
//! omission).

use std::sync::Arc;

use arrow_array::{Int64Array, RecordBatch};
use arrow_schema::SchemaRef;
use memory::Batch;
use millstream::operators::{Cx, Poll, Source};
use millstream::record::schema_of;
use millstream::runtime::subtask::Failure;

/// So many keys, all as often.
pub(super) const KEYS: u64 = 10_000;
/// Rows of a batch at full load: those of a topic that is not behind. They are gathered, so the timeout has something to say.
pub(super) const BATCH_ROWS: u64 = 128;
/// Rows of so long are not recorded.
pub(super) const WARM_UP_SECONDS: u64 = 1;
/// Rows that are due at the same look leave together, but no more than these.
const TOGETHER: u64 = 1024;
/// Batches that follow each other before the first comes again: each key as often as every other.
const CYCLE: u64 = KEYS / 16;
/// From the first look to the first row.
const LEAD_NS: u64 = 1_000_000;
const SECOND_NS: u64 = 1_000_000_000;

/// How many rows come, and when.
#[derive(Clone, Copy, Debug)]
pub(super) struct Load {
    pub(super) rows: u64,
    /// Rows a second; as many as go through, if none.
    rate: Option<u64>,
}

impl Load {
    /// As fast as they are taken: at least so many, in whole batches.
    pub(super) fn full(rows: u64) -> Self {
        Self { rows: rows.div_ceil(BATCH_ROWS) * BATCH_ROWS, rate: None }
    }

    /// Each at its time.
    pub(super) fn paced(rate: u64, seconds: f64) -> Self {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "both are bounded")]
        let recorded = (rate as f64 * seconds).round() as u64;
        Self { rows: rate * WARM_UP_SECONDS + recorded.max(1), rate: Some(rate) }
    }

    /// So many of the first rows are not recorded.
    pub(super) fn silent(self) -> u64 {
        self.rate.map_or(0, |rate| rate * WARM_UP_SECONDS)
    }

    /// What all updates of the count add up to: those of a key that comes n times are 1 to n.
    pub(super) fn sum_of_counts(self) -> u64 {
        let (times, rest) = (self.rows / KEYS, self.rows % KEYS);
        let sum = |times: u64| times * (times + 1) / 2;
        sum(times + 1) * rest + sum(times) * (KEYS - rest)
    }

    /// The source of them.
    pub(super) fn source(self) -> Box<dyn Source> {
        let schema = schema_of::<(i64, i64)>();
        match self.rate {
            Some(rate) => Box::new(Paced { schema, rate, rows: self.rows, sent: 0, began_ns: None }),
            None => {
                let batch = |number: u64| of(&schema, number * BATCH_ROWS..(number + 1) * BATCH_ROWS, |_| 0);
                Box::new(Full {
                    batches: (0..CYCLE).map(batch).collect(),
                    next: 0,
                    count: self.rows / BATCH_ROWS,
                })
            }
        }
    }
}

/// The rows of these numbers. Keys come in turn, but far from each other.
fn of(schema: &SchemaRef, numbers: std::ops::Range<u64>, due_ns: impl Fn(u64) -> u64) -> RecordBatch {
    let key = |number: u64| (number % KEYS * 7_919 % KEYS).cast_signed();
    let keys = Int64Array::from_iter_values(numbers.clone().map(key));
    let dues = Int64Array::from_iter_values(numbers.map(|number| due_ns(number).cast_signed()));
    RecordBatch::try_new(schema.clone(), vec![Arc::new(keys), Arc::new(dues)])
        .expect("two columns of one length")
}

/// Batches again and again.
struct Full {
    batches: Vec<RecordBatch>,
    next: u64,
    count: u64,
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
struct Paced {
    schema: SchemaRef,
    rate: u64,
    rows: u64,
    sent: u64,
    /// When the first one is due.
    began_ns: Option<u64>,
}

impl Paced {
    fn due_ns(&self, began_ns: u64, row: u64) -> u64 {
        began_ns + row * SECOND_NS / self.rate
    }

    /// How many rows are due so long after the first one.
    fn due(&self, passed_ns: u64) -> u64 {
        let due = u128::from(passed_ns) * u128::from(self.rate) / u128::from(SECOND_NS) + 1;
        u64::try_from(due).unwrap_or(u64::MAX).min(self.rows)
    }
}

impl Source for Paced {
    fn poll(&mut self, cx: &mut Cx<'_>) -> Result<Poll, Failure> {
        while cx.may_go_on() {
            if self.sent == self.rows {
                return Ok(Poll::End);
            }
            let now_ns = cx.now_ns();
            let began_ns = *self.began_ns.get_or_insert(now_ns + LEAD_NS);
            let due = now_ns.checked_sub(began_ns).map_or(0, |passed_ns| self.due(passed_ns));
            let until = due.min(self.sent + TOGETHER);
            if until <= self.sent {
                cx.wake_at_ns(self.due_ns(began_ns, self.sent));
                return Ok(Poll::Wait);
            }
            let rows = of(&self.schema, self.sent..until, |row| self.due_ns(began_ns, row));
            self.sent = until;
            cx.send(Batch::new(rows))?;
        }
        Ok(Poll::More)
    }
}

#[cfg(test)]
mod tests {
    use arrow_array::cast::AsArray;
    use arrow_array::types::Int64Type;

    use super::*;

    #[test]
    fn the_sum_of_all_counts_is_that_of_counting() {
        for rows in [1, 127, 9_999, 10_000, 10_001, 25_000] {
            let batch = of(&schema_of::<(i64, i64)>(), 0..rows, |row| row);
            let mut counts = std::collections::BTreeMap::new();
            let mut sum = 0;
            for key in batch.column(0).as_primitive::<Int64Type>().values() {
                let count = counts.entry(*key).or_insert(0);
                *count += 1;
                sum += *count;
            }
            assert_eq!(Load { rows, rate: None }.sum_of_counts(), sum, "{rows}");
        }
    }

    #[test]
    fn batches_come_again_when_every_key_has_come_as_often() {
        assert_eq!(CYCLE * BATCH_ROWS % KEYS, 0);
        assert_eq!(Load::full(1).rows, BATCH_ROWS);
        assert_eq!(Load::paced(1000, 0.5).rows, 1500);
    }
}
