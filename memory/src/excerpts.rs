//! A column of texts that are parts of the texts of another column, where they can be.
//!
//! ```text
//!   text of a row   h t t p s : / / a . b / s h o p / i t e m …
//!   excerpt                                └──────┘              up to 12 letters: in its view, else a place in the same buffer
//! ```
//!
//! Arrow makes a column of views only after it has looked at all letters of each of its texts, or by copying them. What lies
//! within a text is a text already, so here neither is done: a part costs its view.
//!
//! Keeps views, and the letters of texts that lie nowhere else. What is made holds on to the buffers of the other column only
//! if one of its views points there.

#![expect(unsafe_code, reason = "Arrow would look at all letters of a column, again and again")]

use std::mem::take;
use std::sync::Arc;

use arrow_array::StringViewArray;
use arrow_buffer::{Buffer, NullBufferBuilder};
use arrow_data::{ByteView, MAX_INLINE_VIEW_LEN};

use crate::bound::{EXCERPT_BLOCK_MAX, EXCERPT_BLOCK_MIN};

/// How many letters lie in a view.
const SHORT: usize = MAX_INLINE_VIEW_LEN as usize;

/// A column of texts that is being filled, a row after the other.
#[derive(Debug)]
pub struct Excerpts<'a> {
    source: &'a StringViewArray,
    views: Vec<u128>,
    nulls: NullBufferBuilder,
    /// The view of the last text.
    last: u128,
    /// Whether a view points into a buffer of the source.
    has_parts: bool,
    /// New letters: blocks that are full, and the one that is being filled. They are numbered behind the buffers of the source.
    blocks: Vec<Buffer>,
    block: Vec<u8>,
}

impl<'a> Excerpts<'a> {
    /// Of the texts of this column; room for so many.
    pub fn of(source: &'a StringViewArray, rows: usize) -> Self {
        Self {
            source,
            views: Vec::with_capacity(rows),
            nulls: NullBufferBuilder::new(rows),
            last: 0,
            has_parts: false,
            blocks: Vec::new(),
            block: Vec::new(),
        }
    }

    /// Adds a text. If it lies within the one at this row of the source, as a slice of it does, nothing is copied.
    ///
    /// # Panics
    ///
    /// If the source has no such row.
    #[inline]
    pub fn part(&mut self, row: usize, text: &str) {
        let whole = self.source.value(row);
        let start = text.as_ptr().addr().wrapping_sub(whole.as_ptr().addr());
        if start > whole.len() || text.len() > whole.len() - start {
            return self.text(text);
        }
        let view = self.source.views()[row];
        let view = if text.len() == whole.len() {
            self.has_parts |= whole.len() > SHORT;
            view
        } else if text.len() <= SHORT {
            short(whole, view, start, text)
        } else {
            self.has_parts = true;
            let whole = ByteView::from(view);
            let offset = u32::try_from(start).expect("a place within a text") + whole.offset;
            long(text, whole.buffer_index, offset)
        };
        self.add(view);
    }

    /// Adds a text that lies nowhere else.
    ///
    /// # Panics
    ///
    /// If it has four billion letters.
    pub fn text(&mut self, text: &str) {
        if text.len() <= SHORT {
            return self.add(short_of(text.as_bytes()));
        }
        if self.block.capacity() - self.block.len() < text.len() {
            let size = (2 * self.block.capacity()).clamp(EXCERPT_BLOCK_MIN, EXCERPT_BLOCK_MAX);
            self.close_block();
            self.block = Vec::with_capacity(size.max(text.len()));
        }
        let number = self.source.data_buffers().len() + self.blocks.len();
        let number = u32::try_from(number).expect("fewer than four billion blocks");
        let offset = u32::try_from(self.block.len()).expect("a block is smaller");
        self.block.extend_from_slice(text.as_bytes());
        self.add(long(text, number, offset));
    }

    /// Adds the last text that was added once more; an empty one, if there was none.
    #[inline]
    pub fn again(&mut self) {
        self.add(self.last);
    }

    /// Adds a null.
    #[inline]
    pub fn null(&mut self) {
        self.views.push(0);
        self.nulls.append_null();
    }

    /// The column.
    pub fn finish(mut self) -> StringViewArray {
        self.close_block();
        let others = self.source.data_buffers();
        if !self.has_parts && !others.is_empty() {
            let others = u32::try_from(others.len()).expect("fewer than four billion buffers");
            self.views.iter_mut().for_each(|view| *view = moved(*view, others));
        }
        let kept = if self.has_parts { others } else { &[] };
        let buffers: Arc<[Buffer]> = kept.iter().cloned().chain(self.blocks).collect();
        // SAFETY: 1. Each view is of a text that was a `&str`: a short one has its letters and zeros behind them; a long one
        // names a buffer of the source, or a block, and a place in it at which the letters of that text lie, as `part` has
        // found by their addresses, and as `text` has put them there. Numbers of blocks begin behind the buffers of the source,
        // or at 0 if these are left out, which they are only if no view names one. 2. Buffers and blocks do not change: every
        // text is still valid UTF-8. 3. A null or none was noted with each view.
        unsafe { StringViewArray::new_unchecked(self.views.into(), buffers, self.nulls.finish()) }
    }

    #[inline]
    fn add(&mut self, view: u128) {
        self.last = view;
        self.views.push(view);
        self.nulls.append_non_null();
    }

    fn close_block(&mut self) {
        if !self.block.is_empty() {
            self.blocks.push(take(&mut self.block).into());
        }
    }
}

/// The view of a short part of a text, which begins at this letter and has this view.
#[inline]
fn short(whole: &str, view: u128, start: usize, part: &str) -> u128 {
    let letters = if part.is_empty() {
        // It may stand behind the last letter of a view.
        return 0;
    } else if whole.len() <= SHORT {
        view >> (32 + 8 * start)
    } else if let Some(read) = whole.as_bytes().get(start..start + 16) {
        u128::from_le_bytes(read.try_into().expect("as many"))
    } else {
        return short_of(part.as_bytes());
    };
    let own = letters & ((1 << (8 * part.len())) - 1);
    own << 32 | part.len() as u128
}

/// The view of up to twelve letters.
#[inline]
fn short_of(letters: &[u8]) -> u128 {
    let mut view = [0; 16];
    view[4..4 + letters.len()].copy_from_slice(letters);
    u128::from_le_bytes(view) | letters.len() as u128
}

/// The view of a longer text.
#[inline]
fn long(text: &str, buffer_index: u32, offset: u32) -> u128 {
    let length = u32::try_from(text.len()).expect("a text of fewer than four billion letters");
    let prefix = u32::from_le_bytes(text.as_bytes()[..4].try_into().expect("as many"));
    ByteView { length, prefix, buffer_index, offset }.as_u128()
}

/// A view into a buffer that has moved up by so many places.
fn moved(view: u128, places: u32) -> u128 {
    let mut long = ByteView::from(view);
    if long.length <= MAX_INLINE_VIEW_LEN {
        return view;
    }
    long.buffer_index -= places;
    long.as_u128()
}

#[cfg(test)]
mod tests {
    use arrow_array::Array;
    use proptest::prelude::*;

    use super::*;

    /// What becomes of a row: a part of its text, the text backwards, the last one again, a null.
    fn made(
        texts: &[Option<String>],
        rows: &[(usize, u8, usize, usize)],
    ) -> (StringViewArray, StringViewArray) {
        let source: StringViewArray = texts.iter().map(Option::as_deref).collect();
        let (mut excerpts, mut expected) = (Excerpts::of(&source, rows.len()), Vec::new());
        let mut last = String::new();
        for (row, what, from, to) in rows {
            let row = row % source.len();
            let text = source.value(row);
            let place = |letter: usize| {
                let places: Vec<usize> =
                    text.char_indices().map(|(place, _)| place).chain([text.len()]).collect();
                places[letter % places.len()]
            };
            let (one, other) = (place(*from), place(*to));
            let part = &text[one.min(other)..one.max(other)];
            match what % 5 {
                0 => excerpts.null(),
                1 => {
                    last = part.chars().rev().collect();
                    excerpts.text(&last);
                }
                2 => excerpts.again(),
                3 => {
                    last = text.to_owned();
                    excerpts.part(row, text);
                }
                _ => {
                    last = part.to_owned();
                    excerpts.part(row, part);
                }
            }
            expected.push((what % 5 != 0).then(|| last.clone()));
        }
        (excerpts.finish(), expected.into_iter().collect())
    }

    proptest! {
        #[test]
        fn a_column_has_the_texts_that_were_added(
            texts in prop::collection::vec(prop::option::of("[a-zäß€]{0,40}"), 1..8),
            rows in prop::collection::vec((0..8_usize, any::<u8>(), 0..41_usize, 0..41_usize), 0..60),
        ) {
            let (column, expected) = made(&texts, &rows);
            prop_assert_eq!(&column, &expected);
            prop_assert_eq!(column.into_data().validate_full().map_err(|error| error.to_string()), Ok(()));
        }
    }

    #[test]
    fn a_part_is_where_the_text_is_and_short_parts_keep_nothing_of_it() {
        let source =
            StringViewArray::from(vec!["https://www.example.org/a/long/one", "another text of some length"]);
        let mut excerpts = Excerpts::of(&source, 2);
        let whole = source.value(1);
        excerpts.part(1, &whole[8..]);
        excerpts.part(0, "no part of it, but as long");
        let column = excerpts.finish();
        assert_eq!(column.value(0).as_ptr(), whole[8..].as_ptr());
        assert_eq!(column.value(1), "no part of it, but as long");
        let mut excerpts = Excerpts::of(&source, 2);
        excerpts.part(0, &source.value(0)[8..11]);
        excerpts.text("a new one that is too long for a view");
        let column = excerpts.finish();
        assert_eq!((column.value(0), column.value(1)), ("www", "a new one that is too long for a view"));
        assert_eq!(column.data_buffers().len(), 1);
        assert_eq!(Excerpts::of(&source, 0).finish().data_buffers().len(), 0);
    }

    #[test]
    fn slices_and_blocks_that_fill_up_change_nothing() {
        let long = "x".repeat(EXCERPT_BLOCK_MIN / 2 + 1);
        let source = StringViewArray::from(vec!["abc", "defghijklmnopqrstuvw", &long]).slice(1, 2);
        let mut excerpts = Excerpts::of(&source, 4);
        excerpts.text(&long);
        excerpts.part(0, &source.value(0)[2..]);
        excerpts.text(&long);
        excerpts.part(1, source.value(1));
        let column = excerpts.finish();
        let expected = StringViewArray::from(vec![&*long, "fghijklmnopqrstuvw", &*long, &*long]);
        assert_eq!(column, expected);
        column.into_data().validate_full().unwrap();
    }
}
