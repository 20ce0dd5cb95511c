//! Lines of text as one column of views into the blocks that were read. No byte of a line is copied but those of short
//! ones, which lie in their views.
//!
//! ```text
//!   block     f i r s t \n s e c o n d \r \n t h i r d      looked at once, as a whole: is it UTF-8?
//!   strings   └───────┘└─┘└─────────┘└────┘└───────┘        line, end, line, end, line: neighbours, so that Arrow
//!   taken     └───────┘   └─────────┘      └───────┘        believes the look at the whole
//! ```
//!
//! Arrow makes views without looking at each only of strings that lie side by side. So the ends of lines are strings
//! too for a moment, and every other view is taken. That costs about ten nanoseconds a line, and a look at each line by
//! itself twice as much.

use arrow_array::{
    Array, ArrayRef, RecordBatch, RecordBatchOptions, StringArray, StringViewArray, UInt32Array,
};
use arrow_buffer::{OffsetBuffer, ScalarBuffer};
use arrow_schema::SchemaRef;
use arrow_select::concat::concat;
use arrow_select::take::take;

use super::decoder::{Bad, RecordDecoder, not_text};
use super::records::{Piece, Records};
use crate::read::bad::Complaint;

/// Makes rows of lines.
pub(super) struct TextDecoder {
    schema: SchemaRef,
    /// 0, 2, 4, … for as many lines as there have been in a piece.
    even: UInt32Array,
}

impl TextDecoder {
    pub(super) fn new(schema: SchemaRef) -> Self {
        Self { schema, even: even(0) }
    }

    /// The lines of a block.
    fn views(&mut self, piece: &Piece) -> Result<ArrayRef, Bad> {
        let lines = piece.spans.len();
        let start = piece.spans.first().expect("a piece has a line").start;
        let mut offsets = Vec::with_capacity(2 * lines);
        for span in &piece.spans {
            offsets.push(narrow(span.start - start));
            offsets.push(narrow(span.end - start));
        }
        let text = piece.block.slice_with_length(start as usize, piece.text().len());
        let offsets = OffsetBuffer::new(ScalarBuffer::from(offsets));
        let strings = StringArray::try_new(offsets, text, None).map_err(|_| Bad)?;
        if self.even.len() < lines {
            self.even = even(lines.next_power_of_two());
        }
        let views = StringViewArray::from(&strings);
        Ok(take(&views, &self.even.slice(0, lines), None).expect("every other of them"))
    }
}

impl RecordDecoder for TextDecoder {
    fn decode(&mut self, records: &Records) -> Result<Option<RecordBatch>, Bad> {
        if self.schema.fields().is_empty() {
            // Nobody asks for the lines, but for how many there are.
            let options = RecordBatchOptions::new().with_row_count(Some(records.len()));
            let rows = RecordBatch::try_new_with_options(self.schema.clone(), Vec::new(), &options);
            return Ok(Some(rows.expect("no column")));
        }
        let parts = records.pieces().iter().map(|piece| self.views(piece)).collect::<Result<Vec<_>, _>>()?;
        let column = match &*parts {
            [whole] => whole.clone(),
            parts => {
                let parts: Vec<_> = parts.iter().map(|part| part.as_ref() as &dyn Array).collect();
                concat(&parts).expect("views of some blocks")
            }
        };
        let rows = RecordBatch::try_new(self.schema.clone(), vec![column]);
        Ok(Some(rows.expect("one column without nulls")))
    }

    fn explain(&mut self, record: &[u8]) -> Complaint {
        not_text(record).expect("what is UTF-8 is a line")
    }
}

fn even(count: usize) -> UInt32Array {
    UInt32Array::from_iter_values((0..).step_by(2).take(count))
}

/// Arrow counts the bytes of strings with a sign.
fn narrow(offset: u32) -> i32 {
    i32::try_from(offset).expect("blocks and lines are bounded")
}
