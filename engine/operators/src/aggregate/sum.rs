//! Sums and averages: a total and how many values it is of.
//!
//! Narrow columns are widened in a pass of their own, so there are three loops and not twelve. Integers are added in
//! 128 bits and decimals in 256, which no number of rows fills: a total is exact whatever came and went, so it can be taken from. A total of
//! floats is not: what was lost to a large number does not come back with it, and infinity never does. Where rows are taken
//! back they are subtracted all the same, as Flink does, until the last one has gone.

use std::ops::{AddAssign, SubAssign};
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Decimal128Type, Decimal256Type, DecimalType, Float16Type, Float32Type, Float64Type,
    Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{
    Array, ArrayRef, Decimal128Array, Decimal256Array, Float64Array, Int64Array, PrimitiveArray,
};
use arrow_buffer::{ArrowNativeType, ScalarBuffer, i256};
use arrow_schema::{DataType, Field};
use memory::RowKinds;
use state::Slot;

use super::accumulator::{Accumulator, Selected, adds, column, is_null, nulls};
use super::error::AggregateError;
use super::function::{WIDE, WIDEST};
use super::slide::{self, Frames};

/// The sum of a column, if it has one.
pub(super) fn sum(source: &Field) -> Option<Box<dyn Accumulator>> {
    of(source, false)
}

/// The average of a column, if it has one.
pub(super) fn average(source: &Field) -> Option<Box<dyn Accumulator>> {
    of(source, true)
}

fn of(source: &Field, averages: bool) -> Option<Box<dyn Accumulator>> {
    let name = source.name().clone();
    let data_type = source.data_type();
    if data_type.is_signed_integer() {
        Some(Box::new(Sums::<Int64Type>::new(name, averages)))
    } else if data_type.is_unsigned_integer() {
        Some(Box::new(Sums::<UInt64Type>::new(name, averages)))
    } else if data_type.is_floating() {
        Some(Box::new(Sums::<Float64Type>::new(name, averages)))
    } else if let (DataType::Decimal128(_, scale), false) = (data_type, averages) {
        let sums = Sums::<Decimal128Type>::new(name, averages);
        Some(Box::new(Sums { sum_type: DataType::Decimal128(38, *scale), ..sums }))
    } else {
        None
    }
}

/// A type of which all narrower ones are summed.
trait Addend: ArrowPrimitiveType + Sized {
    type Total: ArrowNativeType + AddAssign + SubAssign;
    const IS_EXACT: bool;
    /// A column of this type or a narrower one.
    fn widen(column: &ArrayRef) -> PrimitiveArray<Self>;
    fn total(value: Self::Native) -> Self::Total;
    /// The total as a value, if it fits.
    fn fit(total: Self::Total) -> Result<Self::Native, i128>;
    fn float(total: Self::Total) -> f64;
    fn partial_type() -> DataType;
    fn partials(totals: Vec<Self::Total>) -> ArrayRef;
    fn read(partials: &ArrayRef) -> ScalarBuffer<Self::Total>;
}

/// Totals and averages, by slot.
struct Sums<A: Addend> {
    cells: Vec<Cell<A::Total>>,
    averages: bool,
    /// The column that is summed, for who must hear that it cannot be.
    name: String,
    sum_type: DataType,
}

#[derive(Clone, Copy, Default)]
struct Cell<T> {
    total: T,
    count: i64,
}

impl<T: AddAssign + SubAssign> Cell<T> {
    #[inline(always)]
    fn add(&mut self, other: Self) {
        self.total += other.total;
        self.count += other.count;
    }

    #[inline(always)]
    fn subtract(&mut self, other: Self) {
        self.total -= other.total;
        self.count -= other.count;
    }
}

impl<A: Addend> Sums<A> {
    fn new(name: String, averages: bool) -> Self {
        Self { cells: Vec::new(), averages, name, sum_type: A::DATA_TYPE }
    }

    /// The results of these cells.
    fn results(&self, cells: &[Cell<A::Total>]) -> Result<ArrayRef, AggregateError> {
        #[expect(clippy::cast_precision_loss, reason = "an average is a float")]
        if self.averages {
            let average =
                |cell: &Cell<A::Total>| (cell.count != 0).then(|| A::float(cell.total) / cell.count as f64);
            return Ok(Arc::new(cells.iter().map(average).collect::<Float64Array>()));
        }
        let fit = |cell: &Cell<A::Total>| match cell.count {
            0 => Ok(None),
            _ => match A::fit(cell.total) {
                // As in Flink.
                Err(_) if matches!(self.sum_type, DataType::Decimal128(..)) => Ok(None),
                sum => sum.map(Some),
            },
        };
        let sums: Result<PrimitiveArray<A>, i128> = cells.iter().map(fit).collect();
        match sums {
            Ok(sums) => Ok(Arc::new(sums.with_data_type(self.sum_type.clone()))),
            Err(sum) => {
                Err(AggregateError::Overflow { column: self.name.clone(), sum, data_type: self.data_type() })
            }
        }
    }

    fn cells_of(&self, slots: &[Slot]) -> Vec<Cell<A::Total>> {
        slots.iter().map(|slot| self.cells[*slot as usize]).collect()
    }
}

impl<A: Addend> Accumulator for Sums<A> {
    fn data_type(&self) -> DataType {
        if self.averages { DataType::Float64 } else { self.sum_type.clone() }
    }

    fn partial_types(&self) -> Vec<DataType> {
        vec![A::partial_type(), DataType::Int64]
    }

    fn grow(&mut self, end: usize) {
        self.cells.resize(end.max(self.cells.len()), Cell::default());
    }

    fn reset(&mut self, slots: &[Slot]) {
        slots.iter().for_each(|slot| self.cells[*slot as usize] = Cell::default());
    }

    fn update(&mut self, slots: &[Slot], rows: Selected<'_>, values: Option<&ArrayRef>) {
        let column = A::widen(column(values));
        let values = &column.values()[..];
        rows.each_valid(column.nulls(), |position, row| {
            let cell = &mut self.cells[slots[position] as usize];
            cell.total += A::total(values[row]);
            cell.count += 1;
        });
    }

    fn change(&mut self, slots: &[Slot], rows: Selected<'_>, kinds: &RowKinds, values: Option<&ArrayRef>) {
        let (column, kinds) = (A::widen(column(values)), &kinds.numbers()[..]);
        let values = &column.values()[..];
        rows.each_valid(column.nulls(), |position, row| {
            let cell = &mut self.cells[slots[position] as usize];
            if adds(kinds, row) {
                cell.total += A::total(values[row]);
                cell.count += 1;
            } else {
                cell.total -= A::total(values[row]);
                cell.count -= 1;
            }
        });
    }

    fn roll(
        &mut self,
        slots: &[Slot],
        rows: Selected<'_>,
        values: Option<&ArrayRef>,
    ) -> Result<ArrayRef, AggregateError> {
        let column = A::widen(column(values));
        let (values, nulls) = (&column.values()[..], nulls(&column));
        let mut after = Vec::with_capacity(slots.len());
        rows.each(|position, row| {
            let cell = &mut self.cells[slots[position] as usize];
            if !is_null(nulls, row) {
                cell.total += A::total(values[row]);
                cell.count += 1;
            }
            after.push(*cell);
        });
        self.results(&after)
    }

    fn slide(&mut self, frames: &Frames, values: Option<&ArrayRef>) -> Result<ArrayRef, AggregateError> {
        let column = A::widen(column(values));
        let (values, nulls) = (&column.values()[..], nulls(&column));
        let of = |row: usize| match is_null(nulls, row) {
            true => Cell::default(),
            false => Cell { total: A::total(values[row]), count: 1 },
        };
        let cells = if A::IS_EXACT {
            slide::counted(
                frames,
                |sum: &mut Cell<A::Total>, row, adds| {
                    if adds { sum.add(of(row)) } else { sum.subtract(of(row)) }
                },
            )
        } else {
            let join = |mut sum: Cell<A::Total>, other: Cell<A::Total>| {
                sum.add(other);
                sum
            };
            slide::joined(frames, |sum, row| join(sum, of(row)), join)
        };
        self.results(&cells)
    }

    fn merge(&mut self, pairs: &[(Slot, Slot)]) {
        for (from, into) in pairs {
            let from = self.cells[*from as usize];
            self.cells[*into as usize].add(from);
        }
    }

    fn is_invertible(&self) -> bool {
        A::IS_EXACT
    }

    fn retract(&mut self, pairs: &[(Slot, Slot)]) {
        for (from, into) in pairs {
            let from = self.cells[*from as usize];
            self.cells[*into as usize].subtract(from);
        }
    }

    fn value(&self, slots: &[Slot]) -> Result<ArrayRef, AggregateError> {
        self.results(&self.cells_of(slots))
    }

    fn save(&self, slots: &[Slot]) -> Vec<ArrayRef> {
        let cells = self.cells_of(slots);
        let counts = Int64Array::from_iter_values(cells.iter().map(|cell| cell.count));
        vec![A::partials(cells.iter().map(|cell| cell.total).collect()), Arc::new(counts)]
    }

    fn absorb(&mut self, slots: &[Slot], rows: Selected<'_>, columns: &[ArrayRef]) {
        let totals = A::read(&columns[0]);
        let counts = columns[1].as_primitive::<Int64Type>().values();
        rows.each(|position, row| {
            let cell = &mut self.cells[slots[position] as usize];
            cell.total += totals[row];
            cell.count += counts[row];
        });
    }

    fn clear(&mut self) {
        self.cells.clear();
    }

    fn bytes(&self) -> usize {
        size_of_val(&self.cells[..])
    }
}

/// A column of `From` as one of `To`.
fn widened<From: ArrowPrimitiveType, To: ArrowPrimitiveType>(
    column: &ArrayRef,
    widen: impl Fn(From::Native) -> To::Native,
) -> PrimitiveArray<To> {
    column.as_primitive::<From>().unary(widen)
}

/// What the two kinds of integers have in common.
macro_rules! integers {
    ($addend:ty, $($narrow:ty => $data_type:ident),*) => {
        impl Addend for $addend {
            type Total = i128;
            const IS_EXACT: bool = true;

            fn widen(column: &ArrayRef) -> PrimitiveArray<Self> {
                match column.data_type() {
                    $(DataType::$data_type => widened::<$narrow, Self>(column, Into::into),)*
                    _ => column.as_primitive::<Self>().clone(),
                }
            }

            #[inline(always)]
            fn total(value: Self::Native) -> i128 {
                value.into()
            }

            fn fit(total: i128) -> Result<Self::Native, i128> {
                total.try_into().map_err(|_| total)
            }

            #[expect(clippy::cast_precision_loss, reason = "an average is a float")]
            fn float(total: i128) -> f64 {
                total as f64
            }

            fn partial_type() -> DataType {
                WIDE
            }

            fn partials(totals: Vec<i128>) -> ArrayRef {
                Arc::new(Decimal128Array::from(totals).with_data_type(WIDE))
            }

            fn read(partials: &ArrayRef) -> ScalarBuffer<i128> {
                partials.as_primitive::<Decimal128Type>().values().clone()
            }
        }
    };
}

integers!(Int64Type, Int8Type => Int8, Int16Type => Int16, Int32Type => Int32);
integers!(UInt64Type, UInt8Type => UInt8, UInt16Type => UInt16, UInt32Type => UInt32);

/// Decimals of one scale: their digits are added. Two of 38 digits are more than 128 bits hold.
impl Addend for Decimal128Type {
    type Total = i256;
    const IS_EXACT: bool = true;

    fn widen(column: &ArrayRef) -> PrimitiveArray<Self> {
        column.as_primitive::<Self>().clone()
    }

    #[inline(always)]
    fn total(value: i128) -> i256 {
        i256::from_i128(value)
    }

    fn fit(total: i256) -> Result<i128, i128> {
        let narrow = total.to_i128().ok_or(i128::MAX)?;
        if Self::is_valid_decimal_precision(narrow, 38) { Ok(narrow) } else { Err(narrow) }
    }

    fn float(_total: i256) -> f64 {
        unreachable!("decimals have no average of floats")
    }

    fn partial_type() -> DataType {
        WIDEST
    }

    fn partials(totals: Vec<i256>) -> ArrayRef {
        Arc::new(Decimal256Array::from(totals).with_data_type(WIDEST))
    }

    fn read(partials: &ArrayRef) -> ScalarBuffer<i256> {
        partials.as_primitive::<Decimal256Type>().values().clone()
    }
}

impl Addend for Float64Type {
    type Total = f64;
    const IS_EXACT: bool = false;

    fn widen(column: &ArrayRef) -> PrimitiveArray<Self> {
        match column.data_type() {
            DataType::Float16 => widened::<Float16Type, Self>(column, Into::into),
            DataType::Float32 => widened::<Float32Type, Self>(column, Into::into),
            _ => column.as_primitive::<Self>().clone(),
        }
    }

    #[inline(always)]
    fn total(value: f64) -> f64 {
        value
    }

    fn fit(total: f64) -> Result<f64, i128> {
        Ok(total)
    }

    fn float(total: f64) -> f64 {
        total
    }

    fn partial_type() -> DataType {
        DataType::Float64
    }

    fn partials(totals: Vec<f64>) -> ArrayRef {
        Arc::new(Float64Array::from(totals))
    }

    fn read(partials: &ArrayRef) -> ScalarBuffer<f64> {
        partials.as_primitive::<Self>().values().clone()
    }
}
