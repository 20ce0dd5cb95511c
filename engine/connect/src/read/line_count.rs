//! Counts the lines before a byte of a file, for an error that has to name one.
//!
//! Nobody counts while all goes well: a split that begins in the middle of a file does not know its first line. The
//! first bad record is worth reading the file up to there, unless that would take minutes.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use arrow_buffer::Buffer;

use crate::bound::{BLOCK_BYTES, COUNTED_BYTES_MAX};

/// What was counted before: so many lines of a file end before this byte.
#[derive(Clone, Debug)]
pub(crate) struct Counted {
    pub(crate) path: Arc<Path>,
    pub(crate) byte: u64,
    pub(crate) lines: u64,
}

/// A count under way.
#[derive(Debug)]
pub(crate) struct LineCount {
    next_byte: u64,
    end: u64,
    lines: u64,
}

impl LineCount {
    /// Of the lines of a file that end before this byte, from where it was counted before, if that helps; none, if there
    /// are too many bytes in between.
    pub(crate) fn before(path: &Arc<Path>, byte: u64, counted: Option<&Counted>) -> Option<Self> {
        let known = counted.filter(|counted| counted.path == *path && counted.byte <= byte);
        let (next_byte, lines) = known.map_or((0, 0), |counted| (counted.byte, counted.lines));
        (byte - next_byte <= COUNTED_BYTES_MAX).then_some(Self { next_byte, end: byte, lines })
    }

    /// The next bytes to read.
    pub(crate) fn want(&self) -> Option<Range<u64>> {
        let end = (self.next_byte + BLOCK_BYTES as u64).min(self.end);
        (self.next_byte < end).then_some(self.next_byte..end)
    }

    /// These bytes.
    pub(crate) fn give(&mut self, bytes: &Buffer) {
        self.lines += memchr::memchr_iter(b'\n', bytes).count() as u64;
        self.next_byte += bytes.len() as u64;
    }

    /// The lines, once all bytes were given.
    pub(crate) fn lines(&self) -> Option<u64> {
        (self.next_byte == self.end).then_some(self.lines)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_from_where_it_is_known() {
        let (path, other): (Arc<Path>, Arc<Path>) = (Path::new("a").into(), Path::new("b").into());
        let text = b"one\ntwo\nthree\nfour\n";
        let count = |byte: u64, counted: Option<&Counted>| {
            let mut count = LineCount::before(&path, byte, counted).unwrap();
            let first = count.next_byte;
            while let Some(range) = count.want() {
                let range = usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap();
                count.give(&Buffer::from(&text[range]));
            }
            (first, count.lines().unwrap())
        };
        let counted = |path: &Arc<Path>| Counted { path: path.clone(), byte: 8, lines: 2 };
        assert_eq!(count(14, None), (0, 3));
        assert_eq!(count(14, Some(&counted(&path))), (8, 3));
        assert_eq!(count(14, Some(&counted(&other))), (0, 3));
        assert_eq!(count(4, Some(&counted(&path))), (0, 1));
        assert!(LineCount::before(&path, COUNTED_BYTES_MAX + 1, None).is_none());
        assert!(LineCount::before(&path, COUNTED_BYTES_MAX + 1, Some(&counted(&path))).is_some());
    }
}
