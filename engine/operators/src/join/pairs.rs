//! Each row of the left side of a window with each of the right one.

use arrow_array::ArrayRef;
use record::{Mismatch, Record};
use runtime::subtask::Failure;

use super::window::{BothSides, Either};
use crate::rows::{BATCH_ROWS, Collector};
use crate::window::{Fired, WindowCx, WindowFunction, Written};

/// Pairs between two questions whether to go on, where a function sends few of them.
const PAIRS_MAX: usize = 4 * BATCH_ROWS;

/// A function of pairs of rows, called for all that a window has.
pub struct Pairs<F, O> {
    function: F,
    /// Which pair of the window comes next.
    next: (usize, usize),
    _out: std::marker::PhantomData<fn() -> O>,
}

impl<F, O: Record> Pairs<F, O> {
    /// For this function.
    pub fn new<A, B>(function: F) -> Self
    where
        F: FnMut(A, B, &mut Collector<O>) + 'static,
    {
        Self { function, next: (0, 0), _out: std::marker::PhantomData }
    }
}

impl<A, B, O, F> WindowFunction<Either<A, B>> for Pairs<F, O>
where
    A: Record,
    B: Record,
    O: Record,
    F: FnMut(A, B, &mut Collector<O>) + 'static,
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
        let (left, right) = contents.as_ref().map_or((&[][..], &[][..]), |sides| (&sides.left, &sides.right));
        let (mut first, mut second) = std::mem::take(&mut self.next);
        let mut pairs = 0;
        while first < left.len() && second < right.len() {
            if pairs == PAIRS_MAX || cx.out().len() >= BATCH_ROWS {
                self.next = (first, second);
                return Ok(Fired::More);
            }
            (self.function)(left[first].clone(), right[second].clone(), cx.out());
            pairs += 1;
            second += 1;
            if second == right.len() {
                (first, second) = (first + 1, 0);
            }
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
