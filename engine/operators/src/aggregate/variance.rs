//! How far values lie apart: variances and standard deviations, of all values or of a sample.
//!
//! ```text
//!   count n, start k, sum s = Σ (x - k), squares q = Σ (x - k)²        variance (q - s² / n) / n
//! ```
//!
//! Values are counted from the first that a group had: of what lies far from zero and close together the differences would
//! be lost in squares. Of whole numbers, and of others with few digits, all sums are exact, so what is taken back leaves
//! nothing. Rejected: a mean that moves with each value; it is never exact, and equal values that are left of others would
//! have a spread.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Float16Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
    UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef, Float64Array, Int64Array};
use arrow_schema::DataType;
use memory::RowKinds;
use state::Slot;

use super::accumulator::{Accumulator, Selected, adds, column, is_null};
use super::error::AggregateError;

/// What is made of the squares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spread {
    /// The values are some of those that it is about: one less counts.
    pub(super) of_sample: bool,
    /// In the unit of the values and not in its square.
    pub(super) is_deviation: bool,
}

/// The spread of a column of this type, if it has one.
pub(super) fn of(spread: Spread, data_type: &DataType) -> Option<Box<dyn Accumulator>> {
    let is_number = data_type.is_integer() || data_type.is_floating();
    is_number.then(|| Box::new(Spreads { spread, cells: Vec::new() }) as Box<dyn Accumulator>)
}

/// Spreads, by slot.
struct Spreads {
    spread: Spread,
    cells: Vec<Cell>,
}

#[derive(Clone, Copy, Default)]
struct Cell {
    count: i64,
    start: f64,
    sum: f64,
    squares: f64,
}

#[expect(clippy::cast_precision_loss, reason = "a spread is a float")]
impl Cell {
    #[inline(always)]
    fn add(&mut self, value: f64, by: i64) {
        if self.count == 0 {
            *self = Self { start: value, ..Self::default() };
        }
        let away = value - self.start;
        self.count += by;
        self.sum += by as f64 * away;
        self.squares += by as f64 * away * away;
    }

    fn join(&mut self, other: Self) {
        if self.count == 0 {
            *self = other;
            return;
        }
        let (count, away) = (other.count as f64, other.start - self.start);
        self.count += other.count;
        self.squares += other.squares + (2.0 * other.sum + count * away) * away;
        self.sum += other.sum + count * away;
    }

    fn result(self, spread: Spread) -> Option<f64> {
        let counting = self.count - i64::from(spread.of_sample);
        if counting <= 0 {
            return None;
        }
        // What was rounded off may have left less than nothing.
        let squares = (self.squares - self.sum * self.sum / self.count as f64).max(0.0);
        let variance = squares / counting as f64;
        Some(if spread.is_deviation { variance.sqrt() } else { variance })
    }
}

impl Spreads {
    fn cells_of(&self, slots: &[Slot]) -> impl Iterator<Item = Cell> {
        slots.iter().map(|slot| self.cells[*slot as usize])
    }
}

impl Accumulator for Spreads {
    fn data_type(&self) -> DataType {
        DataType::Float64
    }

    fn partial_types(&self) -> Vec<DataType> {
        vec![DataType::Int64, DataType::Float64, DataType::Float64, DataType::Float64]
    }

    fn grow(&mut self, end: usize) {
        self.cells.resize(end.max(self.cells.len()), Cell::default());
    }

    fn reset(&mut self, slots: &[Slot]) {
        slots.iter().for_each(|slot| self.cells[*slot as usize] = Cell::default());
    }

    fn update(&mut self, slots: &[Slot], rows: Selected<'_>, values: Option<&ArrayRef>) {
        let column = floats(column(values));
        let values = &column.values()[..];
        rows.each_valid(column.nulls(), |position, row| {
            self.cells[slots[position] as usize].add(values[row], 1);
        });
    }

    fn change(&mut self, slots: &[Slot], rows: Selected<'_>, kinds: &RowKinds, values: Option<&ArrayRef>) {
        let (column, kinds) = (floats(column(values)), &kinds.numbers()[..]);
        let values = &column.values()[..];
        rows.each_valid(column.nulls(), |position, row| {
            let by = if adds(kinds, row) { 1 } else { -1 };
            self.cells[slots[position] as usize].add(values[row], by);
        });
    }

    fn roll(
        &mut self,
        slots: &[Slot],
        rows: Selected<'_>,
        values: Option<&ArrayRef>,
    ) -> Result<ArrayRef, AggregateError> {
        let column = floats(column(values));
        let mut after = Vec::with_capacity(slots.len());
        rows.each(|position, row| {
            let cell = &mut self.cells[slots[position] as usize];
            if !is_null(column.nulls(), row) {
                cell.add(column.value(row), 1);
            }
            after.push(cell.result(self.spread));
        });
        Ok(Arc::new(Float64Array::from(after)))
    }

    fn merge(&mut self, pairs: &[(Slot, Slot)]) {
        for (from, into) in pairs {
            let from = self.cells[*from as usize];
            self.cells[*into as usize].join(from);
        }
    }

    fn value(&self, slots: &[Slot]) -> Result<ArrayRef, AggregateError> {
        let results = self.cells_of(slots).map(|cell| cell.result(self.spread));
        Ok(Arc::new(results.collect::<Float64Array>()))
    }

    fn save(&self, slots: &[Slot]) -> Vec<ArrayRef> {
        let counts = Int64Array::from_iter_values(self.cells_of(slots).map(|cell| cell.count));
        let floats = |of: fn(Cell) -> f64| {
            Arc::new(Float64Array::from_iter_values(self.cells_of(slots).map(of))) as ArrayRef
        };
        let sums = [floats(|cell| cell.start), floats(|cell| cell.sum), floats(|cell| cell.squares)];
        [Arc::new(counts) as ArrayRef].into_iter().chain(sums).collect()
    }

    fn absorb(&mut self, slots: &[Slot], rows: Selected<'_>, columns: &[ArrayRef]) {
        let counts = columns[0].as_primitive::<Int64Type>().values();
        let [starts, sums, squares] =
            [1, 2, 3].map(|number: usize| columns[number].as_primitive::<Float64Type>().values());
        rows.each(|position, row| {
            let (start, sum, squares) = (starts[row], sums[row], squares[row]);
            self.cells[slots[position] as usize].join(Cell { count: counts[row], start, sum, squares });
        });
    }

    fn clear(&mut self) {
        self.cells.clear();
    }

    fn bytes(&self) -> usize {
        size_of_val(&self.cells[..])
    }
}

/// A column of numbers as floats.
#[expect(clippy::cast_precision_loss, reason = "a spread is a float")]
fn floats(column: &ArrayRef) -> Float64Array {
    fn widened<T: ArrowPrimitiveType>(column: &ArrayRef, widen: impl Fn(T::Native) -> f64) -> Float64Array {
        column.as_primitive::<T>().unary(widen)
    }
    match column.data_type() {
        DataType::Int8 => widened::<Int8Type>(column, f64::from),
        DataType::Int16 => widened::<Int16Type>(column, f64::from),
        DataType::Int32 => widened::<Int32Type>(column, f64::from),
        DataType::Int64 => widened::<Int64Type>(column, |value| value as f64),
        DataType::UInt8 => widened::<UInt8Type>(column, f64::from),
        DataType::UInt16 => widened::<UInt16Type>(column, f64::from),
        DataType::UInt32 => widened::<UInt32Type>(column, f64::from),
        DataType::UInt64 => widened::<UInt64Type>(column, |value| value as f64),
        DataType::Float16 => widened::<Float16Type>(column, f64::from),
        DataType::Float32 => widened::<Float32Type>(column, f64::from),
        _ => column.as_primitive::<Float64Type>().clone(),
    }
}
