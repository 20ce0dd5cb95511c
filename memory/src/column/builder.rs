//! Appends rows to the stripes of a segment and gives out views of them.

#![expect(unsafe_code, reason = "it alone knows which bytes of its segment are still unread; see `Filling`")]

use std::ops::Range;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef};
use arrow_schema::DataType;
use arrow_select::take::take;

use super::copy::{self, Chosen, Heap};
use super::layout::{Layout, Place, stripe};
use super::row::RowWriter;
use super::rows::{Rows, Source};
use super::view::View;
use crate::segment::{Filling, Segment};

/// Rows being written into one segment.
///
/// ```
/// # use std::sync::Arc;
/// # use arrow_array::record_batch;
/// # use memory::{ColumnBuilder, Envelope, Layout, Pool, Rows};
/// let batch = record_batch!(("url", Utf8View, ["/", "/a/rather/long/path"]), ("n", Int64, [1, 2])).unwrap();
/// let layout = Layout::new(Arc::new(Envelope::new(batch.schema(), false, false)), 32 << 10, 8).unwrap();
///
/// let pool = Pool::open(2 << 20, 32 << 10)?;
/// let mut builder = ColumnBuilder::open(&layout, pool.take().unwrap());
/// let rows = Rows::open(&layout, &batch);
/// builder.append(&rows, 0..1);
/// let mut first = builder.view().unwrap();   // Ship what is there …
/// builder.append(&rows, 1..2);               // … and go on in the same segment.
/// let second = builder.view().unwrap();
/// assert_eq!(first.columns(), batch.slice(0, 1));
/// assert!(first.absorb(&second));            // A receiver that is behind reads both as one.
/// assert_eq!(first.columns(), batch);
/// # Ok::<(), memory::Error>(())
/// ```
#[derive(Debug)]
pub struct ColumnBuilder {
    layout: Arc<Layout>,
    filling: Filling,
    /// Rows written.
    rows: usize,
    /// Rows already in a view.
    viewed: usize,
    /// Where the next long string goes. Below it every heap byte is written and stays as it is.
    heap: usize,
    /// For each column beside the segment: its arrays since the last view.
    beside: Vec<Vec<ArrayRef>>,
    /// About how many bytes have gone beside the segment.
    beside_bytes: usize,
}

impl ColumnBuilder {
    /// An empty builder over `segment`.
    ///
    /// # Panics
    ///
    /// If the segment is smaller than the layout says.
    pub fn open(layout: &Arc<Layout>, segment: Segment) -> Self {
        assert!(segment.len() >= layout.segment_bytes());
        let beside = vec![Vec::new(); layout.beside()];
        let heap = layout.heap_start();
        Self {
            layout: layout.clone(),
            filling: Filling::new(segment),
            rows: 0,
            viewed: 0,
            heap,
            beside,
            beside_bytes: 0,
        }
    }

    /// Rows written so far.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Rows written and not yet in a view.
    pub fn unviewed(&self) -> usize {
        self.rows - self.viewed
    }

    /// How much of its segment the rows so far take, and about what has gone beside it.
    pub fn bytes_written(&self) -> usize {
        let heap = self.heap - self.layout.heap_start();
        self.rows * self.layout.row_bytes() + heap + self.beside_bytes
    }

    /// The length of its segment.
    pub fn segment_bytes(&self) -> usize {
        self.filling.len()
    }

    /// Whether the next row, whatever it is, has no place.
    pub fn is_full(&self) -> bool {
        self.rows == self.layout.rows_max()
    }

    /// The layout of this segment.
    pub fn layout(&self) -> &Arc<Layout> {
        &self.layout
    }

    /// The layout for the next segment, with the heap that the rows of this one turned out to need.
    pub fn next_layout(&self) -> Arc<Layout> {
        if self.rows == 0 {
            return self.layout.clone();
        }
        self.layout.adapted((self.heap - self.layout.heap_start()).div_ceil(self.rows))
    }

    /// Appends rows of a batch, as many as there is room for, and says how many.
    ///
    /// None, from an empty builder, means that the first row needs a larger segment: one of
    /// [`Layout::bytes_for_row`], with a layout made for it.
    ///
    /// # Panics
    ///
    /// If the range reaches beyond the rows, or they were opened for other columns.
    pub fn append(&mut self, rows: &Rows, range: Range<usize>) -> usize {
        assert!(rows.fit(&self.layout), "rows of other columns");
        assert!(range.end <= rows.len());
        let room = range.len().min(self.room(rows));
        let mut range = range.start..range.start + room;
        if rows.heap_of(range.clone()) > self.heap_free() {
            let start = range.start;
            range.end = start + self.fitting(room, |part| rows.heap_of(start + part.start..start + part.end));
        }
        self.copy(rows, &Chosen::Range(range))
    }

    /// Appends the chosen rows of a batch in their order, as many as there is room for, and says how many.
    ///
    /// # Panics
    ///
    /// If a row is chosen that does not exist, or the rows were opened for other columns.
    pub fn gather(&mut self, rows: &Rows, chosen: &[u32]) -> usize {
        assert!(rows.fit(&self.layout), "rows of other columns");
        assert!(chosen.iter().fold(0, |most, row| most.max(*row as usize + 1)) <= rows.len());
        let room = chosen.len().min(self.room(rows));
        let mut chosen = &chosen[..room];
        if rows.heap_of_rows(chosen) > self.heap_free() {
            chosen = &chosen[..self.fitting(room, |part| rows.heap_of_rows(&chosen[part]))];
        }
        self.copy(rows, &Chosen::Rows(chosen))
    }

    /// Begins a row that is written value by value, or `None` when the segment is full.
    pub fn row(&mut self) -> Option<RowWriter<'_>> {
        (!self.is_full()).then(|| RowWriter::begin(self))
    }

    /// The rows since the last view, or `None` if there are none.
    pub fn view(&mut self) -> Option<View> {
        if self.rows == self.viewed {
            return None;
        }
        let rows = self.viewed..self.rows;
        self.viewed = self.rows;
        let beside = self.beside.iter_mut().map(std::mem::take).collect();
        Some(View::new(self.layout.clone(), self.filling.share(), rows, self.heap, beside))
    }

    /// How many rows there is room for, heap apart.
    ///
    /// None while a view would show two dictionaries of a column: together they may have more entries than their
    /// keys can number.
    fn room(&self, rows: &Rows) -> usize {
        let beside = rows.columns().iter().filter_map(|source| match source {
            Source::Beside(column) => Some(*column),
            _ => None,
        });
        let joinable = (0..self.beside.len()).zip(beside).all(|(index, column)| self.can_join(index, column));
        if joinable { self.layout.rows_max() - self.rows } else { 0 }
    }

    /// Whether a view can show this column behind what is beside the segment since the last one.
    pub(super) fn can_join(&self, index: usize, column: &ArrayRef) -> bool {
        self.beside[index].last().is_none_or(|last| same_dictionary(last, column))
    }

    pub(super) fn heap_free(&self) -> usize {
        self.filling.len() - self.heap
    }

    /// How many of `count` rows fit, when not all of them do. Halves what is in doubt, so that each row is asked
    /// about once or twice, in ranges that a loop can sum.
    fn fitting(&self, count: usize, heap_of: impl Fn(Range<usize>) -> usize) -> usize {
        let (mut free, mut fitting, mut beyond) = (self.heap_free(), 0, count);
        while fitting < beyond {
            let middle = (fitting + beyond).div_ceil(2);
            match free.checked_sub(heap_of(fitting..middle)) {
                Some(left) => (free, fitting) = (left, middle),
                None => beyond = middle - 1,
            }
        }
        fitting
    }

    /// Copies rows that are known to fit, column by column.
    fn copy(&mut self, rows: &Rows, chosen: &Chosen) -> usize {
        let count = chosen.len();
        if count == 0 {
            return 0;
        }
        let target = self.rows..self.rows + count;
        for (index, source) in rows.columns().iter().enumerate() {
            match self.layout.places()[index] {
                Place::Stripe { cell, values, validity } => {
                    let into = stripe(values, cell.width(), &target);
                    let nulls = self.copy_values(source, chosen, into);
                    if let Some(validity) = validity {
                        copy::validity(nulls, chosen, self.unread(stripe(validity, 1, &target)));
                    }
                }
                Place::Beside(index) => {
                    let Source::Beside(column) = source else { unreachable!("opened with this layout") };
                    let part = part(column, chosen);
                    self.beside_bytes += shown_bytes(&part);
                    self.beside[index].push(part);
                }
            }
        }
        self.rows = target.end;
        count
    }

    fn copy_values<'a>(
        &mut self,
        source: &Source<'a>,
        chosen: &Chosen,
        into: Range<usize>,
    ) -> Option<&'a arrow_buffer::NullBuffer> {
        match *source {
            Source::Fixed { bytes, nulls } => {
                copy::fixed(bytes, into.len() / chosen.len(), chosen, self.unread(into));
                nulls
            }
            Source::Boolean { bits, nulls } => {
                copy::bits(bits, chosen, self.unread(into));
                nulls
            }
            Source::View(strings) => {
                let (into, mut heap) = self.unread_with_heap(into);
                copy::strings(&strings, chosen, into, &mut heap);
                self.heap += heap.used;
                strings.nulls
            }
            Source::Beside(_) => unreachable!("opened with this layout"),
        }
    }

    /// Bytes of rows that no view has: those from `self.rows` on.
    pub(super) fn unread(&mut self, bytes: Range<usize>) -> &mut [u8] {
        // SAFETY: callers pass stripes of rows from `self.rows` on. Views end at `self.viewed`, which is not
        // beyond `self.rows`, and stripes do not overlap, so no byte of these is or was lent.
        unsafe { self.filling.uncommitted(bytes) }
    }

    /// Bytes of rows that no view has, and the heap from where it is free.
    pub(super) fn unread_with_heap(&mut self, bytes: Range<usize>) -> (&mut [u8], Heap<'_>) {
        let end = self.filling.len();
        let (offset, start) = (self.heap - self.layout.heap_start(), self.heap);
        // SAFETY: 1. The stripe: as in `unread`. 2. The heap: views end at what `self.heap` was when they
        // were taken, and it only grows.
        let (into, free) = unsafe { self.filling.uncommitted_pair(bytes, start..end) };
        (into, Heap { free, offset, used: 0 })
    }

    /// What a finished [`RowWriter`] has written becomes a row.
    pub(super) fn commit_row(&mut self, heap_used: usize, beside: Vec<ArrayRef>) {
        self.rows += 1;
        self.heap += heap_used;
        for (column, value) in self.beside.iter_mut().zip(beside) {
            self.beside_bytes += shown_bytes(&value);
            column.push(value);
        }
    }
}

/// About how many bytes an array shows; a dictionary, which many share, is not counted.
pub(super) fn shown_bytes(column: &ArrayRef) -> usize {
    let rows = column.as_any_dictionary_opt().map_or(column.to_data(), |column| column.keys().to_data());
    rows.get_slice_memory_size().unwrap_or_else(|_| rows.get_buffer_memory_size())
}

/// Whether two arrays of one type can always be joined: they have no dictionary, or share it.
pub(super) fn same_dictionary(a: &ArrayRef, b: &ArrayRef) -> bool {
    match (a.as_any_dictionary_opt(), b.as_any_dictionary_opt()) {
        (Some(a), Some(b)) => Arc::ptr_eq(a.values(), b.values()),
        _ => !has_dictionary(a.data_type()),
    }
}

fn has_dictionary(data_type: &DataType) -> bool {
    match data_type {
        DataType::Dictionary(_, _) => true,
        DataType::Struct(fields) => fields.iter().any(|field| has_dictionary(field.data_type())),
        DataType::List(field) | DataType::LargeList(field) => has_dictionary(field.data_type()),
        DataType::FixedSizeList(field, _) | DataType::Map(field, _) => has_dictionary(field.data_type()),
        _ => false,
    }
}

fn part(column: &ArrayRef, chosen: &Chosen) -> ArrayRef {
    match chosen {
        Chosen::Range(range) => column.slice(range.start, range.len()),
        Chosen::Rows(rows) => {
            let rows = arrow_array::UInt32Array::from_iter_values(rows.iter().copied());
            take(column, &rows, None).expect("chosen rows exist")
        }
    }
}
