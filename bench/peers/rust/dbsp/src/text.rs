//! A text of a row: its place among all texts of the corpus, as Feldera keeps interned strings. Eight bytes that are compared as numbers.

use peer::Field;
use rkyv::{Archive, Deserialize, Serialize};
use size_of::SizeOf;

/// Part of all texts.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    SizeOf,
    Archive,
    Serialize,
    Deserialize,
    feldera_macros::IsNone,
)]
#[archive_attr(derive(PartialEq, Eq, PartialOrd, Ord))]
#[archive(compare(PartialEq, PartialOrd))]
pub(crate) struct Text {
    start: u32,
    length: u32,
}

impl Text {
    /// The place of one of the corpus's own texts.
    #[inline]
    pub(crate) fn of(text: &'static str) -> Self {
        let start = text.as_ptr().addr() - peer::all_texts().as_ptr().addr();
        Self { start: start as u32, length: text.len() as u32 }
    }

    pub(crate) fn text(self) -> &'static str {
        &peer::all_texts()[self.start as usize..][..self.length as usize]
    }
}

impl Field for Text {
    fn write(&self, text: &mut Vec<u8>) {
        self.text().write(text);
    }

    #[inline]
    fn hash(&self) -> u64 {
        self.text().hash()
    }
}
