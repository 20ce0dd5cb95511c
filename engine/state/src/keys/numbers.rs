//! Keys of one column of fixed width up to eight bytes: integers, dates, times. Eight bytes a key.

use arrow_array::{Array, ArrayRef, make_array};
use arrow_buffer::{Buffer, NullBuffer, ScalarBuffer};
use arrow_data::ArrayData;
use arrow_schema::DataType;

use super::{Slot, Store, is_null};

pub(super) struct Numbers {
    data_type: DataType,
    /// By slot: the bytes of the value, the lowest first.
    words: Vec<u64>,
    /// The slot of the null key. Its word is zero.
    null: Option<Slot>,
}

/// A column as it lies in memory.
pub(super) struct Words<'a> {
    nulls: Option<&'a NullBuffer>,
    words: Width,
}

/// The values of a column as numbers without a sign.
pub(super) enum Width {
    One(ScalarBuffer<u8>),
    Two(ScalarBuffer<u16>),
    Four(ScalarBuffer<u32>),
    Eight(ScalarBuffer<u64>),
}

impl Numbers {
    pub(super) fn takes(data_type: &DataType) -> bool {
        let small = data_type.primitive_width().is_some_and(|width| width <= 8);
        small && !data_type.is_floating() && !matches!(data_type, DataType::Interval(_))
    }

    pub(super) fn new(data_type: DataType) -> Self {
        Self { data_type, words: Vec::new(), null: None }
    }
}

impl Width {
    pub(super) fn of(column: &ArrayRef) -> Self {
        let data = column.to_data();
        let (buffer, offset, length) = (data.buffers()[0].clone(), data.offset(), data.len());
        match column.data_type().primitive_width() {
            Some(1) => Self::One(ScalarBuffer::new(buffer, offset, length)),
            Some(2) => Self::Two(ScalarBuffer::new(buffer, offset, length)),
            Some(4) => Self::Four(ScalarBuffer::new(buffer, offset, length)),
            Some(8) => Self::Eight(ScalarBuffer::new(buffer, offset, length)),
            width => unreachable!("a number of {width:?} bytes"),
        }
    }

    /// Calls `take` with each row and its word.
    #[inline(always)]
    pub(super) fn each(&self, mut take: impl FnMut(usize, u64)) {
        match self {
            Self::One(words) => words.iter().enumerate().for_each(|(row, word)| take(row, (*word).into())),
            Self::Two(words) => words.iter().enumerate().for_each(|(row, word)| take(row, (*word).into())),
            Self::Four(words) => words.iter().enumerate().for_each(|(row, word)| take(row, (*word).into())),
            Self::Eight(words) => words.iter().enumerate().for_each(|(row, word)| take(row, *word)),
        }
    }
}

impl Words<'_> {
    #[inline(always)]
    fn word(&self, row: usize) -> u64 {
        match &self.words {
            Width::One(words) => words[row].into(),
            Width::Two(words) => words[row].into(),
            Width::Four(words) => words[row].into(),
            Width::Eight(words) => words[row],
        }
    }
}

impl Store for Numbers {
    const CHEAP: bool = true;

    type Mark = u64;
    type Probe<'a> = Words<'a>;

    fn open<'a>(&self, columns: &'a [ArrayRef]) -> Words<'a> {
        let column = &columns[0];
        assert_eq!(column.data_type(), &self.data_type, "a key of another type");
        Words { nulls: column.nulls().filter(|nulls| nulls.null_count() > 0), words: Width::of(column) }
    }

    #[inline(always)]
    fn mark(&self, slot: Slot) -> u64 {
        self.words[slot as usize]
    }

    #[inline(always)]
    fn is(&self, slot: Slot, own: u64, probe: &Words<'_>, row: usize) -> bool {
        if is_null(probe.nulls, row) || self.null == Some(slot) {
            return is_null(probe.nulls, row) && self.null == Some(slot);
        }
        own == probe.word(row)
    }

    fn put(&mut self, slot: Slot, probe: &Words<'_>, row: usize) -> usize {
        let is_null = is_null(probe.nulls, row);
        if is_null {
            self.null = Some(slot);
        }
        self.words.resize(self.words.len().max(slot as usize + 1), 0);
        self.words[slot as usize] = if is_null { 0 } else { probe.word(row) };
        8
    }

    fn forget(&mut self, slot: Slot) -> usize {
        if self.null == Some(slot) {
            self.null = None;
        }
        8
    }

    fn clear(&mut self) {
        self.words.clear();
        self.null = None;
    }

    fn columns(&self, slots: &[Slot]) -> Vec<ArrayRef> {
        let words = slots.iter().map(|slot| self.words[*slot as usize]);
        let nulls = self
            .null
            .filter(|null| slots.contains(null))
            .map(|null| NullBuffer::from_iter(slots.iter().map(|slot| *slot != null)));
        vec![column_of(&self.data_type, words, nulls)]
    }
}

/// A column of this type that has these words.
#[expect(clippy::cast_possible_truncation, reason = "what was widened is narrowed")]
pub(super) fn column_of(
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
