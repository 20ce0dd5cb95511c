//! Random columns of every type, for tests of frames. The same seed gives the same rows.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Int8Type, Int16Type, Int32Type, UInt16Type};
use arrow_array::{
    ArrayRef, BinaryArray, BinaryViewArray, DictionaryArray, FixedSizeListArray, Int16Array, Int32Array,
    LargeBinaryArray, LargeListArray, LargeStringArray, ListArray, ListViewArray, MapArray, NullArray,
    PrimitiveArray, RecordBatch, RecordBatchOptions, RunArray, StringArray, StringViewArray, StructArray,
    UnionArray, make_array,
};
use arrow_buffer::{ArrowNativeType, Buffer, NullBuffer, OffsetBuffer};
use arrow_data::ArrayData;
use arrow_schema::{DataType, Field, IntervalUnit, Schema, TimeUnit, UnionFields, UnionMode};

/// Every type that can be a column, nested ones in each other.
pub(crate) fn all_types() -> Vec<DataType> {
    let mut types = flat_types();
    types.extend(nested_types());
    types
}

fn flat_types() -> Vec<DataType> {
    use DataType::*;
    vec![
        Null,
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
        Utf8,
        LargeUtf8,
        Utf8View,
        Binary,
        LargeBinary,
        BinaryView,
        Time32(TimeUnit::Second),
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
        FixedSizeBinary(5),
        FixedSizeBinary(0),
    ]
}

fn nested_types() -> Vec<DataType> {
    use DataType::*;
    let field = |name: &str, data_type: DataType| Field::new(name, data_type, true);
    let list = |data_type: DataType| List(Arc::new(field("item", data_type)));
    let dictionary = |key: DataType, value: DataType| Dictionary(Box::new(key), Box::new(value));
    let runs = |ends: DataType, values: DataType| {
        RunEndEncoded(Arc::new(Field::new("run_ends", ends, false)), Arc::new(field("values", values)))
    };
    let pair = Struct(vec![field("text", Utf8View), Field::new("number", Int16, false)].into());
    let entry = Struct(vec![Field::new("keys", Utf8, false), field("values", Int64)].into());
    let union = |mode| {
        let fields = [(3, field("n", Int32)), (7, field("t", Utf8View)), (100, field("l", list(Int8)))];
        Union(
            fields.into_iter().map(|(number, field)| (number, Arc::new(field))).collect::<UnionFields>(),
            mode,
        )
    };
    vec![
        list(Int32),
        list(pair.clone()),
        list(list(Boolean)),
        LargeList(Arc::new(field("item", Utf8))),
        ListView(Arc::new(field("item", Utf8View))),
        FixedSizeList(Arc::new(field("item", Boolean)), 3),
        FixedSizeList(Arc::new(field("item", Null)), 0),
        pair.clone(),
        Struct(vec![field("inner", pair), field("bits", Boolean)].into()),
        Map(Arc::new(Field::new("entries", entry, false)), false),
        union(UnionMode::Sparse),
        union(UnionMode::Dense),
        dictionary(Int8, Utf8),
        dictionary(Int32, Utf8View),
        dictionary(UInt16, list(Int16)),
        runs(Int16, Utf8),
        runs(Int32, Boolean),
    ]
}

/// Numbers that look random and are always the same (SplitMix64).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    fn text(&mut self) -> String {
        let longest = [1, 13, 80][self.below(3)];
        (0..self.below(longest + 1)).map(|_| ['a', 'b', 'z', 'ß', '水'][self.below(5)]).collect()
    }

    fn texts(&mut self, rows: usize, nulls: bool) -> Vec<Option<String>> {
        (0..rows).map(|_| (!nulls || self.below(3) > 0).then(|| self.text())).collect()
    }

    fn nulls(&mut self, rows: usize, nulls: bool) -> Option<NullBuffer> {
        nulls.then(|| (0..rows).map(|_| self.below(3) > 0).collect::<Vec<bool>>().into())
    }

    fn offsets(&mut self, rows: usize) -> OffsetBuffer<i32> {
        // Often not from zero, as in a slice.
        let mut end = self.below(3) as i32;
        let offsets = (0..=rows).map(|row| {
            end += if row == 0 { 0 } else { self.below(4) as i32 };
            end
        });
        OffsetBuffer::new(offsets.collect::<Vec<i32>>().into())
    }

    /// A column of any type.
    pub(crate) fn column(&mut self, data_type: &DataType, rows: usize, nulls: bool) -> ArrayRef {
        match data_type {
            DataType::Null => Arc::new(NullArray::new(rows)),
            DataType::Utf8 => Arc::new(StringArray::from(self.texts(rows, nulls))),
            DataType::LargeUtf8 => Arc::new(LargeStringArray::from(self.texts(rows, nulls))),
            DataType::Utf8View => Arc::new(StringViewArray::from(self.texts(rows, nulls))),
            DataType::Binary => Arc::new(BinaryArray::from_iter(self.texts(rows, nulls))),
            DataType::LargeBinary => Arc::new(LargeBinaryArray::from_iter(self.texts(rows, nulls))),
            DataType::BinaryView => Arc::new(BinaryViewArray::from_iter(self.texts(rows, nulls))),
            DataType::Boolean | DataType::FixedSizeBinary(_) => self.bits(data_type, rows, nulls),
            other if other.is_primitive() => self.bits(other, rows, nulls),
            nested => self.nested(nested, rows, nulls),
        }
    }

    /// Any bits are a value of these types.
    fn bits(&mut self, data_type: &DataType, rows: usize, nulls: bool) -> ArrayRef {
        let width = match data_type {
            DataType::FixedSizeBinary(width) => *width as usize,
            DataType::Boolean => 1,
            other => other.primitive_width().expect("a type of fixed width"),
        };
        // Small numbers now and then, so that compression has something to find.
        let mask = if self.below(2) == 0 { 0xff } else { 1 };
        let bytes: Vec<u8> = (0..rows * width).map(|_| self.next() as u8 & mask).collect();
        let nulls = self.nulls(rows, nulls);
        let column = ArrayData::builder(data_type.clone()).len(rows).nulls(nulls);
        make_array(column.add_buffer(Buffer::from_slice_ref(&bytes)).align_buffers(true).build().unwrap())
    }

    fn nested(&mut self, data_type: &DataType, rows: usize, nulls: bool) -> ArrayRef {
        let valid = self.nulls(rows, nulls);
        match data_type {
            DataType::List(item) | DataType::LargeList(item) => {
                let offsets = self.offsets(rows);
                let values = self.column(item.data_type(), offsets[rows] as usize + 1, item.is_nullable());
                if matches!(data_type, DataType::List(_)) {
                    return Arc::new(ListArray::new(item.clone(), offsets, values, valid));
                }
                let offsets = offsets.iter().map(|offset| i64::from(*offset)).collect::<Vec<_>>();
                Arc::new(LargeListArray::new(item.clone(), OffsetBuffer::new(offsets.into()), values, valid))
            }
            DataType::ListView(item) => {
                let values = self.column(item.data_type(), 20, true);
                let offsets: Vec<i32> = (0..rows).map(|_| 5 + self.below(10) as i32).collect();
                let sizes: Vec<i32> = (0..rows).map(|_| self.below(4) as i32).collect();
                Arc::new(ListViewArray::new(item.clone(), offsets.into(), sizes.into(), values, valid))
            }
            DataType::FixedSizeList(item, length) => {
                let values = self.column(item.data_type(), rows * *length as usize, true);
                let column =
                    FixedSizeListArray::try_new_with_length(item.clone(), *length, values, valid, rows);
                Arc::new(column.unwrap())
            }
            DataType::Struct(fields) => {
                let columns =
                    fields.iter().map(|field| self.column(field.data_type(), rows, field.is_nullable()));
                Arc::new(StructArray::new(fields.clone(), columns.collect(), valid))
            }
            DataType::Map(entries, sorted) => {
                let offsets = self.offsets(rows);
                let values = self.column(entries.data_type(), offsets[rows] as usize, false);
                Arc::new(MapArray::new(entries.clone(), offsets, values.as_struct().clone(), valid, *sorted))
            }
            DataType::Union(fields, mode) => self.union(fields, *mode, rows),
            DataType::Dictionary(key, value) => self.dictionary(key, value, (rows, valid)),
            DataType::RunEndEncoded(ends, values) => self.runs(ends.data_type(), values.data_type(), rows),
            other => unreachable!("{other} is not nested"),
        }
    }

    fn union(&mut self, fields: &UnionFields, mode: UnionMode, rows: usize) -> ArrayRef {
        let numbers: Vec<i8> = fields.iter().map(|(number, _)| number).collect();
        let types: Vec<i8> = (0..rows).map(|_| numbers[self.below(numbers.len())]).collect();
        let dense = mode == UnionMode::Dense;
        let offsets = dense.then(|| (0..rows).map(|_| 2 + self.below(6) as i32).collect::<Vec<_>>().into());
        let child_rows = if dense { 10 } else { rows };
        let children = fields.iter().map(|(_, field)| self.column(field.data_type(), child_rows, true));
        let children = children.collect();
        Arc::new(UnionArray::try_new(fields.clone(), types.into(), offsets, children).unwrap())
    }

    fn dictionary(
        &mut self,
        key: &DataType,
        value: &DataType,
        (rows, valid): (usize, Option<NullBuffer>),
    ) -> ArrayRef {
        // Sometimes all words are used, sometimes few of them.
        let (words, used) = [(8, 8), (60, 5)][self.below(2)];
        let words = self.column(value, words, true);
        let keys: Vec<usize> = (0..rows).map(|_| 2 + self.below(used - 2)).collect();
        macro_rules! of {
            ($type:ty, $native:ty) => {{
                let keys: Vec<$native> = keys.into_iter().map(<$native>::usize_as).collect();
                Arc::new(DictionaryArray::<$type>::new(PrimitiveArray::new(keys.into(), valid), words))
            }};
        }
        match key {
            DataType::Int8 => of!(Int8Type, i8),
            DataType::UInt16 => of!(UInt16Type, u16),
            _ => of!(Int32Type, i32),
        }
    }

    fn runs(&mut self, ends: &DataType, values: &DataType, rows: usize) -> ArrayRef {
        let mut last = 0;
        let mut all = Vec::new();
        while last < rows {
            last += 1 + self.below(5);
            all.push(last.min(rows) as i16);
        }
        let values = self.column(values, all.len(), true);
        if *ends == DataType::Int16 {
            return Arc::new(RunArray::<Int16Type>::try_new(&Int16Array::from(all), &values).unwrap());
        }
        let all: Int32Array = all.into_iter().map(|end| Some(i32::from(end))).collect();
        Arc::new(RunArray::<Int32Type>::try_new(&all, &values).unwrap())
    }
}

/// Columns of these types. They are slices, so that no buffer begins where its column does.
pub(crate) fn random_batch(seed: u64, rows: usize, types: &[DataType]) -> RecordBatch {
    let mut random = Random(seed);
    let before = random.below(12);
    let (mut fields, mut columns) = (Vec::new(), Vec::new());
    for (number, data_type) in types.iter().enumerate() {
        // Nullable with nulls, nullable without one, not nullable.
        let (nullable, nulls) = [(true, true), (true, false), (false, false)][random.below(3)];
        let nullable = nullable || *data_type == DataType::Null;
        fields.push(Field::new(format!("{number} {data_type}"), data_type.clone(), nullable));
        columns.push(random.column(data_type, before + rows + 2, nulls));
    }
    let options = RecordBatchOptions::new().with_row_count(Some(before + rows + 2));
    RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), columns, &options)
        .unwrap()
        .slice(before, rows)
}
