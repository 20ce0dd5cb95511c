//! Which rows of a batch still count.
//!
//! A filter narrows the selection and leaves the columns alone; only an exchange, a spill or an operator
//! that keeps rows pays for copying the rest together. Row numbers ascend, so a selection never reorders.

use arrow_array::{Array, BooleanArray, UInt32Array};
use arrow_buffer::{BooleanBuffer, ScalarBuffer};

/// Ascending row numbers, shared on clone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection(ScalarBuffer<u32>);

impl Selection {
    /// The rows of `rows`.
    ///
    /// # Panics
    ///
    /// If they do not ascend.
    pub fn new(rows: Vec<u32>) -> Self {
        assert!(rows.is_sorted_by(|a, b| a < b), "a selection ascends");
        Self(rows.into())
    }

    /// The rows at which `keep` is true. Null counts as false.
    pub fn of(keep: &BooleanArray) -> Self {
        Self(match keep.nulls() {
            Some(nulls) => set_bits(&(keep.values() & nulls.inner())),
            None => set_bits(keep.values()),
        })
    }

    /// How many rows still count.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether no row counts any more.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The row numbers.
    pub fn rows(&self) -> &[u32] {
        &self.0
    }

    /// The rows of this selection at which `keep` is true; `keep` has a value for each row selected here.
    ///
    /// # Panics
    ///
    /// If the lengths differ.
    pub fn narrow(&self, keep: &BooleanArray) -> Self {
        assert_eq!(keep.len(), self.len());
        Self(Self::of(keep).rows().iter().map(|position| self.0[*position as usize]).collect())
    }

    /// The row numbers as an array that Arrow's `take` understands, without copying.
    pub fn to_array(&self) -> UInt32Array {
        UInt32Array::new(self.0.clone(), None)
    }
}

fn set_bits(bits: &BooleanBuffer) -> ScalarBuffer<u32> {
    let mut rows = Vec::with_capacity(bits.count_set_bits());
    rows.extend(bits.set_indices_u32());
    rows.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_counts_as_false() {
        let keep = BooleanArray::from(vec![Some(true), None, Some(false), Some(true)]);
        assert_eq!(Selection::of(&keep).rows(), [0, 3]);
    }

    #[test]
    fn narrowing_twice_equals_narrowing_by_both() {
        let first = Selection::of(&BooleanArray::from(vec![true, false, true, true, true]));
        let second = first.narrow(&BooleanArray::from(vec![false, true, false, true]));
        assert_eq!(second.rows(), [2, 4]);
        assert!(second.narrow(&BooleanArray::from(vec![false, false])).is_empty());
    }

    #[test]
    fn a_sliced_mask_counts_from_its_own_start() {
        let keep = BooleanArray::from(vec![true, false, false, true, true]).slice(2, 3);
        assert_eq!(Selection::of(&keep).rows(), [1, 2]);
    }

    #[test]
    #[should_panic(expected = "a selection ascends")]
    fn rows_out_of_order_are_a_bug() {
        Selection::new(vec![3, 1]);
    }
}
