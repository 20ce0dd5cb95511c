//! Columns that hold columns, taken apart: what the rows show of each child, and where they find it there.
//!
//! Lists, maps, unions and dictionaries point into their children, and a slice of one still has the whole child.
//! So each finds the part that its rows point to, and counts from there.

use std::ops::Range;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{ArrowDictionaryKeyType, RunEndIndexType};
use arrow_array::{
    Array, ArrayRef, ArrowPrimitiveType, DictionaryArray, FixedSizeListArray, GenericListViewArray,
    OffsetSizeTrait, PrimitiveArray, RunArray, UnionArray, downcast_integer, downcast_run_end_index,
};
use arrow_buffer::{ArrowNativeType, Buffer, OffsetBuffer};
use arrow_schema::{DataType, UnionMode};

use super::body::{Parts, bytes_of, from_zero};

/// A list or map.
pub(super) fn list<O: OffsetSizeTrait>(offsets: &OffsetBuffer<O>, values: &ArrayRef) -> Parts {
    let (first, last) = (offsets[0].as_usize(), offsets[offsets.len() - 1].as_usize());
    Parts { buffers: vec![from_zero(offsets)], children: vec![values.slice(first, last - first)] }
}

/// A list whose rows may lie anywhere in the child, and share it.
pub(super) fn list_view<O: OffsetSizeTrait>(column: &GenericListViewArray<O>) -> Parts {
    let mut span = Span::default();
    for (offset, size) in column.offsets().iter().zip(column.sizes()) {
        if size.as_usize() > 0 {
            span.add(offset.as_usize()..offset.as_usize() + size.as_usize());
        }
    }
    let range = span.range();
    let values = column.values().slice(range.start, range.len());
    let offsets = if range == (0..column.values().len()) {
        bytes_of(column.offsets())
    } else {
        // An empty row may point anywhere, so also to where nothing is any more.
        let moved = |(offset, size): (&O, &O)| match size.as_usize() {
            0 => O::zero(),
            _ => *offset - O::usize_as(range.start),
        };
        Buffer::from_vec(column.offsets().iter().zip(column.sizes()).map(moved).collect::<Vec<O>>())
    };
    Parts { buffers: vec![offsets, bytes_of(column.sizes())], children: vec![values] }
}

/// A list whose rows all have one length.
pub(super) fn fixed_size_list(column: &FixedSizeListArray) -> Parts {
    let values = column.len() * usize::try_from(column.value_length()).expect("lengths are not negative");
    Parts::children(vec![column.values().slice(0, values)])
}

/// Keys into a dictionary. The dictionary goes along with each frame: the part that the keys span, if that is less
/// than half of it, else all of it, since then the keys may stay as they are.
pub(super) fn dictionary(column: &ArrayRef) -> Parts {
    let DataType::Dictionary(key, _) = column.data_type() else { unreachable!("a dictionary") };
    macro_rules! parts {
        ($type:ty) => {
            dictionary_of(column.as_dictionary::<$type>())
        };
    }
    downcast_integer! {
        key.as_ref() => (parts),
        other => unreachable!("keys are whole numbers, not {other}"),
    }
}

fn dictionary_of<K: ArrowDictionaryKeyType>(column: &DictionaryArray<K>) -> Parts {
    let (keys, words) = (column.keys(), column.values());
    let mut span = Span::default();
    keys.iter().flatten().for_each(|key| span.add(key.as_usize()..key.as_usize() + 1));
    let range = span.range();
    if range.len() >= words.len() / 2 {
        return Parts { buffers: vec![bytes_of(keys.values())], children: vec![words.clone()] };
    }
    let moved = moved_keys(keys, range.start);
    Parts { buffers: vec![moved], children: vec![words.slice(range.start, range.len())] }
}

/// The keys, counted from `start`. A null has any key; it gets the first.
fn moved_keys<K: ArrowPrimitiveType>(keys: &PrimitiveArray<K>, start: usize) -> Buffer {
    let moved = |key: Option<K::Native>| {
        key.map_or(K::Native::usize_as(0), |key| K::Native::usize_as(key.as_usize() - start))
    };
    Buffer::from_vec(keys.iter().map(moved).collect::<Vec<K::Native>>())
}

/// Runs of equal values: an own child for where they end, counted from the first row.
pub(super) fn runs(column: &ArrayRef) -> Parts {
    let DataType::RunEndEncoded(ends, _) = column.data_type() else { unreachable!("runs") };
    macro_rules! parts {
        ($type:ty) => {
            runs_of(column.as_run::<$type>())
        };
    }
    downcast_run_end_index! {
        ends.data_type() => (parts),
        other => unreachable!("ends are whole numbers, not {other}"),
    }
}

fn runs_of<R: RunEndIndexType>(column: &RunArray<R>) -> Parts {
    let ends: Vec<R::Native> = column.run_ends().sliced_values().collect();
    let ends = PrimitiveArray::<R>::new(ends.into(), None);
    Parts::children(vec![Arc::new(ends), column.values_slice()])
}

/// One of several columns for each row.
pub(super) fn union(column: &UnionArray) -> Parts {
    let DataType::Union(fields, mode) = column.data_type() else { unreachable!("a union") };
    let types = bytes_of(column.type_ids());
    let (UnionMode::Dense, Some(offsets)) = (mode, column.offsets()) else {
        let children = fields.iter().map(|(number, _)| column.child(number).clone()).collect();
        return Parts { buffers: vec![types], children };
    };
    // What the rows show of each child; a type's number is not negative.
    let mut spans = [Span::default(); 128];
    for (number, offset) in column.type_ids().iter().zip(offsets) {
        spans[number.as_usize()].add(offset.as_usize()..offset.as_usize() + 1);
    }
    let child = |number: i8| {
        let range = spans[number.as_usize()].range();
        column.child(number).slice(range.start, range.len())
    };
    let moved = column
        .type_ids()
        .iter()
        .zip(offsets)
        .map(|(number, offset)| offset - i32::usize_as(spans[number.as_usize()].range().start));
    Parts {
        buffers: vec![types, Buffer::from_vec(moved.collect::<Vec<i32>>())],
        children: fields.iter().map(|(number, _)| child(number)).collect(),
    }
}

/// The smallest range that holds all that was added.
#[derive(Clone, Copy, Default)]
struct Span(Option<(usize, usize)>);

impl Span {
    fn add(&mut self, range: Range<usize>) {
        let (start, end) = self.0.unwrap_or((range.start, range.end));
        self.0 = Some((start.min(range.start), end.max(range.end)));
    }

    fn range(&self) -> Range<usize> {
        self.0.map_or(0..0, |(start, end)| start..end)
    }
}
