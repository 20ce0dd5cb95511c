//! Functions of arrays and maps.
//!
//! | concept | file |
//! |---|---|
//! | making an array, its elements by their places | `items.rs` |
//! | which elements there are: equal ones, least ones | `sets.rs` |
//! | maps | `maps.rs` |
//!
//! Elements are never copied one by one: a function notes which ones it picks, and all are gathered at once. Equal and less
//! are asked of Arrow's rows: bytes that compare as the values do, with one null equal to another.

mod items;
mod maps;
mod sets;

use std::ops::Range;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, ListArray, new_empty_array};
use arrow_buffer::{NullBuffer, OffsetBuffer};
use arrow_row::{RowConverter, SortField};
use arrow_schema::{DataType, Field};
use arrow_select::interleave::interleave;

use super::arguments::Arguments;
use crate::error::ExprError;
use crate::types::range;

pub(super) use items::ALL as ITEMS;
pub(super) use maps::ALL as MAPS;
pub(super) use sets::ALL as SETS;

/// An argument that is an array.
#[derive(Clone, Copy)]
struct Lists<'a> {
    lists: &'a ListArray,
    is_one: bool,
}

impl<'a> Lists<'a> {
    fn of(a: &Arguments<'a>, argument: usize) -> Self {
        let (array, is_one) = a.array(argument);
        Self { lists: array.as_list(), is_one }
    }

    /// Where the elements of a row are among all values.
    fn at(&self, row: usize) -> Option<Range<usize>> {
        let row = if self.is_one { 0 } else { row };
        self.lists.is_valid(row).then(|| range(self.lists.value_offsets(), row))
    }

    fn values(&self) -> &'a ArrayRef {
        self.lists.values()
    }
}

/// Elements that were picked, row by row: each from one of several columns.
struct Picks {
    places: Vec<(usize, usize)>,
    ends: Vec<i32>,
    valid: Vec<bool>,
}

impl Picks {
    fn new(rows: usize) -> Self {
        let mut ends = Vec::with_capacity(rows + 1);
        ends.push(0);
        Self { places: Vec::new(), ends, valid: Vec::with_capacity(rows) }
    }

    fn push(&mut self, column: usize, place: usize) {
        self.places.push((column, place));
    }

    fn extend(&mut self, column: usize, places: Range<usize>) {
        self.places.extend(places.map(|place| (column, place)));
    }

    /// A row is over; it may be null.
    fn end(&mut self, is_valid: bool) -> Result<(), ExprError> {
        let too_many =
            |_| ExprError::Value("the arrays of a batch have more than two billion elements".to_owned());
        self.ends.push(i32::try_from(self.places.len()).map_err(too_many)?);
        self.valid.push(is_valid);
        Ok(())
    }

    /// What was picked, where rows end, and which of them are null.
    fn gather(self, columns: &[&dyn Array]) -> Result<(ArrayRef, OffsetBuffer<i32>, NullBuffer), ExprError> {
        let values = match self.places.is_empty() {
            true => new_empty_array(columns[0].data_type()),
            false => interleave(columns, &self.places)?,
        };
        Ok((values, OffsetBuffer::new(self.ends.into()), NullBuffer::from(self.valid)))
    }

    /// As arrays.
    fn lists(self, columns: &[&dyn Array]) -> Result<ArrayRef, ExprError> {
        let (values, offsets, nulls) = self.gather(columns)?;
        let item = Arc::new(Field::new_list_field(values.data_type().clone(), true));
        Ok(Arc::new(ListArray::try_new(item, offsets, values, Some(nulls))?))
    }
}

/// What makes comparable bytes of elements of this type.
fn comparable(item: &DataType) -> Result<RowConverter, ExprError> {
    Ok(RowConverter::new(vec![SortField::new(item.clone())])?)
}
