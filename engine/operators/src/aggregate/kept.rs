//! The least or the greatest of values that may be taken back: all that a group has, counted.
//!
//! ```text
//!   +I 7  +I 3  +I 7  -D 3       3: 1 → gone    7: 2        the least is 7
//! ```
//!
//! A value that is taken back before it came is counted below zero, and is not there until it has come more often. Values of
//! one width and sign are one map, as in `choice.rs`; texts are maps of their bytes.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{Array, ArrayRef, BinaryViewArray, Int64Array, ListArray};
use arrow_buffer::{ArrowNativeType, OffsetBuffer, ScalarBuffer};
use arrow_schema::{DataType, Field, IntervalUnit};
use memory::RowKinds;
use state::Slot;

use super::accumulator::{Accumulator, Selected, adds, column};
use super::choice::{self, Ranked};
use super::choice_of_text;
use super::error::AggregateError;

/// Which of the values is the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Least,
    Greatest,
}

/// The choice among the values of a column of this type, if it has an order.
pub(super) fn of(end: End, data_type: &DataType) -> Option<Box<dyn Accumulator>> {
    fn kept<F: Form>(end: End, data_type: &DataType) -> Option<Box<dyn Accumulator>> {
        let data_type = data_type.clone();
        Some(Box::new(Kept::<F> { end, data_type, groups: Vec::new(), held: Held::default() }))
    }
    use DataType::*;
    match data_type {
        Int8 => kept::<Number<i8>>(end, data_type),
        Int16 => kept::<Number<i16>>(end, data_type),
        Int32 | Date32 | Time32(_) | Decimal32(..) | Interval(IntervalUnit::YearMonth) => {
            kept::<Number<i32>>(end, data_type)
        }
        Int64 | Date64 | Time64(_) | Timestamp(..) | Duration(_) | Decimal64(..) => {
            kept::<Number<i64>>(end, data_type)
        }
        Decimal128(..) => kept::<Number<i128>>(end, data_type),
        UInt8 => kept::<Number<u8>>(end, data_type),
        UInt16 => kept::<Number<u16>>(end, data_type),
        UInt32 => kept::<Number<u32>>(end, data_type),
        UInt64 => kept::<Number<u64>>(end, data_type),
        Float32 => kept::<Number<f32>>(end, data_type),
        Float64 => kept::<Number<f64>>(end, data_type),
        Utf8View | BinaryView => kept::<Text>(end, data_type),
        _ => None,
    }
}

/// How values are kept.
trait Form: 'static {
    type Value: Ord;
    type Probe;
    fn open(column: &ArrayRef) -> Self::Probe;
    /// Counts the value of a row. What is counted as nothing is not kept.
    fn count(group: &mut BTreeMap<Self::Value, i64>, probe: &Self::Probe, row: usize, by: i64);
    /// Memory of a value, beside its place.
    fn bytes(probe: &Self::Probe, row: usize) -> usize;
    fn bytes_of(value: &Self::Value) -> usize;
    fn column<'a>(data_type: &DataType, values: impl Iterator<Item = Option<&'a Self::Value>>) -> ArrayRef;
}

/// All values of all groups, by slot.
struct Kept<F: Form> {
    end: End,
    data_type: DataType,
    groups: Vec<BTreeMap<F::Value, i64>>,
    held: Held,
}

/// How much is kept.
#[derive(Default)]
struct Held {
    values: usize,
    groups: usize,
    text_bytes: usize,
}

/// Values of a node of a map, at most: a group takes at least one.
const NODE: usize = 11;
/// Values of a node, mostly.
const NODE_FILLED: usize = 8;

impl Held {
    /// A group that had so many values has so many now.
    #[inline(always)]
    fn changed(&mut self, before: usize, now: usize, text_bytes: usize) {
        self.groups = self.groups + usize::from(before == 0 && now > 0) - usize::from(before > 0 && now == 0);
        self.values = self.values + now - before;
        match now.cmp(&before) {
            Ordering::Less => self.text_bytes -= text_bytes,
            Ordering::Equal => {}
            Ordering::Greater => self.text_bytes += text_bytes,
        }
    }
}

impl<F: Form> Kept<F> {
    #[inline(always)]
    fn count(&mut self, slot: Slot, probe: &F::Probe, row: usize, by: i64) {
        let group = &mut self.groups[slot as usize];
        let before = group.len();
        F::count(group, probe, row, by);
        self.held.changed(before, group.len(), F::bytes(probe, row));
    }

    fn result(&self, slot: Slot) -> Option<&F::Value> {
        let is_there = |(_, count): &(&F::Value, &i64)| **count > 0;
        let mut counts = self.groups[slot as usize].iter();
        let found = match self.end {
            End::Least => counts.find(is_there),
            End::Greatest => counts.rev().find(is_there),
        };
        found.map(|(value, _)| value)
    }

    fn forget(&mut self, slot: Slot) {
        let group = std::mem::take(&mut self.groups[slot as usize]);
        self.held.values -= group.len();
        self.held.groups -= usize::from(!group.is_empty());
        self.held.text_bytes -= group.keys().map(F::bytes_of).sum::<usize>();
    }
}

impl<F: Form> Accumulator for Kept<F> {
    fn data_type(&self) -> DataType {
        self.data_type.clone()
    }

    fn partial_types(&self) -> Vec<DataType> {
        [&self.data_type, &DataType::Int64].map(|of| DataType::List(list_field(of))).to_vec()
    }

    fn grow(&mut self, end: usize) {
        self.groups.resize_with(end.max(self.groups.len()), BTreeMap::new);
    }

    fn reset(&mut self, slots: &[Slot]) {
        slots.iter().for_each(|slot| self.forget(*slot));
    }

    fn update(&mut self, slots: &[Slot], rows: Selected<'_>, values: Option<&ArrayRef>) {
        let column = column(values);
        let probe = F::open(column);
        rows.each_valid(column.nulls(), |position, row| self.count(slots[position], &probe, row, 1));
    }

    fn change(&mut self, slots: &[Slot], rows: Selected<'_>, kinds: &RowKinds, values: Option<&ArrayRef>) {
        let (column, kinds) = (column(values), &kinds.numbers()[..]);
        let probe = F::open(column);
        rows.each_valid(column.nulls(), |position, row| {
            self.count(slots[position], &probe, row, if adds(kinds, row) { 1 } else { -1 });
        });
    }

    fn roll(
        &mut self,
        _: &[Slot],
        _: Selected<'_>,
        _: Option<&ArrayRef>,
    ) -> Result<ArrayRef, AggregateError> {
        unreachable!("results behind each row are those of rows that stay")
    }

    fn merge(&mut self, _: &[(Slot, Slot)]) {
        unreachable!("panes are of rows that stay")
    }

    fn value(&self, slots: &[Slot]) -> Result<ArrayRef, AggregateError> {
        Ok(F::column(&self.data_type, slots.iter().map(|slot| self.result(*slot))))
    }

    fn save(&self, slots: &[Slot]) -> Vec<ArrayRef> {
        let groups = || slots.iter().map(|slot| &self.groups[*slot as usize]);
        let offsets = OffsetBuffer::from_lengths(groups().map(BTreeMap::len));
        let counts = Int64Array::from_iter_values(groups().flat_map(BTreeMap::values).copied());
        let values = F::column(&self.data_type, groups().flat_map(BTreeMap::keys).map(Some));
        let list = |items: ArrayRef| {
            let field = list_field(items.data_type());
            Arc::new(ListArray::new(field, offsets.clone(), items, None)) as ArrayRef
        };
        vec![list(values), list(Arc::new(counts))]
    }

    fn absorb(&mut self, slots: &[Slot], rows: Selected<'_>, columns: &[ArrayRef]) {
        let (lists, counts) = (columns[0].as_list::<i32>(), columns[1].as_list::<i32>());
        let (probe, offsets) = (F::open(lists.values()), lists.value_offsets());
        rows.each(|position, row| {
            let counts = counts.value(row);
            let places = offsets[row].as_usize()..offsets[row + 1].as_usize();
            for (place, count) in places.zip(counts.as_primitive::<Int64Type>().values()) {
                self.count(slots[position], &probe, place, *count);
            }
        });
    }

    fn clear(&mut self) {
        self.groups.clear();
        self.held = Held::default();
    }

    fn bytes(&self) -> usize {
        let places = self.held.groups * NODE + self.held.values * NODE / NODE_FILLED;
        let place = size_of::<F::Value>() + size_of::<i64>();
        size_of_val(&self.groups[..]) + places * place + self.held.text_bytes
    }
}

/// The items of a list that is saved.
fn list_field(of: &DataType) -> Arc<Field> {
    Arc::new(Field::new_list_field(of.clone(), true))
}

/// Numbers of one width and sign.
struct Number<V>(std::marker::PhantomData<V>);

/// A number in its place among the others.
struct InOrder<V>(V);

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
    fn count(group: &mut BTreeMap<InOrder<V>, i64>, probe: &ScalarBuffer<V>, row: usize, by: i64) {
        let value = || InOrder(probe[row]);
        let count = group.entry(value()).or_default();
        *count += by;
        if *count == 0 {
            group.remove(&value());
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
struct Text;

impl Form for Text {
    type Value = Box<[u8]>;
    type Probe = BinaryViewArray;

    fn open(column: &ArrayRef) -> BinaryViewArray {
        choice_of_text::values(column)
    }

    fn count(group: &mut BTreeMap<Box<[u8]>, i64>, probe: &BinaryViewArray, row: usize, by: i64) {
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

    fn bytes_of(value: &Box<[u8]>) -> usize {
        value.len()
    }

    fn column<'a>(data_type: &DataType, values: impl Iterator<Item = Option<&'a Box<[u8]>>>) -> ArrayRef {
        choice_of_text::column_of(data_type, values.map(|value| value.map(|value| &value[..])))
    }
}
