//! Records that were cut and not decoded yet: where they lie in the blocks that were read.

use std::ops::Range;

use arrow_buffer::Buffer;

/// Some records, one after the other.
#[derive(Debug, Default)]
pub(crate) struct Records {
    pieces: Vec<Piece>,
    count: usize,
    bytes: usize,
}

/// Neighbours in one block.
#[derive(Clone, Debug)]
pub(crate) struct Piece {
    /// The block.
    pub(crate) block: Buffer,
    /// Where in it the records lie, without their ends.
    pub(crate) spans: Vec<Span>,
}

/// Where a record lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: u32,
    pub(crate) end: u32,
}

impl Span {
    pub(crate) fn new(start: usize, end: usize) -> Self {
        let narrow = |at: usize| u32::try_from(at).expect("blocks and lines are bounded");
        Self { start: narrow(start), end: narrow(end) }
    }

    pub(crate) fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

impl Piece {
    /// The records with their ends between them, as they were read.
    pub(crate) fn text(&self) -> &[u8] {
        match (self.spans.first(), self.spans.last()) {
            (Some(first), Some(last)) => &self.block[first.start as usize..last.end as usize],
            _ => &[],
        }
    }
}

impl Records {
    /// How many.
    pub(crate) fn len(&self) -> usize {
        self.count
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Bytes of them, about.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(crate) fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// Adds neighbours.
    pub(crate) fn push(&mut self, piece: Piece) {
        if !piece.spans.is_empty() {
            self.count += piece.spans.len();
            self.bytes += piece.text().len();
            self.pieces.push(piece);
        }
    }

    /// The records without their ends.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        self.pieces.iter().flat_map(|piece| piece.spans.iter().map(|span| &piece.block[span.range()]))
    }

    /// Some of them, over the same blocks.
    pub(crate) fn slice(&self, range: Range<usize>) -> Self {
        let (mut slice, mut before) = (Self::default(), 0);
        for piece in &self.pieces {
            let count = piece.spans.len();
            let from = range.start.saturating_sub(before).min(count);
            let to = range.end.saturating_sub(before).min(count);
            slice.push(Piece { block: piece.block.clone(), spans: piece.spans[from..to].to_vec() });
            before += count;
        }
        slice
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slice_spans_blocks() {
        let mut records = Records::default();
        let piece = |text: &str, spans: &[(usize, usize)]| Piece {
            block: Buffer::from(text.as_bytes()),
            spans: spans.iter().map(|(start, end)| Span::new(*start, *end)).collect(),
        };
        records.push(piece("a\nbb\nccc\n", &[(0, 1), (2, 4), (5, 8)]));
        records.push(piece("", &[]));
        records.push(piece("d\n", &[(0, 1)]));
        assert_eq!((records.len(), records.bytes(), records.pieces().len()), (4, 9, 2));
        let slice = records.slice(1..4);
        assert_eq!(slice.iter().collect::<Vec<_>>(), [&b"bb"[..], b"ccc", b"d"]);
        assert_eq!(slice.pieces()[0].text(), b"bb\nccc");
        assert!(records.slice(2..2).is_empty());
    }
}
