//! A window holds one state into which its rows are folded, however many there are.

use arrow_array::ArrayRef;
use record::{Mismatch, Record, Value, ValueReader};
use runtime::subtask::Failure;

use super::context::WindowCx;
use super::function::{Fired, OverRows, WindowFunction, WindowProcess, Written};
use crate::keyed::Folding;

/// A window holds one state, of which something is shown.
#[derive(Clone, Debug)]
pub struct Folded<F>(pub F);

impl<F: Folding> WindowFunction<F::In> for Folded<F> {
    type Contents = F::State;
    type Out = F::Out;

    #[inline]
    fn add(&mut self, contents: &mut Option<F::State>, row: F::In, _time: i64) {
        *contents = Some(self.0.add(contents.take(), row));
    }

    fn merge(&mut self, contents: &mut Option<F::State>, other: F::State) {
        merge_states(&self.0, contents, other);
    }

    fn fire(
        &mut self,
        contents: &mut Option<F::State>,
        cx: &mut WindowCx<'_, F::Out>,
    ) -> Result<Fired, Failure> {
        if let Some(state) = contents {
            cx.emit(self.0.show(state));
        }
        Ok(Fired::All)
    }

    fn write(&self, _part: usize, contents: &[&F::State]) -> Written {
        Written::values(contents.iter().copied())
    }

    fn read(&self, _part: usize, columns: &[ArrayRef], rows: usize) -> Result<Vec<F::State>, Mismatch> {
        read_values(columns, rows)
    }
}

/// A window holds one state; a function is called with what is shown of it.
pub struct FoldedThen<F, P, O> {
    folding: F,
    process: P,
    _out: std::marker::PhantomData<fn() -> O>,
}

impl<F: Folding, P: WindowProcess<F::Out, O>, O: Record> FoldedThen<F, P, O> {
    /// First one, then the other.
    pub fn new(folding: F, process: P) -> Self {
        Self { folding, process, _out: std::marker::PhantomData }
    }
}

impl<F: Folding, P: WindowProcess<F::Out, O>, O: Record> WindowFunction<F::In> for FoldedThen<F, P, O> {
    type Contents = F::State;
    type Out = O;

    #[inline]
    fn add(&mut self, contents: &mut Option<F::State>, row: F::In, _time: i64) {
        *contents = Some(self.folding.add(contents.take(), row));
    }

    fn merge(&mut self, contents: &mut Option<F::State>, other: F::State) {
        merge_states(&self.folding, contents, other);
    }

    fn fire(&mut self, contents: &mut Option<F::State>, cx: &mut WindowCx<'_, O>) -> Result<Fired, Failure> {
        if let Some(state) = contents {
            self.process.process(&[self.folding.show(state)], cx)?;
        }
        Ok(Fired::All)
    }

    fn clear(&mut self, cx: &mut WindowCx<'_, O>) {
        self.process.clear(cx);
    }

    fn write(&self, _part: usize, contents: &[&F::State]) -> Written {
        Written::values(contents.iter().copied())
    }

    fn read(&self, _part: usize, columns: &[ArrayRef], rows: usize) -> Result<Vec<F::State>, Mismatch> {
        read_values(columns, rows)
    }
}

fn merge_states<F: Folding>(folding: &F, contents: &mut Option<F::State>, other: F::State) {
    *contents = Some(match contents.take() {
        Some(state) => folding.merge(state, other),
        None => other,
    });
}

fn read_values<V: Value>(columns: &[ArrayRef], rows: usize) -> Result<Vec<V>, Mismatch> {
    let reader = V::Reader::open(columns.last().expect("a state has a column"))?;
    Ok((0..rows).map(|row| reader.get(row)).collect())
}

impl<F: Folding> OverRows<F::In> for Folded<F> {
    type Out = F::Out;

    fn over(&mut self, rows: &[F::In], cx: &mut WindowCx<'_, F::Out>) -> Result<(), Failure> {
        if let Some(state) = fold(&self.0, rows) {
            cx.emit(self.0.show(&state));
        }
        Ok(())
    }
}

impl<F: Folding, P: WindowProcess<F::Out, O>, O: Record> OverRows<F::In> for FoldedThen<F, P, O> {
    type Out = O;

    fn over(&mut self, rows: &[F::In], cx: &mut WindowCx<'_, O>) -> Result<(), Failure> {
        match fold(&self.folding, rows) {
            Some(state) => self.process.process(&[self.folding.show(&state)], cx),
            None => Ok(()),
        }
    }

    fn clear(&mut self, cx: &mut WindowCx<'_, O>) {
        self.process.clear(cx);
    }
}

fn fold<F: Folding>(folding: &F, rows: &[F::In]) -> Option<F::State> {
    rows.iter().fold(None, |state, row| Some(folding.add(state, row.clone())))
}
