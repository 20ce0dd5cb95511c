//! Values of fixed width up to eight bytes as words, the lowest byte first, and words as values.

use arrow_array::{Array, ArrayRef, make_array};
use arrow_buffer::{Buffer, NullBuffer, ScalarBuffer};
use arrow_data::ArrayData;
use arrow_schema::DataType;

/// A column as it lies in memory.
pub enum Words {
    /// Of values of a byte.
    One(ScalarBuffer<u8>),
    /// Of two.
    Two(ScalarBuffer<u16>),
    /// Of four.
    Four(ScalarBuffer<u32>),
    /// Of eight.
    Eight(ScalarBuffer<u64>),
}

impl Words {
    /// Whether values of this type are the same if, and only if, their bytes are, and these fit into a word.
    pub fn are(data_type: &DataType) -> bool {
        let is_small = data_type.primitive_width().is_some_and(|width| width <= 8);
        is_small && !data_type.is_floating() && !matches!(data_type, DataType::Interval(_))
    }

    /// Those of a column. That of a null means nothing.
    ///
    /// # Panics
    ///
    /// If its values are no words.
    pub fn of(column: &ArrayRef) -> Self {
        let data = column.to_data();
        let (buffer, offset, length) = (data.buffers()[0].clone(), data.offset(), data.len());
        match column.data_type().primitive_width() {
            Some(1) => Self::One(ScalarBuffer::new(buffer, offset, length)),
            Some(2) => Self::Two(ScalarBuffer::new(buffer, offset, length)),
            Some(4) => Self::Four(ScalarBuffer::new(buffer, offset, length)),
            Some(8) => Self::Eight(ScalarBuffer::new(buffer, offset, length)),
            width => unreachable!("a word of {width:?} bytes"),
        }
    }

    /// The word of a row.
    #[inline(always)]
    pub fn at(&self, row: usize) -> u64 {
        match self {
            Self::One(words) => words[row].into(),
            Self::Two(words) => words[row].into(),
            Self::Four(words) => words[row].into(),
            Self::Eight(words) => words[row],
        }
    }

    /// Calls `take` with each row and its word.
    #[inline(always)]
    pub fn each(&self, mut take: impl FnMut(usize, u64)) {
        match self {
            Self::One(words) => words.iter().enumerate().for_each(|(row, word)| take(row, (*word).into())),
            Self::Two(words) => words.iter().enumerate().for_each(|(row, word)| take(row, (*word).into())),
            Self::Four(words) => words.iter().enumerate().for_each(|(row, word)| take(row, (*word).into())),
            Self::Eight(words) => words.iter().enumerate().for_each(|(row, word)| take(row, *word)),
        }
    }

    /// These words as a column of a type that has them.
    ///
    /// # Panics
    ///
    /// If there are more nulls than words, or fewer.
    #[expect(clippy::cast_possible_truncation, reason = "what was widened is narrowed")]
    pub fn column(
        data_type: &DataType,
        words: impl ExactSizeIterator<Item = u64>,
        nulls: Option<NullBuffer>,
    ) -> ArrayRef {
        let rows = words.len();
        let values = match data_type.primitive_width() {
            Some(1) => Buffer::from_iter(words.map(|word| word as u8)),
            Some(2) => Buffer::from_iter(words.map(|word| word as u16)),
            Some(4) => Buffer::from_iter(words.map(|word| word as u32)),
            _ => Buffer::from_iter(words),
        };
        let data = ArrayData::builder(data_type.clone()).len(rows).add_buffer(values).nulls(nulls);
        make_array(data.build().expect("a buffer of the width of its type"))
    }
}
