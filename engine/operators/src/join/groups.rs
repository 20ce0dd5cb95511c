//! All rows of both sides of a window at once.

use arrow_array::ArrayRef;
use record::{Mismatch, Record};
use runtime::subtask::Failure;

use super::window::{BothSides, Either};
use crate::window::{Fired, WindowCx, WindowFunction, Written};

/// A function of all rows that a window has of both inputs: Flink's `coGroup`. One side may have none.
pub struct Groups<F, O> {
    function: F,
    _out: std::marker::PhantomData<fn() -> O>,
}

impl<F, O: Record> Groups<F, O> {
    /// For this function.
    pub fn new<A, B>(function: F) -> Self
    where
        F: FnMut(&[A], &[B], &mut WindowCx<'_, O>) + 'static,
    {
        Self { function, _out: std::marker::PhantomData }
    }
}

impl<A, B, O, F> WindowFunction<Either<A, B>> for Groups<F, O>
where
    A: Record,
    B: Record,
    O: Record,
    F: FnMut(&[A], &[B], &mut WindowCx<'_, O>) + 'static,
{
    type Contents = BothSides<A, B>;
    type Out = O;

    fn add(&mut self, contents: &mut Option<BothSides<A, B>>, row: Either<A, B>, _time: i64) {
        BothSides::add(contents, row);
    }

    fn merge(&mut self, contents: &mut Option<BothSides<A, B>>, other: BothSides<A, B>) {
        BothSides::merge(contents, other);
    }

    fn fire(
        &mut self,
        contents: &mut Option<BothSides<A, B>>,
        cx: &mut WindowCx<'_, O>,
    ) -> Result<Fired, Failure> {
        if let Some(sides) = contents {
            (self.function)(&sides.left, &sides.right, cx);
        }
        Ok(Fired::All)
    }

    fn bytes(contents: &BothSides<A, B>) -> usize {
        contents.bytes()
    }

    fn parts() -> &'static [&'static str] {
        BothSides::<A, B>::PARTS
    }

    fn write(&self, part: usize, contents: &[&BothSides<A, B>]) -> Written {
        BothSides::write(part, contents)
    }

    fn read(&self, part: usize, columns: &[ArrayRef], rows: usize) -> Result<Vec<BothSides<A, B>>, Mismatch> {
        BothSides::read(part, columns, rows)
    }
}
