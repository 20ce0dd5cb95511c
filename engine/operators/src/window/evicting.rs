//! A window holds all of its rows, and an evictor drops some of them whenever it is sent.

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{ArrayRef, Int64Array};
use arrow_schema::{DataType, Field};
use record::{Mismatch, Record, RecordReader};
use runtime::subtask::Failure;
use std::sync::Arc;

use super::context::WindowCx;
use super::evict::{Evictor, TimedRows};
use super::function::{Fired, OverRows, WindowFunction, Written};

/// A function of the rows that an evictor leaves.
pub struct Evicting<E, F> {
    evictor: E,
    function: F,
}

impl<E, F> Evicting<E, F> {
    /// First one, then the other.
    pub fn new(evictor: E, function: F) -> Self {
        Self { evictor, function }
    }
}

impl<T: Record, E: Evictor<T>, F: OverRows<T>> WindowFunction<T> for Evicting<E, F> {
    type Contents = TimedRows<T>;
    type Out = F::Out;

    fn add(&mut self, contents: &mut Option<TimedRows<T>>, row: T, time: i64) {
        contents.get_or_insert_with(|| TimedRows { rows: Vec::new(), times: Vec::new() }).push(row, time);
    }

    fn merge(&mut self, contents: &mut Option<TimedRows<T>>, other: TimedRows<T>) {
        match contents {
            Some(rows) => rows.append(other),
            None => *contents = Some(other),
        }
    }

    fn fire(
        &mut self,
        contents: &mut Option<TimedRows<T>>,
        cx: &mut WindowCx<'_, F::Out>,
    ) -> Result<Fired, Failure> {
        let Some(rows) = contents else { return Ok(Fired::All) };
        self.evictor.before(rows, cx.window());
        self.function.over(rows.rows(), cx)?;
        self.evictor.after(rows, cx.window());
        if rows.is_empty() {
            *contents = None;
        }
        Ok(Fired::All)
    }

    fn clear(&mut self, cx: &mut WindowCx<'_, F::Out>) {
        self.function.clear(cx);
    }

    fn bytes(contents: &TimedRows<T>) -> usize {
        contents.rows.capacity() * size_of::<T>() + contents.times.capacity() * size_of::<i64>()
    }

    fn write(&self, _part: usize, contents: &[&TimedRows<T>]) -> Written {
        let mut written = Written::records(contents.iter().map(|rows| rows.rows()));
        let times = contents.iter().flat_map(|rows| rows.times().iter().copied());
        let times: ArrayRef = Arc::new(Int64Array::from_iter_values(times));
        written.columns.insert(0, (Arc::new(Field::new("time", DataType::Int64, false)), times));
        written
    }

    fn read(&self, _part: usize, columns: &[ArrayRef], rows: usize) -> Result<Vec<TimedRows<T>>, Mismatch> {
        let (times, columns) = columns.split_first().expect("the time comes first");
        let times = times.as_primitive::<Int64Type>().values();
        let reader = T::Reader::open(columns)?;
        Ok((0..rows).map(|row| TimedRows { rows: vec![reader.get(row)], times: vec![times[row]] }).collect())
    }
}
