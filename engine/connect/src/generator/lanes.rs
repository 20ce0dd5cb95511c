//! Which numbers a subtask of a generator makes.
//!
//! ```text
//!   numbers  0 ─── w ── 2w ── 3w ── 4w ── 5w ── 6w       stripes of w numbers, w ≤ 1024
//!   lane       0     1     2     0     1     2           dealt out in turn, here to three lanes
//! ```
//!
//! A subtask begins with one lane. What is left of it is written down as several, at least 128 of all subtasks together: what
//! is left of a lane is one number, and lanes are what is dealt out again when a job goes on with other subtasks than it
//! was stopped with. With few numbers stripes are narrower, so that all of those have some.
//!
//! Keeps the next number of each lane. Never gives a number twice.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::ops::Range;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::UInt64Type;
use arrow_array::{ArrayRef, RecordBatch, UInt64Array};
use arrow_schema::{DataType, Field, Schema};
use state::{Redistribution, Restore, Snapshot};

use crate::bound::{GENERATED_ROWS, LANES_LEAST};

/// The name of the state.
const LANES: &str = "lanes";

/// The lanes of a subtask, the one with the least number first.
#[derive(Debug)]
pub(crate) struct Lanes {
    lanes: BinaryHeap<Reverse<Lane>>,
    /// As how many they are written down, at least.
    least: u64,
}

/// A lane that has not ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Lane {
    next: u64,
    /// Numbers of a stripe.
    width: u64,
    /// From the beginning of one stripe to that of the next one.
    stride: u64,
    /// Where all numbers end.
    end: u64,
}

impl Lanes {
    /// Those of the subtask `number` of `parallelism`, of `count` numbers or of all there are.
    pub(crate) fn share(number: u64, parallelism: u64, count: Option<u64>) -> Self {
        let lanes = LANES_LEAST.div_ceil(parallelism) * parallelism;
        let width = count.unwrap_or(u64::MAX).div_ceil(lanes).clamp(1, GENERATED_ROWS);
        Self::of_width(width, number, parallelism, count)
    }

    /// The same with stripes of so many numbers: stripe `s` is made by the subtask `s` modulo `parallelism`.
    pub(crate) fn of_width(width: u64, number: u64, parallelism: u64, count: Option<u64>) -> Self {
        let end = count.unwrap_or(u64::MAX);
        let lane = Lane { next: number * width, width, stride: parallelism * width, end };
        let lanes = Some(lane).filter(|lane| lane.next < end).into_iter().map(Reverse).collect();
        Self { lanes, least: LANES_LEAST.div_ceil(parallelism) }
    }

    /// Whether all numbers are made.
    pub(crate) fn is_empty(&self) -> bool {
        self.lanes.is_empty()
    }

    /// The next numbers, `most` at most and one at least. Where lanes lie beside each other they go together.
    ///
    /// # Panics
    ///
    /// If there are none.
    pub(crate) fn take(&mut self, most: u64) -> Range<u64> {
        let first = self.lanes.peek().expect("somebody has looked").0.next;
        let mut taken = first..first;
        while let Some(Reverse(lane)) = self.lanes.peek().copied()
            && lane.next == taken.end
            && taken.end - first < most
        {
            self.lanes.pop();
            let stripe_end = (lane.next - lane.next % lane.width).saturating_add(lane.width).min(lane.end);
            taken.end = stripe_end.min(lane.next.saturating_add(most - (taken.end - first)));
            self.lanes.extend(lane.after(taken.end).map(Reverse));
        }
        taken
    }

    pub(crate) fn save(&self, to: &mut Snapshot) {
        let into = self.least.div_ceil(self.lanes.len().max(1) as u64);
        let lanes: Vec<Lane> = self.lanes.iter().flat_map(|Reverse(lane)| lane.split(into)).collect();
        let column = |name: &str, of: fn(&Lane) -> u64| -> (Field, ArrayRef) {
            let values = lanes.iter().map(of);
            (Field::new(name, DataType::UInt64, false), Arc::new(UInt64Array::from_iter_values(values)))
        };
        let columns = [
            column("next", |lane| lane.next),
            column("width", |lane| lane.width),
            column("stride", |lane| lane.stride),
            column("end", |lane| lane.end),
        ];
        let (fields, columns): (Vec<Field>, Vec<ArrayRef>) = columns.into_iter().unzip();
        let rows =
            RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).expect("columns of one length");
        to.rows(LANES, Redistribution::Split, rows);
    }

    /// Instead of these, what predecessors have left. With nothing all is made, or others have it.
    pub(crate) fn load(&mut self, from: &Restore) {
        let lanes = from.rows(LANES).flat_map(|rows| {
            let value = |column: usize, row| rows.column(column).as_primitive::<UInt64Type>().value(row);
            let lane = move |row| Lane {
                next: value(0, row),
                width: value(1, row),
                stride: value(2, row),
                end: value(3, row),
            };
            (0..rows.num_rows()).map(lane)
        });
        self.lanes = lanes.map(Reverse).collect();
    }
}

impl Lane {
    /// The same numbers as so many lanes, without those that have none.
    fn split(self, into: u64) -> impl Iterator<Item = Self> {
        let begin = self.next - self.next % self.width;
        let part = move |number: u64| {
            let next = begin.saturating_add(number.saturating_mul(self.stride)).max(self.next);
            Self { next, stride: self.stride.saturating_mul(into), ..self }
        };
        (0..into).map(part).filter(move |part| part.next < self.end)
    }

    /// The same lane when all below `next` is made, unless it has ended.
    fn after(self, next: u64) -> Option<Self> {
        let is_whole = next.is_multiple_of(self.width);
        let next = if is_whole { next.checked_add(self.stride - self.width)? } else { next };
        (next < self.end).then_some(Self { next, ..self })
    }
}

#[cfg(test)]
mod tests {
    use memory::KeyGroups;
    use state::redistribute;

    use super::*;

    fn drain(lanes: &mut Lanes, most: u64, into: &mut Vec<u64>) {
        while !lanes.is_empty() {
            let taken = lanes.take(most);
            assert!((1..=most).contains(&(taken.end - taken.start)), "{taken:?} of {most}");
            into.extend(taken);
        }
    }

    #[test]
    fn each_number_is_made_once() {
        for count in [0, 1, 100, 127, 128, 129, 5_000, 131_072, 131_073, 200_000] {
            for parallelism in [1, 2, 3, 7, 200] {
                let mut made = Vec::new();
                for number in 0..parallelism {
                    let from = made.len();
                    drain(&mut Lanes::share(number, parallelism, Some(count)), 1000, &mut made);
                    assert!(made[from..].is_sorted());
                }
                made.sort_unstable();
                assert!(made == (0..count).collect::<Vec<_>>(), "{count} for {parallelism}");
            }
        }
    }

    #[test]
    fn shares_differ_by_little() {
        for (count, parallelism) in [(10_000, 4), (1_000_000, 3), (1_000_000, 7)] {
            let share = |number| {
                let mut made = Vec::new();
                drain(&mut Lanes::share(number, parallelism, Some(count)), 1024, &mut made);
                made.len() as u64
            };
            let shares: Vec<u64> = (0..parallelism).map(share).collect();
            let fair = count / parallelism;
            assert!(shares.iter().all(|share| share.abs_diff(fair) * 20 <= fair), "{shares:?}");
        }
    }

    #[test]
    fn one_subtask_makes_whole_batches() {
        let mut lanes = Lanes::share(0, 1, Some(10_000));
        assert_eq!([lanes.take(1024), lanes.take(10), lanes.take(1024)], [0..1024, 1024..1034, 1034..2058]);
    }

    #[test]
    fn the_last_number_there_is_ends_it() {
        // The last stripe there is, and the one before it, whose lane would have its next one beyond.
        for (first, last) in [(u64::MAX - 1023, u64::MAX), (u64::MAX - 2047, u64::MAX - 1023)] {
            let lane = Lane { next: first, width: 1024, stride: 128 * 1024, end: u64::MAX };
            let mut lanes = Lanes { lanes: BinaryHeap::from([Reverse(lane)]), least: 1 };
            assert_eq!([lanes.take(10), lanes.take(2000)], [first..first + 10, first + 10..last]);
            assert!(lanes.is_empty());
        }
    }

    #[test]
    fn what_is_left_is_dealt_out_to_any_number_of_successors() {
        let stops: [&[u32]; 7] = [&[1, 1], &[1, 3], &[3, 2], &[2, 200], &[200, 1], &[1, 3, 1, 7], &[1, 1, 1]];
        for parallelisms in stops {
            let all = |parallelism: u32| {
                let share = move |number| Lanes::share(number, parallelism.into(), Some(300_000));
                (0..parallelism.into()).map(share).collect::<Vec<Lanes>>()
            };
            let (mut made, mut lanes) = (Vec::new(), all(parallelisms[0]));
            for successors in &parallelisms[1..] {
                let snapshots: Vec<Snapshot> =
                    lanes.iter_mut().map(|lanes| some_of(lanes, &mut made)).collect();
                lanes = all(*successors);
                let restores = redistribute(&snapshots, KeyGroups::new(1024), *successors);
                lanes.iter_mut().zip(&restores).for_each(|(lanes, restore)| lanes.load(restore));
            }
            lanes.iter_mut().for_each(|lanes| drain(lanes, 1024, &mut made));
            made.sort_unstable();
            assert!(made == (0..300_000).collect::<Vec<_>>(), "{parallelisms:?}");
        }
    }

    /// Takes numbers forty times, and writes down where that has ended.
    fn some_of(lanes: &mut Lanes, made: &mut Vec<u64>) -> Snapshot {
        for turn in 0..40 {
            if !lanes.is_empty() {
                made.extend(lanes.take(turn * 37 % 1024 + 1));
            }
        }
        let mut snapshot = Snapshot::default();
        lanes.save(&mut snapshot);
        snapshot
    }
}
