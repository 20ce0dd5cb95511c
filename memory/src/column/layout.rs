//! Where each column lies in a segment.

use std::ops::Range;
use std::sync::Arc;

use arrow_schema::{DataType, Field};

use crate::batch::Envelope;
use crate::bound::COLUMN_ALIGN;

/// The stripes of a segment, and how many rows they have room for.
///
/// Plain data, shared by a builder and all views of its segments.
#[derive(Debug)]
pub struct Layout {
    envelope: Arc<Envelope>,
    places: Vec<Place>,
    segment_bytes: usize,
    rows_max: usize,
    row_bytes: usize,
    heap_per_row: usize,
    heap_start: usize,
}

/// Where one column lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// In the segment: values from this offset on, and a validity byte for each row if the column has nulls.
    Stripe { cell: Cell, values: usize, validity: Option<usize> },
    /// Not in the segment: the so-manieth of the arrays beside it.
    Beside(usize),
}

/// What a row has in a stripe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cell {
    /// A value of so many bytes.
    Fixed(usize),
    /// A byte, 0 or 1.
    Boolean,
    /// The view of a string; the text itself if it is short, else a place in the heap.
    View,
}

impl Cell {
    fn of(data_type: &DataType) -> Option<Self> {
        match data_type {
            DataType::Boolean => Some(Self::Boolean),
            DataType::Utf8View | DataType::BinaryView => Some(Self::View),
            other => other.primitive_width().map(Self::Fixed),
        }
    }

    pub(super) fn width(self) -> usize {
        match self {
            Self::Fixed(width) => width,
            Self::Boolean => 1,
            Self::View => size_of::<u128>(),
        }
    }
}

impl Layout {
    /// The layout for segments of `segment_bytes`, if rows have `heap_per_row` bytes of long strings on
    /// average. A wrong guess costs room, never rows: a segment is full when either part is.
    ///
    /// `None` when not even one such row fits.
    pub fn new(envelope: Arc<Envelope>, segment_bytes: usize, heap_per_row: usize) -> Option<Arc<Self>> {
        let heap_per_row = if has_views(&envelope) { heap_per_row } else { 0 };
        let widths: Vec<usize> = stripes(&envelope).collect();
        let row_bytes = widths.iter().sum::<usize>();
        let for_rows = segment_bytes.checked_sub(widths.len() * (COLUMN_ALIGN - 1))?;
        // Rows without any stripe take no room; then a segment's worth of bytes is as good a bound as any.
        let rows_max = for_rows / (row_bytes + heap_per_row).max(1);
        if rows_max == 0 {
            return None;
        }
        let (places, heap_start) = place_columns(&envelope, rows_max);
        debug_assert!(heap_start <= segment_bytes);
        Some(Arc::new(Self {
            envelope,
            places,
            segment_bytes,
            rows_max,
            row_bytes,
            heap_per_row,
            heap_start,
        }))
    }

    /// The size of segment that one row with `heap_bytes` of long strings needs: a layout for this size and that
    /// heap has room for it. A row that needs more than [`SEGMENT_BYTES_MAX`](crate::SEGMENT_BYTES_MAX) fits no
    /// segment and travels as a batch of its own.
    pub fn bytes_for_row(envelope: &Envelope, heap_bytes: usize) -> usize {
        // What `new` takes off for alignment, and one row.
        stripes(envelope).map(|width| COLUMN_ALIGN - 1 + width).sum::<usize>() + heap_bytes
    }

    /// A layout for rows with `heap_per_row` bytes of long strings: this one, unless the guess was off by more
    /// than an eighth.
    #[must_use]
    pub fn adapted(self: &Arc<Self>, heap_per_row: usize) -> Arc<Self> {
        let tolerance = (self.heap_per_row / 8).max(4);
        if heap_per_row.abs_diff(self.heap_per_row) <= tolerance {
            return self.clone();
        }
        Self::new(self.envelope.clone(), self.segment_bytes, heap_per_row).unwrap_or_else(|| self.clone())
    }

    /// Which columns there are.
    pub fn envelope(&self) -> &Arc<Envelope> {
        &self.envelope
    }

    /// How many rows there is room for, if their strings are as long as guessed.
    pub fn rows_max(&self) -> usize {
        self.rows_max
    }

    /// The size of segment that this layout is for.
    pub fn segment_bytes(&self) -> usize {
        self.segment_bytes
    }

    /// What a row takes in the stripes.
    pub(super) fn row_bytes(&self) -> usize {
        self.row_bytes
    }

    pub(super) fn places(&self) -> &[Place] {
        &self.places
    }

    pub(super) fn fields(&self) -> impl Iterator<Item = &Field> {
        self.envelope.packed().fields().iter().map(AsRef::as_ref)
    }

    /// How many columns travel beside the segment.
    pub(super) fn beside(&self) -> usize {
        self.places.iter().filter(|place| matches!(place, Place::Beside(_))).count()
    }

    pub(super) fn heap_start(&self) -> usize {
        self.heap_start
    }
}

/// The bytes of `rows` in a stripe that begins at `start`.
pub(super) fn stripe(start: usize, width: usize, rows: &Range<usize>) -> Range<usize> {
    start + rows.start * width..start + rows.end * width
}

/// The widths of all stripes, validity included.
fn stripes(envelope: &Envelope) -> impl Iterator<Item = usize> {
    let cells = envelope.packed().fields().iter().filter_map(|field| {
        Cell::of(field.data_type()).map(|cell| [cell.width(), usize::from(field.is_nullable())])
    });
    cells.flatten().filter(|width| *width > 0)
}

fn has_views(envelope: &Envelope) -> bool {
    envelope.packed().fields().iter().any(|field| Cell::of(field.data_type()) == Some(Cell::View))
}

/// One stripe after the other, each on a cache line; the heap takes what is left.
fn place_columns(envelope: &Envelope, rows: usize) -> (Vec<Place>, usize) {
    let (mut end, mut beside) = (0_usize, 0);
    let mut place = |width: usize| {
        let start = end.next_multiple_of(COLUMN_ALIGN);
        end = start + rows * width;
        start
    };
    let places = envelope.packed().fields().iter().map(|field| match Cell::of(field.data_type()) {
        Some(cell) => {
            let validity = field.is_nullable().then(|| place(1));
            Place::Stripe { cell, values: place(cell.width()), validity }
        }
        None => {
            beside += 1;
            Place::Beside(beside - 1)
        }
    });
    let places = places.collect();
    (places, end.next_multiple_of(COLUMN_ALIGN))
}
