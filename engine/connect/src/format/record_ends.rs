//! Where records end: at every newline, or at those that no quote holds.
//!
//! Goes through bytes once, whatever way they are cut. The letters of CSV are single bytes, so it never looks at more
//! than quotes, escapes and newlines; in between it jumps.

use memchr::{memchr, memchr2};

use super::{CsvOptions, Format};

/// Finds ends of records.
#[derive(Clone, Debug)]
pub(crate) enum RecordEnds {
    /// A newline ends a record.
    Newline,
    /// Unless it is quoted.
    Quoted(Quoted),
}

/// Where in a record it is.
#[derive(Clone, Debug)]
pub(crate) struct Quoted {
    delimiter: u8,
    quote: u8,
    escape: Option<u8>,
    comment: Option<u8>,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// At the beginning of a record.
    Record,
    /// At the beginning of a field.
    Field,
    /// In a field in which quotes mean nothing.
    Plain,
    /// In a line that counts for nothing.
    Comment,
    /// Between quotes.
    Within,
    /// Behind an escape between quotes.
    Escaped,
    /// Behind a quote between quotes: it was the end, or the first of two.
    Closing,
}

impl RecordEnds {
    /// For files of this format.
    pub(crate) fn of(format: &Format) -> Self {
        match format {
            Format::Csv(options) if options.quoted_newlines => Self::Quoted(Quoted::new(options)),
            _ => Self::Newline,
        }
    }

    /// The newline that ends the record which these bytes go on with. The next call goes on behind it, or behind all of
    /// these bytes if there is none.
    #[inline]
    pub(crate) fn find(&mut self, bytes: &[u8]) -> Option<usize> {
        match self {
            Self::Newline => memchr(b'\n', bytes),
            Self::Quoted(quoted) => quoted.find(bytes),
        }
    }
}

impl Quoted {
    fn new(options: &CsvOptions) -> Self {
        Self {
            delimiter: options.delimiter,
            quote: options.quote,
            escape: options.escape,
            comment: options.comment,
            state: State::Record,
        }
    }

    fn find(&mut self, bytes: &[u8]) -> Option<usize> {
        let mut at = 0;
        while at < bytes.len() {
            let jump = match self.state {
                State::Plain => memchr2(self.delimiter, b'\n', &bytes[at..]),
                State::Comment => memchr(b'\n', &bytes[at..]),
                State::Within => self.next_within(&bytes[at..]),
                _ => Some(0),
            };
            at += jump?;
            let byte = bytes[at];
            at += 1;
            if self.take(byte) {
                return Some(at - 1);
            }
        }
        None
    }

    /// The next byte that means something between quotes.
    fn next_within(&self, bytes: &[u8]) -> Option<usize> {
        match self.escape {
            Some(escape) => memchr2(self.quote, escape, bytes),
            None => memchr(self.quote, bytes),
        }
    }

    /// Goes on by a byte; whether it ends the record.
    fn take(&mut self, byte: u8) -> bool {
        let is_end = byte == b'\n';
        self.state = match self.state {
            State::Record if is_end => return true, // A line without anything.
            State::Record if self.comment == Some(byte) => State::Comment,
            State::Record | State::Field if byte == self.quote => State::Within,
            State::Closing if byte == self.quote => State::Within,
            State::Within if byte == self.quote => State::Closing,
            State::Within if self.escape == Some(byte) => State::Escaped,
            State::Within | State::Escaped => State::Within,
            _ if is_end => {
                self.state = State::Record;
                return true;
            }
            State::Comment => State::Comment,
            _ if byte == self.delimiter => State::Field,
            _ => State::Plain,
        };
        false
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The records, as pieces of the text without their last newline.
    fn cut(text: &str, options: &CsvOptions, block: usize) -> Vec<String> {
        let mut ends = RecordEnds::of(&Format::Csv(options.clone()));
        let (mut records, mut open) = (Vec::new(), String::new());
        for block in text.as_bytes().chunks(block.max(1)) {
            let mut rest = block;
            while let Some(end) = ends.find(rest) {
                open.push_str(std::str::from_utf8(&rest[..end]).unwrap());
                records.push(std::mem::take(&mut open));
                rest = &rest[end + 1..];
            }
            open.push_str(std::str::from_utf8(rest).unwrap());
        }
        if !open.is_empty() {
            records.push(open);
        }
        records
    }

    fn quoted() -> CsvOptions {
        CsvOptions::default().quoted_newlines(true)
    }

    #[test]
    fn a_newline_within_quotes_ends_nothing() {
        let cut = |text: &str| cut(text, &quoted(), 3);
        assert_eq!(cut("a,\"x\ny\",b\nc\n"), ["a,\"x\ny\",b", "c"]);
        assert_eq!(cut("\"say \"\"hi\n\"\"\"\nc"), ["\"say \"\"hi\n\"\"\"", "c"]);
        assert_eq!(cut("5\" pipe\nc"), ["5\" pipe", "c"], "a quote in the middle of a field is a letter");
        assert_eq!(cut("\n\na\n"), ["", "", "a"]);
    }

    #[test]
    fn escapes_and_comments_count() {
        let options = quoted().escape(b'\\').comment(b'#');
        assert_eq!(cut("\"a\\\"\nb\"\n# don\"t\nc\n", &options, 1), ["\"a\\\"\nb\"", "# don\"t", "c"]);
    }

    proptest! {
        /// What `csv` takes for a record is one here, wherever blocks are cut.
        #[test]
        fn records_are_those_of_the_csv_crate(text in "[a\",\n]{0,40}", block in 1_usize..9) {
            let mut reader = csv_core::ReaderBuilder::new().build();
            let (mut rest, mut counted) = (text.as_bytes(), Vec::new());
            let mut start = 0;
            loop {
                let (mut output, mut ends) = ([0; 200], [0; 200]);
                let (result, read, _, _) = reader.read_record(rest, &mut output, &mut ends);
                rest = &rest[read..];
                let at = text.len() - rest.len();
                match result {
                    csv_core::ReadRecordResult::Record => counted.push(text[start..at].trim_matches('\n').to_owned()),
                    csv_core::ReadRecordResult::InputEmpty => continue,
                    _ => break,
                }
                start = at;
            }
            let own = cut(&text, &quoted(), block);
            let own: Vec<String> = own.into_iter().filter(|record| !record.is_empty()).collect();
            prop_assert_eq!(own.len(), counted.len(), "{:?} {:?}", own, counted);
        }
    }
}
