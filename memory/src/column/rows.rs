//! The rows of a batch, opened for copying: types resolved once, then only slices.

use std::ops::Range;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, RecordBatch, downcast_primitive_array};
use arrow_buffer::{BooleanBuffer, Buffer, NullBuffer};
use arrow_data::{ByteView, MAX_INLINE_VIEW_LEN};
use arrow_schema::DataType;

use super::builder::shown_bytes;
use super::layout::{Layout, Place};
use crate::batch::Envelope;

/// Where rows are copied from.
///
/// Made once for a batch, used for all of its targets.
#[derive(Debug)]
pub struct Rows<'batch> {
    envelope: Arc<Envelope>,
    columns: Vec<Source<'batch>>,
    count: usize,
    /// What a row takes in the stripes.
    row_bytes: usize,
}

/// One column, as its values lie in memory.
#[derive(Debug)]
pub(super) enum Source<'batch> {
    Fixed { bytes: &'batch [u8], nulls: Option<&'batch NullBuffer> },
    Boolean { bits: &'batch BooleanBuffer, nulls: Option<&'batch NullBuffer> },
    View(Strings<'batch>),
    Beside(&'batch ArrayRef),
}

/// A column of strings: views, and the buffers that the long ones point into.
#[derive(Clone, Copy, Debug)]
pub(super) struct Strings<'batch> {
    pub(super) views: &'batch [u128],
    pub(super) texts: &'batch [Buffer],
    pub(super) nulls: Option<&'batch NullBuffer>,
}

impl<'batch> Rows<'batch> {
    /// Opens `columns` for builders with this layout: the columns of its envelope, as
    /// [`Envelope::pack`](crate::Envelope::pack) makes them.
    ///
    /// # Panics
    ///
    /// If the columns have other types than the layout, or a null where the layout has no place for one.
    pub fn open(layout: &Layout, columns: &'batch RecordBatch) -> Self {
        assert_eq!(columns.num_columns(), layout.places().len());
        let open = |(column, (place, field)): (&'batch ArrayRef, (&Place, &arrow_schema::Field))| {
            assert_eq!(column.data_type(), field.data_type(), "column {}", field.name());
            assert!(field.is_nullable() || column.null_count() == 0, "null in column {}", field.name());
            match place {
                Place::Stripe { .. } => Source::of(column),
                Place::Beside(_) => Source::Beside(column),
            }
        };
        let places = layout.places().iter().zip(layout.fields());
        Self {
            envelope: layout.envelope().clone(),
            columns: columns.columns().iter().zip(places).map(open).collect(),
            count: columns.num_rows(),
            row_bytes: layout.row_bytes(),
        }
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Whether these rows have the columns of `layout`: they may have been opened for another one.
    pub(super) fn fit(&self, layout: &Layout) -> bool {
        let (mine, other) = (&self.envelope, layout.envelope());
        Arc::ptr_eq(mine, other) || mine.packed().fields() == other.packed().fields()
    }

    pub(super) fn columns(&self) -> &[Source<'batch>] {
        &self.columns
    }

    /// About how many bytes these rows take: in the stripes and heap of a segment, and beside it.
    pub fn bytes(&self, rows: Range<usize>) -> usize {
        let beside = self.columns.iter().filter_map(|column| match column {
            Source::Beside(column) => Some(shown_bytes(&column.slice(rows.start, rows.len()))),
            _ => None,
        });
        rows.len() * self.row_bytes + beside.sum::<usize>() + self.heap_of(rows)
    }

    /// How much heap the long strings of a row need.
    pub fn heap_of_row(&self, row: usize) -> usize {
        self.heap_of(row..row + 1)
    }

    /// How much heap the long strings of these rows need.
    pub fn heap_of(&self, rows: Range<usize>) -> usize {
        self.strings().map(|strings| strings.heap_of(rows.clone())).sum()
    }

    /// How much heap the long strings of these rows need.
    pub(super) fn heap_of_rows(&self, rows: &[u32]) -> usize {
        let of_rows =
            |strings: &Strings| rows.iter().map(|row| strings.heap_of_row(*row as usize)).sum::<usize>();
        self.strings().map(of_rows).sum()
    }

    fn strings(&self) -> impl Iterator<Item = &Strings<'batch>> {
        self.columns.iter().filter_map(|column| match column {
            Source::View(strings) => Some(strings),
            _ => None,
        })
    }
}

impl<'batch> Source<'batch> {
    fn of(column: &'batch ArrayRef) -> Self {
        // A null buffer without a null is as good as none, and much faster.
        let nulls = column.nulls().filter(|nulls| nulls.null_count() > 0);
        let array: &'batch dyn Array = column.as_ref();
        downcast_primitive_array!(
            array => Self::Fixed { bytes: array.values().inner().as_slice(), nulls },
            DataType::Boolean => Self::Boolean { bits: array.as_boolean().values(), nulls },
            DataType::Utf8View => {
                let array = array.as_string_view();
                Self::View(Strings { views: array.views(), texts: array.data_buffers(), nulls })
            }
            DataType::BinaryView => {
                let array = array.as_binary_view();
                Self::View(Strings { views: array.views(), texts: array.data_buffers(), nulls })
            }
            other => unreachable!("{other} has no stripe"),
        )
    }
}

impl Strings<'_> {
    pub(super) fn is_null(&self, row: usize) -> bool {
        self.nulls.is_some_and(|nulls| nulls.is_null(row))
    }

    #[inline(always)]
    fn heap_of_row(&self, row: usize) -> usize {
        // What lies under a null does not travel.
        long_length(self.views[row]).filter(|_| !self.is_null(row)).unwrap_or(0)
    }

    fn heap_of(&self, rows: Range<usize>) -> usize {
        match self.nulls {
            None => self.views[rows].iter().map(|view| long_length(*view).unwrap_or(0)).sum(),
            Some(_) => rows.map(|row| self.heap_of_row(row)).sum(),
        }
    }
}

/// The length of a string, unless it is short enough to lie in its view.
#[inline(always)]
pub(super) fn long_length(view: u128) -> Option<usize> {
    let length = ByteView::from(view).length;
    (length > MAX_INLINE_VIEW_LEN).then_some(length as usize)
}
