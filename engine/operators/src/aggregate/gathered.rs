//! All values of a group in the order in which they came: as a list, as one text, or the first or the last of them.
//!
//! ```text
//!   +I b  +I a  +I b  -D b         b₀ gone     a₁ b₂         list [a, b]   text "a,b"   first a   last b
//! ```
//!
//! What is taken back is the first of its value.

use std::marker::PhantomData;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, StringViewArray};
use arrow_buffer::{ArrowNativeType, NullBuffer, OffsetBuffer};
use arrow_schema::DataType;
use arrow_select::concat::concat;
use memory::RowKinds;
use state::Slot;

use super::accumulator::{Accumulator, Selected, adds, column};
use super::error::AggregateError;
use super::forms::{self, Form, Make, list_of, list_type};
use super::nested::Nested;
use super::sequence::{Going, Sequence};

/// What is shown of the values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    First,
    Last,
    /// All of them as a list.
    List,
    /// The same, with nulls among them.
    ListWithNulls,
    /// Texts with this between them.
    Joined(Arc<str>),
}

/// What is gathered of a column of this type, if that can be. Rows may be taken back, or not.
pub(super) fn of(shown: Shown, data_type: &DataType, may_go: bool) -> Option<Box<dyn Accumulator>> {
    if matches!(shown, Shown::Joined(_)) && *data_type != DataType::Utf8View {
        return None;
    }
    let kind = Kind { shown, data_type, may_go };
    match Nested::holds(data_type) {
        true => Some(kind.make::<Nested>()),
        false => forms::with(data_type, kind),
    }
}

/// What is made for each form of values.
struct Kind<'a> {
    shown: Shown,
    data_type: &'a DataType,
    may_go: bool,
}

impl Make for Kind<'_> {
    fn make<F: Form>(self) -> Box<dyn Accumulator> {
        match self.may_go {
            true => Box::new(Gathered::<F, Going<_>>::new(self.shown, self.data_type)),
            false => Box::new(Gathered::<F, Vec<_>>::new(self.shown, self.data_type)),
        }
    }
}

/// The values of all groups, by slot.
struct Gathered<F: Form, S: Sequence<Value = Option<F::Value>>> {
    shown: Shown,
    data_type: DataType,
    groups: Vec<S>,
    bytes: usize,
    _form: PhantomData<F>,
}

impl<F: Form, S: Sequence<Value = Option<F::Value>>> Gathered<F, S> {
    fn new(shown: Shown, data_type: &DataType) -> Self {
        Self { shown, data_type: data_type.clone(), groups: Vec::new(), bytes: 0, _form: PhantomData }
    }

    /// The value of a row comes, or goes.
    fn note(&mut self, slot: Slot, value: Option<F::Value>, adds: bool) {
        let group = &mut self.groups[slot as usize];
        let bytes = S::PLACE_BYTES + value.as_ref().map_or(0, F::bytes_of);
        let before = group.len() + group.missing_count();
        if adds {
            group.come(value);
        } else {
            group.go(value);
        }
        if group.len() + group.missing_count() > before {
            self.bytes += bytes;
        } else {
            self.bytes -= bytes;
        }
    }

    /// The nulls that do not count.
    fn nulls<'a>(&self, column: &'a ArrayRef) -> Option<&'a NullBuffer> {
        column.nulls().filter(|_| self.shown != Shown::ListWithNulls)
    }

    fn results(&self, slots: &[Slot]) -> ArrayRef {
        let groups = || slots.iter().map(|slot| &self.groups[*slot as usize]);
        let column = |values: &mut dyn Iterator<Item = Option<&F::Value>>| F::column(&self.data_type, values);
        match &self.shown {
            Shown::First => column(&mut groups().map(|group| group.values().next().and_then(Option::as_ref))),
            Shown::Last => {
                column(&mut groups().map(|group| group.values().next_back().and_then(Option::as_ref)))
            }
            Shown::List | Shown::ListWithNulls => {
                let nulls = NullBuffer::from_iter(groups().map(|group| group.len() > 0));
                self.lists(slots, S::values, S::len, Some(nulls))
            }
            Shown::Joined(separator) => {
                let texts = F::column(&self.data_type, groups().flat_map(S::values).map(Option::as_ref));
                joined(texts.as_string_view(), groups().map(S::len), separator)
            }
        }
    }

    /// Lists of what these groups have of one kind.
    fn lists<'a, I: Iterator<Item = &'a S::Value>>(
        &'a self,
        slots: &'a [Slot],
        values: impl Fn(&'a S) -> I,
        count: impl Fn(&S) -> usize,
        nulls: Option<NullBuffer>,
    ) -> ArrayRef {
        let groups = || slots.iter().map(|slot| &self.groups[*slot as usize]);
        let offsets = OffsetBuffer::from_lengths(groups().map(count));
        list_of(F::column(&self.data_type, groups().flat_map(values).map(Option::as_ref)), offsets, nulls)
    }
}

/// For each of these numbers so many of the texts, with this between them; null of none.
fn joined(texts: &StringViewArray, counts: impl Iterator<Item = usize>, separator: &str) -> ArrayRef {
    let mut texts = texts.iter().map(Option::unwrap_or_default);
    let text = |count: usize| {
        let texts: Vec<&str> = texts.by_ref().take(count).collect();
        (count > 0).then(|| texts.join(separator))
    };
    Arc::new(counts.map(text).collect::<StringViewArray>())
}

impl<F: Form, S: Sequence<Value = Option<F::Value>>> Accumulator for Gathered<F, S> {
    fn data_type(&self) -> DataType {
        match self.shown {
            Shown::List | Shown::ListWithNulls => list_type(&self.data_type),
            Shown::First | Shown::Last | Shown::Joined(_) => self.data_type.clone(),
        }
    }

    fn partial_types(&self) -> Vec<DataType> {
        vec![list_type(&self.data_type); S::PARTS]
    }

    fn grow(&mut self, end: usize) {
        self.groups.resize_with(end.max(self.groups.len()), S::default);
    }

    fn reset(&mut self, slots: &[Slot]) {
        for slot in slots {
            let group = std::mem::take(&mut self.groups[*slot as usize]);
            let bytes = |value: &S::Value| S::PLACE_BYTES + value.as_ref().map_or(0, F::bytes_of);
            self.bytes -= group.values().chain(group.missing()).map(bytes).sum::<usize>();
        }
    }

    fn update(&mut self, slots: &[Slot], rows: Selected<'_>, values: Option<&ArrayRef>) {
        let values = column(values);
        let probe = F::open(values);
        rows.each_valid(self.nulls(values), |position, row| {
            self.note(slots[position], values.is_valid(row).then(|| F::get(&probe, row)), true);
        });
    }

    fn change(&mut self, slots: &[Slot], rows: Selected<'_>, kinds: &RowKinds, values: Option<&ArrayRef>) {
        let (values, kinds) = (column(values), &kinds.numbers()[..]);
        let probe = F::open(values);
        rows.each_valid(self.nulls(values), |position, row| {
            let value = values.is_valid(row).then(|| F::get(&probe, row));
            self.note(slots[position], value, adds(kinds, row));
        });
    }

    /// What there is behind each row is as long as all rows before it: so is the work.
    fn roll(
        &mut self,
        slots: &[Slot],
        rows: Selected<'_>,
        values: Option<&ArrayRef>,
    ) -> Result<ArrayRef, AggregateError> {
        let mut results = vec![self.results(&[])];
        for (position, slot) in slots.iter().enumerate() {
            let row = u32::try_from(rows.row(position)).expect("a batch has fewer than four billion rows");
            self.update(&[*slot], Selected::Only(&[row]), values);
            results.push(self.results(&[*slot]));
        }
        let results: Vec<&dyn Array> = results.iter().map(AsRef::as_ref).collect();
        Ok(concat(&results).expect("results of one type"))
    }

    fn merge(&mut self, pairs: &[(Slot, Slot)]) {
        for (from, into) in pairs {
            let values: Vec<S::Value> = self.groups[*from as usize].values().cloned().collect();
            values.into_iter().for_each(|value| self.note(*into, value, true));
        }
    }

    fn value(&self, slots: &[Slot]) -> Result<ArrayRef, AggregateError> {
        Ok(self.results(slots))
    }

    fn save(&self, slots: &[Slot]) -> Vec<ArrayRef> {
        let come = self.lists(slots, S::values, S::len, None);
        let missing = self.lists(slots, S::missing, S::missing_count, None);
        [come, missing].into_iter().take(S::PARTS).collect()
    }

    fn absorb(&mut self, slots: &[Slot], rows: Selected<'_>, columns: &[ArrayRef]) {
        for (lists, adds) in columns.iter().zip([true, false]) {
            let lists = lists.as_list::<i32>();
            let (items, offsets) = (lists.values(), lists.value_offsets());
            let probe = F::open(items);
            rows.each(|position, row| {
                for place in offsets[row].as_usize()..offsets[row + 1].as_usize() {
                    let value = items.is_valid(place).then(|| F::get(&probe, place));
                    self.note(slots[position], value, adds);
                }
            });
        }
    }

    fn clear(&mut self) {
        self.groups.clear();
        self.bytes = 0;
    }

    fn bytes(&self) -> usize {
        size_of_val(&self.groups[..]) + self.bytes
    }
}
