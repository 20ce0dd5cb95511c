//! Some rows of a segment that may still be growing, on their way to a reader.

#![expect(unsafe_code, reason = "it reads committed bytes of a segment that others may still fill")]

use std::ops::Range;
use std::sync::Arc;

use arrow_array::types::{BinaryViewType, ByteViewType, StringViewType};
use arrow_array::{
    Array, ArrayRef, BooleanArray, GenericByteViewArray, PrimitiveArray, RecordBatch, downcast_primitive,
};
use arrow_buffer::{Buffer, NullBuffer, ScalarBuffer};
use arrow_schema::DataType;
use arrow_select::concat::concat;

use super::builder::same_dictionary;
use super::copy::{pack, pack_validity};
use super::layout::{Cell, Layout, Place, stripe};
use crate::batch::Batch;
use crate::segment::FillingShare;

/// A range of the rows in a segment. Costs a few words until somebody reads it.
///
/// The rows of a view never change. The segment goes home when the last view of it, the last array over it
/// and its builder are gone.
#[derive(Clone, Debug)]
pub struct View {
    pub(super) layout: Arc<Layout>,
    segment: FillingShare,
    // Short numbers: a view travels through rings, and there a cache line is the measure.
    start: u32,
    end: u32,
    /// Up to here the heap is committed.
    heap_end: u32,
    /// For each column beside the segment, its arrays for these rows.
    beside: Box<[Vec<ArrayRef>]>,
}

impl View {
    /// `rows` are committed in every stripe, and the heap is up to `heap_end`.
    pub(super) fn new(
        layout: Arc<Layout>,
        segment: FillingShare,
        rows: Range<usize>,
        heap_end: usize,
        beside: Box<[Vec<ArrayRef>]>,
    ) -> Self {
        debug_assert!(rows.end <= layout.rows_max());
        let [start, end, heap_end] = [rows.start, rows.end, heap_end]
            .map(|at| u32::try_from(at).expect("segments are far shorter than 4 GiB"));
        Self { layout, segment, start, end, heap_end, beside }
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        (self.end - self.start) as usize
    }

    /// Joins the rows of `next` to these if they follow directly in the same segment (and what is beside it can
    /// be joined: two dictionaries cannot). Otherwise answers `false` and nothing has changed.
    #[must_use = "views of different segments stay apart"]
    pub fn absorb(&mut self, next: &Self) -> bool {
        let adjacent = self.segment.is_same(&next.segment) && self.end == next.start;
        let joinable = adjacent
            && self.beside.iter().zip(&*next.beside).all(|(parts, more)| one_dictionary(parts, more));
        if joinable {
            self.end = next.end;
            self.heap_end = next.heap_end;
            for (parts, more) in self.beside.iter_mut().zip(&*next.beside) {
                parts.extend_from_slice(more);
            }
        }
        joinable
    }

    /// The rows as a batch, without copying but for bits, which are packed, and for columns beside the segment that
    /// came in several parts.
    ///
    /// What it costs is Arrow's own structure: two allocations a column, however few the rows. (Copying the stripes
    /// of small views into one buffer was measured and saved 4 %: not worth a second way.)
    ///
    /// # Panics
    ///
    /// If a row kind is none: the builder got its columns from elsewhere than a batch.
    pub fn batch(&self) -> Batch {
        let envelope = self.layout.envelope();
        let mut columns = self.arrays();
        let split = envelope.split(&mut columns);
        let (kinds, hashes) = split.expect("row kinds are checked before they are appended");
        // SAFETY: as in `columns`; what was split off were the columns behind those of the schema.
        let columns = unsafe { RecordBatch::new_unchecked(envelope.schema().clone(), columns, self.rows()) };
        Batch::new(columns).with_kinds(kinds).with_hashes(hashes)
    }

    /// The rows as columns: those of the layout's envelope.
    pub fn columns(&self) -> RecordBatch {
        let columns = self.arrays();
        // SAFETY: 1. `arrays` makes each column for the type of its field, or (beside) it was checked against it when
        // it was appended. 2. All have the rows of this view. 3. A field that is not nullable has no validity.
        unsafe { RecordBatch::new_unchecked(self.layout.envelope().packed().clone(), columns, self.rows()) }
    }

    fn arrays(&self) -> Vec<ArrayRef> {
        let heap = self.heap();
        let column = |(place, field): (&Place, &arrow_schema::Field)| match *place {
            Place::Stripe { cell, values, validity } => {
                let nulls = validity.and_then(|validity| pack_validity(self.bytes(validity, 1)));
                self.column(field.data_type(), (cell, values), nulls.map(NullBuffer::new), heap.as_ref())
            }
            Place::Beside(index) => joined(&self.beside[index]),
        };
        self.layout.places().iter().zip(self.layout.fields()).map(column).collect()
    }

    fn column(
        &self,
        data_type: &DataType,
        (cell, values): (Cell, usize),
        nulls: Option<NullBuffer>,
        heap: Option<&Buffer>,
    ) -> ArrayRef {
        if cell == Cell::Boolean {
            return Arc::new(BooleanArray::new(pack(self.bytes(values, 1)), nulls));
        }
        let bytes = self.buffer(values, cell.width());
        match data_type {
            DataType::Utf8View => self.strings::<StringViewType>(bytes, nulls, heap),
            DataType::BinaryView => self.strings::<BinaryViewType>(bytes, nulls, heap),
            _ => fixed(data_type, bytes, nulls, self.rows()),
        }
    }

    fn strings<T: ByteViewType>(
        &self,
        views: Buffer,
        nulls: Option<NullBuffer>,
        heap: Option<&Buffer>,
    ) -> ArrayRef {
        let views = ScalarBuffer::new(views, 0, self.rows());
        let texts: Arc<[Buffer]> = heap.map_or_else(Default::default, |heap| Arc::new([heap.clone()]));
        // SAFETY: 1. The views were copied from arrays of this type, or from a `&str` or `&[u8]` (`RowWriter`):
        // their texts are valid, and prefixes agree. 2. Long ones were moved to point into the heap, below its
        // end at that time, hence below `heap_end`. 3. Nulls have the length of the rows, as `pack` makes them.
        Arc::new(unsafe { GenericByteViewArray::<T>::new_unchecked(views, texts, nulls) })
    }

    fn range(&self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// The heap as far as it is committed, if it holds anything.
    pub(super) fn heap(&self) -> Option<Buffer> {
        let heap = self.layout.heap_start()..self.heap_end as usize;
        // SAFETY: the builder's heap only grows: bytes below where it once ended are never written again.
        (!heap.is_empty()).then(|| unsafe { self.segment.buffer(heap) })
    }

    /// These rows' part of a stripe, read.
    pub(super) fn bytes(&self, start: usize, width: usize) -> &[u8] {
        // SAFETY: a builder writes to rows from its own row count on, and all rows of a view are below it.
        unsafe { self.segment.committed(stripe(start, width, &self.range())) }
    }

    /// These rows' part of a stripe, lent.
    fn buffer(&self, start: usize, width: usize) -> Buffer {
        // SAFETY: as in `bytes`.
        unsafe { self.segment.buffer(stripe(start, width, &self.range())) }
    }
}

/// Values of fixed width.
pub(super) fn fixed(
    data_type: &DataType,
    values: Buffer,
    nulls: Option<NullBuffer>,
    rows: usize,
) -> ArrayRef {
    macro_rules! array {
        ($type:ty) => {
            Arc::new(
                PrimitiveArray::<$type>::new(ScalarBuffer::new(values, 0, rows), nulls)
                    .with_data_type(data_type.clone()),
            )
        };
    }
    downcast_primitive! {
        data_type => (array),
        other => unreachable!("{other} has no stripe of fixed width"),
    }
}

fn one_dictionary(parts: &[ArrayRef], more: &[ArrayRef]) -> bool {
    parts.last().zip(more.first()).is_none_or(|(last, next)| same_dictionary(last, next))
}

/// The parts of a column as one.
fn joined(parts: &[ArrayRef]) -> ArrayRef {
    if let [only] = parts {
        return only.clone();
    }
    let parts: Vec<&dyn Array> = parts.iter().map(AsRef::as_ref).collect();
    concat(&parts).expect("parts of one column have one type, and at most one dictionary")
}
