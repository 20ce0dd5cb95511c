//! Cuts the blocks of a split into records.
//!
//! A record belongs to the split in which its first byte lies. So a split that begins in a file looks at the byte before
//! it, drops the rest of the record that has begun there, and reads its own last record to the end, wherever that is.
//!
//! ```text
//!   blocks   ├── 1 ──────────┼── 2 ──────────┼── 3 ──┤
//!   records  ─┘└──────┘└──────┊──┘└────┘└─────┊─────┘└────
//!   split     ├─────────────── range ─────────┤             drops ─┘, reads on to the end of the last one
//! ```
//!
//! Records stay where they are in their block. Only one that lies across two blocks is copied together.

use std::collections::VecDeque;
use std::ops::Range;

use arrow_buffer::Buffer;

use super::records::{Piece, Records, Span};
use crate::bound::LINE_BYTES_MAX;
use crate::format::RecordEnds;

/// A split on its way to being records.
pub(crate) struct Cutter {
    ends: RecordEnds,
    /// The bytes whose records are ours.
    range: Range<u64>,
    file_bytes: u64,
    blocks: VecDeque<Buffer>,
    block: Buffer,
    /// Where in the block it goes on.
    at: usize,
    /// The byte of the file that this is.
    position: u64,
    /// What there is of a record that has begun in an earlier block.
    begun: Vec<u8>,
    /// The rest of a record is dropped that is not ours.
    drops: bool,
    /// The first record is dropped: it names the columns.
    drops_header: bool,
    /// Nothing is cut yet. The first record of a file is the first split's, though a mark stands before it.
    is_untouched: bool,
    /// Where the first record begins.
    first_byte: u64,
}

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// As many records as were asked for.
    Full,
    /// The next block is needed.
    Starved,
    /// There are no more.
    Over,
    /// A record is longer than any should be.
    TooLong,
}

impl Cutter {
    /// For the records that begin in `range`. The blocks that it is given begin at [`Cutter::begin`].
    pub(crate) fn new(ends: RecordEnds, range: Range<u64>, file_bytes: u64, drops_header: bool) -> Self {
        let (drops, position) = (range.start > 0, Self::begin(&range));
        Self {
            ends,
            first_byte: range.start,
            range,
            file_bytes,
            blocks: VecDeque::new(),
            block: Buffer::from(&[][..]),
            at: 0,
            position,
            begun: Vec::new(),
            drops,
            drops_header: drops_header && !drops,
            is_untouched: true,
        }
    }

    /// Where reading begins for such a range.
    pub(crate) fn begin(range: &Range<u64>) -> u64 {
        range.start.saturating_sub(1)
    }

    /// The next block of the file.
    pub(crate) fn give(&mut self, block: Buffer) {
        // A mark may stand before a text that says how it is encoded. Blocks are longer than it.
        let is_first = self.position == 0 && self.block.is_empty() && self.blocks.is_empty();
        if is_first && block.starts_with(b"\xef\xbb\xbf") {
            self.position = 3;
            self.blocks.push_back(block.slice(3));
        } else {
            self.blocks.push_back(block);
        }
    }

    /// The file ends behind what it was given.
    pub(crate) fn end(&mut self) {
        let waiting: usize = self.blocks.iter().map(Buffer::len).sum();
        let rest = self.block.len() - self.at + waiting;
        self.file_bytes = self.position + rest as u64;
    }

    /// Whether all that was given is cut, but for the beginning of a record.
    pub(crate) fn is_starved(&self) -> bool {
        self.at == self.block.len() && self.blocks.is_empty()
    }

    /// Blocks that wait.
    pub(crate) fn blocks_waiting(&self) -> usize {
        self.blocks.len()
    }

    /// Where the first record of the split begins.
    pub(crate) fn first_byte(&self) -> u64 {
        self.first_byte
    }

    /// The byte behind the last record that was cut.
    pub(crate) fn position(&self) -> u64 {
        self.position - self.begun.len() as u64
    }

    /// Whether it needs no more bytes.
    pub(crate) fn is_over(&self) -> bool {
        let between = self.begun.is_empty();
        let is_behind = self.position >= self.range.end && (!self.is_untouched || self.drops);
        self.position == self.file_bytes && between && self.is_starved() || is_behind && between
    }

    /// Adds records until there are `count` of them, or there is a reason to stop.
    pub(crate) fn cut(&mut self, records: &mut Records, count: usize) -> Cut {
        loop {
            if self.is_over() {
                return Cut::Over;
            }
            if records.len() >= count {
                return Cut::Full;
            }
            if self.at == self.block.len() {
                match self.blocks.pop_front() {
                    Some(block) => (self.block, self.at) = (block, 0),
                    None if self.position == self.file_bytes => {
                        let length = self.begun.len();
                        self.finish(records, length);
                        return Cut::Over;
                    }
                    None => return Cut::Starved,
                }
            }
            if self.drops || self.drops_header {
                self.drop_one();
            } else if self.begun.is_empty() {
                self.cut_block(records, count - records.len());
            } else if !self.join(records) {
                return Cut::TooLong;
            }
        }
    }

    /// Drops a record, or what there is of it.
    fn drop_one(&mut self) {
        let end = self.ends.find(&self.block[self.at..]);
        let bytes = end.map_or(self.block.len() - self.at, |end| end + 1);
        self.skip(bytes);
        if end.is_some() {
            self.first_byte = self.first_byte.max(self.position);
            if self.drops { self.drops = false } else { self.drops_header = false }
        }
    }

    /// The hot loop: whole records of this block.
    fn cut_block(&mut self, records: &mut Records, count: usize) {
        let block = self.block.clone();
        let bytes = block.as_slice();
        // A record that begins at this place of the block or behind it is another split's.
        let start = self.position - self.at as u64;
        let ours = usize::try_from(self.range.end.saturating_sub(start)).unwrap_or(usize::MAX);
        let ours = if self.is_untouched { ours.max(self.at + 1) } else { ours };
        let (mut spans, mut at) = (Vec::with_capacity(count.min(bytes.len() - self.at)), self.at);
        while spans.len() < count && at < ours {
            let Some(length) = self.ends.find(&bytes[at..]) else {
                self.begun.extend_from_slice(&bytes[at..]);
                at = bytes.len();
                break;
            };
            spans.push(Span::new(at, without_return(bytes, at, at + length)));
            at += length + 1;
        }
        self.skip(at - self.at);
        records.push(Piece { block, spans });
    }

    /// Goes on with a record that has begun in an earlier block; whether it is not too long.
    fn join(&mut self, records: &mut Records) -> bool {
        let rest = &self.block[self.at..];
        let end = self.ends.find(rest);
        self.begun.extend_from_slice(&rest[..end.unwrap_or(rest.len())]);
        let bytes = end.map_or(rest.len(), |end| end + 1);
        self.skip(bytes);
        if end.is_some() {
            let length = without_return(&self.begun, 0, self.begun.len());
            self.finish(records, length);
        }
        self.begun.len() <= LINE_BYTES_MAX
    }

    /// The record that has begun is whole, with so many of its bytes.
    fn finish(&mut self, records: &mut Records, length: usize) {
        let block = Buffer::from_vec(std::mem::take(&mut self.begun));
        records.push(Piece { block, spans: vec![Span::new(0, length)] });
    }

    fn skip(&mut self, bytes: usize) {
        self.at += bytes;
        self.is_untouched &= bytes == 0;
        self.position += bytes as u64;
    }
}

/// The end of a record without the `\r` that may stand before its `\n`.
#[inline]
fn without_return(bytes: &[u8], start: usize, end: usize) -> usize {
    if end > start && bytes[end - 1] == b'\r' { end - 1 } else { end }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The lines of a range, read in blocks of this size.
    fn lines(text: &str, range: Range<u64>, block: usize) -> Vec<String> {
        let bytes = text.as_bytes();
        let mut cutter = Cutter::new(RecordEnds::Newline, range.clone(), bytes.len() as u64, false);
        let (mut records, mut lines) = (Records::default(), Vec::new());
        let mut next = usize::try_from(Cutter::begin(&range)).unwrap();
        loop {
            let cut = cutter.cut(&mut records, 3);
            assert!(records.len() <= 3);
            let texts = records.iter().map(|line| std::str::from_utf8(line).unwrap().to_owned());
            lines.extend(texts);
            records = Records::default();
            match cut {
                Cut::Full => {}
                Cut::Starved => {
                    let end = (next + block).min(bytes.len());
                    assert!(next < end, "it knows where the file ends");
                    cutter.give(Buffer::from(&bytes[next..end]));
                    next = end;
                }
                Cut::Over => return lines,
                Cut::TooLong => panic!("a short text"),
            }
        }
    }

    fn expected(text: &str) -> Vec<String> {
        text.strip_prefix('\u{feff}').unwrap_or(text).lines().map(str::to_owned).collect()
    }

    #[test]
    fn every_line_is_in_one_split_wherever_the_file_is_cut() {
        let texts =
            ["", "\n", "a", "a\n", "\r\n", "a\r", "ab\r\ncd\n\nef", "\u{feff}ab\nc", "\u{feff}", "\n\n\n"];
        for text in texts {
            let length = text.len() as u64;
            for split in 1..=length.max(1) {
                for block in 4..9 {
                    let starts = (0..length).step_by(usize::try_from(split).unwrap());
                    let ranges = starts.map(|start| start..(start + split).min(length));
                    let all: Vec<_> = ranges.flat_map(|range| lines(text, range, block)).collect();
                    assert_eq!(all, expected(text), "{text:?} in splits of {split}, blocks of {block}");
                }
            }
        }
    }

    proptest! {
        #[test]
        fn any_text_is_cut_into_its_lines(
            text in "\u{feff}?([ab\u{e9}]{0,7}(\n|\r\n|\r)?){0,12}",
            split in 1_u64..40,
            block in 4_usize..40,
        ) {
            let length = text.len() as u64;
            let starts = (0..length).step_by(usize::try_from(split).unwrap());
            let ranges = starts.map(|start| start..(start + split).min(length));
            let all: Vec<_> = ranges.flat_map(|range| lines(&text, range, block)).collect();
            prop_assert_eq!(all, expected(&text));
        }
    }

    #[test]
    fn a_header_is_dropped_once() {
        let text = "name\nx\ny\n";
        let mut found = Vec::new();
        for range in [0..3, 3..7, 7..9] {
            let mut cutter = Cutter::new(RecordEnds::Newline, range.clone(), 9, true);
            let mut records = Records::default();
            cutter.give(Buffer::from(&text.as_bytes()[usize::try_from(Cutter::begin(&range)).unwrap()..]));
            assert_eq!(cutter.cut(&mut records, 9), Cut::Over);
            found.extend(records.iter().map(<[u8]>::to_vec));
        }
        assert_eq!(found, [b"x", b"y"]);
    }

    #[test]
    fn what_is_cut_stays_in_its_block() {
        let mut cutter = Cutter::new(RecordEnds::Newline, 0..20, 20, false);
        let block = Buffer::from(&b"first\nsecond\nth"[..]);
        let mut records = Records::default();
        cutter.give(block.clone());
        assert_eq!(cutter.cut(&mut records, 9), Cut::Starved);
        assert_eq!(records.pieces().len(), 1);
        assert_eq!(records.pieces()[0].block.as_ptr(), block.as_ptr());
        assert_eq!(cutter.position(), 13);
    }
}
