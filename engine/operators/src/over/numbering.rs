//! Numbers that rows have in their partition, by their place alone.

use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array, Int64Array};

use super::stretch::{Groups, Part, Stretch};

/// Which number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Numbering {
    Row,
    Rank,
    DenseRank,
    PercentRank,
    CumeDist,
    Ntile(i64),
}

/// What of a partition came before a stretch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counted {
    pub(super) rows: i64,
    /// Groups of rows that are sorted alike.
    pub(super) groups: i64,
}

impl Numbering {
    /// Whether one must know which rows are sorted alike.
    pub(super) fn needs_peers(self) -> bool {
        !matches!(self, Self::Row | Self::Ntile(_))
    }

    /// The numbers of all results of a stretch, of which this has come before in each of its partitions. What is sorted like
    /// a result is one.
    pub(super) fn column(self, stretch: &Stretch, before: &[Counted]) -> ArrayRef {
        let parts = stretch.parts.iter().zip(before);
        match self {
            Self::Row | Self::Rank | Self::DenseRank | Self::Ntile(_) => {
                let mut numbers = Vec::with_capacity(stretch.results());
                for (part, before) in parts {
                    match self {
                        Self::Row => numbers.extend(before.rows + 1..=before.rows + whole(part.results())),
                        Self::Ntile(count) => tiles(*part, count, &mut numbers),
                        Self::Rank => ranks(*part, *before, stretch.groups(), &mut numbers),
                        _ => dense_ranks(*part, *before, stretch.groups(), &mut numbers),
                    }
                }
                Arc::new(Int64Array::from(numbers))
            }
            Self::PercentRank | Self::CumeDist => {
                let mut shares = Vec::with_capacity(stretch.results());
                let is_rank = self == Self::PercentRank;
                parts.for_each(|(part, _)| share(*part, is_rank, stretch.groups(), &mut shares));
                Arc::new(Float64Array::from(shares))
            }
        }
    }
}

/// A number of rows.
pub(super) fn whole(rows: usize) -> i64 {
    i64::try_from(rows).expect("rows are counted in 64 bits")
}

/// The groups of a partition's results, where each begins and where it ends.
fn groups_of(part: Part, groups: &Groups) -> impl Iterator<Item = (usize, usize)> {
    let (first, end) = if part.results() == 0 { (0, 0) } else { groups.range(part.fresh, part.end) };
    (first..end).map(|group| (groups.start(group), groups.end(group)))
}

fn ranks(part: Part, before: Counted, groups: &Groups, numbers: &mut Vec<i64>) {
    for (start, end) in groups_of(part, groups) {
        numbers.resize(numbers.len() + end - start, before.rows + whole(start - part.fresh) + 1);
    }
}

fn dense_ranks(part: Part, before: Counted, groups: &Groups, numbers: &mut Vec<i64>) {
    for ((start, end), number) in groups_of(part, groups).zip(before.groups + 1..) {
        numbers.resize(numbers.len() + end - start, number);
    }
}

/// Parts of the same size; the first ones have a row more.
fn tiles(part: Part, count: i64, numbers: &mut Vec<i64>) {
    let rows = whole(part.results());
    let (size, longer) = (rows / count, rows % count);
    for tile in 1..=count.min(rows) {
        let size = usize::try_from(size + i64::from(tile <= longer)).expect("fewer than all rows");
        numbers.resize(numbers.len() + size, tile);
    }
}

#[expect(clippy::cast_precision_loss, reason = "a share is a float")]
fn share(part: Part, is_rank: bool, groups: &Groups, shares: &mut Vec<f64>) {
    let rows = part.results();
    for (start, end) in groups_of(part, groups) {
        let share = match is_rank {
            true => (start - part.fresh) as f64 / rows.saturating_sub(1).max(1) as f64,
            false => (end - part.fresh) as f64 / rows as f64,
        };
        shares.resize(shares.len() + end - start, share);
    }
}
