//! A column of made-up rows: which rule its values follow, and the values of rows by their numbers.

use std::sync::Arc;

use arrow_array::builder::{BinaryViewBuilder, StringViewBuilder};
use arrow_array::{
    ArrayRef, BooleanArray, Float64Array, Int64Array, ListArray, MapArray, StructArray,
    TimestampMillisecondArray, make_array,
};
use arrow_buffer::{NullBuffer, OffsetBuffer};
use arrow_cast::cast;
use arrow_schema::{DataType, Field};

/// A column.
#[derive(Clone, Debug, PartialEq)]
pub struct Made {
    /// Its name and type.
    pub field: Field,
    /// Its values.
    pub rule: Rule,
    /// Which part of them is null: from 0 to 1.
    pub null_rate: f64,
    /// Columns of other seeds have other values.
    pub seed: u64,
}

/// What values are like.
#[derive(Clone, Debug, PartialEq)]
pub enum Rule {
    /// From `start` on, one after the other, up to `end`, with which the rows end.
    Sequence {
        /// The first one.
        start: i64,
        /// The last one.
        end: i64,
    },
    /// Whole numbers, both bounds among them.
    Whole {
        /// The least one.
        min: i64,
        /// The greatest one.
        max: i64,
    },
    /// Numbers.
    Real {
        /// The least one.
        min: f64,
        /// The greatest one.
        max: f64,
    },
    /// True or false.
    Truth,
    /// Hexadecimal digits, or any bytes, by the type of the column.
    Text {
        /// How many.
        length: usize,
        /// Whether there may be less, down to one.
        varies: bool,
    },
    /// A time, or the date or the time of day of one, as the clock shows it or up to so many milliseconds before.
    Past {
        /// How long before at most.
        most_ms: i64,
    },
    /// Rows of these.
    Row(Vec<Made>),
    /// So many of these.
    List(Box<Made>, usize),
    /// So many pairs of these.
    Map(Box<Made>, Box<Made>, usize),
}

/// Some rows: their numbers, and what the clock shows when they are due.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rows<'a> {
    pub(super) numbers: &'a [u64],
    pub(super) times: &'a [i64],
}

/// A number that looks like chance and follows from two others.
fn chance(seed: u64, number: u64) -> u64 {
    // SplitMix64, by the number of its step.
    let mut word = seed.wrapping_add(number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

/// From 0 to 1, without 1.
fn unit(word: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "53 bits are what fits")]
    let unit = (word >> 11) as f64 / (1_u64 << 53) as f64;
    unit
}

/// From `min` to `max`, both among them.
fn between(min: i64, max: i64, word: u64) -> i64 {
    let span = u128::from(max.abs_diff(min)) + 1;
    let step = u64::try_from((u128::from(word) * span) >> 64).expect("less than the span");
    min.wrapping_add_unsigned(step)
}

impl Made {
    /// How many values there are, if they end.
    pub(super) fn count(&self) -> Option<u64> {
        match &self.rule {
            Rule::Sequence { start, end } => {
                let count = (i128::from(*end) - i128::from(*start) + 1).max(0);
                Some(u64::try_from(count).unwrap_or(u64::MAX))
            }
            Rule::Row(fields) => fields.iter().filter_map(Self::count).min(),
            _ => None,
        }
    }

    /// The values of rows.
    pub(super) fn values(&self, rows: Rows<'_>) -> ArrayRef {
        let values = self.whole(rows);
        if self.null_rate <= 0.0 {
            return values;
        }
        let is_there = |number: &u64| unit(chance(!self.seed, *number)) >= self.null_rate;
        let nulls: NullBuffer = rows.numbers.iter().map(is_there).collect::<Vec<_>>().into();
        let data = values.to_data().into_builder().nulls(Some(nulls)).build();
        make_array(data.expect("as many nulls as values"))
    }

    /// The values without nulls.
    fn whole(&self, rows: Rows<'_>) -> ArrayRef {
        let Rows { numbers, times } = rows;
        let words = || numbers.iter().map(|number| chance(self.seed, *number));
        let values: ArrayRef = match &self.rule {
            Rule::Sequence { start, .. } => {
                let value = |number: &u64| start.wrapping_add_unsigned(*number);
                Arc::new(Int64Array::from_iter_values(numbers.iter().map(value)))
            }
            Rule::Whole { min, max } => {
                Arc::new(Int64Array::from_iter_values(words().map(|word| between(*min, *max, word))))
            }
            Rule::Real { min, max } => {
                let value = |word| (1.0 - unit(word)) * min + unit(word) * max;
                Arc::new(Float64Array::from_iter_values(words().map(value)))
            }
            Rule::Truth => Arc::new(words().map(|word| Some(word & 1 == 1)).collect::<BooleanArray>()),
            Rule::Text { length, varies } => self.texts(numbers, *length, *varies),
            Rule::Past { most_ms } => {
                let value = |(word, time): (u64, &i64)| time - between(0, *most_ms, word);
                let times = words().zip(times).map(value);
                let times = TimestampMillisecondArray::from_iter_values(times);
                match self.field.data_type() {
                    // An instant, whatever clock the column is told by.
                    DataType::Timestamp(_, zone) => Arc::new(times.with_timezone_opt(zone.clone())),
                    _ => Arc::new(times),
                }
            }
            Rule::Row(fields) => {
                let columns = fields.iter().map(|field| field.values(rows)).collect();
                let DataType::Struct(names) = self.field.data_type() else { unreachable!("a row is one") };
                return Arc::new(StructArray::new(names.clone(), columns, None));
            }
            Rule::List(element, length) => return self.lists(element, *length, rows),
            Rule::Map(key, value, length) => return self.maps(key, value, *length, rows),
        };
        cast(&values, self.field.data_type()).expect("a type that the rule is for")
    }

    /// Texts or bytes, by the type.
    fn texts(&self, numbers: &[u64], length: usize, varies: bool) -> ArrayRef {
        let is_text = self.field.data_type() == &DataType::Utf8View;
        let (mut texts, mut bytes) = (StringViewBuilder::new(), BinaryViewBuilder::new());
        let (mut text, mut raw) = (String::with_capacity(length), Vec::with_capacity(length));
        for number in numbers {
            let word = chance(self.seed, *number);
            let most = i64::try_from(length).unwrap_or(i64::MAX);
            let length = match varies {
                true => usize::try_from(between(1, most.max(1), word)).unwrap_or(length),
                false => length,
            };
            // Each word has sixteen digits.
            let digits = (0_u64..).flat_map(|nth| {
                let word = chance(word, nth);
                (0..16).map(move |digit| (word >> (4 * digit)) & 15)
            });
            if is_text {
                text.clear();
                let letter = |digit| char::from(b"0123456789abcdef"[usize::try_from(digit).unwrap_or(0)]);
                text.extend(digits.take(length).map(letter));
                texts.append_value(&text);
            } else {
                raw.clear();
                let words = (0_u64..).flat_map(|nth| chance(word, nth).to_le_bytes());
                raw.extend(words.take(length));
                bytes.append_value(&raw);
            }
        }
        if is_text { Arc::new(texts.finish()) } else { Arc::new(bytes.finish()) }
    }

    fn lists(&self, element: &Self, length: usize, rows: Rows<'_>) -> ArrayRef {
        let DataType::List(field) = self.field.data_type() else { unreachable!("a list is one") };
        let (numbers, times) = within(rows, length);
        let elements = element.values(Rows { numbers: &numbers, times: &times });
        Arc::new(ListArray::new(field.clone(), offsets(rows, length), elements, None))
    }

    fn maps(&self, key: &Self, value: &Self, length: usize, rows: Rows<'_>) -> ArrayRef {
        let DataType::Map(entries, _) = self.field.data_type() else { unreachable!("a map is one") };
        let DataType::Struct(names) = entries.data_type() else { unreachable!("pairs are rows") };
        let (numbers, times) = within(rows, length);
        let all = Rows { numbers: &numbers, times: &times };
        let pairs = StructArray::new(names.clone(), vec![key.values(all), value.values(all)], None);
        Arc::new(MapArray::new(entries.clone(), offsets(rows, length), pairs, None, false))
    }
}

fn offsets(rows: Rows<'_>, length: usize) -> OffsetBuffer<i32> {
    OffsetBuffer::from_lengths(std::iter::repeat_n(length, rows.numbers.len()))
}

/// The numbers of what is within each row, which are those of no other one, and their times.
fn within(rows: Rows<'_>, length: usize) -> (Vec<u64>, Vec<i64>) {
    let numbers = rows.numbers.iter().flat_map(|number| {
        let first = number.wrapping_mul(length as u64);
        (0..length as u64).map(move |nth| first.wrapping_add(nth))
    });
    let times = rows.times.iter().flat_map(|time| std::iter::repeat_n(*time, length));
    (numbers.collect(), times.collect())
}
