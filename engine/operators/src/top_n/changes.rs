//! What a Top-N has to tell: rows with kinds and ranks, which leave a batch at a time.
//!
//! Keeps places, not rows: a row that was pushed out, or taken back, is still in the store when it is told of.

use std::collections::VecDeque;
use std::sync::Arc;

use arrow_array::{ArrayRef, Int64Array, RecordBatch, TimestampMillisecondArray};
use memory::{Batch, RowKind, RowKinds};
use shuffle::Place;

use super::spec::TopNSpec;
use crate::layout::Layout;
use crate::rows::BATCH_ROWS;
use crate::store::Store;

/// What is to be sent.
pub(super) struct Changes {
    input: Layout,
    output: Layout,
    says: Says,
    /// Whether it is said what stood in a place before another row does.
    tells_former: bool,
    waiting: VecDeque<Change>,
}

/// How rows are known that are said.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Says {
    /// By a key and a rank.
    Ranks,
    /// By a key, which has one of them.
    One,
    /// By all that they say.
    Rows,
}

impl Says {
    fn of(spec: &TopNSpec) -> Self {
        match (&spec.rank, spec.rows) {
            (Some(_), _) => Self::Ranks,
            (None, 1) => Self::One,
            (None, _) => Self::Rows,
        }
    }
}

/// A row to be sent.
#[derive(Clone, Copy)]
struct Change {
    kind: RowKind,
    place: Place,
    /// From 1.
    rank: i64,
    /// When it happened: the event time of the row that has brought it about. Without one, its own.
    time: Option<i64>,
}

impl Changes {
    pub(super) fn new(spec: &TopNSpec) -> Self {
        let (input, output) = (spec.input.clone(), spec.output());
        let (says, tells_former) = (Says::of(spec), spec.tells_former);
        Self { input, output, says, tells_former, waiting: VecDeque::new() }
    }

    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// The front of a key is another one than before, since this time.
    pub(super) fn tell(
        &mut self,
        former: &[Place],
        mut now: impl ExactSizeIterator<Item = Place>,
        time: Option<i64>,
    ) {
        if self.says == Says::Rows {
            return self.tell_rows(former, now.collect(), time);
        }
        let mut former = former.iter().copied();
        let ranks = former.len().max(now.len());
        for at in 0..ranks {
            let (before, after) = (former.next(), now.next());
            if before != after {
                self.replace(before, after, at, time);
            }
        }
    }

    /// Which rows are gone, and which are new, wherever they stand.
    fn tell_rows(&mut self, former: &[Place], now: Vec<Place>, time: Option<i64>) {
        let [mut before, mut after] = [former.to_vec(), now.clone()];
        before.sort_unstable();
        after.sort_unstable();
        let gone = former.iter().filter(|place| after.binary_search(place).is_err());
        gone.for_each(|place| self.push(RowKind::Delete, Some(*place), 0, time));
        let new = now.into_iter().filter(|place| before.binary_search(place).is_err());
        new.for_each(|place| self.push(RowKind::Insert, Some(place), 0, time));
    }

    /// At a rank, counted from zero, stands another row.
    fn replace(&mut self, former: Option<Place>, now: Option<Place>, at: usize, time: Option<i64>) {
        let [before, after] = match (former, now) {
            (Some(_), Some(_)) => [RowKind::UpdateBefore, RowKind::UpdateAfter],
            _ => [RowKind::Delete, RowKind::Insert],
        };
        if self.tells_former || before == RowKind::Delete {
            self.push(before, former, rank_of(at), time);
        }
        self.push(after, now, rank_of(at), time);
    }

    fn push(&mut self, kind: RowKind, place: Option<Place>, rank: i64, time: Option<i64>) {
        self.waiting.extend(place.map(|place| Change { kind, place, rank, time }));
    }

    /// The rows of a key are final.
    pub(super) fn settle(&mut self, rows: impl Iterator<Item = Place>) {
        let change = |(at, place): (usize, Place)| Change {
            kind: RowKind::Insert,
            place,
            rank: rank_of(at),
            time: None,
        };
        self.waiting.extend(rows.enumerate().map(change));
    }

    /// The next of them as batches: mostly one.
    pub(super) fn take(&mut self, store: &Store) -> Vec<Batch> {
        let count = self.waiting.len().min(BATCH_ROWS);
        let changes: Vec<Change> = self.waiting.drain(..count).collect();
        let places: Vec<Place> = changes.iter().map(|change| change.place).collect();
        let mut rest = &changes[..];
        let batch = |rows: RecordBatch| {
            let (mine, others) = rest.split_at(rows.num_rows());
            rest = others;
            self.batch(&rows, mine)
        };
        store.get(&places).into_iter().map(batch).collect()
    }

    fn batch(&self, rows: &RecordBatch, changes: &[Change]) -> Batch {
        let mut columns = rows.columns().to_vec();
        if let Some(time) = self.input.time().filter(|time| *time >= self.input.record())
            && changes.iter().any(|change| change.time.is_some())
        {
            let times = changes.iter().map(|change| change.time.expect("all changes of a stream have times"));
            columns[time] = Arc::new(TimestampMillisecondArray::from_iter_values(times)) as ArrayRef;
        }
        if self.says == Says::Ranks {
            let ranks = Int64Array::from_iter_values(changes.iter().map(|change| change.rank));
            columns.insert(self.input.record(), Arc::new(ranks) as ArrayRef);
        }
        let batch = self.output.batch(columns, changes.len());
        let changelog = changes.iter().any(|change| change.kind != RowKind::Insert);
        batch.with_kinds(changelog.then(|| RowKinds::new(changes.iter().map(|change| change.kind))))
    }
}

fn rank_of(at: usize) -> i64 {
    i64::try_from(at + 1).expect("a ranking fits in memory")
}
