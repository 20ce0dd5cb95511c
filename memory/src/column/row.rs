//! One row, written value by value, for sources that have records and not columns.

use arrow_array::builder::make_view;
use arrow_array::types::ArrowPrimitiveType;
use arrow_array::{Array, ArrayRef};
use arrow_buffer::ToByteSlice;
use arrow_data::MAX_INLINE_VIEW_LEN;
use arrow_schema::{DataType, Field};

use super::builder::ColumnBuilder;
use super::layout::{Cell, Place, stripe};

/// Writes the values of one row, in the order of the columns.
///
/// The row counts once [`RowWriter::commit`] has said so; dropped before, nothing has happened.
///
/// # Panics
///
/// Every `put` panics if its type is not that of the next column, or there is no next column: the caller
/// wrote the schema.
#[derive(Debug)]
#[must_use = "a row that is not committed does not count"]
pub struct RowWriter<'builder> {
    builder: &'builder mut ColumnBuilder,
    column: usize,
    heap_used: usize,
    beside: Vec<ArrayRef>,
}

/// A row that did not fit: its long strings need so much heap.
///
/// Try another segment; if that was an empty one, a segment of [`Layout::bytes_for_row`](super::Layout::bytes_for_row).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no room for {heap_bytes} bytes of long strings")]
pub struct NoRoom {
    /// The length of all long strings of the row.
    pub heap_bytes: usize,
}

impl<'builder> RowWriter<'builder> {
    pub(super) fn begin(builder: &'builder mut ColumnBuilder) -> Self {
        Self { builder, column: 0, heap_used: 0, beside: Vec::new() }
    }

    /// A number, a time, a decimal: any value of fixed width.
    pub fn put<T: ArrowPrimitiveType>(&mut self, value: T::Native) -> &mut Self {
        let cell = Cell::Fixed(size_of::<T::Native>());
        self.put_cell(cell, holds::<T>, value.to_byte_slice())
    }

    /// A boolean.
    pub fn put_bool(&mut self, value: bool) -> &mut Self {
        self.put_cell(Cell::Boolean, |data_type| *data_type == DataType::Boolean, &[u8::from(value)])
    }

    /// A string.
    pub fn put_str(&mut self, text: &str) -> &mut Self {
        let view = self.view_of(text.as_bytes());
        self.put_cell(Cell::View, |data_type| *data_type == DataType::Utf8View, &view.to_ne_bytes())
    }

    /// A string of bytes.
    pub fn put_bytes(&mut self, bytes: &[u8]) -> &mut Self {
        let view = self.view_of(bytes);
        self.put_cell(Cell::View, |data_type| *data_type == DataType::BinaryView, &view.to_ne_bytes())
    }

    /// A null.
    pub fn put_null(&mut self) -> &mut Self {
        let Place::Stripe { cell, validity: Some(validity), .. } = self.place() else {
            panic!("column {} has no nulls, or travels beside the segment", self.column)
        };
        self.write(stripe_at(validity, 1, self.builder.rows()), &[0]);
        // A null view must not point anywhere; the other cells may hold anything, but what is written twice
        // the same way can be compared.
        self.write_value(&[0; 32][..cell.width()]);
        self.column += 1;
        self
    }

    /// The value of a column that travels beside the segment: an array of one element.
    ///
    /// # Panics
    ///
    /// Also if it has another dictionary than the rows since the last view: take a view first.
    pub fn put_array(&mut self, value: ArrayRef) -> &mut Self {
        let Place::Beside(index) = self.place() else { panic!("column {} has a stripe", self.column) };
        let field = self.field();
        assert_eq!(value.len(), 1);
        assert_eq!(value.data_type(), field.data_type(), "column {}", field.name());
        assert!(field.is_nullable() || value.null_count() == 0, "null in column {}", field.name());
        assert!(self.builder.can_join(index, &value), "another dictionary in column {}", field.name());
        self.beside.push(value);
        self.column += 1;
        self
    }

    /// Makes it a row, or says why not: then nothing was written, and the caller goes on with another segment.
    pub fn commit(self) -> Result<(), NoRoom> {
        assert_eq!(self.column, self.builder.layout().places().len(), "a value for every column");
        if self.heap_used > self.builder.heap_free() {
            return Err(NoRoom { heap_bytes: self.heap_used });
        }
        self.builder.commit_row(self.heap_used, self.beside);
        Ok(())
    }

    fn field(&self) -> &Field {
        self.builder.layout().envelope().packed().field(self.column)
    }

    fn place(&self) -> Place {
        *self.builder.layout().places().get(self.column).expect("no value beyond the last column")
    }

    fn put_cell(&mut self, expected: Cell, accepts: impl Fn(&DataType) -> bool, value: &[u8]) -> &mut Self {
        let Place::Stripe { cell, validity, .. } = self.place() else {
            panic!("column {} travels beside the segment", self.column)
        };
        let field = self.field();
        assert!(cell == expected && accepts(field.data_type()), "{} does not hold that", field);
        if let Some(validity) = validity {
            self.write(stripe_at(validity, 1, self.builder.rows()), &[1]);
        }
        self.write_value(value);
        self.column += 1;
        self
    }

    fn write_value(&mut self, value: &[u8]) {
        let Place::Stripe { cell, values, .. } = self.place() else { unreachable!("asked before") };
        self.write(stripe_at(values, cell.width(), self.builder.rows()), value);
    }

    fn write(&mut self, bytes: std::ops::Range<usize>, value: &[u8]) {
        self.builder.unread(bytes).copy_from_slice(value);
    }

    /// The view of a text, which goes to the heap if it is long.
    fn view_of(&mut self, text: &[u8]) -> u128 {
        if text.len() <= MAX_INLINE_VIEW_LEN as usize {
            return make_view(text, 0, 0);
        }
        let used = self.heap_used;
        self.heap_used += text.len();
        if self.heap_used > self.builder.heap_free() {
            return 0; // `commit` will say so.
        }
        let (_, mut heap) = self.builder.unread_with_heap(0..0);
        heap.used = used;
        let offset = u32::try_from(heap.next()).expect("a segment is far shorter than 4 GiB");
        heap.put(text);
        make_view(text, 0, offset)
    }
}

/// The bytes of one row in a stripe.
fn stripe_at(start: usize, width: usize, row: usize) -> std::ops::Range<usize> {
    stripe(start, width, &(row..row + 1))
}

/// Whether a column of this type holds values of `T`: the unit counts, the zone and the precision do not.
fn holds<T: ArrowPrimitiveType>(data_type: &DataType) -> bool {
    use DataType::{Decimal32, Decimal64, Decimal128, Decimal256, Timestamp};
    match (&T::DATA_TYPE, data_type) {
        (Timestamp(unit, _), Timestamp(other, _)) => unit == other,
        (Decimal32(..), Decimal32(..)) | (Decimal64(..), Decimal64(..)) => true,
        (Decimal128(..), Decimal128(..)) | (Decimal256(..), Decimal256(..)) => true,
        (own, other) => own == other,
    }
}
