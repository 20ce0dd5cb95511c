//! Whose values are told apart, and for which aggregates: those of a column together, each with its filter.
//!
//! ```text
//!   COUNT(DISTINCT x)   COUNT(DISTINCT x) FILTER (p)   COUNT(DISTINCT x) FILTER (q)     one table of the values of x
//!     bit 0               bit 1                          bit 2                          a row's filters: a mask
//! ```
//!
//! So a row looks for its value once, whatever the number of aggregates. Knows no value.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, Int32Array, RecordBatch};
use arrow_buffer::{BooleanBuffer, ScalarBuffer};
use arrow_schema::{DataType, Field, Schema};

use super::aggregation::Aggregation;
use super::choice::values;
use super::error::AggregateError;
use super::function::Aggregate;

/// Which filters a row passes: a bit each.
pub(super) type Mask = u32;

/// The type of a column of masks, as their bits are.
pub(super) const MASK: DataType = DataType::Int32;

/// Aggregates of the distinct values of a column.
#[derive(Clone, Debug)]
pub(super) struct Apart {
    /// The column.
    pub(super) column: usize,
    /// By bit: the column of the filter, if there is one, and the numbers of the aggregates that have it.
    pub(super) filters: Vec<(Option<usize>, Vec<usize>)>,
}

impl Apart {
    /// Those of an aggregation, by column. More filters than a mask has bits take another table.
    pub(super) fn all(aggregation: &Aggregation) -> Vec<Self> {
        let mut all: Vec<Self> = Vec::new();
        for (number, aggregate) in aggregation.aggregates.iter().enumerate() {
            let column = aggregate.function.column().filter(|_| aggregate.is_of_distinct_values());
            let Some(column) = column else { continue };
            let own = || all.iter().enumerate().filter(|(_, apart)| apart.column == column);
            let known = own().find_map(|(place, apart)| {
                let filter = apart.filters.iter().position(|(filter, _)| *filter == aggregate.filter);
                filter.map(|filter| (place, filter))
            });
            let with_room = || own().find(|(_, apart)| apart.filters.len() < Mask::BITS as usize);
            match (known, with_room().map(|(place, _)| place)) {
                (Some((place, filter)), _) => all[place].filters[filter].1.push(number),
                (None, Some(place)) => all[place].filters.push((aggregate.filter, vec![number])),
                (None, None) => {
                    all.push(Self { column, filters: vec![(aggregate.filter, vec![number])] });
                }
            }
        }
        all.sort_by_key(|apart| apart.column);
        all
    }

    /// The filters by bit.
    pub(super) fn columns_of_filters(&self) -> Vec<Option<usize>> {
        self.filters.iter().map(|(filter, _)| *filter).collect()
    }

    /// The columns in which values that were told apart travel: the value, and for which filters it is new.
    pub(super) fn fields(&self, number: usize, input: &Schema) -> Result<[Field; 2], AggregateError> {
        let value = input.field(self.column);
        if matches!(value.data_type(), DataType::Dictionary(..)) {
            return Err(Self::unsupported(value));
        }
        Ok([
            Field::new(format!("$value{number}"), value.data_type().clone(), true),
            Field::new(format!("$mask{number}"), MASK, false),
        ])
    }

    /// Values of a dictionary would be saved as something else than they came.
    pub(super) fn unsupported(column: &Field) -> AggregateError {
        let (function, column_name) = ("distinct values", column.name().clone());
        AggregateError::Unsupported { function, column: column_name, data_type: column.data_type().clone() }
    }
}

/// For which of these filters each row of a batch counts: a mask for each, whether it is selected or not.
pub(super) fn masks_of(filters: &[Option<usize>], columns: &RecordBatch, masks: &mut Vec<Mask>) {
    masks.clear();
    let always = (0..).zip(filters).filter(|(_, filter)| filter.is_none());
    masks.resize(columns.num_rows(), always.map(|(bit, _)| 1 << bit).sum());
    for (bit, filter) in (0..).zip(filters) {
        let Some(filter) = filter else { continue };
        let passed = passed(columns.column(*filter));
        masks.iter_mut().zip(&passed).for_each(|(mask, passes)| *mask |= Mask::from(passes) << bit);
    }
}

/// These masks as a column.
pub(super) fn column_of_masks(masks: impl Iterator<Item = Mask>) -> ArrayRef {
    Arc::new(Int32Array::from_iter_values(masks.map(Mask::cast_signed)))
}

/// The masks in a column of them.
pub(super) fn masks_in(column: &ArrayRef) -> ScalarBuffer<Mask> {
    values(column)
}

/// Of which rows a filter is true, which it is not where it is null.
pub(super) fn passed(filter: &ArrayRef) -> BooleanBuffer {
    let filter = filter.as_boolean();
    match filter.nulls().filter(|nulls| nulls.null_count() > 0) {
        Some(nulls) => filter.values() & nulls.inner(),
        None => filter.values().clone(),
    }
}

/// What is not of distinct values, with its number.
pub(super) fn together(aggregates: &[Aggregate]) -> impl Iterator<Item = (usize, &Aggregate)> {
    aggregates.iter().enumerate().filter(|(_, aggregate)| !aggregate.is_of_distinct_values())
}
