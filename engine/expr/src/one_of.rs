//! `x IN (1, 2, 3)`: whether a value is one of those that the query lists.
//!
//! A few are compared one after the other, each in one loop over the column. Many are sorted once and searched: a list of
//! thousands, as programs write them, costs a dozen comparisons a row.

use std::cmp::Ordering;
use std::sync::Arc;

use arrow_array::{Array, ArrayRef, BooleanArray};
use arrow_ord::ord::make_comparator;
use arrow_ord::sort::sort;
use arrow_schema::{DataType, SortOptions};

use crate::error::ExprError;
use crate::tree::{BinaryOp, Expr};
use crate::value::Value;

/// Up to how many values a comparison with each is the faster way.
const COMPARED: usize = 16;

/// Values that are searched.
pub(crate) struct Listed {
    /// Ascending, without nulls.
    sorted: ArrayRef,
    has_null: bool,
}

impl Listed {
    /// Of values of the type that they are compared in.
    pub(crate) fn new(values: &ArrayRef) -> Result<Self, ExprError> {
        let order = SortOptions { descending: false, nulls_first: true };
        let sorted = sort(values, Some(order))?;
        let nulls = sorted.null_count();
        Ok(Self { sorted: sorted.slice(nulls, sorted.len() - nulls), has_null: nulls > 0 })
    }

    /// Whether each value of a column is one of them: unknown, if it is null, or if one of them is and no other is equal.
    pub(crate) fn evaluate(&self, of: &Value) -> Result<Value, ExprError> {
        let column = of.array();
        let compare = make_comparator(&self.sorted, column, SortOptions::default())?;
        let answer = (0..column.len()).map(|row| {
            if column.is_null(row) {
                return None;
            }
            match is_found(self.sorted.len(), |place| compare(place, row)) {
                false if self.has_null => None,
                found => Some(found),
            }
        });
        Ok(of.like(Arc::new(answer.collect::<BooleanArray>())))
    }
}

/// Whether one of so many places in order is equal.
fn is_found(places: usize, compare: impl Fn(usize) -> Ordering) -> bool {
    let (mut from, mut to) = (0, places);
    while from < to {
        let middle = from.midpoint(to);
        match compare(middle) {
            Ordering::Less => from = middle + 1,
            Ordering::Greater => to = middle,
            Ordering::Equal => return true,
        }
    }
    false
}

/// The same as comparisons, if that is the better way: few values, or a type whose order is not its equality.
pub(crate) fn as_comparisons(of: &Expr, values: &ArrayRef, compared: &DataType) -> Option<Expr> {
    if values.len() > COMPARED && !compared.is_nested() && !compared.is_floating() {
        return None;
    }
    let equal = |row| Expr::binary(BinaryOp::Equal, of.clone(), Expr::Literal(values.slice(row, 1)));
    Some(Expr::balanced(BinaryOp::Or, (0..values.len()).map(equal).collect()))
}
