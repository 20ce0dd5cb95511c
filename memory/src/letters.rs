//! Letters that were looked at once, and columns of texts that are parts of them.
//!
//! ```text
//!   letters  P e t e r   S h u l t z P e t e r   A b r a m s …
//!   parts    └──── 0, 12 ──────────┘ └─── 12, 12 ──────────┘       a start and a length
//! ```
//!
//! Arrow makes a column of views only after it has looked at all letters of each of its texts: it cannot know that they were
//! looked at before. For texts that are drawn from a table that is most of what they cost: a text of 70 letters took 32 ns, and
//! takes 4. Every part of ASCII is a text, so here one look at all letters is enough.
//!
//! Keeps the letters, which columns share. Never holds a byte that is not ASCII.

#![expect(unsafe_code, reason = "Arrow would look at all letters of a column, again and again")]

use std::sync::Arc;

use arrow_array::StringViewArray;
use arrow_buffer::{Buffer, NullBuffer};
use arrow_data::MAX_INLINE_VIEW_LEN;

use crate::bound::LETTERS_MAX;

/// What is read for a view at once: as many bytes more lie behind the letters.
const READ: usize = 16;

/// Letters that texts are parts of. A clone shares them.
#[derive(Clone, Debug)]
pub struct Letters {
    /// One buffer: the letters, all of them ASCII, and `READ` zeros.
    buffers: Arc<[Buffer]>,
    count: usize,
}

/// Which letters a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// Letters before it.
    pub start: u32,
    /// Its own.
    pub length: u32,
}

/// A column of parts that is being filled.
#[derive(Debug)]
pub struct Texts {
    letters: Letters,
    views: Vec<u128>,
}

impl Letters {
    /// Looks at these letters.
    ///
    /// # Panics
    ///
    /// If they are not ASCII, or more than a view can point into.
    pub fn new(mut letters: Vec<u8>) -> Self {
        assert!(letters.is_ascii(), "only a part of ASCII is a text in any case");
        let count = letters.len();
        assert!(count <= LETTERS_MAX, "{count} letters");
        letters.extend([0; READ]);
        Self { buffers: [letters.into()].into(), count }
    }

    /// All of them.
    pub fn bytes(&self) -> &[u8] {
        &self.buffers[0][..self.count]
    }

    /// So many texts, all of them empty. Nothing will be copied but what lies within a view.
    pub fn texts(&self, rows: usize) -> Texts {
        Texts { letters: self.clone(), views: vec![0; rows] }
    }

    /// The view of a part.
    #[inline]
    fn view(&self, part: Part) -> u128 {
        let end = u64::from(part.start) + u64::from(part.length);
        assert!(end <= self.count as u64, "a part of the letters");
        let read: [u8; READ] = self.buffers[0][part.start as usize..][..READ].try_into().expect("as many");
        let text = u128::from_le_bytes(read);
        let (letters, place) = if part.length <= MAX_INLINE_VIEW_LEN {
            (text & ((1 << (8 * part.length)) - 1), 0)
        } else {
            (text & 0xFFFF_FFFF, u128::from(part.start) << 96)
        };
        u128::from(part.length) | letters << 32 | place
    }
}

impl Texts {
    /// Puts a part of the letters at this row.
    ///
    /// # Panics
    ///
    /// If there is no such row, or no such part.
    #[inline]
    pub fn put(&mut self, row: usize, part: Part) {
        self.views[row] = self.letters.view(part);
    }

    /// The column, null where `nulls` says so.
    ///
    /// # Panics
    ///
    /// If there is not a bit for each row.
    pub fn column(self, nulls: Option<NullBuffer>) -> StringViewArray {
        let Self { letters, views } = self;
        assert!(nulls.as_ref().is_none_or(|nulls| nulls.len() == views.len()), "a bit for each text");
        // SAFETY: 1. Each view is of an empty text or of a part of these letters, as `view` has asserted: a long one
        // names the one buffer there is, a place within it, and the letters there; a short one has its letters, and zeros
        // behind them. 2. All letters are ASCII, as `new` has asserted, and a buffer does not change: every part is
        // valid UTF-8. 3. Nulls have the length of the views, as just asserted.
        unsafe { StringViewArray::new_unchecked(views.into(), letters.buffers, nulls) }
    }
}

#[cfg(test)]
mod tests {
    use std::panic::catch_unwind;

    use arrow_array::Array;
    use proptest::prelude::*;

    use super::*;

    fn column(letters: &Letters, parts: &[Part], nulls: Option<NullBuffer>) -> StringViewArray {
        let mut texts = letters.texts(parts.len());
        parts.iter().enumerate().for_each(|(row, part)| texts.put(row, *part));
        texts.column(nulls)
    }

    proptest! {
        #[test]
        fn a_column_has_the_texts_of_its_parts(
            text in "[ -~]{0,60}",
            parts in prop::collection::vec((0..61_u32, 0..61_u32, any::<bool>()), 0..40),
        ) {
            let letters = Letters::new(text.clone().into_bytes());
            let end = u32::try_from(text.len()).unwrap();
            let parts: Vec<(Part, bool)> = parts
                .into_iter()
                .map(|(start, length, is_null)| {
                    let start = start.min(end);
                    (Part { start, length: length.min(end - start) }, is_null)
                })
                .collect();
            let expected = parts.iter().map(|(part, is_null)| {
                let text = &text[part.start as usize..][..part.length as usize];
                (!is_null).then_some(text)
            });
            let expected: StringViewArray = expected.collect();
            let nulls = NullBuffer::from_iter(parts.iter().map(|(_, is_null)| !is_null));
            let parts: Vec<Part> = parts.into_iter().map(|(part, _)| part).collect();
            let column = column(&letters, &parts, Some(nulls));
            prop_assert_eq!(&column, &expected);
            prop_assert_eq!(column.into_data().validate_full().map_err(|error| error.to_string()), Ok(()));
            prop_assert_eq!(letters.bytes(), text.as_bytes());
        }
    }

    #[test]
    fn what_is_no_text_or_lies_beyond_the_letters_is_refused() {
        assert!(catch_unwind(|| Letters::new("é".into())).is_err());
        let letters = || Letters::new(b"some letters".to_vec());
        for (start, length) in [(0, 13), (12, 1), (13, 0), (u32::MAX, u32::MAX)] {
            assert!(catch_unwind(|| column(&letters(), &[Part { start, length }], None)).is_err());
        }
        assert!(catch_unwind(|| letters().texts(1).column(Some(NullBuffer::new_null(2)))).is_err());
        assert_eq!(column(&letters(), &[Part { start: 12, length: 0 }], None).value(0), "");
        assert_eq!(letters().texts(1).column(None).value(0), "");
    }
}
