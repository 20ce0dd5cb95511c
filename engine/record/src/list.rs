//! Lists of values as a column.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, ListArray};
use arrow_buffer::{BooleanBufferBuilder, NullBuffer, OffsetBuffer};
use arrow_schema::{DataType, Field, FieldRef};

use crate::single::single_column;
use crate::validity::{Validity, refuse_nulls};
use crate::{Mismatch, Value, ValueBuilder, ValueReader};

/// What Arrow calls the values of a list.
const ITEM: &str = "item";

/// Reads a column of lists.
#[derive(Debug)]
pub struct ListReader<T: Value> {
    /// Where the items of each list begin and end.
    offsets: OffsetBuffer<i32>,
    /// What of the items comes before the first list: a column may be a slice.
    before: i32,
    items: T::Reader,
}

/// Builds a column of lists.
#[derive(Debug)]
pub struct ListBuilder<T: Value> {
    field: FieldRef,
    offsets: Vec<i32>,
    items: T::Builder,
    validity: Validity,
}

impl<T: Value> Value for Vec<T> {
    const NULLABLE: bool = false;

    fn data_type() -> DataType {
        DataType::List(item::<T>())
    }

    type Reader = ListReader<T>;
    type Builder = ListBuilder<T>;
}

single_column!(<T: Value> Vec<T>);

fn item<T: Value>() -> FieldRef {
    Arc::new(Field::new(ITEM, T::data_type(), T::NULLABLE))
}

impl<T: Value> ValueReader<Vec<T>> for ListReader<T> {
    fn open_where(column: &ArrayRef, asked: Option<&NullBuffer>) -> Result<Self, Mismatch> {
        let Some(lists) = column.as_list_opt::<i32>() else {
            return Err(Mismatch::of_type::<Vec<T>>(column.data_type(), Vec::<T>::data_type()));
        };
        refuse_nulls::<Vec<T>>(column, asked)?;
        let offsets = lists.offsets().clone();
        let (before, end) = (offsets[0], offsets[lists.len()]);
        let items = lists.values().slice(position(before), position(end - before));
        let asked = asked.filter(|_| items.null_count() > 0).map(|asked| items_asked(&offsets, asked));
        let items =
            T::Reader::open_where(&items, asked.as_ref()).map_err(|mismatch| mismatch.within(ITEM))?;
        Ok(Self { offsets, before, items })
    }

    #[inline]
    fn get(&self, row: usize) -> Vec<T> {
        let [start, end] = [row, row + 1].map(|at| position(self.offsets[at] - self.before));
        (start..end).map(|item| self.items.get(item)).collect()
    }
}

/// Which items are asked for, if these lists are. An absent list may have items.
fn items_asked(offsets: &OffsetBuffer<i32>, asked: &NullBuffer) -> NullBuffer {
    let mut items = BooleanBufferBuilder::new(0);
    for (length, asked) in offsets.lengths().zip(asked) {
        items.append_n(length, asked);
    }
    NullBuffer::new(items.finish())
}

#[inline]
fn position(offset: i32) -> usize {
    usize::try_from(offset).expect("offsets of lists are positive and grow")
}

impl<T: Value> Default for ListBuilder<T> {
    fn default() -> Self {
        let (items, validity) = Default::default();
        Self { field: item::<T>(), offsets: vec![0], items, validity }
    }
}

impl<T: Value> ListBuilder<T> {
    fn end_list(&mut self) {
        let end = i32::try_from(self.items.len());
        self.offsets.push(end.expect("the lists of a batch have fewer than 2^31 items"));
    }
}

impl<T: Value> ValueBuilder<Vec<T>> for ListBuilder<T> {
    #[inline]
    fn push(&mut self, value: Vec<T>) {
        for item in value {
            self.items.push(item);
        }
        self.end_list();
    }

    fn push_null(&mut self) {
        self.validity.push_null(self.len());
        self.end_list();
    }

    fn len(&self) -> usize {
        self.offsets.len() - 1
    }

    fn finish(&mut self) -> ArrayRef {
        let nulls = self.validity.finish(self.len());
        let offsets = std::mem::replace(&mut self.offsets, vec![0]);
        let offsets = OffsetBuffer::new(offsets.into());
        Arc::new(ListArray::new(self.field.clone(), offsets, self.items.finish(), nulls))
    }
}
