//! The least or the greatest of values that may be taken back: all that a group has, counted.
//!
//! ```text
//!   +I 7  +I 3  +I 7  -D 3       3: 1 → gone    7: 2        the least is 7
//! ```
//!
//! A value that is taken back before it came is counted below zero, and is not there until it has come more often.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{Array, ArrayRef, Int64Array};
use arrow_buffer::{ArrowNativeType, OffsetBuffer};
use arrow_schema::DataType;
use memory::RowKinds;
use state::Slot;

use super::accumulator::{Accumulator, Selected, adds, column};
use super::error::AggregateError;
use super::forms::{self, Form, Make, list_of, list_type};

/// Which of the values is the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Least,
    Greatest,
}

/// The choice among the values of a column of this type, if it has an order.
pub(super) fn of(end: End, data_type: &DataType) -> Option<Box<dyn Accumulator>> {
    forms::with(data_type, Kind { end, data_type })
}

/// What is made for each form of values.
struct Kind<'a> {
    end: End,
    data_type: &'a DataType,
}

impl Make for Kind<'_> {
    fn make<F: Form>(self) -> Box<dyn Accumulator> {
        let data_type = self.data_type.clone();
        Box::new(Kept::<F> { end: self.end, data_type, groups: Vec::new(), held: Held::default() })
    }
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
        [&self.data_type, &DataType::Int64].map(list_type).to_vec()
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
        vec![list_of(values, offsets.clone(), None), list_of(Arc::new(counts), offsets, None)]
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
