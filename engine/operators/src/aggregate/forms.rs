//! In which forms values are kept: numbers of one width and sign as they are, texts as their bytes.
//!
//! A timestamp is kept as the number that it is, as in `choice.rs`.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::{ArrayRef, BinaryViewArray, ListArray};
use arrow_buffer::{ArrowNativeType, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow_schema::{DataType, Field, IntervalUnit};

use super::accumulator::Accumulator;
use super::choice::{self, Ranked};
use super::choice_of_text;

/// How values are kept.
pub(super) trait Form: 'static {
    type Value: Ord + Clone;
    type Probe;
    fn open(column: &ArrayRef) -> Self::Probe;
    /// The value of a row, to be kept.
    fn get(probe: &Self::Probe, row: usize) -> Self::Value;
    /// Counts the value of a row. What is counted as nothing is not kept.
    fn count(group: &mut BTreeMap<Self::Value, i64>, probe: &Self::Probe, row: usize, by: i64);
    /// Memory of a value, beside its place.
    fn bytes(probe: &Self::Probe, row: usize) -> usize;
    fn bytes_of(value: &Self::Value) -> usize;
    fn column<'a>(data_type: &DataType, values: impl Iterator<Item = Option<&'a Self::Value>>) -> ArrayRef;
}

/// What makes an accumulator, once it knows the form of its values.
pub(super) trait Make {
    fn make<F: Form>(self) -> Box<dyn Accumulator>;
}

/// The accumulator of a column of this type, if its values have an order.
pub(super) fn with(data_type: &DataType, make: impl Make) -> Option<Box<dyn Accumulator>> {
    use DataType::*;
    let made = match data_type {
        Int8 => make.make::<Number<i8>>(),
        Int16 => make.make::<Number<i16>>(),
        Int32 | Date32 | Time32(_) | Decimal32(..) | Interval(IntervalUnit::YearMonth) => {
            make.make::<Number<i32>>()
        }
        Int64 | Date64 | Time64(_) | Timestamp(..) | Duration(_) | Decimal64(..) => {
            make.make::<Number<i64>>()
        }
        Decimal128(..) => make.make::<Number<i128>>(),
        UInt8 => make.make::<Number<u8>>(),
        UInt16 => make.make::<Number<u16>>(),
        UInt32 => make.make::<Number<u32>>(),
        UInt64 => make.make::<Number<u64>>(),
        Float32 => make.make::<Number<f32>>(),
        Float64 => make.make::<Number<f64>>(),
        Utf8View | BinaryView => make.make::<Text>(),
        _ => return None,
    };
    Some(made)
}

/// Lists of values of this type, which may be null.
pub(super) fn list_type(of: &DataType) -> DataType {
    DataType::List(Arc::new(Field::new_list_field(of.clone(), true)))
}

/// Lists of these items, cut here.
pub(super) fn list_of(items: ArrayRef, offsets: OffsetBuffer<i32>, nulls: Option<NullBuffer>) -> ArrayRef {
    let field = Field::new_list_field(items.data_type().clone(), true);
    Arc::new(ListArray::new(Arc::new(field), offsets, items, nulls))
}

/// Numbers of one width and sign.
pub(super) struct Number<V>(std::marker::PhantomData<V>);

/// A number in its place among the others.
#[derive(Clone)]
pub(super) struct InOrder<V>(V);

impl<V: Ranked> Ord for InOrder<V> {
    fn cmp(&self, other: &Self) -> Ordering {
        other.0.is_below(&self.0).cmp(&self.0.is_below(&other.0))
    }
}

impl<V: Ranked> PartialOrd for InOrder<V> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<V: Ranked> PartialEq for InOrder<V> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl<V: Ranked> Eq for InOrder<V> {}

impl<V: ArrowNativeType + Ranked> Form for Number<V> {
    type Value = InOrder<V>;
    type Probe = ScalarBuffer<V>;

    fn open(column: &ArrayRef) -> ScalarBuffer<V> {
        choice::values(column)
    }

    #[inline(always)]
    fn get(probe: &ScalarBuffer<V>, row: usize) -> InOrder<V> {
        InOrder(probe[row])
    }

    #[inline(always)]
    fn count(group: &mut BTreeMap<InOrder<V>, i64>, probe: &ScalarBuffer<V>, row: usize, by: i64) {
        let value = Self::get(probe, row);
        let count = group.entry(value.clone()).or_default();
        *count += by;
        if *count == 0 {
            group.remove(&value);
        }
    }

    fn bytes(_: &ScalarBuffer<V>, _: usize) -> usize {
        0
    }

    fn bytes_of(_: &InOrder<V>) -> usize {
        0
    }

    fn column<'a>(data_type: &DataType, values: impl Iterator<Item = Option<&'a InOrder<V>>>) -> ArrayRef {
        let values: Vec<Option<V>> = values.map(|value| value.map(|value| value.0)).collect();
        choice::column_of(data_type, &values)
    }
}

/// Strings, or bytes.
pub(super) struct Text;

impl Form for Text {
    type Value = Arc<[u8]>;
    type Probe = BinaryViewArray;

    fn open(column: &ArrayRef) -> BinaryViewArray {
        choice_of_text::values(column)
    }

    fn get(probe: &BinaryViewArray, row: usize) -> Arc<[u8]> {
        probe.value(row).into()
    }

    fn count(group: &mut BTreeMap<Arc<[u8]>, i64>, probe: &BinaryViewArray, row: usize, by: i64) {
        let text = probe.value(row);
        match group.get_mut(text) {
            None => _ = group.insert(text.into(), by),
            Some(count) if *count + by == 0 => _ = group.remove(text),
            Some(count) => *count += by,
        }
    }

    fn bytes(probe: &BinaryViewArray, row: usize) -> usize {
        probe.value(row).len()
    }

    fn bytes_of(value: &Arc<[u8]>) -> usize {
        value.len()
    }

    fn column<'a>(data_type: &DataType, values: impl Iterator<Item = Option<&'a Arc<[u8]>>>) -> ArrayRef {
        choice_of_text::column_of(data_type, values.map(|value| value.map(|value| &value[..])))
    }
}
