//! What a Top-N has to tell: rows with kinds and ranks, which leave a batch at a time.
//!
//! Keeps places, not rows: a row that was pushed out is still in the store when it is told of.

use std::collections::VecDeque;
use std::sync::Arc;

use arrow_array::{ArrayRef, Int64Array, RecordBatch, TimestampMillisecondArray};
use memory::{Batch, RowKind, RowKinds};
use shuffle::Place;
use state::Slot;

use super::ranking::{Entered, Rankings};
use super::spec::TopNSpec;
use crate::layout::Layout;
use crate::rows::BATCH_ROWS;
use crate::store::Store;

/// What is to be sent.
pub(super) struct Changes {
    input: Layout,
    output: Layout,
    is_ranked: bool,
    waiting: VecDeque<Change>,
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
        Self { input, output, is_ranked: spec.rank.is_some(), waiting: VecDeque::new() }
    }

    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// A row has got in, at this time.
    pub(super) fn enter(&mut self, slot: Slot, entered: &Entered, rankings: &Rankings, time: Option<i64>) {
        let group = rankings.of(slot);
        let left = entered.left.as_ref().map(|left| left.place);
        if !self.is_ranked {
            if let Some(place) = left {
                self.waiting.push_back(Change { kind: RowKind::Delete, place, rank: 0, time });
            }
            let place = group[entered.at].place;
            return self.waiting.push_back(Change { kind: RowKind::Insert, place, rank: 0, time });
        }
        for at in entered.at..group.len() {
            // What stood here before stands one further back now, or nowhere.
            let former = group.get(at + 1).map(|next| next.place).or(left);
            let (rank, place) = (rank_of(at), group[at].place);
            match former {
                Some(former) => {
                    self.waiting.push_back(Change { kind: RowKind::UpdateBefore, place: former, rank, time });
                    self.waiting.push_back(Change { kind: RowKind::UpdateAfter, place, rank, time });
                }
                None => self.waiting.push_back(Change { kind: RowKind::Insert, place, rank, time }),
            }
        }
    }

    /// The rows of a key are final.
    pub(super) fn leave(&mut self, rows: impl Iterator<Item = Place>) {
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
        if self.is_ranked {
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
