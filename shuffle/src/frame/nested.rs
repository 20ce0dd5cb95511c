//! Columns that hold columns, taken apart: what the rows show of each child, and where they find it there.
//!
//! Lists, maps, unions and dictionaries point into their children, and a slice of one still has the whole child.
//! So each finds the part that its rows point to, and counts from there. Where rows may point anywhere, that part
//! can be far longer than what they show (two words from the ends of a dictionary): then what they show is gathered,
//! as it is for texts.

use std::ops::Range;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{ArrowDictionaryKeyType, RunEndIndexType};
use arrow_array::{
    Array, ArrayRef, DictionaryArray, FixedSizeListArray, GenericListViewArray, OffsetSizeTrait,
    PrimitiveArray, RunArray, UnionArray, downcast_integer, downcast_run_end_index, make_array,
};
use arrow_buffer::{ArrowNativeType, Buffer, OffsetBuffer};
use arrow_data::transform::MutableArrayData;
use arrow_schema::{DataType, UnionMode};

use super::body::{Parts, bytes_of, from_zero};

/// A list or map.
pub(super) fn list<O: OffsetSizeTrait>(offsets: &OffsetBuffer<O>, values: &ArrayRef) -> Parts {
    let (first, last) = (offsets[0].as_usize(), offsets[offsets.len() - 1].as_usize());
    Parts { buffers: vec![from_zero(offsets)], children: vec![values.slice(first, last - first)] }
}

/// A list whose rows may lie anywhere in the child, and share it.
pub(super) fn list_view<O: OffsetSizeTrait>(column: &GenericListViewArray<O>) -> Parts {
    let rows = || {
        let rows = column.offsets().iter().zip(column.sizes());
        rows.map(|(offset, size)| offset.as_usize()..offset.as_usize() + size.as_usize())
    };
    let mut shown = Shown::by(rows());
    let values = shown.part_of(column.values(), rows());
    let offsets: Vec<O> = rows().map(|row| O::usize_as(shown.place(&row))).collect();
    Parts { buffers: vec![Buffer::from_vec(offsets), bytes_of(column.sizes())], children: vec![values] }
}

/// A list whose rows all have one length.
pub(super) fn fixed_size_list(column: &FixedSizeListArray) -> Parts {
    let values = column.len() * usize::try_from(column.value_length()).expect("lengths are not negative");
    Parts::children(vec![column.values().slice(0, values)])
}

/// Keys into a dictionary, which goes along with each frame: the whole of it if the rows show half, since then the
/// keys may stay as they are.
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
    // A null may have any key.
    let rows = || keys.iter().map(|key| key.map_or(0..0, |key| one(key.as_usize())));
    let mut shown = Shown::by(rows());
    if shown.rows_sent() >= words.len() / 2 {
        return Parts { buffers: vec![bytes_of(keys.values())], children: vec![words.clone()] };
    }
    let part = shown.part_of(words, rows());
    let keys: Vec<K::Native> = rows().map(|row| K::Native::usize_as(shown.place(&row))).collect();
    Parts { buffers: vec![Buffer::from_vec(keys)], children: vec![part] }
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
    let rows = || column.type_ids().iter().zip(offsets).map(|(number, at)| (*number, one(at.as_usize())));
    let mut shown = vec![Shown::default(); 128];
    rows().for_each(|(number, row)| shown[number.as_usize()].add(&row));
    let mut child = |number: i8| {
        let own = rows().filter(|(other, _)| *other == number).map(|(_, row)| row);
        shown[number.as_usize()].part_of(column.child(number), own)
    };
    let children = fields.iter().map(|(number, _)| child(number)).collect();
    let offsets: Vec<i32> =
        rows().map(|(number, row)| i32::usize_as(shown[number.as_usize()].place(&row))).collect();
    Parts { buffers: vec![types, Buffer::from_vec(offsets)], children }
}

/// What rows show of a child they may point to anywhere.
///
/// The span of it is sent, or the pieces that are shown, each once, if they are less than half of the span.
#[derive(Clone, Default)]
struct Shown {
    span: Range<usize>,
    /// Rows of the child, those that are shown twice counted twice.
    total: usize,
    /// If pieces are sent: each, and its place in what is sent.
    pieces: Vec<(Range<usize>, usize)>,
}

impl Shown {
    fn by(rows: impl Iterator<Item = Range<usize>>) -> Self {
        let mut shown = Self::default();
        rows.for_each(|row| shown.add(&row));
        shown
    }

    /// An empty row may point to where nothing is.
    fn add(&mut self, row: &Range<usize>) {
        if row.is_empty() {
            return;
        }
        let start = if self.total == 0 { row.start } else { self.span.start.min(row.start) };
        self.span = start..self.span.end.max(row.end);
        self.total += row.len();
    }

    fn in_pieces(&self) -> bool {
        self.total < self.span.len() / 2
    }

    fn rows_sent(&self) -> usize {
        if self.in_pieces() { self.total } else { self.span.len() }
    }

    /// What is sent of the child, when these rows were added.
    fn part_of(&mut self, child: &ArrayRef, rows: impl Iterator<Item = Range<usize>>) -> ArrayRef {
        if !self.in_pieces() {
            return child.slice(self.span.start, self.span.len());
        }
        let mut rows: Vec<Range<usize>> = rows.filter(|row| !row.is_empty()).collect();
        rows.sort_unstable_by_key(|row| row.start);
        for row in rows {
            match self.pieces.last_mut() {
                Some((last, _)) if row.start <= last.end => last.end = last.end.max(row.end),
                last => {
                    let place = last.map_or(0, |(last, place)| *place + last.len());
                    self.pieces.push((row, place));
                }
            }
        }
        let child = child.to_data();
        let mut sent = MutableArrayData::new(vec![&child], false, self.total);
        for (piece, _) in &self.pieces {
            sent.try_extend(0, piece.start, piece.end)
                .expect("a part of a child is no longer than the child");
        }
        make_array(sent.freeze())
    }

    /// Where a row begins in what is sent.
    fn place(&self, row: &Range<usize>) -> usize {
        if row.is_empty() {
            return 0;
        }
        match self.pieces.partition_point(|(piece, _)| piece.start <= row.start).checked_sub(1) {
            Some(index) => self.pieces[index].1 + row.start - self.pieces[index].0.start,
            None => row.start - self.span.start,
        }
    }
}

/// The range of one row of a child.
fn one(row: usize) -> Range<usize> {
    row..row + 1
}
