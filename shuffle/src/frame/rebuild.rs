//! The columns of a body, built over its bytes.
//!
//! A body comes from a peer, so nothing in it is believed: what is not checked here is checked by Arrow's own
//! validation, which every array goes through (offsets, UTF-8, keys, runs, alignment). What would make one of
//! Arrow's constructors panic is found before it is called.

use arrow_array::{ArrayRef, RecordBatch, RecordBatchOptions, make_array};
use arrow_buffer::{BooleanBuffer, Buffer, NullBuffer};
use arrow_data::{ArrayData, BufferSpec, MAX_INLINE_VIEW_LEN, layout};
use arrow_schema::{DataType, SchemaRef};

use super::body::{LENGTH_BYTES, NODE_BYTES};
use crate::bound::{FRAME_ALIGN, FRAME_ROWS_MAX, FRAME_TEXT_BYTES_MAX};

/// How many nodes the columns of a schema have.
pub(super) fn node_count(schema: &SchemaRef) -> usize {
    schema.fields().iter().map(|field| nodes_of(field.data_type())).sum()
}

fn nodes_of(data_type: &DataType) -> usize {
    1 + children(data_type).into_iter().map(nodes_of).sum::<usize>()
}

/// The `rows` of these columns in a body whose header has counted its `buffers`, or what does not fit.
///
/// # Panics
///
/// If `body` does not begin on an address that every array may begin on, or is no whole number of cache lines.
pub(super) fn rebuild(
    schema: &SchemaRef,
    nodes: usize,
    (rows, buffers): (usize, usize),
    body: &Buffer,
) -> Result<RecordBatch, String> {
    assert!(body.as_ptr().cast::<u128>().is_aligned());
    assert!(body.len().is_multiple_of(FRAME_ALIGN));
    let mut reader = Reader::open(body, nodes, buffers)?;
    let mut columns: Vec<ArrayRef> = Vec::with_capacity(schema.fields().len());
    for field in schema.fields() {
        let column =
            reader.column(field.data_type()).map_err(|what| format!("column {}: {what}", field.name()))?;
        if column.len() != rows {
            return Err(format!("column {}: {} rows where the frame has {rows}", field.name(), column.len()));
        }
        columns.push(make_array(column));
    }
    reader.end()?;
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    RecordBatch::try_new_with_options(schema.clone(), columns, &options).map_err(|cause| cause.to_string())
}

/// What lies below a column of this type, in order.
fn children(data_type: &DataType) -> Vec<&DataType> {
    match data_type {
        DataType::List(field)
        | DataType::LargeList(field)
        | DataType::ListView(field)
        | DataType::LargeListView(field)
        | DataType::FixedSizeList(field, _)
        | DataType::Map(field, _) => vec![field.data_type()],
        DataType::Struct(fields) => fields.iter().map(|field| field.data_type()).collect(),
        DataType::Union(fields, _) => fields.iter().map(|(_, field)| field.data_type()).collect(),
        DataType::Dictionary(_, words) => vec![words],
        DataType::RunEndEncoded(ends, values) => vec![ends.data_type(), values.data_type()],
        _ => Vec::new(),
    }
}

/// Goes through nodes, lengths and buffers, each in order.
struct Reader<'a> {
    body: &'a Buffer,
    nodes: &'a [u8],
    lengths: &'a [u8],
    /// Where the next buffer begins.
    next: usize,
    /// Long strings that the rows so far show, each row's counted.
    text_bytes: usize,
}

struct Node {
    rows: usize,
    nulls: usize,
    buffers: usize,
}

impl<'a> Reader<'a> {
    fn open(body: &'a Buffer, nodes: usize, buffers: usize) -> Result<Self, String> {
        let front = nodes * NODE_BYTES + buffers * LENGTH_BYTES;
        let next = front.next_multiple_of(FRAME_ALIGN);
        if next > body.len() {
            return Err(format!("{nodes} columns and {buffers} buffers do not fit {} bytes", body.len()));
        }
        let (nodes, lengths) = body[..front].split_at(nodes * NODE_BYTES);
        Ok(Self { body, nodes, lengths, next, text_bytes: 0 })
    }

    fn end(&self) -> Result<(), String> {
        if !self.lengths.is_empty() {
            return Err(format!("{} buffers are of no column", self.lengths.len() / LENGTH_BYTES));
        }
        if self.next != self.body.len() {
            return Err(format!("{} bytes are of no buffer", self.body.len() - self.next));
        }
        Ok(())
    }

    /// The next column and those below it. Recursion ends where the type does, which is ours.
    fn column(&mut self, data_type: &DataType) -> Result<ArrayData, String> {
        let node = self.node();
        if node.rows > FRAME_ROWS_MAX {
            return Err(format!("{} rows where at most {FRAME_ROWS_MAX} may be", node.rows));
        }
        let nulls = self.nulls(&node)?;
        let own = node.buffers.checked_sub(usize::from(nulls.is_some())).ok_or("no buffer for its nulls")?;
        let mut column = ArrayData::builder(data_type.clone()).len(node.rows).nulls(nulls);
        for buffer in self.buffers(data_type, node.rows, own)? {
            column = column.add_buffer(buffer);
        }
        for child in children(data_type) {
            let child = self.column(child)?;
            check_child(data_type, node.rows, child.len())?;
            column = column.add_child_data(child);
        }
        column.build().map_err(|cause| cause.to_string())
    }

    /// The nodes of the schema were counted, so there is one.
    fn node(&mut self) -> Node {
        let [rows, nulls, buffers] = [(); 3].map(|()| take_number(&mut self.nodes).expect("a node a column"));
        Node { rows, nulls, buffers }
    }

    /// The bitmap of a column that says it has nulls. It must have as many.
    fn nulls(&mut self, node: &Node) -> Result<Option<NullBuffer>, String> {
        if node.nulls == 0 {
            return Ok(None);
        }
        let bits = self.buffer()?;
        if bits.len() != node.rows.div_ceil(8) {
            return Err(format!("{} bytes of validity for {} rows", bits.len(), node.rows));
        }
        let nulls = NullBuffer::new(BooleanBuffer::new(bits, 0, node.rows));
        if nulls.null_count() != node.nulls {
            return Err(format!("{} nulls where {} were counted", nulls.null_count(), node.nulls));
        }
        Ok(Some(nulls))
    }

    /// The buffers of a column's own: as many as its type has.
    fn buffers(&mut self, data_type: &DataType, rows: usize, count: usize) -> Result<Vec<Buffer>, String> {
        let layout = layout(data_type);
        let least = layout.buffers.len();
        if count < least || (count > least && !layout.variadic) {
            return Err(format!("{count} buffers where its type has {least}"));
        }
        let mut buffers = Vec::with_capacity(count.min(self.lengths.len() / LENGTH_BYTES));
        for index in 0..count {
            let buffer = self.buffer()?;
            if let Some(bytes) =
                layout.buffers.get(index).and_then(|spec| bytes_of(spec, index, data_type, rows))
                && buffer.len() != bytes
            {
                return Err(format!("{} bytes in buffer {index} where its rows have {bytes}", buffer.len()));
            }
            buffers.push(buffer);
        }
        if layout.variadic {
            self.count_texts(&buffers[0][..rows * size_of::<u128>()])?;
        }
        Ok(buffers)
    }

    /// Adds what these views show. Checking texts takes as long as they are, not as long as the body is.
    fn count_texts(&mut self, views: &[u8]) -> Result<(), String> {
        let lengths = views.chunks_exact(size_of::<u128>()).map(|view| {
            let length = u32::from_le_bytes([view[0], view[1], view[2], view[3]]);
            if length > MAX_INLINE_VIEW_LEN { length as usize } else { 0 }
        });
        self.text_bytes += lengths.sum::<usize>();
        if self.text_bytes > FRAME_TEXT_BYTES_MAX {
            let found = self.text_bytes;
            return Err(format!(
                "rows show {found} bytes of text where at most {FRAME_TEXT_BYTES_MAX} may be"
            ));
        }
        Ok(())
    }

    /// The next buffer, which begins where the one before has ended, on the next cache line.
    fn buffer(&mut self) -> Result<Buffer, String> {
        let length = take_number(&mut self.lengths).ok_or("more buffers than the header has counted")?;
        let left = self.body.len() - self.next;
        if length.next_multiple_of(FRAME_ALIGN) > left {
            return Err(format!("a buffer of {length} bytes where {left} are left"));
        }
        let buffer = self.body.slice_with_length(self.next, length);
        self.next += length.next_multiple_of(FRAME_ALIGN);
        Ok(buffer)
    }
}

/// What so many rows take in such a buffer, where that is known beforehand. It must be exact: views of numbers over a
/// buffer that holds a part of one are a panic.
fn bytes_of(spec: &BufferSpec, index: usize, data_type: &DataType, rows: usize) -> Option<usize> {
    let offsets = index == 0
        && matches!(
            data_type,
            DataType::Utf8
                | DataType::LargeUtf8
                | DataType::Binary
                | DataType::LargeBinary
                | DataType::List(_)
                | DataType::LargeList(_)
                | DataType::Map(_, _)
        );
    match spec {
        BufferSpec::FixedWidth { byte_width, .. } => (rows + usize::from(offsets)).checked_mul(*byte_width),
        BufferSpec::BitMap => Some(rows.div_ceil(8)),
        BufferSpec::VariableWidth | BufferSpec::AlwaysNull => None,
    }
}

/// The children of some types have a row for each of their parent's.
fn check_child(data_type: &DataType, rows: usize, found: usize) -> Result<(), String> {
    let expected = match data_type {
        DataType::Struct(_) | DataType::Union(_, arrow_schema::UnionMode::Sparse) => rows,
        DataType::FixedSizeList(_, length) => rows * usize::try_from(*length).unwrap_or(0),
        _ => return Ok(()),
    };
    if found == expected { Ok(()) } else { Err(format!("{found} rows below {rows}, not {expected}")) }
}

fn take_number(bytes: &mut &[u8]) -> Option<usize> {
    let (number, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(u32::from_le_bytes(*number) as usize)
}
