//! Rows for tests, by chance: what they are, how they are cut into batches, and what has become of them.

use arrow_array::{BooleanArray, RecordBatch};
use arrow_select::concat::concat_batches;
use memory::{Batch, RowKind};
use record::{Record, rows_of};

use super::Sent;

/// Chance that repeats.
#[derive(Clone, Debug)]
pub(crate) struct Chance(pub(crate) u64);

impl Chance {
    pub(crate) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.bits() % end as u64).unwrap()
    }

    pub(crate) fn one_in(&mut self, end: usize) -> bool {
        self.below(end) == 0
    }
}

/// All rows that were sent, with their kinds.
pub(crate) fn rows_sent<T: Record>(sent: &[Sent]) -> Vec<(RowKind, T)> {
    let mut rows = Vec::new();
    for sent in sent {
        if let Sent::Rows(batch) = sent {
            rows.extend(rows_in(batch));
        }
    }
    rows
}

/// The rows of a batch that count, with their kinds.
pub(crate) fn rows_in<T: Record>(batch: &Batch) -> Vec<(RowKind, T)> {
    let batch = batch.clone().compact();
    let kind = |row: usize| batch.kinds().map_or(RowKind::Insert, |kinds| kinds.get(row));
    let rows = rows_of::<T>(batch.columns()).unwrap();
    rows.into_iter().enumerate().map(|(row, value)| (kind(row), value)).collect()
}

/// These rows cut into batches by chance, among rows that do not count.
pub(crate) fn batches_of<T: Record>(rows: &[T], rows_max: usize, chance: &mut Chance) -> Vec<Batch> {
    let mut batches = Vec::new();
    let mut rest = rows;
    while !rest.is_empty() {
        let (front, back) = rest.split_at((1 + chance.below(rows_max)).min(rest.len()));
        batches.push(strewn(&record::batch_of(front.iter().cloned()), chance));
        rest = back;
    }
    batches
}

/// These rows, now and then among copies that do not count.
pub(crate) fn strewn(rows: &RecordBatch, chance: &mut Chance) -> Batch {
    if !chance.one_in(3) {
        return Batch::new(rows.clone());
    }
    let (mut parts, mut keep) = (Vec::new(), Vec::new());
    for row in 0..rows.num_rows() {
        let copies = chance.below(3);
        (0..copies).for_each(|_| parts.push(rows.slice(chance.below(rows.num_rows()), 1)));
        parts.push(rows.slice(row, 1));
        keep.extend(std::iter::repeat_n(false, copies).chain([true]));
    }
    let all = concat_batches(&rows.schema(), &parts).unwrap();
    Batch::new(all).narrow(&BooleanArray::from(keep))
}
