//! Columns taken apart into buffers, without copying those that lie well.
//!
//! What a column shows is what is sent: a slice of a list sends its part of the values, rows that use few words
//! of a dictionary send those. What must be copied is small: bits that do not begin at a byte, offsets that do
//! not begin at zero, views that point elsewhere.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{BinaryViewType, ByteViewType, StringViewType};
use arrow_array::{Array, ArrayRef, OffsetSizeTrait, RecordBatch, downcast_primitive};
use arrow_buffer::{ArrowNativeType, Buffer, OffsetBuffer, ScalarBuffer};
use arrow_schema::DataType;

use super::nested;
use super::texts::{Texts, shown_texts};
use crate::bound::{FRAME_ALIGN, FRAME_BUFFERS_MAX, FRAME_ROWS_MAX, FRAME_TEXT_BYTES_MAX};

/// A column takes so many bytes at the front of a body: its rows, its nulls, its buffers.
pub(super) const NODE_BYTES: usize = 12;

/// And each buffer its length.
pub(super) const LENGTH_BYTES: usize = 4;

/// The columns make a body that no frame can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TooLong {
    /// As far as was counted.
    pub(super) bytes: usize,
}

/// The body of a frame, taken apart.
#[derive(Debug)]
pub(super) struct Body {
    nodes: Vec<[u32; 3]>,
    buffers: Vec<Buffer>,
    /// Of the buffers, padding included.
    buffer_bytes: usize,
    /// Long strings that the rows show, each row's counted.
    text_bytes: usize,
    bytes_max: usize,
}

/// The buffers of a column's own, and what lies below it.
#[derive(Default)]
pub(super) struct Parts {
    pub(super) buffers: Vec<Buffer>,
    pub(super) children: Vec<ArrayRef>,
}

impl Body {
    /// Takes columns apart, unless they are longer than `bytes_max`.
    pub(super) fn of(columns: &RecordBatch, bytes_max: usize) -> Result<Self, TooLong> {
        let mut body =
            Self { nodes: Vec::new(), buffers: Vec::new(), buffer_bytes: 0, text_bytes: 0, bytes_max };
        body.check_rows(columns.num_rows())?;
        columns.columns().iter().try_for_each(|column| body.put(column))?;
        body.check_bytes()?;
        Ok(body)
    }

    /// Bytes of the whole body.
    pub(super) fn bytes(&self) -> usize {
        let front = self.nodes.len() * NODE_BYTES + self.buffers.len() * LENGTH_BYTES;
        front.next_multiple_of(FRAME_ALIGN) + self.buffer_bytes
    }

    /// How many buffers there are.
    pub(super) fn buffer_count(&self) -> usize {
        self.buffers.len()
    }

    /// Appends nodes and lengths, and zeroes to the next cache line.
    pub(super) fn write_front(&self, bytes: &mut Vec<u8>) {
        let start = bytes.len();
        for number in self.nodes.iter().flatten() {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        for buffer in &self.buffers {
            bytes.extend_from_slice(&number(buffer.len()).to_le_bytes());
        }
        bytes.resize(start + (bytes.len() - start).next_multiple_of(FRAME_ALIGN), 0);
    }

    /// The buffers behind the front.
    pub(super) fn into_buffers(self) -> Vec<Buffer> {
        self.buffers
    }

    fn put(&mut self, column: &ArrayRef) -> Result<(), TooLong> {
        self.check_rows(column.len())?;
        let (node, first) = (self.nodes.len(), self.buffers.len());
        let nulls = column.nulls().filter(|nulls| nulls.null_count() > 0);
        self.nodes.push([number(column.len()), nulls.map_or(0, |nulls| number(nulls.null_count())), 0]);
        if let Some(nulls) = nulls {
            self.push(nulls.inner().sliced());
        }
        let parts = self.take_apart(column)?;
        parts.buffers.into_iter().for_each(|buffer| self.push(buffer));
        self.nodes[node][2] = number(self.buffers.len() - first);
        self.check_bytes()?;
        parts.children.iter().try_for_each(|child| self.put(child))
    }

    fn push(&mut self, buffer: Buffer) {
        self.buffer_bytes += buffer.len().next_multiple_of(FRAME_ALIGN);
        self.buffers.push(buffer);
    }

    fn take_apart(&mut self, column: &ArrayRef) -> Result<Parts, TooLong> {
        use DataType::*;
        Ok(match column.data_type() {
            Null => Parts::default(),
            Boolean => Parts::leaf([column.as_boolean().values().sliced()]),
            Utf8 => offset_texts(column.as_string::<i32>().offsets(), column.as_string::<i32>().values()),
            LargeUtf8 => {
                offset_texts(column.as_string::<i64>().offsets(), column.as_string::<i64>().values())
            }
            Binary => offset_texts(column.as_binary::<i32>().offsets(), column.as_binary::<i32>().values()),
            LargeBinary => {
                offset_texts(column.as_binary::<i64>().offsets(), column.as_binary::<i64>().values())
            }
            Utf8View => self.views::<StringViewType>(column)?,
            BinaryView => self.views::<BinaryViewType>(column)?,
            FixedSizeBinary(width) => {
                let bytes = column.len() * usize::try_from(*width).expect("widths are not negative");
                let values = column.as_fixed_size_binary().values();
                Parts::leaf([values.slice_with_length(0, bytes)])
            }
            Struct(_) => Parts::children(column.as_struct().columns().to_vec()),
            List(_) => nested::list(column.as_list::<i32>().offsets(), column.as_list::<i32>().values()),
            LargeList(_) => nested::list(column.as_list::<i64>().offsets(), column.as_list::<i64>().values()),
            Map(_, _) => {
                let entries: ArrayRef = Arc::new(column.as_map().entries().clone());
                nested::list(column.as_map().offsets(), &entries)
            }
            ListView(_) => nested::list_view(column.as_list_view::<i32>()),
            LargeListView(_) => nested::list_view(column.as_list_view::<i64>()),
            FixedSizeList(_, _) => nested::fixed_size_list(column.as_fixed_size_list()),
            Dictionary(_, _) => nested::dictionary(column),
            RunEndEncoded(_, _) => nested::runs(column),
            Union(_, _) => nested::union(column.as_union()),
            _ => Parts::leaf([numbers(column)]),
        })
    }

    fn views<T: ByteViewType>(&mut self, column: &ArrayRef) -> Result<Parts, TooLong> {
        let column = column.as_byte_view::<T>();
        let room = self.bytes_max.saturating_sub(self.buffer_bytes);
        let texts = shown_texts(column.views(), column.nulls(), column.data_buffers(), room)
            .map_err(|TooLong { bytes }| TooLong { bytes: bytes + self.buffer_bytes })?;
        let Texts { views, mut heaps, shown_bytes } = texts;
        self.text_bytes += shown_bytes;
        if self.text_bytes > FRAME_TEXT_BYTES_MAX {
            return Err(TooLong { bytes: self.text_bytes });
        }
        heaps.insert(0, views);
        Ok(Parts { buffers: heaps, children: Vec::new() })
    }

    /// Rows may be without bytes, so they have a bound of their own.
    fn check_rows(&self, rows: usize) -> Result<(), TooLong> {
        if rows > FRAME_ROWS_MAX { Err(TooLong { bytes: self.bytes() + rows }) } else { Ok(()) }
    }

    fn check_bytes(&self) -> Result<(), TooLong> {
        let too_long = self.bytes() > self.bytes_max || self.buffers.len() > FRAME_BUFFERS_MAX;
        if too_long { Err(TooLong { bytes: self.bytes() }) } else { Ok(()) }
    }
}

impl Parts {
    pub(super) fn leaf<const N: usize>(buffers: [Buffer; N]) -> Self {
        Self { buffers: buffers.into(), children: Vec::new() }
    }

    pub(super) fn children(children: Vec<ArrayRef>) -> Self {
        Self { buffers: Vec::new(), children }
    }
}

/// The values of a column of fixed width.
fn numbers(column: &ArrayRef) -> Buffer {
    macro_rules! values {
        ($type:ty) => {
            bytes_of(column.as_primitive::<$type>().values())
        };
    }
    downcast_primitive! {
        column.data_type() => (values),
        other => unreachable!("every type but the primitive ones has a line above, {other} too"),
    }
}

/// Texts with offsets: those that the rows show.
fn offset_texts<O: OffsetSizeTrait>(offsets: &OffsetBuffer<O>, values: &Buffer) -> Parts {
    let (first, last) = (offsets[0].as_usize(), offsets[offsets.len() - 1].as_usize());
    Parts::leaf([from_zero(offsets), values.slice_with_length(first, last - first)])
}

/// Offsets that begin at zero; copied if they do not.
pub(super) fn from_zero<O: OffsetSizeTrait>(offsets: &OffsetBuffer<O>) -> Buffer {
    let first = offsets[0];
    if first == O::zero() {
        return bytes_of(offsets.inner());
    }
    Buffer::from_vec(offsets.iter().map(|offset| *offset - first).collect::<Vec<O>>())
}

/// The values and nothing behind them.
pub(super) fn bytes_of<T: ArrowNativeType>(values: &ScalarBuffer<T>) -> Buffer {
    values.inner().slice_with_length(0, size_of_val(&values[..]))
}

fn number(count: usize) -> u32 {
    u32::try_from(count).expect("what does not fit a frame was refused before")
}
