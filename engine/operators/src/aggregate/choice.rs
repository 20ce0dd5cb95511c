//! One of the values that a group had: the least, the greatest, the first or the last.
//!
//! Types of one width and sign are one loop: a timestamp is chosen as the number that it is.

use std::cmp::Ordering;

use arrow_array::{Array, ArrayRef, make_array, new_empty_array};
use arrow_buffer::{ArrowNativeType, NullBuffer, ScalarBuffer};
use arrow_schema::{DataType, IntervalUnit};
use state::Slot;

use super::accumulator::{Accumulator, Selected, column, is_null, nulls};
use super::choice_of_text::ChosenText;
use super::error::AggregateError;
use super::slide::{self, Frames};

/// Which of two values is kept.
pub(super) trait Taste: 'static {
    /// Whether `new`, which came later, takes the place of `current`.
    fn prefers<V: Ranked + ?Sized>(new: &V, current: &V) -> bool;
}

pub(super) enum Least {}
pub(super) enum Greatest {}
pub(super) enum Earliest {}
pub(super) enum Latest {}

impl Taste for Least {
    #[inline(always)]
    fn prefers<V: Ranked + ?Sized>(new: &V, current: &V) -> bool {
        new.is_below(current)
    }
}

impl Taste for Greatest {
    #[inline(always)]
    fn prefers<V: Ranked + ?Sized>(new: &V, current: &V) -> bool {
        current.is_below(new)
    }
}

impl Taste for Earliest {
    #[inline(always)]
    fn prefers<V: Ranked + ?Sized>(_: &V, _: &V) -> bool {
        false
    }
}

impl Taste for Latest {
    #[inline(always)]
    fn prefers<V: Ranked + ?Sized>(_: &V, _: &V) -> bool {
        true
    }
}

/// A value that has a place among all others.
pub(super) trait Ranked {
    fn is_below(&self, other: &Self) -> bool;
}

macro_rules! ranked {
    ($($integer:ty),*) => {$(
        impl Ranked for $integer {
            #[inline(always)]
            fn is_below(&self, other: &Self) -> bool {
                self < other
            }
        }
    )*};
}

ranked!(i8, i16, i32, i64, i128, u8, u16, u32, u64, [u8]);

/// All NaNs are one, and greater than every number.
macro_rules! ranked_float {
    ($($float:ty),*) => {$(
        impl Ranked for $float {
            #[inline(always)]
            fn is_below(&self, other: &Self) -> bool {
                match (self.is_nan(), other.is_nan()) {
                    (false, false) => self.total_cmp(other) == Ordering::Less,
                    (is_nan, other_is_nan) => !is_nan && other_is_nan,
                }
            }
        }
    )*};
}

ranked_float!(f32, f64);

/// The choice among the values of a column of this type, if it has an order.
pub(super) fn of<T: Taste>(data_type: &DataType) -> Option<Box<dyn Accumulator>> {
    fn chosen<V: ArrowNativeType + Ranked, T: Taste>(data_type: &DataType) -> Option<Box<dyn Accumulator>> {
        Some(Box::new(Chosen::<V, T> {
            data_type: data_type.clone(),
            cells: Vec::new(),
            _taste: std::marker::PhantomData,
        }))
    }
    use DataType::*;
    match data_type {
        Int8 => chosen::<i8, T>(data_type),
        Int16 => chosen::<i16, T>(data_type),
        Int32 | Date32 | Time32(_) | Decimal32(..) | Interval(IntervalUnit::YearMonth) => {
            chosen::<i32, T>(data_type)
        }
        Int64 | Date64 | Time64(_) | Timestamp(..) | Duration(_) | Decimal64(..) => {
            chosen::<i64, T>(data_type)
        }
        Decimal128(..) => chosen::<i128, T>(data_type),
        UInt8 => chosen::<u8, T>(data_type),
        UInt16 => chosen::<u16, T>(data_type),
        UInt32 => chosen::<u32, T>(data_type),
        UInt64 => chosen::<u64, T>(data_type),
        Float32 => chosen::<f32, T>(data_type),
        Float64 => chosen::<f64, T>(data_type),
        Utf8View | BinaryView => Some(Box::new(ChosenText::<T>::new(data_type.clone()))),
        _ => None,
    }
}

/// Chosen values, by slot.
struct Chosen<V, T> {
    data_type: DataType,
    cells: Vec<Option<V>>,
    _taste: std::marker::PhantomData<T>,
}

/// The column as it lies in memory.
pub(super) fn values<V: ArrowNativeType>(column: &ArrayRef) -> ScalarBuffer<V> {
    let column = column.to_data();
    ScalarBuffer::new(column.buffers()[0].clone(), column.offset(), column.len())
}

/// A column of this type, whose values lie in memory as these do.
pub(super) fn column_of<V: ArrowNativeType>(data_type: &DataType, cells: &[Option<V>]) -> ArrayRef {
    let values: ScalarBuffer<V> = cells.iter().map(|cell| cell.unwrap_or_default()).collect();
    let nulls = cells.iter().any(Option::is_none);
    let nulls = nulls.then(|| NullBuffer::from_iter(cells.iter().map(Option::is_some)));
    let empty = new_empty_array(data_type).to_data().into_builder();
    let filled = empty.len(cells.len()).buffers(vec![values.into_inner()]).nulls(nulls);
    make_array(filled.build().expect("a buffer of the width of its type"))
}

/// What a cell holds behind a value. Written so that it becomes a move and not a jump: whether a value is better than
/// what came before is not to be foreseen.
#[inline(always)]
fn choose<V: Copy + Ranked, T: Taste>(current: Option<V>, new: V) -> V {
    match current {
        Some(current) if !T::prefers(&new, &current) => current,
        _ => new,
    }
}

impl<V: ArrowNativeType + Ranked, T: Taste> Chosen<V, T> {
    fn take(&mut self, slots: &[Slot], rows: Selected<'_>, column: &ArrayRef) {
        let values = &values::<V>(column)[..];
        rows.each_valid(column.nulls(), |position, row| {
            let cell = &mut self.cells[slots[position] as usize];
            *cell = Some(choose::<V, T>(*cell, values[row]));
        });
    }

    fn cells_of(&self, slots: &[Slot]) -> Vec<Option<V>> {
        slots.iter().map(|slot| self.cells[*slot as usize]).collect()
    }
}

impl<V: ArrowNativeType + Ranked, T: Taste> Accumulator for Chosen<V, T> {
    fn data_type(&self) -> DataType {
        self.data_type.clone()
    }

    fn partial_types(&self) -> Vec<DataType> {
        vec![self.data_type.clone()]
    }

    fn grow(&mut self, end: usize) {
        self.cells.resize(end.max(self.cells.len()), None);
    }

    fn reset(&mut self, slots: &[Slot]) {
        slots.iter().for_each(|slot| self.cells[*slot as usize] = None);
    }

    fn update(&mut self, slots: &[Slot], rows: Selected<'_>, values: Option<&ArrayRef>) {
        self.take(slots, rows, column(values));
    }

    fn roll(
        &mut self,
        slots: &[Slot],
        rows: Selected<'_>,
        source: Option<&ArrayRef>,
    ) -> Result<ArrayRef, AggregateError> {
        let column = column(source);
        let (values, nulls) = (values::<V>(column), nulls(column));
        let mut after = Vec::with_capacity(slots.len());
        rows.each(|position, row| {
            let cell = &mut self.cells[slots[position] as usize];
            if !is_null(nulls, row) {
                *cell = Some(choose::<V, T>(*cell, values[row]));
            }
            after.push(*cell);
        });
        Ok(column_of(&self.data_type, &after))
    }

    fn slide(&mut self, frames: &Frames, source: Option<&ArrayRef>) -> Result<ArrayRef, AggregateError> {
        let column = column(source);
        let values = values::<V>(column);
        let prefers = |new: usize, current: usize| T::prefers(&values[new], &values[current]);
        Ok(slide::chosen(frames, column, prefers))
    }

    fn merge(&mut self, pairs: &[(Slot, Slot)]) {
        for (from, into) in pairs {
            if let Some(from) = self.cells[*from as usize] {
                let into = &mut self.cells[*into as usize];
                *into = Some(choose::<V, T>(*into, from));
            }
        }
    }

    fn value(&self, slots: &[Slot]) -> Result<ArrayRef, AggregateError> {
        Ok(column_of(&self.data_type, &self.cells_of(slots)))
    }

    fn save(&self, slots: &[Slot]) -> Vec<ArrayRef> {
        vec![column_of(&self.data_type, &self.cells_of(slots))]
    }

    fn absorb(&mut self, slots: &[Slot], rows: Selected<'_>, columns: &[ArrayRef]) {
        self.take(slots, rows, &columns[0]);
    }

    fn clear(&mut self) {
        self.cells.clear();
    }

    fn bytes(&self) -> usize {
        size_of_val(&self.cells[..])
    }
}
