//! A window holds all of its rows.

use arrow_array::ArrayRef;
use record::{Mismatch, Record, RecordReader};
use runtime::subtask::Failure;

use super::context::WindowCx;
use super::function::{Each, Fired, OverRows, WindowFunction, WindowProcess, Written};

/// A window holds all of its rows, with which a function is called.
pub struct AllRows<P, O> {
    process: P,
    _out: std::marker::PhantomData<fn() -> O>,
}

impl<P, O: Record> AllRows<P, O> {
    /// For this function.
    pub fn new(process: P) -> Self {
        Self { process, _out: std::marker::PhantomData }
    }
}

impl<F, O: Record> AllRows<Each<F>, O> {
    /// For this closure.
    pub fn with<I>(function: F) -> Self
    where
        F: FnMut(&[I], &mut WindowCx<'_, O>) + 'static,
    {
        Self::new(Each(function))
    }
}

impl<T: Record, P: WindowProcess<T, O>, O: Record> WindowFunction<T> for AllRows<P, O> {
    type Contents = Vec<T>;
    type Out = O;

    fn add(&mut self, contents: &mut Option<Vec<T>>, row: T, _time: i64) {
        contents.get_or_insert_default().push(row);
    }

    fn merge(&mut self, contents: &mut Option<Vec<T>>, mut other: Vec<T>) {
        contents.get_or_insert_default().append(&mut other);
    }

    fn fire(&mut self, contents: &mut Option<Vec<T>>, cx: &mut WindowCx<'_, O>) -> Result<Fired, Failure> {
        self.process.process(contents.as_deref().unwrap_or_default(), cx)?;
        Ok(Fired::All)
    }

    fn clear(&mut self, cx: &mut WindowCx<'_, O>) {
        self.process.clear(cx);
    }

    fn bytes(contents: &Vec<T>) -> usize {
        contents.capacity() * size_of::<T>()
    }

    fn write(&self, _part: usize, contents: &[&Vec<T>]) -> Written {
        Written::records(contents.iter().map(|rows| &rows[..]))
    }

    fn read(&self, _part: usize, columns: &[ArrayRef], rows: usize) -> Result<Vec<Vec<T>>, Mismatch> {
        let reader = T::Reader::open(columns)?;
        Ok((0..rows).map(|row| vec![reader.get(row)]).collect())
    }
}

impl<T: Record, P: WindowProcess<T, O>, O: Record> OverRows<T> for AllRows<P, O> {
    type Out = O;

    fn over(&mut self, rows: &[T], cx: &mut WindowCx<'_, O>) -> Result<(), Failure> {
        self.process.process(rows, cx)
    }

    fn clear(&mut self, cx: &mut WindowCx<'_, O>) {
        self.process.clear(cx);
    }
}
