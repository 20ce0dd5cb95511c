//! How many rows there are, and when each is due.
//!
//! At full load rows come as fast as they are taken; at a rate every row has a time that follows from its number and the beginning,
//! whether or not it was let go then. So a row that was held up counts as late (no coordinated omission).

use std::ops::Range;
use std::sync::Arc;

use arrow_array::{Int64Array, RecordBatch};
use arrow_schema::SchemaRef;
use millstream::operators::Source;

use super::sources::{BATCH_ROWS, Full, Paced, Stamp};

/// So many keys, all as often.
pub(crate) const KEYS: u64 = 10_000;
const SECOND_NS: u64 = 1_000_000_000;
const SECOND_MS: u64 = 1_000;

/// Some rows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Load {
    pub(crate) rows: u64,
    /// Rows a second; as many as go through, if none.
    pub(crate) rate: Option<u64>,
    /// So many of the first rows are not recorded: all of them at full load, for nothing is due then.
    pub(crate) silent: u64,
}

impl Load {
    /// As fast as they are taken: at least so many, in whole batches.
    pub(crate) fn full(rows: u64) -> Self {
        let rows = rows.div_ceil(BATCH_ROWS) * BATCH_ROWS;
        Self { rows, rate: None, silent: rows }
    }

    /// Each at its time, for so many seconds that are recorded after some that are not.
    pub(crate) fn paced(rate: u64, warm_up: f64, seconds: f64) -> Self {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "both are bounded")]
        let rows_of = |seconds: f64| (rate as f64 * seconds).round() as u64;
        let silent = rows_of(warm_up);
        Self { rows: silent + rows_of(seconds).max(1), rate: Some(rate), silent }
    }

    /// When a row is due, from the first one on.
    pub(crate) fn due_ns(self, row: u64) -> u64 {
        self.rate.map_or(0, |rate| row * SECOND_NS / rate)
    }

    /// The same in milliseconds.
    pub(crate) fn due_ms(self, row: u64) -> u64 {
        self.rate.map_or(0, |rate| row * SECOND_MS / rate)
    }

    /// The first row that is not due before so many milliseconds.
    pub(crate) fn first_row(self, milliseconds: u64) -> u64 {
        self.rate.map_or(0, |rate| (milliseconds * rate).div_ceil(SECOND_MS)).min(self.rows)
    }

    /// How many rows are due so long after the first one.
    pub(super) fn due(self, passed_ns: u64) -> u64 {
        let rate = self.rate.unwrap_or(0);
        let due = u128::from(passed_ns) * u128::from(rate) / u128::from(SECOND_NS) + 1;
        u64::try_from(due).unwrap_or(u64::MAX).min(self.rows)
    }

    /// What all updates of a count by key add up to: those of a key that comes n times are 1 to n.
    pub(super) fn sum_of_counts(self) -> u64 {
        let (times, rest) = (self.rows / KEYS, self.rows % KEYS);
        let sum = |times: u64| times * (times + 1) / 2;
        sum(times + 1) * rest + sum(times) * (KEYS - rest)
    }

    /// The source of them: a key, and what `stamp` says.
    pub(crate) fn source(self, stamp: &Stamp) -> Box<dyn Source> {
        match self.rate {
            Some(_) => Box::new(Paced::new(self, stamp.clone())),
            None => Box::new(Full::new(self.rows / BATCH_ROWS)),
        }
    }
}

/// The key of a row: all in turn, but neighbours far from each other.
pub(crate) fn key(row: u64) -> i64 {
    (row % KEYS * 7_919 % KEYS).cast_signed()
}

/// The rows of these numbers.
pub(super) fn of(schema: &SchemaRef, numbers: Range<u64>, stamp: impl Fn(u64) -> u64) -> RecordBatch {
    let keys = Int64Array::from_iter_values(numbers.clone().map(key));
    let stamps = Int64Array::from_iter_values(numbers.map(|number| stamp(number).cast_signed()));
    RecordBatch::try_new(schema.clone(), vec![Arc::new(keys), Arc::new(stamps)])
        .expect("two columns of one length")
}

#[cfg(test)]
mod tests {
    use arrow_array::cast::AsArray;
    use arrow_array::types::Int64Type;
    use millstream::record::schema_of;

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
            assert_eq!(Load { rows, rate: None, silent: 0 }.sum_of_counts(), sum, "{rows}");
        }
    }

    #[test]
    fn rows_are_due_at_times_that_follow_from_their_numbers() {
        assert_eq!(Load::full(1).rows, BATCH_ROWS);
        let load = Load::paced(1000, 1.0, 0.5);
        assert_eq!((load.rows, load.silent), (1500, 1000));
        assert_eq!((load.due_ns(3), load.due_ms(3), load.first_row(3)), (3_000_000, 3, 3));
        assert_eq!([0, 999_999, 1_000_000].map(|passed_ns| load.due(passed_ns)), [1, 1, 2]);
        let slow = Load::paced(300, 0.0, 1.0);
        assert!((0..300).all(|row| slow.first_row(slow.due_ms(row)) <= row));
        assert!((1..300).all(|row| slow.due_ms(slow.first_row(row)) >= row));
    }
}
