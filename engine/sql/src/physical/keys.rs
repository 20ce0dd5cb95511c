//! By which columns rows are told apart.
//!
//! ```text
//!   GROUP BY a, b            {a, b}
//!   Top-N of each k          {k, rank}; {k}, if it is one of each
//!   SELECT a, b AS c, n      {a, c}: a key whose columns are all there still is one
//!   x JOIN y ON x.a = y.k    those of x with a, if k is a key of y: a row of x has one partner at most
//! ```
//!
//! At each time there is one row at most with the same values in all columns of a key, and what becomes of that row comes in
//! its order: a key is lost where changes of its rows may come from different subtasks. The empty key is that of one row.

use std::collections::BTreeSet;

use arrow_schema::{DataType, Schema};
use expr::Expr;

/// Columns by which rows are told apart: some sets of them, each of which does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Keys(Vec<BTreeSet<usize>>);

impl Keys {
    /// These columns tell rows apart.
    pub(super) fn of(columns: impl IntoIterator<Item = usize>) -> Self {
        Self(vec![columns.into_iter().collect()])
    }

    /// Those that have these columns in them: what becomes of their rows stays together where these columns decide.
    pub(super) fn with_all(&self, columns: &BTreeSet<usize>) -> Self {
        Self(self.0.iter().filter(|key| key.is_superset(columns)).cloned().collect())
    }

    /// Whether one of them lies in these columns, so that these tell rows apart, too.
    pub(super) fn lie_in(&self, columns: &BTreeSet<usize>) -> bool {
        self.0.iter().any(|key| key.is_subset(columns))
    }

    /// Whether these columns are one of them, and not more.
    pub(super) fn has(&self, columns: &BTreeSet<usize>) -> bool {
        self.0.contains(columns)
    }

    /// Whether rows of one key are the same in all of these columns.
    pub(super) fn decide(&self, columns: &[usize]) -> bool {
        self.0.iter().any(|key| columns.iter().all(|column| key.contains(column)))
    }

    /// Both: each tells rows apart.
    pub(super) fn or(mut self, others: Self) -> Self {
        self.0.extend(others.0);
        self
    }

    /// One of these and one of those together.
    pub(super) fn and(&self, others: &Self) -> Self {
        let pairs = self.0.iter().flat_map(|one| others.0.iter().map(move |other| one | other));
        Self(pairs.collect())
    }

    /// The same columns, where they stand so many further back.
    pub(super) fn moved(&self, by: usize) -> Self {
        Self(self.0.iter().map(|key| key.iter().map(|column| column + by).collect()).collect())
    }

    /// Where they are behind a projection of rows of this schema.
    pub(super) fn behind(&self, exprs: &[Expr], schema: &Schema) -> Self {
        let place = |wanted: &usize| exprs.iter().position(|expr| column_of(expr, schema) == Some(*wanted));
        Self(self.0.iter().filter_map(|key| key.iter().map(place).collect()).collect())
    }
}

/// The column that an expression is, if other values of that are other values of it.
fn column_of(expr: &Expr, schema: &Schema) -> Option<usize> {
    match expr {
        Expr::Column(column) => Some(*column),
        Expr::Cast { expr, to, .. } => column_of(expr, schema).filter(|column| {
            let from = schema.field(*column).data_type();
            from == to || is_wider(from, to)
        }),
        _ => None,
    }
}

/// Whether all whole numbers of one type are others of another one.
fn is_wider(from: &DataType, to: &DataType) -> bool {
    from.is_signed_integer() && to.is_signed_integer() && from.primitive_width() <= to.primitive_width()
}

#[cfg(test)]
mod tests {
    use arrow_schema::Field;

    use super::*;

    fn set(columns: &[usize]) -> BTreeSet<usize> {
        columns.iter().copied().collect()
    }

    #[test]
    fn a_key_is_one_as_long_as_all_of_its_columns_are_there() {
        let field = |name: &str| Field::new(name, DataType::Int32, true);
        let schema = Schema::new(vec![field("a"), field("b"), field("c")]);
        let keys = Keys::of([0, 2]);
        let cast = |to| Expr::Cast { expr: Box::new(Expr::Column(0)), to, is_lenient: false };
        let exprs = [Expr::Column(2), Expr::Column(1), cast(DataType::Int64)];
        assert_eq!(keys.behind(&exprs, &schema), Keys::of([0, 2]));
        assert_eq!(keys.behind(&exprs[..2], &schema), Keys::default());
        let narrow = [Expr::Column(2), cast(DataType::Int8)];
        assert_eq!(keys.behind(&narrow, &schema), Keys::default());
        assert_eq!(Keys::of([]).behind(&[], &schema), Keys::of([]));
    }

    #[test]
    fn keys_are_looked_for_in_columns() {
        let keys = Keys::of([0, 1]).or(Keys::of([2]));
        assert!(keys.lie_in(&set(&[2, 3])) && keys.lie_in(&set(&[0, 1])) && !keys.lie_in(&set(&[0, 3])));
        assert!(keys.has(&set(&[0, 1])) && !keys.has(&set(&[0, 1, 2])));
        assert!(keys.decide(&[1]) && keys.decide(&[2]) && !keys.decide(&[1, 2]));
        assert_eq!(keys.with_all(&set(&[1])), Keys::of([0, 1]));
        assert_eq!(keys.with_all(&set(&[1])).and(&Keys::of([0]).moved(5)), Keys::of([0, 1, 5]));
        assert!(Keys::of([]).lie_in(&set(&[])) && !Keys::default().lie_in(&set(&[0])));
    }
}
