//! A row of one input or the other, and its partners.

use record::{Record, RecordReader};
use state::Slot;
use state::keyed::Backend;

use super::bounds::Interval;
use super::{IntervalJoin, STEPS_BETWEEN_QUESTIONS};
use crate::keyed::Place;
use crate::rows::{BATCH_ROWS, Collector};

/// Where it is in a batch.
pub(super) enum At<A: Record, B: Record> {
    Left(A::Reader, Place),
    Right(B::Reader, Place),
}

/// A row.
pub(super) enum One<A, B> {
    Left(A),
    Right(B),
}

impl<A: Record, B: Record> At<A, B> {
    /// The next row, the slot of its key, its time.
    pub(super) fn next(&mut self) -> Option<(Slot, One<A, B>, i64)> {
        let place = match self {
            Self::Left(_, place) | Self::Right(_, place) => place,
        };
        let (row, slot) = place.next()?;
        let time = place.time(row).expect("both inputs have event time");
        Some(match self {
            Self::Left(reader, _) => (slot, One::Left(reader.get(row)), time),
            Self::Right(reader, _) => (slot, One::Right(reader.get(row)), time),
        })
    }
}

/// A row that is being joined, with the partners from `next` to `end`.
pub(super) struct Joining<A, B> {
    slot: Slot,
    time: i64,
    row: One<A, B>,
    next: usize,
    end: usize,
}

impl<A, B, O, F> IntervalJoin<A, B, O, F>
where
    A: Record,
    B: Record,
    O: Record,
    F: FnMut(A, B, &mut Collector<O>) + 'static,
{
    /// A row has come.
    pub(super) fn row(&mut self, slot: Slot, row: One<A, B>, time: i64) {
        if time < self.watermark {
            return self.refuse(slot, row, time);
        }
        let Interval { lower, upper } = self.interval;
        let sides = &mut self.sides[slot as usize];
        if sides.is_empty() {
            self.keyed.hold(slot, true);
        }
        let (partners, until) = match &row {
            One::Left(left) => {
                sides.left.insert(time, left.clone());
                self.tally.left_rows += 1;
                let partners = sides.right.range(time.saturating_add(lower), time.saturating_add(upper));
                (partners, self.interval.left_until(time))
            }
            One::Right(right) => {
                sides.right.insert(time, right.clone());
                self.tally.right_rows += 1;
                let partners = sides.left.range(time.saturating_sub(upper), time.saturating_sub(lower));
                (partners, self.interval.right_until(time))
            }
        };
        if sides.alarm.is_none_or(|alarm| until < alarm) {
            sides.alarm = Some(until);
            self.alarms.set(until, slot);
        }
        self.join(Joining { slot, time, row, next: partners.start, end: partners.end });
    }

    /// Joins a row with its partners until a batch is full.
    pub(super) fn join(&mut self, mut joining: Joining<A, B>) {
        let sides = &self.sides[joining.slot as usize];
        while joining.next < joining.end {
            if self.out.len() >= BATCH_ROWS || self.tally.steps >= STEPS_BETWEEN_QUESTIONS {
                self.joining = Some(joining);
                return;
            }
            self.tally.steps += 1;
            match &joining.row {
                One::Left(left) => {
                    let (time, right) = sides.right.get(joining.next);
                    self.out.set_time(joining.time.max(*time));
                    (self.function)(left.clone(), right.clone(), &mut self.out);
                }
                One::Right(right) => {
                    let (time, left) = sides.left.get(joining.next);
                    self.out.set_time(joining.time.max(*time));
                    (self.function)(left.clone(), right.clone(), &mut self.out);
                }
            }
            joining.next += 1;
        }
    }

    /// A row is late.
    fn refuse(&mut self, slot: Slot, row: One<A, B>, time: i64) {
        if self.sides[slot as usize].is_empty() {
            self.tally.used.push(slot);
        }
        self.out.set_time(time);
        let is_dropped = match (row, &self.late_left, &self.late_right) {
            (One::Left(row), Some(tag), _) => {
                self.out.emit_side(tag, row);
                false
            }
            (One::Right(row), _, Some(tag)) => {
                self.out.emit_side(tag, row);
                false
            }
            _ => true,
        };
        self.late.note(time, self.watermark, is_dropped);
    }
}
