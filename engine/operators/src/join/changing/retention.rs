//! Until when rows of a side are kept, where time tells.

use arrow_array::cast::AsArray;
use arrow_array::types::TimestampMillisecondType;
use arrow_array::{Array, RecordBatch};

use crate::layout::{Layout, is_time_type};
use crate::window::alarms::Alarms;

/// How many times rows are forgotten within the time for which they are kept: more cost more, fewer keep them longer.
const TURNS: i64 = 64;

/// A row of a side is forgotten when event time has passed the value of a column by so much. Nothing is taken back then:
/// it is for joins in which no row that comes later, and is not late, has it as a partner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// A `TIMESTAMP(3)` of the side. A row in which it is null is forgotten at once: no bound of time holds for it.
    pub column: usize,
    /// Milliseconds, which may be fewer than none.
    pub after: i64,
}

/// When which rows are forgotten.
pub(super) struct Expiry {
    retention: Retention,
    /// Rows are forgotten at multiples of this.
    grain: i64,
    /// What rings for a row that was taken back since rings for nobody, or for its number's next row.
    alarms: Alarms,
    /// By number.
    due: Vec<i64>,
    watermark: i64,
}

impl Expiry {
    /// For rows of this layout.
    ///
    /// # Panics
    ///
    /// If the column is no time of three digits.
    pub(super) fn new(input: &Layout, retention: Retention) -> Self {
        assert!(is_time_type(input.schema().field(retention.column).data_type()));
        Self {
            retention,
            grain: (retention.after / TURNS).max(1),
            alarms: Alarms::default(),
            due: Vec::new(),
            watermark: i64::MIN,
        }
    }

    /// Until when each of these rows is to be known; `None` for those that need not be known at all.
    pub(super) fn dues(&self, rows: &RecordBatch) -> Vec<Option<i64>> {
        let times = rows.column(self.retention.column).as_primitive::<TimestampMillisecondType>();
        let due = |row: usize| {
            let due = times.is_valid(row).then(|| times.value(row).saturating_add(self.retention.after))?;
            (due > self.watermark).then_some(due)
        };
        (0..rows.num_rows()).map(due).collect()
    }

    /// A row is kept until then.
    pub(super) fn keep(&mut self, number: u32, due: i64) {
        // Somewhat later is as good, and there are fewer times to look at.
        let due = due.saturating_add(self.grain - 1);
        let due = due - due.rem_euclid(self.grain);
        match self.due.get_mut(number as usize) {
            Some(former) => *former = due,
            None => self.due.push(due),
        }
        self.alarms.set(due, number);
    }

    /// Event time has come to this.
    pub(super) fn advance(&mut self, now: i64) {
        self.watermark = self.watermark.max(now);
    }

    /// The next row that is to be forgotten, if it is still there.
    pub(super) fn next(&mut self) -> Option<u32> {
        loop {
            let (at, number) = self.alarms.pop(self.watermark)?;
            if self.due[number as usize] == at {
                return Some(number);
            }
        }
    }

    /// How far a row that leaves when it is forgotten may be behind event time.
    pub(super) fn delay(&self) -> i64 {
        self.retention.after.saturating_add(self.grain).max(0)
    }

    /// About how much memory it takes.
    pub(super) fn bytes(&self) -> usize {
        self.alarms.bytes() + self.due.capacity() * 8
    }
}
