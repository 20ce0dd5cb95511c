//! Random columns of every type, for tests. The same seed gives the same rows.

use std::sync::Arc;

use arrow_array::types::{Int16Type, Int32Type};
use arrow_array::{
    ArrayRef, BinaryViewArray, DictionaryArray, ListArray, RecordBatch, RecordBatchOptions, StringArray,
    StringViewArray, make_array,
};
use arrow_buffer::{Buffer, NullBuffer};
use arrow_data::ArrayData;
use arrow_schema::{DataType, Field, IntervalUnit, Schema, TimeUnit};

/// Every type that has a stripe, and one of each kind that has none.
pub(crate) fn all_types() -> Vec<DataType> {
    use DataType::*;
    let list = List(Arc::new(Field::new_list_field(Int32, true)));
    let dictionary = Dictionary(Box::new(Int16), Box::new(Utf8));
    vec![
        Boolean,
        Int8,
        Int16,
        Int32,
        Int64,
        UInt8,
        UInt16,
        UInt32,
        UInt64,
        Float16,
        Float32,
        Float64,
        Date32,
        Date64,
        Time32(TimeUnit::Second),
        Time32(TimeUnit::Millisecond),
        Time64(TimeUnit::Microsecond),
        Time64(TimeUnit::Nanosecond),
        Timestamp(TimeUnit::Millisecond, None),
        Timestamp(TimeUnit::Nanosecond, Some("+02:00".into())),
        Duration(TimeUnit::Microsecond),
        Interval(IntervalUnit::YearMonth),
        Interval(IntervalUnit::DayTime),
        Interval(IntervalUnit::MonthDayNano),
        Decimal32(9, 2),
        Decimal64(18, 3),
        Decimal128(38, 10),
        Decimal256(76, 20),
        Utf8View,
        BinaryView,
        Utf8,
        FixedSizeBinary(5),
        list,
        dictionary,
    ]
}

/// A small generator of our own: proptest draws the seed, and shrinks what matters (steps, not values).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn text(&mut self) -> String {
        let longest = if self.next().is_multiple_of(4) { 80 } else { 14 };
        (0..self.next() % longest).map(|_| char::from(b'a' + (self.next() % 26) as u8)).collect()
    }

    fn maybe<T>(&mut self, nulls: bool, make: impl FnOnce(&mut Self) -> T) -> Option<T> {
        (!nulls || !self.next().is_multiple_of(3)).then(|| make(self))
    }

    fn column(&mut self, data_type: &DataType, rows: usize, nulls: bool) -> ArrayRef {
        let texts = |random: &mut Self| -> Vec<Option<String>> {
            (0..rows).map(|_| random.maybe(nulls, Self::text)).collect()
        };
        match data_type {
            DataType::Utf8View => Arc::new(StringViewArray::from(texts(self))),
            DataType::Utf8 => Arc::new(StringArray::from(texts(self))),
            DataType::BinaryView => {
                let texts = texts(self);
                Arc::new(BinaryViewArray::from_iter(
                    texts.iter().map(|text| text.as_ref().map(String::as_bytes)),
                ))
            }
            DataType::Dictionary(_, _) => {
                let texts = texts(self);
                Arc::new(texts.iter().map(Option::as_deref).collect::<DictionaryArray<Int16Type>>())
            }
            DataType::List(_) => {
                let lists =
                    (0..rows).map(|_| self.maybe(nulls, |random| vec![Some(random.next() as i32); 2]));
                Arc::new(ListArray::from_iter_primitive::<Int32Type, _, _>(lists.collect::<Vec<_>>()))
            }
            other => self.bits(other, rows, nulls),
        }
    }

    /// Any bits are a value of these types.
    fn bits(&mut self, data_type: &DataType, rows: usize, nulls: bool) -> ArrayRef {
        let width = match data_type {
            DataType::FixedSizeBinary(width) => *width as usize,
            DataType::Boolean => 1,
            other => other.primitive_width().expect("a type of fixed width"),
        };
        let bytes: Vec<u8> = (0..rows * width).map(|_| self.next() as u8).collect();
        let valid: Vec<bool> = (0..rows).map(|_| self.maybe(nulls, |_| ()).is_some()).collect();
        let valid = nulls.then(|| NullBuffer::from(valid));
        let data =
            ArrayData::builder(data_type.clone()).len(rows).add_buffer(Buffer::from_vec(bytes)).nulls(valid);
        make_array(data.build().unwrap())
    }
}

pub(crate) fn random_batch(seed: u64, rows: usize, types: &[DataType]) -> RecordBatch {
    let mut random = Random(seed);
    let (mut fields, mut columns) = (Vec::new(), Vec::new());
    for (number, data_type) in types.iter().enumerate() {
        // Nullable with nulls, nullable without one, not nullable.
        let (nullable, nulls) = [(true, true), (true, false), (false, false)][(random.next() % 3) as usize];
        fields.push(Field::new(format!("{number} {data_type}"), data_type.clone(), nullable));
        columns.push(random.column(data_type, rows + 3, nulls));
    }
    // A slice, so that no buffer begins where its column does.
    let options = RecordBatchOptions::new().with_row_count(Some(rows + 3));
    RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), columns, &options)
        .unwrap()
        .slice(3, rows)
}
