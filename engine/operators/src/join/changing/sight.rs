//! The filter of pairs, and what it sees of them: of wide rows no more is copied than it takes to ask.

use arrow_schema::SchemaRef;

use super::super::hash::{HashJoin, JoinKind, PairFilter};
use crate::layout::Layout;

/// A filter.
pub(super) struct Sight {
    pub(super) filter: PairFilter,
    /// What it is given.
    pub(super) schema: SchemaRef,
    /// By port: which columns that is.
    pub(super) columns: [Vec<usize>; 2],
}

impl Sight {
    /// Of all columns of pairs.
    pub(super) fn of_all(inputs: &[Layout; 2], filter: PairFilter) -> Self {
        let schema = HashJoin::output(inputs, JoinKind::Inner).schema().clone();
        let columns = [0, 1].map(|port| (0..inputs[port].schema().fields().len()).collect());
        Self { filter, schema, columns }
    }

    /// Of these columns of pairs, of which so many are the left's.
    pub(super) fn narrowed(self, columns: &[usize], left: usize) -> Self {
        assert!(columns.is_sorted(), "those of the left come first");
        let schema = SchemaRef::new(self.schema.project(columns).expect("columns of pairs"));
        let of_left = columns.iter().copied().filter(|column| *column < left).collect();
        let of_right = columns.iter().filter_map(|column| column.checked_sub(left)).collect();
        Self { schema, columns: [of_left, of_right], ..self }
    }
}
